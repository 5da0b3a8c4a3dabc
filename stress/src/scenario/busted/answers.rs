//! Answers that are wrong, or that nobody gave.

use super::repeat::repeat;
use crate::ops::Told;
use crate::scenario::shared::{stamp_of, stamped_buffer};
use crate::scenario::{RunContext, Scenario, ScenarioError};

pub(super) static WRONG_BYTE: Scenario = Scenario {
    name: "busted-byte",
    purpose: "planted: a byte of a buffer changes while nobody writes",
    run: change_a_byte,
    ..Scenario::PLAIN
};

pub(super) static UNTOLD: Scenario = Scenario {
    name: "busted-untold",
    purpose: "planted: the session counts a refused access that no caller was told of",
    run: tell_nobody,
    ..Scenario::PLAIN
};

pub(super) static UNCOUNTED: Scenario = Scenario {
    name: "busted-uncounted",
    purpose: "planted: a caller was told of a timeout that the session did not count",
    run: count_nothing,
    ..Scenario::PLAIN
};

pub(super) static PANIC: Scenario =
    Scenario { name: "busted-panic", purpose: "planted: a worker panics", run: panic_in_a_worker, ..Scenario::PLAIN };

pub(super) static IDLE: Scenario =
    Scenario { name: "busted-idle", purpose: "planted: the workers do nothing", run: do_nothing, ..Scenario::PLAIN };

/// Must provoke an outcome, and does not.
pub(super) static VACUOUS: Scenario = Scenario {
    name: "busted-vacuous",
    purpose: "planted: must provoke skipped rekeys, and never rekeys",
    expects: &["rekeys_skipped"],
    configure: |builder| builder.rekey_interval(None),
    run: provoke_nothing,
    ..Scenario::PLAIN
};

fn change_a_byte(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let buffer = context.require("Session::buffer", stamped_buffer(context.session, context.seed, 1, 64))?;
    context.require("with_data_mut", buffer.with_data_mut(|bytes| bytes[40] ^= 1))?;
    context.run_workers(|worker| {
        let read = worker.op("reading", || buffer.with_data(|bytes| stamp_of(context.seed, bytes)));
        if let Ok(read) = read {
            worker.check(read.map(drop));
        }
    })?;
    Ok(())
}

fn tell_nobody(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let buffer = context.require("Session::buffer", context.session.buffer(8))?;
    repeat(context, |worker| {
        // The bug: the answer is not counted in the tally.
        worker.op("writing while reading", || drop(buffer.with_data(|_| buffer.write().is_err())));
    })
}

fn count_nothing(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    repeat(context, |worker| {
        let tally = worker.tally();
        worker.op("timing out", || tally.note(Told::TimedOut));
    })
}

fn panic_in_a_worker(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    context.run_workers(|worker| worker.op("panicking", || panic!("a planted bug")))?;
    Ok(())
}

fn do_nothing(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    context.run_workers(|_| ())?;
    Ok(())
}

fn provoke_nothing(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let session = context.session;
    repeat(context, |worker| {
        worker.op("health", || session.health());
    })
}
