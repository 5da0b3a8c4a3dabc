//! Runs a plan: one scenario after the other, under the watchdog.

use super::capacity;
use super::heartbeats::Heartbeats;
use super::plan::Plan;
use super::progress::Progress;
use super::results::Results;
use super::scenario_runner::ScenarioRunner;
use super::watchdog::{Stall, Watchdog};
use crate::planted;
use crate::scenario::Unfit;
use memguard_reports::stress as report;
use std::sync::Arc;

/// The outcome of a run.
#[derive(Debug)]
pub struct Outcome {
    /// The scenarios that ran, as reports show them.
    pub scenarios: Vec<report::Scenario>,
    /// Why the run ended early, if it did.
    pub unfit: Option<Unfit>,
}

/// Runs the plan.
///
/// When a thread stalls, `on_stall` is called on the watchdog's thread with the results so far. Stalled threads cannot
/// be ended, so the run cannot end either: `on_stall` should end the process.
pub fn run(
    plan: &Plan,
    progress: &dyn Progress,
    on_stall: impl FnOnce(&Stall, Vec<report::Scenario>) + Send + 'static,
) -> Outcome {
    planted::silence();
    let (heartbeats, results) = (Arc::new(Heartbeats::default()), Arc::new(Results::default()));
    let (heartbeats_at_stall, results_at_stall) = (Arc::clone(&heartbeats), Arc::clone(&results));
    let watchdog = Watchdog::start(Arc::clone(&heartbeats), plan.stall_after, move |stall| {
        on_stall(stall, results_at_stall.with_stalled(stall, heartbeats_at_stall.ops()));
    });
    let unfit = match watchdog {
        Ok(_watchdog) => run_scenarios(plan, progress, &heartbeats, &results).err(),
        Err(error) => Some(Unfit(format!("no thread for the watchdog: {error}"))),
    };
    Outcome { scenarios: results.finished(), unfit }
}

fn run_scenarios(
    plan: &Plan,
    progress: &dyn Progress,
    heartbeats: &Heartbeats,
    results: &Results,
) -> Result<(), Unfit> {
    let coordinator = heartbeats.add("coordinator".into(), false);
    coordinator.begin("measuring lockable memory");
    let threads = capacity::threads_that_fit(plan.threads)?;
    let planned = plan.duration / u32::try_from(plan.scenarios.len()).unwrap_or(u32::MAX).max(1);
    let runner = ScenarioRunner { seed: plan.seed, threads, planned, heartbeats, coordinator, progress };
    for scenario in &plan.scenarios {
        progress.scenario_started(scenario, planned);
        let finished = runner.run(scenario, results)?;
        progress.scenario_finished(&finished);
        results.finish(finished);
    }
    Ok(())
}
