//! The command line.

use super::exit::HELP;
use crate::scenario::{ALL, BUSTED, Scenario};
use crate::seeds::{Seeds, Shard};
use clap::builder::{PossibleValue, PossibleValuesParser, RangedU64ValueParser, TypedValueParser};
use clap::{Args, Command, CommandFactory as _, Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// The version, and the commit that the program was built from.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("MEMGUARD_COMMIT"), ")");

/// Stresses memguard on real locked memory and ends with a verdict.
///
/// Runs scenarios one after the other. In each one many threads contend in one session. Every answer of the library is
/// checked, and so is what is left when all threads have ended. Without a subcommand all scenarios run.
#[derive(Debug, Parser)]
#[command(version = VERSION, after_long_help = HELP, after_help = "Exit codes, and what a seed fixes: --help")]
#[command(args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do [default: run]
    #[command(subcommand)]
    pub task: Option<Task>,
    /// The options of `run`.
    #[command(flatten)]
    pub run: SeededArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Run scenarios (the default)
    #[command(after_long_help = HELP)]
    Run(SeededArgs),
    /// Run rounds of scenarios for long, and check that memory stays flat
    #[command(after_long_help = HELP)]
    Soak(SoakArgs),
    /// List the scenarios
    List,
    /// Plant bugs and check that each one is caught
    SelfTest,
    /// Print what changed from one record of a run to another, beyond what changes from run to run
    Compare {
        /// The older record, as JSON
        old: PathBuf,
        /// The newer record
        new: PathBuf,
    },
    /// Join records of runs into one, and exit as its verdict says
    Merge {
        /// The records, as JSON. They must be of one commit, and of different seeds
        #[arg(required = true, value_name = "RECORD")]
        records: Vec<PathBuf>,
        /// Where the joined record goes. The directory must exist
        #[arg(long, value_name = "OUT")]
        report: PathBuf,
    },
    /// Print a script that completes the command line in a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// How to soak.
#[derive(Clone, Debug, Args)]
pub struct SoakArgs {
    /// The time of all rounds together. The last round begins before it is over
    #[arg(long = "for", value_name = "TIME", default_value = "1h", value_parser = duration)]
    pub total: Duration,
    /// The options of each round. `--duration` is the time of one.
    #[command(flatten)]
    pub run: RunArgs,
}

/// How to run, with one seed or several.
#[derive(Clone, Debug, Args)]
pub struct SeededArgs {
    /// The options of each run.
    #[command(flatten)]
    pub run: RunArgs,

    /// One run for each seed, from A to before B. `--duration` is the time of each
    #[arg(long, value_name = "A..B", conflicts_with = "seed")]
    pub seeds: Option<Seeds>,

    /// Only every Nth of the seeds, from the Ith on. `merge` joins the records of all shards
    #[arg(long, value_name = "I/N", requires = "seeds")]
    pub shard: Option<Shard>,
}

/// How to run.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Run only this scenario; may be given several times [default: all]
    #[arg(long = "scenario", value_name = "NAME", value_parser = one_of(ALL))]
    pub scenarios: Vec<&'static Scenario>,

    /// The time of all scenarios together. Each gets an equal share
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub duration: Duration,

    /// Threads of each scenario [default: 8 for each core]. Fewer run if memory cannot be locked for all of them
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=65_536))]
    pub threads: Option<usize>,

    /// Fixes what each thread does, not how the threads interleave [default: random]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// Also write the raw JSON to this file. Its directory must exist
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,

    /// Also write the outcome of each scenario as JUnit XML to this file. Its directory must exist
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// The directory for records/stress.json and stress.md [default: target/stress in the checkout, which is the
    /// nearest parent directory with a Cargo.toml and `reports`]
    #[arg(long, value_name = "DIR")]
    pub reports_dir: Option<PathBuf>,

    /// Write the record and its page to `reports` of the checkout, where they are committed
    #[arg(long, conflicts_with = "reports_dir")]
    pub publish: bool,

    /// A thread that completes no operation for this long has stalled. At least 1s
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = stall_after)]
    pub stall_after: Duration,

    /// Print only the verdict, with the seed. Failures still go to the standard error
    #[arg(long)]
    pub quiet: bool,
}

/// The definition of the command line of a program with these scenarios.
pub fn command(scenarios: &[&'static Scenario]) -> Command {
    let with_names = |command: Command| command.mut_arg("scenarios", |arg| arg.value_parser(one_of(scenarios)));
    with_names(Cli::command()).mut_subcommand("run", with_names).mut_subcommand("soak", with_names)
}

/// Takes the name of one of the scenarios, or of one with a planted bug. Those are not listed.
fn one_of(scenarios: &[&'static Scenario]) -> impl TypedValueParser<Value = &'static Scenario> {
    let all: Vec<_> = scenarios.iter().chain(BUSTED).copied().collect();
    let shown = |at: usize| PossibleValue::new(all[at].name).hide(at >= scenarios.len());
    let names = PossibleValuesParser::new((0..all.len()).map(shown));
    names.try_map(move |name| {
        all.iter().copied().find(|scenario| scenario.name == name).ok_or("there is no such scenario")
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("must be longer than 0s".into()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(format!("{error}; write it like 30s, 2min or 1h 30min")),
    }
}

fn stall_after(text: &str) -> Result<Duration, String> {
    let long = duration(text)?;
    let too_short = "must be at least 1s: one operation of a thread that works may take up to a second";
    if long < Duration::from_secs(1) { Err(too_short.into()) } else { Ok(long) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command(super::ALL).debug_assert();
    }
}
