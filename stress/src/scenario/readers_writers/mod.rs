//! readers-writers: many readers and few writers on a few shared buffers.
//!
//! A read is whole and sees no writer. A writer is alone. A `try_` call that is refused was in another thread's way:
//! the counts of [`Watched`] say so, and they do not ask the lock. Two readers relay each other on the first buffer, so
//! that it always has a reader: see [`relay`]. Writers must get in all the same.

mod relay;
mod watched;

use super::{Contract, RunContext, Scenario, ScenarioError, Worker};
use relay::Relay;
use watched::Watched;

pub(super) static SCENARIO: Scenario = Scenario {
    name: "readers-writers",
    purpose: "many readers, few writers: reads are whole, writers get in, try_read and try_write tell the truth",
    min_threads: 4,
    contract: Contract { kinds: LONGEST, ..Contract::USUAL },
    run,
    ..Scenario::PLAIN
};

/// A read and a write are short, so the longest is a wait. Neither a reader nor a writer may wait for the end of the
/// others.
const LONGEST: &[(&str, u32)] = &[("reading a shared buffer", 30), ("writing a shared buffer", 30)];

/// How many buffers the workers share.
const SHARED: u64 = 4;

/// One worker of this many writes.
const READERS_PER_WRITER: usize = 8;

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let make = |id| Watched::new(context.session, context.seed, id);
    let buffers: Vec<Watched> = context.require("Session::buffer", (1..=SHARED).map(make).collect())?;
    let relay = Relay::new(&buffers[0]);
    context.run_workers(|worker| match worker.index {
        1 | 2 => relay.run(worker),
        index if index % READERS_PER_WRITER == 0 => write_on(worker, &buffers, &relay),
        _ => read_on(worker, &buffers),
    })?;
    Ok(())
}

fn read_on(worker: &mut Worker<'_>, buffers: &[Watched]) {
    while worker.should_continue() {
        let result = match worker.choices.below(4) {
            0 => some(worker, buffers).try_read(worker).map(drop),
            _ => some(worker, buffers).read(worker),
        };
        worker.check(result);
    }
}

fn write_on(worker: &mut Worker<'_>, buffers: &[Watched], relay: &Relay<'_>) {
    while worker.should_continue() {
        let result = match worker.choices.below(4) {
            0 => relay.write(worker),
            1 => some(worker, buffers).try_write(worker),
            // A buffer that nobody relays.
            _ => some(worker, &buffers[1..]).write(worker),
        };
        worker.check(result);
    }
}

fn some<'b>(worker: &mut Worker<'_>, buffers: &'b [Watched]) -> &'b Watched {
    &buffers[worker.choices.below(buffers.len())]
}
