//! The command line.

pub mod list;
pub mod place;
pub mod progress;
pub mod run;
pub mod self_test;
pub mod table;
mod units;

use clap::{Args, Parser, Subcommand};
use memguard_stress::scenarios::{self, Scenario};
use std::path::PathBuf;
use std::time::Duration;

/// What the process ends with. The code between, 2, means a wrong command line: clap ends the process with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything promised was seen to hold.
    Pass = 0,
    /// A promise was broken, or something that had to be seen was not.
    Broken = 1,
    /// Threads stalled.
    Stall = 3,
    /// The machine cannot run the scenarios, or the report cannot be written.
    Unfit = 4,
}

const CODES: &str = "\
Exit codes:
  0  pass: every scenario did work, broke no guarantee, showed each degraded outcome it exists for, and left nothing behind
  1  a guarantee was broken, or a scenario showed nothing (no operation, or an expected outcome that never occurred);
     self-test: a planted bug was not caught
  2  wrong command line
  3  a thread made no progress for --stall-after: a stall or a deadlock. Who holds and who waits for what is printed
  4  this machine cannot run the scenarios (too little lockable memory, no /proc, no threads), or a report cannot be written.
     The message says what to change
  A signal instead of a code (139 in a shell is SIGSEGV) means that memory was touched which must not be: a guard page, a
  frozen or an unmapped buffer. That is a broken promise as well, without a report.

The seed fixes what each thread does, and not how the threads interleave: the same seed again is the same work in another
order. A violation may need several runs to show again, and a pass shows that nothing went wrong, not that nothing can.

Every run writes records/stress.json and stress.md into the reports directory. A scenario whose expected outcomes have not
occurred when its time is up goes on for up to ten times as long, and at most 20 seconds.";

/// Stresses memguard on real locked memory and ends with a verdict.
///
/// Runs scenarios one after the other, each with many threads on a session of its own, compares every answer with what it
/// must be, and looks at what is left when all threads have ended. Without a subcommand it runs them all.
#[derive(Debug, Parser)]
#[command(version, after_long_help = CODES, after_help = "Exit codes and what a seed means: --help", args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; `run` if nothing is named.
    #[command(subcommand)]
    pub task: Option<Task>,
    /// The flags of `run`.
    #[command(flatten)]
    pub run: RunArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Run scenarios (the default)
    #[command(after_long_help = CODES)]
    Run(RunArgs),
    /// Name the scenarios
    List,
    /// Plant bugs and show that each one is caught
    SelfTest,
}

/// How to run.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Run only this scenario; may be given several times [default: all, see `list`]
    #[arg(long = "scenario", value_name = "NAME", value_parser = scenario)]
    pub scenarios: Vec<&'static Scenario>,

    /// For how long, all scenarios together; each gets an equal share
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub duration: Duration,

    /// Threads of each scenario [default: 8 for each core]. Fewer run where memory cannot be locked for all of them
    #[arg(long, value_name = "N", value_parser = threads)]
    pub threads: Option<usize>,

    /// Fixes what each thread does, and not how the threads interleave [default: random]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// Write the record to this file as well
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,

    /// Where records/stress.json and stress.md go [default: `reports` beside the nearest Cargo.toml upwards that has one]
    #[arg(long, value_name = "DIR")]
    pub reports_dir: Option<PathBuf>,

    /// A thread that completes no operation for this long has stalled; at least 1s
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = stall_after)]
    pub stall_after: Duration,

    /// Print the verdict only. What is wrong is still said on the standard error
    #[arg(long)]
    pub quiet: bool,
}

fn scenario(name: &str) -> Result<&'static Scenario, String> {
    scenarios::by_name(name).ok_or_else(|| {
        let names: Vec<&str> = scenarios::ALL.iter().map(|scenario| scenario.name).collect();
        format!("there is no such scenario; there are {}", names.join(", "))
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("nothing can be seen in no time".into()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(format!("{error}; write it like 30s, 2min or 1h 30min")),
    }
}

fn stall_after(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        short if short < Duration::from_secs(1) => Err("threads that work are silent for up to a second".into()),
        long => Ok(long),
    }
}

fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads @ 1..=65_536) => Ok(threads),
        Ok(_) => Err("between 1 and 65536".into()),
        Err(error) => Err(format!("{error}")),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        <super::Cli as clap::CommandFactory>::command().debug_assert();
    }
}
