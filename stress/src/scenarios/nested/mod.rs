//! nested: accesses inside accesses.
//!
//! Half of the threads nest shared buffers in one order and half in the other; every thread re-enters buffers of its own in
//! every way there is; and one thread sits in an access for as long as another one waits for it, which must end by itself.

mod opposite;
mod reentry;
mod sitting;

use super::Scenario;
use crate::engine::{Setback, Stage};
use std::time::Duration;

pub(super) static SCENARIO: Scenario = Scenario {
    name: "nested",
    purpose: "nest accesses in opposite orders, re-enter in every way, destroy inside, wait for one who does not leave",
    expects: &["accesses_refused", "acquire_timeouts", "handed_over_wipes"],
    min_threads: 4,
    configure: |builder| builder.acquire_timeout(ACQUIRE_TIMEOUT),
    play,
};

/// Short, because waits are made to reach it.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(100);

fn play(stage: &Stage<'_>) -> Result<(), Setback> {
    let shared = opposite::shared_buffers(stage)?;
    let chair = sitting::Chair::new(stage)?;
    stage.crew(|worker| match worker.index() {
        0 => chair.sit(worker),
        1 => chair.wait(worker),
        _ => {
            let mut id = (worker.index() as u64 + 1) << 40;
            while worker.goes_on() {
                id += 1;
                let judgement = match worker.choices.below(4) {
                    0..2 => opposite::dive(worker, &shared, id),
                    2 => reentry::enter_again(worker, id),
                    _ => reentry::destroy_inside(worker, id),
                };
                worker.report(judgement);
            }
        }
    })?;
    Ok(())
}
