//! Timeouts that do not come.

use crate::scenario::{RunContext, Scenario, ScenarioError};
use std::sync::Barrier;
use std::time::Duration;

pub(super) static IGNORED: Scenario = Scenario {
    name: "busted-timeout",
    purpose: "planted: a wait for an access that never ends does not time out",
    min_threads: 2,
    // The bug: nobody waits as long.
    configure: |builder| builder.acquire_timeout(Duration::from_secs(1 << 30)),
    run: wait_for_ever,
    ..Scenario::PLAIN
};

fn wait_for_ever(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let buffer = context.require("Session::buffer", context.session.buffer(8))?;
    let (inside, refused) = (Barrier::new(2), Barrier::new(2));
    context.run_workers(|worker| match worker.index {
        0 => worker.op("holding an access until the other has timed out", || {
            let held = buffer.write();
            inside.wait();
            refused.wait();
            drop(held);
        }),
        1 => worker.op("waiting for the access", || {
            inside.wait();
            let _timed_out = buffer.read().is_err();
            refused.wait();
        }),
        _ => {}
    })?;
    Ok(())
}
