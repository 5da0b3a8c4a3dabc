//! `memguard-stress run`.

use super::place::Places;
use super::progress::Progress;
use super::{Exit, RunArgs, table};
use memguard_reports::host::Host;
use memguard_reports::stress::{SCHEMA, Scenario as Finished, StressRun, Verdict};
use memguard_reports::{commit, stress::Shortfall};
use memguard_stress::engine::{self, Plan};
use memguard_stress::scenarios::{ALL, Scenario};
use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Threads for each core.
const THREADS_PER_CORE: usize = 8;

/// Runs, reports and judges.
pub fn run(args: &RunArgs) -> Exit {
    let places = Places::find(args.reports_dir.as_deref(), args.report.as_deref());
    let seed = match args.seed.map_or_else(random_seed, Ok) {
        Ok(seed) => seed,
        Err(error) => {
            return unfit(&format!("the system gives no randomness for a seed ({error}): give one with --seed"));
        }
    };
    let plan = plan(args, seed);
    // Asked before anything is written: reports make the tree dirty.
    let provenance = Provenance::of(&plan, &places.root);
    if !args.quiet {
        provenance.print(&plan);
    }
    if let Err(error) = places.check() {
        return unfit(&error);
    }

    let progress = Progress::new(plan.duration, args.quiet);
    let (at_a_stall, stall_places) = (provenance.clone(), places.clone());
    let finished = engine::run(&plan, &progress, move |stall, scenarios| {
        eprintln!("\nmemguard-stress: STALL: {stall}");
        let run = at_a_stall.run(Verdict::Stall, scenarios);
        publish(&run, &stall_places, true);
        println!("{}", verdict_line(&run));
        // The threads cannot be ended, only the process.
        std::process::exit(i32::from(Exit::Stall as u8));
    });
    progress.clear();

    let mut run = provenance.run(Verdict::Unfit, finished.scenarios);
    if finished.unfit.is_none() || run.scenarios.iter().any(Finished::failed) {
        run.verdict = run.computed_verdict();
    }
    if !args.quiet && !run.scenarios.is_empty() {
        println!("{}", table::of(&run.scenarios));
    }
    say_what_is_wrong(&run);
    let written = publish(&run, &places, args.quiet);
    println!("{}", verdict_line(&run));
    if let Some(reason) = finished.unfit {
        eprintln!("memguard-stress: {reason}");
    }
    match run.verdict {
        Verdict::Fail => Exit::Broken,
        Verdict::Pass if written => Exit::Pass,
        Verdict::Pass | Verdict::Unfit => Exit::Unfit,
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

fn random_seed() -> Result<u64, getrandom::Error> {
    getrandom::u64()
}

/// Where a run comes from.
#[derive(Clone)]
struct Provenance {
    command: Vec<String>,
    seed: u64,
    threads: usize,
    commit: String,
    host: Host,
    started_unix_s: u64,
    began: Instant,
}

impl Provenance {
    fn of(plan: &Plan, root: &Path) -> Self {
        let mut command: Vec<String> = std::env::args().collect();
        if let (Some(program), Some(name)) = (command.first_mut(), std::env::args_os().next().as_deref().map(Path::new))
        {
            // The name alone: where somebody's checkout lies is nobody's business.
            *program = name.file_name().unwrap_or_default().to_string_lossy().into_owned();
        }
        Self {
            command,
            seed: plan.seed,
            threads: plan.threads,
            commit: commit::describe(root),
            host: Host::detect(),
            started_unix_s: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            began: Instant::now(),
        }
    }

    /// Every parameter of the run, the seed first.
    fn print(&self, plan: &Plan) {
        let scenarios: Vec<&str> = plan.scenarios.iter().map(|scenario| scenario.name).collect();
        println!("seed         {} (fixes what each thread does, not how the threads interleave)", plan.seed);
        println!("scenarios    {}", scenarios.join(", "));
        println!("duration     {} in all", humantime::format_duration(plan.duration));
        println!("threads      {}", plan.threads);
        println!("stall after  {}", humantime::format_duration(plan.stall_after));
        println!("commit       {}", self.commit);
        let Host { kernel, arch, cores, memlock_limit, .. } = &self.host;
        println!("machine      {cores} cores, {arch}, kernel {kernel}, locked memory {memlock_limit}");
    }

    fn run(&self, verdict: Verdict, scenarios: Vec<Finished>) -> StressRun {
        StressRun {
            schema: SCHEMA.to_owned(),
            command: self.command.clone(),
            seed: self.seed,
            commit: self.commit.clone(),
            host: self.host.clone(),
            started_unix_s: self.started_unix_s,
            threads: self.threads,
            duration_s: self.began.elapsed().as_secs_f64(),
            verdict,
            scenarios,
        }
    }
}

/// Violations in full, and every other reason against a pass.
fn say_what_is_wrong(run: &StressRun) {
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

/// Writes the reports, and says where they are. Returns whether they could be written.
fn publish(run: &StressRun, places: &Places, quiet: bool) -> bool {
    match places.write(run) {
        Ok(files) => {
            if !quiet {
                files.iter().for_each(|file| println!("wrote {}", file.display()));
            }
            if places.reports.is_none() && !quiet {
                println!(
                    "no page was written: no directory upwards holds both Cargo.toml and reports/ (see --reports-dir)"
                );
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
    format!("verdict: {} ({scenarios} scenarios, {} operations, seed {seed})", run.verdict, super::units::count(ops))
}

fn unfit(reason: &str) -> Exit {
    eprintln!("memguard-stress: {reason}");
    Exit::Unfit
}
