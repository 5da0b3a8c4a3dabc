//! Readers from which buffers are made.

use super::bomb::{Bomb, survive};
use super::misdeed::{MISDEEDS, Misdeed, Place};
use crate::ops::Content;
use crate::scenario::Worker;
use crate::{Guarantee, Violation};
use memguard::{Buffer, Error, ReadCause, ReadError};
use std::io::{self, ErrorKind, Read};

/// How long the secrets are: less than a page, and more.
const LENGTHS: [usize; 3] = [1, 100, 5000];

/// For how many calls in a row a reader is interrupted, at the most.
const INTERRUPTIONS: usize = 2000;

/// A reader that does something half-way, is interrupted, and gives few bytes at a time.
pub(super) struct ForeignReader<'a> {
    bytes: &'a [u8],
    /// How many bytes it gives at the most.
    step: usize,
    /// For how many calls it is interrupted first.
    interruptions: usize,
    /// What it does when so many bytes are left.
    misdeed: Option<(usize, Misdeed)>,
    /// Whether it then fails.
    fails: bool,
    place: Place<'a>,
    /// What it saw.
    seen: Result<(), Violation>,
    /// The reader panics as it is dropped.
    _bomb: Option<Bomb>,
}

impl<'a> ForeignReader<'a> {
    /// Draws what it does.
    pub(super) fn drawn(worker: &mut Worker<'_>, bytes: &'a [u8], place: Place<'a>) -> Self {
        let choices = &mut worker.choices;
        let step = choices.pick(&[1, 7, usize::MAX]);
        let interruptions = if choices.one_in(4) { choices.below(INTERRUPTIONS) } else { 0 };
        let half_way = choices.below(bytes.len() + 1);
        let misdeed = if choices.one_in(2) { Some((half_way, choices.pick(&MISDEEDS))) } else { None };
        let (fails, bomb) = (choices.one_in(4), choices.one_in(8).then(|| Bomb));
        Self { bytes, step, interruptions, misdeed, fails, place, seen: Ok(()), _bomb: bomb }
    }
}

impl Read for ForeignReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.interruptions > 0 {
            self.interruptions -= 1;
            return Err(ErrorKind::Interrupted.into());
        }
        if let Some((_, misdeed)) = self.misdeed.take_if(|(left, _)| self.bytes.len() <= *left) {
            // A bomb that it returns goes off here, as a panic.
            let done = misdeed.commit(self.place).map(drop);
            self.seen = std::mem::replace(&mut self.seen, Ok(())).and(done);
            if self.fails {
                return Err(ErrorKind::ConnectionReset.into());
            }
        }
        let count = self.step.min(out.len()).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(count);
        out[..count].copy_from_slice(now);
        self.bytes = later;
        Ok(count)
    }
}

/// Makes a buffer of what a foreign reader gives.
pub(super) fn read(worker: &mut Worker<'_>) -> Result<(), Violation> {
    let content = worker.next_content();
    let bytes = content.bytes(worker.choices.pick(&LENGTHS));
    let (session, way) = (worker.session(), worker.choices.below(2));
    let place = Place { session, tally: worker.tally(), got: None };
    let mut reader = ForeignReader::drawn(worker, &bytes, place);
    let called = worker.op("a buffer of a foreign reader", || {
        survive(|| match way {
            0 => session.buffer_from_reader(&mut reader, bytes.len()),
            _ => session.buffer_from_entire_reader(&mut reader),
        })
    });
    let seen = std::mem::replace(&mut reader.seen, Ok(()));
    // May panic, as everything foreign.
    let _ = survive(|| drop(reader));
    seen?;
    called.map_or(Ok(()), |answer| judge(answer, content, bytes.len()))
}

fn judge(answer: Result<Buffer, ReadError>, content: Content, len: usize) -> Result<(), Violation> {
    match answer {
        Ok(buffer) => holds(&buffer, content, len),
        Err(ReadError { part, read, cause: ReadCause::Reader(error), .. }) => {
            let is_meant = error.kind() == ErrorKind::ConnectionReset;
            Violation::unless(is_meant, Guarantee::Foreign, || format!("a foreign reader's error became {error:?}"))?;
            part.map_or(Ok(()), |part| holds(&part, content, read))
        }
        Err(ReadError { cause: ReadCause::Memguard(Error::Destroyed), .. }) => Ok(()),
        Err(ReadError { cause: ReadCause::Memguard(error), .. }) => {
            Err(Violation::unexpected("making a buffer of a foreign reader", &error))
        }
        Err(error) => Err(Violation::new(Guarantee::Visible, format!("an unexpected error: {error:?}"))),
    }
}

/// The buffer has exactly the first `len` bytes, unless a purge took it.
fn holds(buffer: &Buffer, content: Content, len: usize) -> Result<(), Violation> {
    match buffer.with_data(|bytes| (bytes.len(), content.check(bytes))) {
        Ok((seen, Ok(()))) if seen == len => Ok(()),
        Err(Error::Destroyed) => Ok(()),
        seen => Err(Violation::new(Guarantee::Exact, format!("{len} bytes of a foreign reader became {seen:?}"))),
    }
}
