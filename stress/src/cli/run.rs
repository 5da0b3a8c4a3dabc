//! `memguard-stress run`.

use super::args::RunArgs;
use super::checkpoint::Checkpoint;
use super::exit::Exit;
use super::joined::joined;
use super::output::{Output, complain};
use super::provenance::{Provenance, program_name};
use super::report_paths::ReportPaths;
use super::signals::{self, Ending};
use super::table;
use crate::diagnosis::crash;
use crate::engine::{self, Monitor, Plan};
use crate::scenario::Scenario;
use memguard_reports::stress::{Partial, Shortfall, StressRun, Verdict};
use memguard_reports::units::count;

const THREADS_PER_CORE: usize = 8;

/// Runs the scenarios, writes the reports and judges.
pub(super) fn run(args: &RunArgs, scenarios: &[&'static Scenario]) -> Exit {
    with_seed(args, |seed, output| run_with(args, &plan(args, scenarios, seed), output))
}

/// Draws the seed, unless the command line has one. Tells what made the task fail before it ran anything.
pub(super) fn with_seed(args: &RunArgs, task: impl FnOnce(u64, &mut Output) -> Result<Exit, String>) -> Exit {
    let mut output = Output::default();
    let ended = args
        .seed
        .map_or_else(getrandom::u64, Ok)
        .map_err(|error| (None, format!("the system gives no randomness for a seed ({error}): give one with --seed")));
    let ended = ended.and_then(|seed| task(seed, &mut output).map_err(|why| (Some(seed), why)));
    ended.unwrap_or_else(|(seed, why)| {
        let seed = seed.map_or_else(|| "no seed".to_owned(), |seed| format!("seed {seed}"));
        nothing_ran(&mut output, &seed, &why)
    })
}

/// Tells what made a task fail before it ran anything.
pub(super) fn nothing_ran(output: &mut Output, seed: &str, why: &str) -> Exit {
    output.print(format_args!("verdict: {} (nothing ran, {seed})\n", Verdict::Unfit));
    complain(why);
    Exit::Unfit
}

fn run_with(args: &RunArgs, plan: &Plan, output: &mut Output) -> Result<Exit, String> {
    let ready = Ready::new(args)?;
    let provenance = Provenance::of(plan);
    if !args.quiet {
        output.print(provenance.text(plan));
    }
    if !output.is_complete() {
        return Ok(Exit::Unfit);
    }
    Ok(ready.run(plan, &provenance, args.quiet, output))
}

/// What is there before the first scenario runs: the places of the reports, and handlers of signals.
pub(super) struct Ready {
    monitor: Monitor,
    ending: Ending,
    paths: ReportPaths,
}

impl Ready {
    /// Checks the places and catches the signals.
    ///
    /// # Errors
    /// What is in the way.
    pub(super) fn new(args: &RunArgs) -> Result<Self, String> {
        let monitor = Monitor::default();
        let ending = signals::catch(&monitor).map_err(|error| format!("signals cannot be caught: {error}"))?;
        let paths = ReportPaths::find(args)?;
        paths.check()?;
        crash::catch(paths.crash().as_deref())
            .map_err(|error| format!("crashes cannot be caught, or crash.txt cannot be made: {error}"))?;
        Ok(Self { monitor, ending, paths })
    }

    /// Runs the scenarios of a plan, writes the reports and judges.
    pub(super) fn run(&self, plan: &Plan, provenance: &Provenance, quiet: bool, output: &mut Output) -> Exit {
        self.run_after(None, plan, provenance, quiet, output).1
    }

    /// Like [`run`](Self::run), after runs of other seeds. The reports are of all of them together. Also returns that.
    pub(super) fn run_after(
        &self,
        earlier: Option<StressRun>,
        plan: &Plan,
        provenance: &Provenance,
        quiet: bool,
        output: &mut Output,
    ) -> (StressRun, Exit) {
        let Self { monitor, ending, paths } = self;
        let checkpoint = Checkpoint::new(plan, provenance, earlier.clone(), paths.partial(), quiet);
        let before_stall = earlier.clone();
        let (stalled_provenance, stalled_paths, stalled_plan) = (provenance.clone(), paths.clone(), plan.clone());
        let outcome = engine::run(plan, &checkpoint, monitor, move |stall, scenarios| {
            complain(format_args!("STALL: {stall}"));
            let whole = &scenarios[..scenarios.len().saturating_sub(1)];
            let partial = Partial { ended_by: "a stall".into(), unfinished: stalled_plan.names_without(whole) };
            let run = StressRun { verdict: Verdict::Stall, ..stalled_provenance.report(scenarios, Some(partial)) };
            let mut output = Output::default();
            let _ = write_reports(&joined(before_stall, run.clone()), &stalled_paths, true, &mut output);
            output.print(verdict_line(&run, run.verdict));
            // Stalled threads cannot be ended, so the process ends.
            std::process::exit(i32::from(Exit::Stall as u8));
        });
        checkpoint.clear();

        let signal = ending.signal();
        let ended_by = match (&outcome.unfit, signal) {
            (Some(unfit), _) => Some(unfit.to_string()),
            (None, Some((name, _))) if !outcome.unfinished.is_empty() => Some(name.to_owned()),
            _ => None,
        };
        let partial = ended_by.map(|ended_by| Partial { ended_by, unfinished: outcome.unfinished });
        let mut run = provenance.report(outcome.scenarios, partial);
        run.calibration = outcome.calibration;
        if outcome.unfit.is_some() && run.verdict == Verdict::Interrupted {
            run.verdict = Verdict::Unfit;
        }
        if !quiet && !run.scenarios.is_empty() {
            output.print(format_args!("{}\n", table::of_scenarios(&run.scenarios, table::width())));
        }
        print_failures(&run);
        let all = joined(earlier, run.clone());
        let written = write_reports(&all, paths, quiet, output);
        // A pass without its report is none.
        let verdict = if run.verdict == Verdict::Pass && !written { Verdict::Unfit } else { run.verdict };
        output.print(verdict_line(&run, verdict));
        (all, output.exit(exit_of(verdict, signal.map(|(_, exit)| exit))))
    }

    /// Whether a signal has asked for the end.
    pub(super) fn is_to_end(&self) -> bool {
        self.ending.signal().is_some()
    }

    /// Writes the reports of all runs and judges.
    pub(super) fn end(&self, all: &StressRun, quiet: bool, output: &mut Output) -> Exit {
        let written = write_reports(all, &self.paths, quiet, output);
        let verdict = if all.verdict == Verdict::Pass && !written { Verdict::Unfit } else { all.verdict };
        output.print(verdict_line(all, verdict));
        output.exit(exit_of(verdict, self.ending.signal().map(|(_, exit)| exit)))
    }
}

/// How the process ends with this verdict. `interrupted` is the end that the signal asks for which came.
pub(super) fn exit_of(verdict: Verdict, interrupted: Option<Exit>) -> Exit {
    match verdict {
        Verdict::Pass => Exit::Pass,
        Verdict::Fail => Exit::Broken,
        Verdict::Stall => Exit::Stall,
        Verdict::Interrupted => interrupted.unwrap_or(Exit::Unfit),
        Verdict::Unfit => Exit::Unfit,
    }
}

/// What the command line asks for, with this seed.
pub(super) fn plan(args: &RunArgs, all: &[&'static Scenario], seed: u64) -> Plan {
    let mut scenarios: Vec<&'static Scenario> = Vec::new();
    for &scenario in if args.scenarios.is_empty() { all } else { &args.scenarios } {
        // A report has each name once.
        if !scenarios.iter().any(|other| other.name == scenario.name) {
            scenarios.push(scenario);
        }
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.unwrap_or(THREADS_PER_CORE * cores);
    Plan { program: program_name(), scenarios, duration: args.duration, threads, seed, stall_after: args.stall_after }
}

/// Prints all violations in full, and every other reason against a pass.
pub(super) fn print_failures(run: &StressRun) {
    for scenario in &run.scenarios {
        for violation in &scenario.violations {
            complain(format_args!("{}: {}: {}", scenario.name, violation.guarantee, violation.message));
        }
    }
    for shortfall in run.shortfalls() {
        if !matches!(shortfall, Shortfall::Violations { .. } | Shortfall::NoScenarios) {
            complain(shortfall);
        }
    }
}

/// Writes the reports and prints their paths. Returns whether they could be written.
fn write_reports(run: &StressRun, paths: &ReportPaths, quiet: bool, output: &mut Output) -> bool {
    let written = paths.write(run);
    match &written {
        Ok(files) if !quiet => output.print(paths.told(files)),
        Ok(_) => {}
        Err(error) => complain(error),
    }
    written.is_ok()
}

pub(super) fn verdict_line(run: &StressRun, verdict: Verdict) -> String {
    let ops = run.scenarios.iter().map(|scenario| scenario.ops).sum();
    let (scenarios, seeds) = (run.scenarios.len(), run.seeds_in_words());
    let seeds = if run.seeds.is_empty() { format!("seed {seeds}") } else { format!("seeds {seeds}") };
    format!("verdict: {verdict} ({scenarios} scenarios, {} operations, {seeds})\n", count(ops))
}
