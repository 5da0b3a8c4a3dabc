//! foreign-code: closures, readers, writers and the logger of users misbehave in every way, on all threads.
//!
//! They panic, with a payload that panics again as it is dropped. They return values that do. They purge the session,
//! use the very buffer that they are inside and destroy it, and build sessions. Readers and writers are interrupted for
//! long, give one byte at a time, fail half-way, and panic as they are dropped. The other threads use the same buffers
//! and must go on, bytes must stay as they are until an access ends, and all must be wiped. `panics` has the panics
//! that an access ends with, one by one.

mod bomb;
mod closures;
mod logger;
mod misdeed;
mod readers;
mod shared;
mod streams;

use super::{Contract, RunContext, Scenario, ScenarioError};
use crate::{Guarantee, Violation};
use memguard::PurgeReport;
use shared::Shared;

pub(super) static SCENARIO: Scenario = Scenario {
    name: "foreign-code",
    purpose: "closures, readers, writers and a logger that panic, purge, re-enter and fail; the others must go on",
    expects: &["accesses_refused", "handed_over_wipes"],
    min_threads: 2,
    // Nearly every purge finds a key here, and wipes it under COFFER.
    contract: Contract { hold: 5 * Contract::USUAL.hold, ..Contract::USUAL },
    run,
    ..Scenario::PLAIN
};

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let shared = Shared::default();
    let _listening = logger::Listening::start()?;
    context.run_workers(|worker| {
        while worker.should_continue() {
            let result = match worker.choices.below(16) {
                0..2 => readers::read(worker),
                2..4 => streams::copy(worker),
                4 => shared::replace(worker, &shared),
                5 => logger::make_it_log(worker),
                6..8 => closures::enter_two(worker, &shared),
                _ => closures::enter(worker, &shared),
            };
            worker.check(result);
        }
    })?;
    shared.clear();
    let report = context.session.purge();
    context.tally.purge(&report);
    context.violations.check(Violation::unless(report == PurgeReport::default(), Guarantee::Wiped, || {
        format!("all buffers are dropped, and a purge found {report:?}")
    }));
    Ok(())
}
