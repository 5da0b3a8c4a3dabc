//! `memguard-stress run`.

use super::args::RunArgs;
use super::exit::Exit;
use super::progress_bar::ProgressBar;
use super::provenance::Provenance;
use super::report_paths::ReportPaths;
use super::table;
use memguard_reports::stress::{Scenario as Finished, Shortfall, StressRun, Verdict};
use memguard_reports::units::count;
use memguard_stress::engine::{self, Plan};
use memguard_stress::scenario::{ALL, Scenario};

const THREADS_PER_CORE: usize = 8;

/// Runs the scenarios, writes the reports and judges.
pub fn run(args: &RunArgs) -> Exit {
    let paths = match ReportPaths::find(args) {
        Ok(paths) => paths,
        Err(error) => return unfit(&error),
    };
    let seed = match args.seed.map_or_else(getrandom::u64, Ok) {
        Ok(seed) => seed,
        Err(error) => {
            return unfit(&format!("the system gives no randomness for a seed ({error}): give one with --seed"));
        }
    };
    let plan = plan(args, seed);
    let provenance = Provenance::of(&plan);
    if !args.quiet {
        provenance.print(&plan);
    }
    if let Err(error) = paths.check() {
        return unfit(&error);
    }

    memguard_lockdep::start_statistics();
    let progress = ProgressBar::new(plan.duration, args.quiet);
    let (stall_provenance, stall_paths) = (provenance.clone(), paths.clone());
    let outcome = engine::run(&plan, &progress, move |stall, scenarios| {
        eprintln!("\nmemguard-stress: STALL: {stall}");
        let run = stall_provenance.report(Verdict::Stall, scenarios);
        write_reports(&run, &stall_paths, true);
        println!("{}", verdict_line(&run));
        // Stalled threads cannot be ended, so the process ends.
        std::process::exit(i32::from(Exit::Stall as u8));
    });
    progress.clear();

    let mut run = provenance.report(Verdict::Unfit, outcome.scenarios);
    if outcome.unfit.is_none() || run.scenarios.iter().any(Finished::failed) {
        run.verdict = run.computed_verdict();
    }
    if !args.quiet && !run.scenarios.is_empty() {
        println!("{}", table::of_scenarios(&run.scenarios));
    }
    print_failures(&run);
    let written = write_reports(&run, &paths, args.quiet);
    println!("{}", verdict_line(&run));
    if let Some(reason) = outcome.unfit {
        eprintln!("memguard-stress: {reason}");
    }
    match run.verdict {
        Verdict::Fail => Exit::Broken,
        Verdict::Pass if written => Exit::Pass,
        Verdict::Pass | Verdict::Interrupted | Verdict::Unfit => Exit::Unfit,
        Verdict::Stall => Exit::Stall,
    }
}

fn plan(args: &RunArgs, seed: u64) -> Plan {
    let mut scenarios: Vec<&'static Scenario> = Vec::new();
    for &scenario in if args.scenarios.is_empty() { ALL } else { &args.scenarios } {
        // A report has each name once.
        if !scenarios.iter().any(|other| other.name == scenario.name) {
            scenarios.push(scenario);
        }
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.unwrap_or(THREADS_PER_CORE * cores);
    Plan { scenarios, duration: args.duration, threads, seed, stall_after: args.stall_after }
}

/// Prints all violations in full, and every other reason against a pass.
fn print_failures(run: &StressRun) {
    for scenario in &run.scenarios {
        for violation in &scenario.violations {
            eprintln!("memguard-stress: {}: {}: {}", scenario.name, violation.guarantee, violation.message);
        }
    }
    for shortfall in run.shortfalls() {
        if !matches!(shortfall, Shortfall::Violations { .. } | Shortfall::NoScenarios) {
            eprintln!("memguard-stress: {shortfall}");
        }
    }
}

/// Writes the reports and prints their paths. Returns whether they could be written.
fn write_reports(run: &StressRun, paths: &ReportPaths, quiet: bool) -> bool {
    match paths.write(run) {
        Ok(files) => {
            if !quiet {
                print!("{}", paths.told(&files));
            }
            true
        }
        Err(error) => {
            eprintln!("memguard-stress: {error}");
            false
        }
    }
}

fn verdict_line(run: &StressRun) -> String {
    let ops = run.scenarios.iter().map(|scenario| scenario.ops).sum();
    let (scenarios, seed) = (run.scenarios.len(), run.seed);
    format!("verdict: {} ({scenarios} scenarios, {} operations, seed {seed})", run.verdict, count(ops))
}

fn unfit(reason: &str) -> Exit {
    eprintln!("memguard-stress: {reason}");
    Exit::Unfit
}
