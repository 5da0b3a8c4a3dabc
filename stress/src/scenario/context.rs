//! What a scenario runs with.

use super::error::{ScenarioError, Unfit};
use super::executor::Executor;
use super::violations::Violations;
use crate::Violation;
use crate::ops::Tally;
use memguard::{Error, Session};
use std::time::Duration;

/// What the engine gives a scenario for one run.
pub struct RunContext<'a> {
    /// The scenario's name.
    pub name: &'static str,
    /// The degraded outcomes that the scenario must provoke.
    pub expects: &'static [&'static str],
    /// The scenario's session.
    pub session: &'a Session,
    /// The seed of the run.
    pub seed: u64,
    /// The acquire timeout of the session, unless the scenario configures another.
    pub acquire_timeout: Duration,
    /// The longest that a thread waited for its turn when the machine was measured. The bounds of a [`Contract`] are
    /// multiples of it. Zero in a simulated run, where no time is judged.
    ///
    /// [`Contract`]: crate::scenario::Contract
    pub longest_turn: Duration,
    /// The number of workers.
    pub workers: usize,
    /// Counts the degraded outcomes that callers were told of.
    pub tally: &'a Tally,
    /// Collects the violations.
    pub violations: &'a Violations,
    /// Runs the workers.
    pub executor: &'a dyn Executor,
}

impl RunContext<'_> {
    /// The result of a call that sets the scenario up. The scenario cannot run without it.
    ///
    /// # Errors
    /// [`ScenarioError`], with the library's error.
    pub fn require<T>(&self, call: &str, result: memguard::Result<T>) -> Result<T, ScenarioError> {
        result.map_err(|error| match error {
            Error::Limit(_) | Error::System { .. } => {
                Unfit(format!("{} cannot be set up: {call}: {error}", self.name)).into()
            }
            error => ScenarioError::Violation(Violation::unexpected(call, &error)),
        })
    }

    /// Whether every degraded outcome that the scenario must provoke has occurred.
    pub fn is_complete(&self) -> bool {
        let degraded = self.session.health().degraded;
        self.expects.iter().all(|&kind| degraded.iter().any(|(name, count)| name == kind && count > 0))
    }
}
