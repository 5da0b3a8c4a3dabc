//! fork-storm: some workers fork all the time, while the others contend for everything.
//!
//! A child has a copy of the memory of its parent, in which any lock may be held by a thread that the child does not
//! have. It must work nevertheless, have none of its parent's secrets, and get errors from inherited handles. Some
//! children are stopped or killed while they are inside a buffer. The parent must not notice.

mod child;
mod forker;

use super::children::beside_contention;
use super::{RunContext, Scenario, ScenarioError};
use child::Inherited;

pub(super) static SCENARIO: Scenario = Scenario {
    name: "fork-storm",
    purpose: "fork while threads contend; children must work or be killed, and their parent must not notice",
    min_threads: 4,
    run,
    ..Scenario::PLAIN
};

/// So many workers fork.
const FORKERS: usize = 2;

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    // The workers purge the session of the scenario, so what children inherit is in another one.
    let inherited = context.require("building what children inherit", Inherited::new(context.seed))?;
    beside_contention(context, FORKERS, |worker| forker::fork_on(worker, context.session, &inherited))?;
    inherited.close(context.violations);
    Ok(())
}
