//! limits: the system's limit on locked memory is lowered until calls reach it.
//!
//! A call that needs new pages then fails with an error that names the limit. Nothing else changes: everything made
//! before keeps its bytes. A privileged user may ignore the limit (`CAP_IPC_LOCK`), so the workers give up that right.

use super::{RunContext, Scenario, ScenarioError, Unfit, Worker};
use crate::memlock::{LoweredLimit, drop_ipc_lock};
use crate::ops::op_mix::*;
use crate::ops::{Actor, Environment, OpMix};
use crate::{Guarantee, Violation, kernel};
use memguard::{Error, Limit};
use std::io;

pub(super) static SCENARIO: Scenario = Scenario {
    name: "limits",
    purpose: "work where RLIMIT_MEMLOCK leaves 64 KiB: errors must name the limit, and no bytes may be lost",
    expects: &["limits_reached"],
    min_threads: 4,
    run,
    ..Scenario::PLAIN
};

/// How much more the process may lock, in bytes.
const ROOM: u64 = 64 * 1024;

/// How many buffers each worker tries to hold. Together the workers need far more than the limit leaves.
const PLACES: usize = 6;

#[rustfmt::skip]
const MIX: OpMix = OpMix(&[
    (8, CREATE), (3, LOOK), (2, WRITE), (1, EDIT), (1, INSPECT), (2, CLONE), (2, END), (1, SEAL), (1, SEAL_BYTES),
    (2, OPEN), (1, TAMPER),
]);

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let lowered =
        kernel::locked_bytes().and_then(|locked| LoweredLimit::to(locked + ROOM)).map_err(unfit("lowered"))?;
    let limit = lowered.limit();
    // On a thread of its own: a thread cannot get a capability back.
    let probe = std::thread::scope(|scope| scope.spawn(|| limit_is_enforced(context, limit)).join());
    probe.unwrap_or_else(|_| Err(Unfit("the probe of RLIMIT_MEMLOCK died of a panic".into()).into()))?;
    let actors = context.run_workers(|worker| work(worker, limit))?;
    context.final_check(actors.into_iter().flatten().collect());
    lowered.restore().map_err(unfit("put back"))?;
    context.require("Session::buffer, after the limit was put back", context.session.buffer(2 * ROOM as usize))?;
    Ok(())
}

fn work<'s>(worker: &mut Worker<'s>, limit: u64) -> Option<Actor<'s>> {
    if let Err(error) = drop_ipc_lock() {
        let message = format!("the probe could give up CAP_IPC_LOCK, and a worker could not: {error}");
        worker.check(Err(Violation::new(Guarantee::Visible, message)));
        return None;
    }
    let mut actor = worker.actor(Environment { memlock: Some(limit), ..Environment::default() }).with_places(PLACES);
    while worker.should_continue() {
        let result = worker.draw_and_apply(&mut actor, MIX);
        worker.check(result);
        if worker.choices.one_in(16) {
            let result = worker.op("reading everything made before", || actor.verify());
            worker.check(result);
        }
        if worker.choices.one_in(64) {
            worker.check(within(limit));
        }
    }
    Some(actor)
}

/// Checks that the process has not locked more than the limit.
fn within(limit: u64) -> Result<(), Violation> {
    // The engine's check after the scenario reports a failed read.
    let locked = kernel::locked_bytes().unwrap_or(0);
    Violation::unless(locked <= limit, Guarantee::Visible, || {
        format!("{locked} bytes are locked, and the limit is {limit}")
    })
}

/// Checks that the machine enforces the limit: asks for a buffer that is larger.
fn limit_is_enforced(context: &RunContext<'_>, limit: u64) -> Result<(), ScenarioError> {
    drop_ipc_lock().map_err(|error| Unfit(format!("CAP_IPC_LOCK cannot be given up: {error}")))?;
    match context.session.buffer(limit as usize + 1) {
        Err(error @ Error::Limit(Limit::LockedMemory { .. })) => {
            context.tally.error(&error);
            Ok(())
        }
        Err(error) => {
            Err(ScenarioError::Violation(Violation::unexpected("creating a buffer larger than the limit", &error)))
        }
        Ok(_buffer) => match kernel::locked_bytes() {
            Ok(locked) if locked > limit => {
                let what = format!("this machine does not enforce RLIMIT_MEMLOCK: {locked} of {limit} bytes locked");
                Err(Unfit(what).into())
            }
            _ => {
                let what = "a buffer larger than the limit was made, and is not locked";
                Err(ScenarioError::Violation(Violation::new(Guarantee::Visible, what)))
            }
        },
    }
}

fn unfit(what: &'static str) -> impl FnOnce(io::Error) -> ScenarioError {
    move |error| Unfit(format!("RLIMIT_MEMLOCK cannot be {what}: {error}")).into()
}
