//! Closures that run inside one or two shared buffers.

use super::bomb::{Bomb, survive};
use super::misdeed::{By, MISDEEDS, Misdeed, Place};
use super::shared::{LEN, SHARED, Shared, buffer_at};
use crate::ops::tagged;
use crate::scenario::Worker;
use crate::{Guarantee, Violation};
use memguard::{Buffer, Error, with_buffers};
use std::cell::Cell;

/// What a closure returns: what it saw, and perhaps a bomb.
type Seen = Result<Option<Bomb>, Violation>;

/// Enters a shared buffer. The closure does what is drawn.
pub(super) fn enter(worker: &mut Worker<'_>, shared: &Shared) -> Result<(), Violation> {
    let (misdeed, at, way) = (worker.choices.pick(&MISDEEDS), worker.choices.below(SHARED), worker.choices.below(4));
    let Some(buffer) = buffer_at(worker, shared, at)? else { return Ok(()) };
    let (seed, id) = (worker.seed(), worker.next_id());
    let by = [By::Write, By::Copy, By::Copy, By::Read][way];
    let place = Place { session: worker.session(), tally: worker.tally(), got: Some((&buffer, by)) };
    let seen = Seeing::new(seed);
    worker.op("a closure in a shared buffer", || {
        let look = |bytes: &[u8]| seen.around(bytes, || misdeed.commit(place));
        let called = survive(|| {
            let answer = match way {
                0 => buffer.with_data_mut(|bytes| {
                    tagged::write(seed, id, bytes);
                    seen.around(bytes, || misdeed.commit(place))
                }),
                1 => buffer.uint8_slice(look),
                2 => buffer.byte_array::<LEN, _>(|bytes| look(bytes)),
                _ => buffer.with_data(look),
            };
            judge(answer, misdeed, &[&buffer])
        });
        seen.bytes()?;
        called.unwrap_or(Ok(()))
    })
}

/// Enters two shared buffers at once, one to read and one to write.
pub(super) fn enter_two(worker: &mut Worker<'_>, shared: &Shared) -> Result<(), Violation> {
    let (misdeed, at) = (worker.choices.pick(&MISDEEDS), worker.choices.below(SHARED));
    let other = (at + 1 + worker.choices.below(SHARED - 1)) % SHARED;
    let (Some(read), Some(written)) = (buffer_at(worker, shared, at)?, buffer_at(worker, shared, other)?) else {
        return Ok(());
    };
    let (seed, id) = (worker.seed(), worker.next_id());
    let place = Place { session: worker.session(), tally: worker.tally(), got: Some((&read, By::Read)) };
    let seen = Seeing::new(seed);
    worker.op("a closure in two shared buffers", || {
        let called = survive(|| {
            let answer = with_buffers(&[&read], &[&written], |reads, writes| {
                tagged::write(seed, id, writes[0]);
                seen.around(reads[0], || misdeed.commit(place))
            });
            judge(answer, misdeed, &[&read, &written])
        });
        seen.bytes()?;
        called.unwrap_or(Ok(()))
    })
}

/// Judges the answer of a call whose closure was to do this. Drops what the closure returned, which may panic.
fn judge(answer: memguard::Result<Seen>, misdeed: Misdeed, buffers: &[&Buffer]) -> Result<(), Violation> {
    match answer {
        Ok(Ok(bomb)) => {
            let is_meant = bomb.is_some() == (misdeed == Misdeed::ReturnsABomb);
            drop(bomb);
            Violation::unless(is_meant, Guarantee::Foreign, || "a call returned something else than its closure")
        }
        Ok(Err(violation)) => Err(violation),
        Err(Error::Destroyed) if buffers.iter().any(|buffer| !buffer.is_alive()) => Ok(()),
        Err(error) => Err(Violation::unexpected("entering a shared buffer", &error)),
    }
}

/// Looks at the bytes before and after the foreign code, also if that panics.
struct Seeing {
    seed: u64,
    wrong: Cell<Option<String>>,
}

impl Seeing {
    fn new(seed: u64) -> Self {
        Self { seed, wrong: Cell::new(None) }
    }

    fn around<R>(&self, bytes: &[u8], foreign: impl FnOnce() -> R) -> R {
        struct AtTheEnd<'a>(&'a Seeing, &'a [u8], Result<u64, String>);
        impl Drop for AtTheEnd<'_> {
            fn drop(&mut self) {
                let Self(seeing, bytes, before) = self;
                let after = tagged::check(seeing.seed, bytes);
                if after.is_err() || after != *before {
                    seeing.wrong.set(Some(format!("before {before:?}, after {after:?}")));
                }
            }
        }
        let _looks = AtTheEnd(self, bytes, tagged::check(self.seed, bytes));
        foreign()
    }

    /// The bytes were right, and stayed the same until the access ended.
    fn bytes(self) -> Result<(), Violation> {
        let wrong = self.wrong.into_inner();
        wrong.map_or(Ok(()), |how| Err(Violation::new(Guarantee::Exact, format!("bytes around foreign code: {how}"))))
    }
}
