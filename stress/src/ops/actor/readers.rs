//! Buffers from readers that give little at a time, fail, lie and panic.

use super::{Actor, Answer, May};
use crate::ops::content::same;
use crate::ops::record::Contents;
use crate::ops::{Giving, Taking};
use crate::{Guarantee, Violation, planted};
use memguard::{Buffer, Error, ReadCause, ReadError};
use std::io::{self, ErrorKind, Read};

/// What must come of it.
struct Foretold {
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
    /// No buffer is made of nothing.
    Nothing,
}

impl Actor<'_> {
    pub(super) fn take(&mut self, at: usize, by: Taking, script: &[Giving]) -> Result<(), Violation> {
        self.vacate(at);
        let total: usize = script.iter().map(|giving| giving.len()).sum();
        let bytes = self.next_content().bytes(total);
        let delimiter = match by {
            Taking::Until(place) => bytes.get(usize::from(place) % total.max(1)).copied().unwrap_or_default(),
            Taking::Exactly(_) | Taking::Everything => 0,
        };
        let foretold = foretell(by, script, &bytes, delimiter);
        let mut reader = Scripted { script: script.to_vec(), bytes: &bytes };
        let (session, reading) = (self.session, &mut reader);
        let got = planted::survive(|| match by {
            Taking::Exactly(len) => session.buffer_from_reader(reading, len.into()),
            Taking::Until(_) => session.buffer_from_reader_until(reading, delimiter),
            Taking::Everything => session.buffer_from_entire_reader(reading),
        });
        let born = self.hazards.purges_begun();
        let buffer = match got {
            None if matches!(foretold.end, End::Panic) => return Ok(()),
            None => return Err(exact("a reader panicked that should not have been called any more".into())),
            Some(got) => self.taken(got, &foretold)?,
        };
        let Some(buffer) = buffer else { return Ok(()) };
        let seen = buffer.with_data(|seen| {
            let len = foretold.len;
            if seen.len() == len { same(seen, |at| bytes[at]) } else { Err(format!("{} bytes, not {len}", seen.len())) }
        });
        if let Answer::Done(right) = self.judge("reading what a reader gave", seen, None, May::BE_USED)? {
            right.map_err(|how| exact(format!("a reader's bytes ({by:?}): {how}")))?;
            let contents = Contents::Known(bytes[..foretold.len].to_vec());
            self.buffers[at] = Some(self.held(buffer, contents, true, born));
        }
        Ok(())
    }

    /// Judges the answer, and gives the buffer or the part that came of it.
    fn taken(&self, got: Result<Buffer, ReadError>, foretold: &Foretold) -> Result<Option<Buffer>, Violation> {
        let ReadError { part, read, cause, .. } = match got {
            Ok(buffer) => {
                let right = matches!(foretold.end, End::Buffer);
                let what = || exact("a buffer was made of a reader that must fail it".into());
                return right.then_some(Some(buffer)).ok_or_else(what);
            }
            Err(error) => error,
        };
        let cause = match cause {
            ReadCause::Memguard(error) => {
                let wanted = matches!(foretold.end, End::Nothing).then_some(Error::EmptyLength);
                self.judge::<()>("making a buffer of a reader", Err(error), wanted, May::BE_MADE)?;
                // A fault or a purge: whether there is a part depends on when it came.
                return Ok(None);
            }
            ReadCause::Reader(error) => error.kind(),
            other => return Err(exact(format!("a cause that nothing accounts for: {other:?}"))),
        };
        match foretold.end {
            End::Error(wanted) if wanted == cause && read == foretold.len => {}
            _ => {
                return Err(exact(format!("a reader failed with {cause:?} after {read} bytes, not as it was told to")));
            }
        }
        let may_be_lost = self.hazards.purges.is_some() || self.a_fault_fired();
        if part.is_none() && read > 0 && !may_be_lost {
            return Err(exact(format!("the {read} bytes read before an error were lost")));
        }
        Ok(part)
    }
}

/// Gives bytes as its script says.
struct Scripted<'b> {
    /// What is left of it, in order.
    script: Vec<Giving>,
    bytes: &'b [u8],
}

impl Read for Scripted<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(&next) = self.script.first() else { return Ok(0) };
        if let Giving::Bytes(len) = next {
            let len = usize::from(len);
            let given = len.min(out.len());
            let (now, later) = self.bytes.split_at(given);
            out[..given].copy_from_slice(now);
            self.bytes = later;
            if given == len {
                self.script.remove(0);
            } else {
                self.script[0] = Giving::Bytes((len - given) as u16);
            }
            return Ok(given);
        }
        self.script.remove(0);
        match next {
            Giving::Interrupt => Err(ErrorKind::Interrupted.into()),
            Giving::Fail => Err(ErrorKind::BrokenPipe.into()),
            Giving::Panic => planted::panic(),
            Giving::Lie | Giving::Bytes(_) => Ok(out.len() + 1),
        }
    }
}

impl Giving {
    fn len(self) -> usize {
        if let Self::Bytes(len) = self { len.into() } else { 0 }
    }
}

/// What the documentation of the three functions says must come of this script.
fn foretell(by: Taking, script: &[Giving], bytes: &[u8], delimiter: u8) -> Foretold {
    let most = match by {
        Taking::Exactly(0) => return Foretold { len: 0, end: End::Nothing },
        Taking::Exactly(len) => len.into(),
        Taking::Until(_) => bytes.iter().position(|&byte| byte == delimiter).map_or(usize::MAX, |at| at + 1),
        Taking::Everything => usize::MAX,
    };
    let mut len = 0;
    let ended = match by {
        Taking::Everything => End::Buffer,
        Taking::Exactly(_) | Taking::Until(_) => End::Error(ErrorKind::UnexpectedEof),
    };
    for &giving in script {
        let end = match giving {
            Giving::Bytes(0) => ended,
            Giving::Interrupt => continue,
            Giving::Bytes(more) => {
                len += usize::from(more);
                if len < most {
                    continue;
                }
                len = if matches!(by, Taking::Until(_)) { most - 1 } else { most };
                End::Buffer
            }
            Giving::Fail => End::Error(ErrorKind::BrokenPipe),
            Giving::Lie => End::Error(ErrorKind::InvalidData),
            Giving::Panic => End::Panic,
        };
        return Foretold { len, end: end.of(len) };
    }
    Foretold { len, end: ended.of(len) }
}

impl End {
    fn of(self, len: usize) -> Self {
        if len == 0 && matches!(self, Self::Buffer) { Self::Nothing } else { self }
    }
}

fn exact(message: String) -> Violation {
    Violation::new(Guarantee::Exact, message)
}
