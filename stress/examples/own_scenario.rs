//! A scenario of your own, with a mutex of your own:
//! `cargo run --release -p memguard-stress --example own_scenario -- --threads 2 --stall-after 2s`
//!
//! One worker takes the mutex and then a buffer. The other takes the buffer and then the mutex. The run fails and names
//! both places of each, whether the two wait for each other or not.

use memguard_lockdep::sync::Mutex;
use memguard_stress::Violation;
use memguard_stress::scenario::{RunContext, Scenario, ScenarioError};
use std::process::ExitCode;

static TRANSFERS: Scenario = Scenario {
    name: "transfers",
    purpose: "a mutex of the program and a buffer, taken in opposite orders",
    min_threads: 2,
    run: transfer,
    ..Scenario::PLAIN
};

fn transfer(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let (account, count) = (context.require("Session::buffer", context.session.buffer(8))?, Mutex::new(0));
    context.run_workers(|worker| {
        while worker.should_continue() {
            let transferred = match worker.index {
                0 => worker.op("counting, then writing", || {
                    let mut counted = count.lock().unwrap();
                    account.with_data_mut(|bytes| bytes[0] ^= 1).map(|()| *counted += 1)
                }),
                _ => worker.op("writing, then counting", || account.with_data_mut(|_| *count.lock().unwrap() += 1)),
            };
            worker.check(Violation::unless_ok("with_data_mut", transferred));
        }
    })?;
    Ok(())
}

fn main() -> ExitCode {
    memguard_stress::main(&[&TRANSFERS])
}
