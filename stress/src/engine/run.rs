//! Runs a plan: one scenario after the other, under the watchdog.

use super::monitor::Monitor;
use super::plan::Plan;
use super::progress::Progress;
use super::results::Results;
use super::scenario_runner::ScenarioRunner;
use super::watchdog::{PATIENCE, Stall, Watchdog};
use super::{calibration, capacity};
use crate::diagnosis::crash;
use crate::planted;
use crate::scenario::Unfit;
use memguard_reports::stress as report;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The outcome of a run.
#[derive(Debug)]
pub struct Outcome {
    /// What the machine did without the library, if that was measured.
    pub calibration: Option<report::Calibration>,
    /// The scenarios that ran, as reports show them.
    pub scenarios: Vec<report::Scenario>,
    /// The scenarios that did not run to their end, by name. There are some only if the run ended early.
    pub unfinished: Vec<String>,
    /// Why the run ended early, if that is the machine's fault.
    pub unfit: Option<Unfit>,
}

/// Runs the plan.
///
/// When a thread stalls, `on_stall` is called on the watchdog's thread with the results so far, the stalled scenario
/// last. Stalled threads cannot be ended, so the run cannot end either: `on_stall` should end the process.
pub fn run(
    plan: &Plan,
    progress: &dyn Progress,
    monitor: &Monitor,
    on_stall: impl FnOnce(&Stall, Vec<report::Scenario>) + Send + 'static,
) -> Outcome {
    planted::silence();
    let results = Arc::new(Results::default());
    let (heartbeats, results_at_stall, stalled_plan) =
        (Arc::clone(&monitor.heartbeats), Arc::clone(&results), plan.clone());
    let watchdog = Watchdog::start(Arc::clone(&heartbeats), plan.stall_after, move |mut stall| {
        stall.command = results_at_stall.current().map(|scenario| stalled_plan.command_of(scenario));
        on_stall(&stall, results_at_stall.with_stalled(&stall, heartbeats.ops()));
    });
    let unfit = match watchdog {
        Ok(_watchdog) => run_scenarios(plan, progress, monitor, &results).err(),
        Err(error) => Some(Unfit(format!("no thread for the watchdog: {error}"))),
    };
    let mut whole = results.finished();
    if monitor.interrupted.load(Ordering::Relaxed) {
        // The one that ran when the signal came.
        whole.retain(|scenario| scenario.duration_s >= plan.share().as_secs_f64());
    }
    Outcome {
        calibration: results.calibration(),
        scenarios: results.finished(),
        unfinished: plan.names_without(&whole),
        unfit,
    }
}

fn run_scenarios(plan: &Plan, progress: &dyn Progress, monitor: &Monitor, results: &Results) -> Result<(), Unfit> {
    let Monitor { heartbeats, interrupted } = monitor;
    let coordinator = heartbeats.add("coordinator".into(), false);
    coordinator.enter();
    coordinator.begin("measuring lockable memory");
    let threads = capacity::threads_that_fit(plan.threads)?;
    let planned = plan.share();
    // With many threads on a busy machine a lock takes long to come round. The watchdog tells slow threads from blocked
    // ones, and a timeout does not. So the watchdog comes first.
    let acquire_timeout = plan.stall_after * (PATIENCE + 1);
    let seed = plan.seed;
    memguard_lockdep::start_statistics();
    let calibration = calibration::measure(threads, plan.duration, &coordinator)?;
    results.calibrated(calibration);
    calibration::check(&calibration, threads, plan.stall_after)?;
    let runner = ScenarioRunner {
        seed,
        threads,
        planned,
        calibration,
        heartbeats,
        coordinator,
        progress,
        stall_after: plan.stall_after,
        acquire_timeout,
        interrupted,
    };
    for scenario in &plan.scenarios {
        if interrupted.load(Ordering::Relaxed) {
            break;
        }
        let command = plan.command_of(scenario.name);
        crash::tell(format!("scenario   {}\nseed       {}\nreproduce  {command}", scenario.name, plan.seed));
        progress.scenario_started(scenario, planned);
        let finished = runner.run(scenario, results)?;
        progress.scenario_finished(&finished);
        results.finish(finished);
    }
    Ok(())
}
