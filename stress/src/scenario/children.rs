//! Forked children of a scenario, and the workers that contend meanwhile.

use super::{RunContext, ScenarioError, Worker};
use crate::child::Child;
use crate::ops::op_mix::MIXED;
use crate::ops::{Environment, PurgeWatch, SharedState};
use crate::{Guarantee, Violation};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, PipeReader};

/// How many looks a child may take, each of 50 ms. A child needs milliseconds. Only one that waits for a lock of a
/// thread that it does not have takes as long.
const LOOKS: u32 = 1200;

/// One look lasts this long at the most, in nanoseconds.
const LOOK: i64 = 50_000_000;

/// So many workers run `make_children` and have one child at a time. The others contend for everything, so that every
/// lock is held at some fork. The reference model judges what they do.
pub(super) fn beside_contention<'s>(
    context: &'s RunContext<'s>,
    forkers: usize,
    make_children: impl Fn(&mut Worker<'s>) + Sync,
) -> Result<(), ScenarioError> {
    let (shared, watch) = (SharedState::default(), PurgeWatch::default());
    let actors = context.run_workers(|worker| {
        if worker.index < forkers {
            make_children(worker);
            return None;
        }
        let environment = Environment { purges: Some(&watch), ..Environment::default() };
        let mut actor = worker.actor(environment).with_shared(&shared);
        while worker.should_continue() {
            let result = worker.draw_and_apply(&mut actor, MIXED);
            worker.check(result);
        }
        Some(actor)
    })?;
    shared.clear();
    context.final_check(actors.into_iter().flatten().collect());
    Ok(())
}

/// Makes a child.
pub(super) fn fork(worker: &mut Worker<'_>, body: impl FnOnce() -> i32) -> Result<Child, Violation> {
    worker.op("forking", || Child::fork(body)).map_err(|error| refused("a child", &error))
}

/// Waits until the child has ended. Each look is an operation, so a child that takes long does not look like a stall of
/// its parent.
pub(super) fn wait_for_the_end(worker: &mut Worker<'_>, child: &Child) -> Result<(), Violation> {
    let has_ended = (0..LOOKS).any(|_| worker.op("waiting for a child", || child.has_ended()));
    Violation::unless(has_ended, Guarantee::Progress, || "a child did not end: it waits for a lock of its parent")
}

/// Waits until the child says something or has ended.
pub(super) fn wait_for_a_word(worker: &mut Worker<'_>, heard: &PipeReader) -> Result<(), Violation> {
    let says = (0..LOOKS).any(|_| worker.op("waiting for a word of a child", || says_something(heard)));
    Violation::unless(says, Guarantee::Progress, || "a child says nothing: it waits for a lock of its parent")
}

/// Waits a moment for a byte, or until nobody can write any more.
pub(super) fn says_something(heard: &PipeReader) -> bool {
    let moment = Timespec { tv_sec: 0, tv_nsec: LOOK };
    poll(&mut [PollFd::new(heard, PollFlags::IN)], Some(&moment)).is_ok_and(|ready| ready > 0)
}

/// The system refuses what a scenario with children needs.
pub(super) fn refused(what: &str, error: &io::Error) -> Violation {
    Violation::new(Guarantee::Visible, format!("the system refuses {what}: {error}"))
}
