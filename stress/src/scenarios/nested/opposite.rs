//! Threads that nest accesses to the same buffers in opposite orders.

use crate::engine::{Setback, Stage, Worker};
use crate::ops::{Tally, tagged};
use crate::{Guarantee, Violation};
use memguard::{Buffer, Error};

const SHARED: u64 = 4;
const LEN: usize = 64;

/// One access on the way down.
struct Step<'a> {
    buffer: &'a Buffer,
    writes: bool,
    /// Lets other threads run while it is inside, so that they meet.
    stays: bool,
}

pub(super) fn shared_buffers(stage: &Stage<'_>) -> Result<Vec<Buffer>, Setback> {
    let make = |id| {
        let buffer = stage.session().buffer(LEN)?;
        buffer.with_data_mut(|bytes| tagged::write(stage.seed(), id, bytes))?;
        Ok(buffer)
    };
    stage.must("Session::buffer", (1..=SHARED).map(make).collect())
}

/// Enters two or three shared buffers, each inside the one before; workers of even and odd number in opposite orders.
///
/// The outermost access may wait, and gives up at the acquire timeout. An inner one never waits.
pub(super) fn dive(worker: &mut Worker<'_>, shared: &[Buffer], id: u64) -> Result<(), Violation> {
    let left_out = worker.choices.below(shared.len());
    let also_left_out = worker.choices.below(shared.len());
    let mut path: Vec<Step<'_>> = Vec::new();
    for (_, buffer) in shared.iter().enumerate().filter(|(at, _)| ![left_out, also_left_out].contains(at)) {
        path.push(Step { buffer, writes: worker.choices.one_in(2), stays: worker.choices.one_in(4) });
    }
    if worker.index() % 2 == 1 {
        path.reverse();
    }
    let stage = worker.stage();
    let dive = Dive { seed: stage.seed(), id, tally: stage.tally() };
    let went = worker.op("nested accesses", || dive.enter(&path));
    went.unwrap_or_else(|error| {
        stage.tally().error(&error);
        match error {
            Error::Timeout { .. } => Ok(()),
            error => Err(Violation::unexpected("an outermost access", &error)),
        }
    })
}

struct Dive<'a> {
    seed: u64,
    id: u64,
    tally: &'a Tally,
}

impl Dive<'_> {
    /// Enters the first buffer of the path, and the rest of the path inside it.
    fn enter(&self, path: &[Step<'_>]) -> memguard::Result<Result<(), Violation>> {
        let Some((step, rest)) = path.split_first() else { return Ok(Ok(())) };
        let inside = |bytes: &[u8]| {
            let before = self.whole(bytes)?;
            if step.stays {
                std::thread::yield_now();
            }
            self.enter_nested(rest)?;
            match self.whole(bytes)? == before {
                true => Ok(()),
                false => Err(Violation::new(Guarantee::Exact, "somebody wrote while this thread was inside")),
            }
        };
        if step.writes {
            step.buffer.with_data_mut(|bytes| {
                let judgement = inside(bytes);
                tagged::write(self.seed, self.id, bytes);
                judgement
            })
        } else {
            step.buffer.with_data(inside)
        }
    }

    fn enter_nested(&self, rest: &[Step<'_>]) -> Result<(), Violation> {
        self.enter(rest).unwrap_or_else(|error| {
            self.tally.error(&error);
            match error {
                Error::WouldDeadlock { .. } => Ok(()),
                error => Err(Violation::unexpected("an inner access", &error)),
            }
        })
    }

    fn whole(&self, bytes: &[u8]) -> Result<u64, Violation> {
        tagged::check(self.seed, bytes)
            .map_err(|how| Violation::new(Guarantee::Exact, format!("a shared buffer: {how}")))
    }
}
