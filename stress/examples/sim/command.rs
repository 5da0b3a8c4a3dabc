//! The command line.

use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use memguard_stress::scenario::Scenario;
use memguard_stress::seeds::{Seeds, Shard};
use memguard_stress::sim::{Case, Ran, Saved, ScenarioCase, Totals, scenarios, shrink};
use memguard_stress::thread::Failure;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

const FAILED: u8 = 1;
const WRONG_USE: u8 = 2;
const NOT_SAVED: u8 = 4;

/// Runs programs on simulated threads and pages. A seed fixes the program, its faults, and every step.
#[derive(Parser)]
#[command(name = "cargo sim", args_conflicts_with_subcommands = true)]
struct Command {
    #[command(subcommand)]
    replay: Option<Replay>,
    #[command(flatten)]
    run: Run,
}

#[derive(Subcommand)]
enum Replay {
    /// Runs a case that was saved because it failed.
    Replay {
        /// The file.
        file: PathBuf,
        /// Runs it so many times. Each must fail in the same way.
        #[arg(long, default_value_t = 1)]
        times: u32,
    },
}

#[derive(Args)]
struct Run {
    /// Runs this scenario of the stress binary instead of programs.
    #[arg(long, value_parser = scenario)]
    scenario: Option<&'static Scenario>,
    /// Which seeds: from the first to before the second.
    #[arg(long, default_value = "0..1000")]
    seeds: Seeds,
    /// Runs only every n-th seed, from the number of this shard on. The traces of all shards add up.
    #[arg(long, default_value = "1/1")]
    shard: Shard,
    /// Where a case that fails is saved.
    #[arg(long, default_value = "target/sim")]
    save_in: PathBuf,
    /// How many smaller cases are tried after a failure.
    #[arg(long, default_value_t = 20_000)]
    shrink: u32,
    /// Prints only the last line, and failures.
    #[arg(long)]
    quiet: bool,
}

pub fn run() -> ExitCode {
    let Command { replay, run } = Command::parse();
    match replay {
        Some(Replay::Replay { file, times }) => replay_file(&file, times),
        None => run_seeds(&run),
    }
}

fn scenario(name: &str) -> Result<&'static Scenario, String> {
    scenarios().find(|scenario| scenario.name == name).ok_or_else(|| {
        let names: Vec<&str> = scenarios().map(|scenario| scenario.name).collect();
        format!("these scenarios can be simulated: {}", names.join(", "))
    })
}

fn run_seeds(run: &Run) -> ExitCode {
    let count = run.shard.count(&run.seeds.0);
    if count == 0 {
        eprintln!("this shard has no seed, so nothing would run");
        return ExitCode::from(WRONG_USE);
    }
    let (began, mut totals) = (Instant::now(), Totals::default());
    let bar = if run.quiet { ProgressBar::hidden() } else { bar(count) };
    for seed in run.shard.seeds(&run.seeds.0) {
        let ran = match run.scenario {
            Some(scenario) => ScenarioCase::drawn(scenario, seed).run(),
            None => Case::drawn(seed).run(),
        };
        totals += &ran;
        if let Some(failure) = &ran.failure {
            bar.finish_and_clear();
            eprintln!("seed {seed} failed: {}\n{}", failure.text, failure.waits);
            return match run.scenario {
                Some(scenario) => report_scenario(scenario, seed, failure),
                None => report(run, seed, failure),
            };
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let Totals { cases, steps, trace, seen, degraded } = &totals;
    if !run.quiet {
        seen.iter().for_each(|(told, runs)| println!("{runs:>9}  {told:?}"));
        degraded.iter().for_each(|(kind, runs)| println!("{runs:>9}  {kind}"));
    }
    let seconds = began.elapsed().as_secs_f64();
    println!("sim: {cases} cases passed, {steps} steps, {seconds:.1} s, trace {trace:016x}");
    ExitCode::SUCCESS
}

fn bar(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} cases, {eta} left");
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Looks for fewer workers and operations of the same seed that fail too.
fn report_scenario(scenario: &'static Scenario, seed: u64, failure: &Failure) -> ExitCode {
    let drawn = ScenarioCase::drawn(scenario, seed);
    let smaller =
        (scenario.min_threads..=drawn.workers).flat_map(|workers| (1..=drawn.ops).map(move |ops| (workers, ops)));
    let smallest = smaller.map(|(workers, ops)| ScenarioCase { workers, ops, ..drawn });
    let failed = smallest.map(|case| (case, case.run())).find(|(_, ran)| ran.failure.is_some());
    let (case, failure) = match &failed {
        Some((case, Ran { failure: Some(failure), .. })) => (case, failure),
        _ => (&drawn, failure),
    };
    eprintln!("fewest: {} workers with {} operations in each phase:", case.workers, case.ops);
    eprintln!("{}\n{}", failure.text, failure.waits);
    eprintln!("run it again: cargo sim --scenario {} --seeds {seed}..{}", scenario.name, seed + 1);
    ExitCode::from(FAILED)
}

/// Shrinks the case of this seed, and saves what is left of it.
fn report(run: &Run, seed: u64, failure: &Failure) -> ExitCode {
    let case = &Case::drawn(seed);
    eprintln!("{} operations on {} threads; looking for fewer", case.ops(), case.threads());
    let smallest = shrink(case, failure, run.shrink, |case| case.run().failure);
    let (case, failure) = (&smallest.case, &smallest.failure);
    eprintln!("{} operations on {} threads, after {} tries:", case.ops(), case.threads(), smallest.runs);
    eprintln!("{}\n{}\n{}", failure.text, failure.waits, case.to_code());
    let file = run.save_in.join(format!("seed-{seed}.json"));
    match Saved::new(Some(seed), case.clone(), &*failure.text).write(&file) {
        Ok(()) => {
            eprintln!("saved. Replay it with: cargo sim replay {}", file.display());
            ExitCode::from(FAILED)
        }
        Err(error) => {
            eprintln!("the case cannot be saved in {}: {error}", file.display());
            ExitCode::from(NOT_SAVED)
        }
    }
}

fn replay_file(file: &Path, times: u32) -> ExitCode {
    let saved = match Saved::read(file) {
        Ok(saved) => saved,
        Err(error) => {
            eprintln!("{} cannot be read: {error}", file.display());
            return ExitCode::from(WRONG_USE);
        }
    };
    let runs: Vec<Ran> = (0..times.max(1)).map(|_| saved.case.run()).collect();
    let failed = runs.iter().filter(|ran| ran.failure.is_some()).count();
    let same = runs.iter().all(|ran| ran.is_alike(&runs[0]));
    match &runs[0].failure {
        Some(failure) => eprintln!("{}\n{}\n{}", failure.text, failure.waits, saved.case.to_code()),
        None => println!("{} passes now", file.display()),
    }
    println!("{failed} of {} runs failed, {}", runs.len(), if same { "all in the same steps" } else { "NOT ALIKE" });
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(FAILED) }
}
