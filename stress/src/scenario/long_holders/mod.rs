//! long-holders: a thread holds an access until the others have done much.
//!
//! Worker 0 stays inside a buffer until the other workers have completed a number of operations and worker 1 has
//! waited for that buffer in vain. So if any operation on anything else waited for the access, nothing would ever go
//! on, and the watchdog would report it. What does depend on the access must end with an error that names the holder.

mod held;
mod holder;
mod progress;

use super::{RunContext, Scenario, ScenarioError, Worker};
use crate::ops::op_mix::*;
use crate::ops::{Actor, Environment, OpMix};
use held::HeldBuffer;
use progress::Progress;

pub(super) static SCENARIO: Scenario = Scenario {
    name: "long-holders",
    purpose: "hold an access until all others have done much; what needs it must time out and name the holder",
    expects: &["acquire_timeouts"],
    min_threads: 4,
    short_timeout: true,
    run,
    ..Scenario::PLAIN
};

/// How many of the others work. With more on few processors, a thread that holds COFFER may be kept from running for as
/// long as the acquire timeout.
const MOST: usize = 32;

/// How many operations each of the others completes, on average, while one access is held.
const OPS: u64 = 64;

/// Everything that does not need the held buffer.
#[rustfmt::skip]
const MIX: OpMix = OpMix(&[
    (4, CREATE), (4, LOOK), (4, WRITE), (2, EDIT), (1, INSPECT), (2, CLONE), (4, END), (3, STREAM), (1, FROM_READER),
    (2, SEAL), (2, SEAL_BYTES), (3, OPEN), (1, TAMPER), (1, REKEY), (1, QUERY),
]);

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let held = HeldBuffer::new(context)?;
    let others = (context.workers - 2).min(MOST);
    let progress = Progress::of(others);
    let actors = context.run_workers(|worker| match worker.index {
        0 => {
            held.hold(worker, &progress, OPS * others as u64);
            None
        }
        1 => {
            held.wait(worker);
            None
        }
        index if index < 2 + MOST => Some(work(worker, &progress)),
        _ => None,
    })?;
    drop(held);
    context.final_check(actors.into_iter().flatten().collect());
    Ok(())
}

fn work<'s>(worker: &mut Worker<'s>, progress: &Progress) -> Actor<'s> {
    // Dropped when the worker ends.
    let working = progress.working();
    let mut actor = worker.actor(Environment::default());
    while worker.should_continue() {
        let result = worker.draw_and_apply(&mut actor, MIX);
        worker.check(result);
        working.done();
    }
    actor
}
