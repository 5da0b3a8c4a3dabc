//! Creates buffers from readers that give few bytes at a time, fail, lie or panic.

use super::check::{AllowedErrors, Answer, exact};
use super::state::Actor;
use crate::ops::model::Contents;
use crate::ops::parts::{ReadStep, ReaderCall};
use crate::{Guarantee, Violation};
use crate::{planted, thread};
use memguard::{Buffer, Error, ReadCause, ReadError};
use std::io::{self, ErrorKind, Read};

/// What the call must return.
struct Expected {
    /// How many bytes go into the buffer.
    len: usize,
    end: End,
}

enum End {
    /// A buffer.
    Buffer,
    /// A reader's error of this kind.
    Error(ErrorKind),
    Panic,
    /// The error for an empty buffer.
    Nothing,
}

impl Actor<'_> {
    pub(super) fn create_from_reader(
        &mut self,
        at: usize,
        by: ReaderCall,
        script: &[ReadStep],
    ) -> Result<(), Violation> {
        self.vacate(at);
        let total: usize = script.iter().map(|step| step.len()).sum();
        let bytes = self.next_content().bytes(total);
        let delimiter = match by {
            ReaderCall::Until(place) => bytes.get(usize::from(place) % total.max(1)).copied().unwrap_or_default(),
            ReaderCall::Exactly(_) | ReaderCall::Everything => 0,
        };
        let expected = expect(by, script, &bytes, delimiter);
        let mut reader = ScriptedReader { script: script.to_vec(), bytes: &bytes };
        let Some(session) = self.session.clone() else { return Ok(()) };
        let reading = &mut reader;
        let got = planted::survive(|| match by {
            ReaderCall::Exactly(len) => session.buffer_from_reader(reading, len.into()),
            ReaderCall::Until(_) => session.buffer_from_reader_until(reading, delimiter),
            ReaderCall::Everything => session.buffer_from_entire_reader(reading),
        });
        let born = self.environment.purges_begun();
        let buffer = match got {
            None if matches!(expected.end, End::Panic) => return Ok(()),
            None => return Err(exact("a reader was called again after its end, and panicked")),
            Some(got) => self.taken(got, &expected)?,
        };
        let Some(buffer) = buffer else { return Ok(()) };
        let contents = Contents::Known(bytes[..expected.len].to_vec());
        let seen = buffer.with_data(|seen| contents.check(seen));
        if let Answer::Done(right) = self.check("reading what a reader gave", seen, None, AllowedErrors::USE)? {
            right.map_err(|how| exact(format!("a reader's bytes ({by:?}): {how}")))?;
            self.buffers[at] = Some(self.held(buffer, contents, true, born));
        }
        Ok(())
    }

    /// Judges the answer. Returns the buffer, or the part that was read before an error.
    fn taken(&self, got: Result<Buffer, ReadError>, expected: &Expected) -> Result<Option<Buffer>, Violation> {
        let ReadError { part, read, cause, .. } = match got {
            Ok(buffer) if matches!(expected.end, End::Buffer) => return Ok(Some(buffer)),
            Ok(_) => return Err(exact("a buffer was created, but its reader must make the call fail")),
            Err(error) => error,
        };
        let cause = match cause {
            ReadCause::Memguard(error) => {
                let wanted = matches!(expected.end, End::Nothing).then_some(Error::EmptyLength);
                self.check::<()>("creating a buffer from a reader", Err(error), wanted, AllowedErrors::CREATE)?;
                // After a fault or a purge there may or may not be a part.
                return Ok(None);
            }
            ReadCause::Reader(error) => error.kind(),
            other => return Err(exact(format!("an unexpected cause: {other:?}"))),
        };
        let right = matches!(expected.end, End::Error(wanted) if wanted == cause) && read == expected.len;
        Violation::unless(right, Guarantee::Exact, || {
            format!("a call failed with {cause:?} after {read} bytes, but its reader did not")
        })?;
        let may_be_lost = self.environment.purges.is_some() || self.may_be_interrupted();
        let is_lost = part.is_none() && read > 0 && !may_be_lost;
        Violation::unless(!is_lost, Guarantee::Exact, || format!("the {read} bytes read before an error were lost"))?;
        Ok(part)
    }
}

/// A reader that follows a script.
struct ScriptedReader<'b> {
    /// The steps that are left, in order.
    script: Vec<ReadStep>,
    bytes: &'b [u8],
}

impl Read for ScriptedReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(&next) = self.script.first() else { return Ok(0) };
        if let ReadStep::Bytes(len) = next {
            let len = usize::from(len);
            let count = len.min(out.len());
            let (now, later) = self.bytes.split_at(count);
            out[..count].copy_from_slice(now);
            self.bytes = later;
            if count == len {
                self.script.remove(0);
            } else {
                self.script[0] = ReadStep::Bytes((len - count) as u16);
            }
            return Ok(count);
        }
        self.script.remove(0);
        match next {
            ReadStep::Interrupt => Err(ErrorKind::Interrupted.into()),
            ReadStep::Fail => Err(ErrorKind::BrokenPipe.into()),
            ReadStep::Panic => thread::planted_panic(),
            ReadStep::Lie | ReadStep::Bytes(_) => Ok(out.len() + 1),
        }
    }
}

impl ReadStep {
    fn len(self) -> usize {
        if let Self::Bytes(len) = self { len.into() } else { 0 }
    }
}

/// The result that the documentation of the three functions promises for this script.
fn expect(by: ReaderCall, script: &[ReadStep], bytes: &[u8], delimiter: u8) -> Expected {
    let most = match by {
        ReaderCall::Exactly(0) => return Expected { len: 0, end: End::Nothing },
        ReaderCall::Exactly(len) => len.into(),
        ReaderCall::Until(_) => bytes.iter().position(|&byte| byte == delimiter).map_or(usize::MAX, |at| at + 1),
        ReaderCall::Everything => usize::MAX,
    };
    let mut len = 0;
    let ended = match by {
        ReaderCall::Everything => End::Buffer,
        ReaderCall::Exactly(_) | ReaderCall::Until(_) => End::Error(ErrorKind::UnexpectedEof),
    };
    for &step in script {
        let end = match step {
            ReadStep::Bytes(0) => ended,
            ReadStep::Interrupt => continue,
            ReadStep::Bytes(more) => {
                len += usize::from(more);
                if len < most {
                    continue;
                }
                len = if matches!(by, ReaderCall::Until(_)) { most - 1 } else { most };
                End::Buffer
            }
            ReadStep::Fail => End::Error(ErrorKind::BrokenPipe),
            ReadStep::Lie => End::Error(ErrorKind::InvalidData),
            ReadStep::Panic => End::Panic,
        };
        return Expected { len, end: end.of(len) };
    }
    Expected { len, end: ended.of(len) }
}

impl End {
    fn of(self, len: usize) -> Self {
        if len == 0 && matches!(self, Self::Buffer) { Self::Nothing } else { self }
    }
}
