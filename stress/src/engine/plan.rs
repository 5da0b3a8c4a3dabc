//! What to run.

use crate::scenario::Scenario;
use memguard_reports::stress as report;
use std::time::Duration;

/// The scenarios of a run, and their parameters.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The program that runs it, for the command that runs a scenario again.
    pub program: String,
    /// The scenarios run in this order.
    pub scenarios: Vec<&'static Scenario>,
    /// The time of all scenarios together. Each gets an equal share.
    pub duration: Duration,
    /// The threads of each scenario. A scenario may need more, and the machine may have lockable memory only for fewer.
    pub threads: usize,
    /// Fixes what each thread does.
    pub seed: u64,
    /// A thread that completes no operation for this long has stalled.
    pub stall_after: Duration,
}

impl Plan {
    /// The time of one scenario.
    pub(super) fn share(&self) -> Duration {
        self.duration / u32::try_from(self.scenarios.len()).unwrap_or(u32::MAX).max(1)
    }

    /// The command that runs one scenario as this run does.
    pub(super) fn command_of(&self, scenario: &str) -> String {
        let time = humantime::format_duration;
        format!(
            "{} run --scenario {scenario} --seed {} --threads {} --duration '{}' --stall-after '{}'",
            self.program,
            self.seed,
            self.threads,
            time(self.share()),
            time(self.stall_after)
        )
    }

    /// The names of the scenarios that are not among these.
    pub fn names_without(&self, these: &[report::Scenario]) -> Vec<String> {
        let names = self.scenarios.iter().map(|scenario| scenario.name);
        names.filter(|name| these.iter().all(|scenario| scenario.name != *name)).map(str::to_owned).collect()
    }
}
