//! Threads that nest accesses to the same buffers in opposite orders.

use crate::ops::{Tally, tagged};
use crate::scenario::shared::{stamp_of, stamped_buffer};
use crate::scenario::{RunContext, ScenarioError, Worker};
use crate::{Guarantee, Violation, thread};
use memguard::{Buffer, Error};

const SHARED: u64 = 4;
const LEN: usize = 64;

/// One access, inside the accesses before it.
struct Access<'a> {
    buffer: &'a Buffer,
    writes: bool,
    /// Lets other threads run meanwhile, so that accesses overlap.
    yields: bool,
}

pub(super) fn shared_buffers(context: &RunContext<'_>) -> Result<Vec<Buffer>, ScenarioError> {
    let make = |id| stamped_buffer(context.session, context.seed, id, LEN);
    context.require("Session::buffer", (1..=SHARED).map(make).collect())
}

/// Enters two or three shared buffers, one inside the other. Workers of odd index enter them in the opposite order.
///
/// The outermost access may wait until the acquire timeout. An inner access never waits.
pub(super) fn nest(worker: &mut Worker<'_>, shared: &[Buffer]) -> Result<(), Violation> {
    let left_out = [worker.choices.below(shared.len()), worker.choices.below(shared.len())];
    let mut accesses: Vec<Access<'_>> = Vec::new();
    for (_, buffer) in shared.iter().enumerate().filter(|(at, _)| !left_out.contains(at)) {
        accesses.push(Access { buffer, writes: worker.choices.one_in(2), yields: worker.choices.one_in(4) });
    }
    if worker.index % 2 == 1 {
        accesses.reverse();
    }
    let nesting = Nesting { seed: worker.seed(), id: worker.next_id(), tally: worker.tally() };
    let outermost = worker.op("nested accesses", || nesting.enter(&accesses));
    outermost.unwrap_or_else(|error| {
        worker.tally().error(&error);
        match error {
            Error::Timeout { .. } => Ok(()),
            error => Err(Violation::unexpected("an outermost access", &error)),
        }
    })
}

struct Nesting<'a> {
    seed: u64,
    id: u64,
    tally: &'a Tally,
}

impl Nesting<'_> {
    /// Enters the first buffer, and the others inside it.
    fn enter(&self, accesses: &[Access<'_>]) -> memguard::Result<Result<(), Violation>> {
        let Some((access, inner)) = accesses.split_first() else { return Ok(Ok(())) };
        let inside = |bytes: &[u8]| {
            let before = stamp_of(self.seed, bytes)?;
            if access.yields {
                thread::yield_now();
            }
            self.enter_inner(inner)?;
            let is_same = stamp_of(self.seed, bytes)? == before;
            Violation::unless(is_same, Guarantee::Exact, || "another thread wrote while this thread was inside")
        };
        if access.writes {
            access.buffer.with_data_mut(|bytes| {
                let result = inside(bytes);
                tagged::write(self.seed, self.id, bytes);
                result
            })
        } else {
            access.buffer.with_data(inside)
        }
    }

    fn enter_inner(&self, accesses: &[Access<'_>]) -> Result<(), Violation> {
        self.enter(accesses).unwrap_or_else(|error| {
            self.tally.error(&error);
            match error {
                Error::WouldDeadlock { .. } => Ok(()),
                error => Err(Violation::unexpected("an inner access", &error)),
            }
        })
    }
}
