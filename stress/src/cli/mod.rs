//! The command line of `memguard-stress`.

mod args;
mod checkpoint;
mod compare;
mod docs;
mod exit;
mod joined;
mod junit;
mod list;
mod locks;
mod merge;
mod output;
mod progress_bar;
mod provenance;
mod report_paths;
mod run;
mod run_seeds;
mod self_test;
mod signals;
mod soak;
mod table;

use crate::scenario::Scenario;
use args::{Cli, Task};
use clap::FromArgMatches as _;
use exit::Exit;
use std::process::ExitCode;

/// The whole of `memguard-stress`, with these scenarios instead of [`ALL`](crate::scenario::ALL): reads the command
/// line, runs what it asks for, prints, and writes the reports. `stress/README.md` describes commands and exit codes.
///
/// The example `own_scenario` is such a program.
///
/// ```no_run
/// use memguard_stress::scenario::{ALL, Scenario};
/// static MINE: Scenario = Scenario { name: "mine", ..Scenario::PLAIN };
/// fn main() -> std::process::ExitCode {
///     memguard_stress::main(&[&MINE, ALL[0]])
/// }
/// ```
pub fn main(scenarios: &[&'static Scenario]) -> ExitCode {
    let parsed = args::command(scenarios).try_get_matches();
    let exit = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => match cli.task {
            None => run_seeds::run(&cli.run, scenarios),
            Some(Task::Run(run)) => run_seeds::run(&run, scenarios),
            Some(Task::Soak(soak)) => soak::soak(&soak, scenarios),
            Some(Task::List) => list::list(scenarios),
            Some(Task::SelfTest) => self_test::self_test(),
            Some(Task::Compare { old, new }) => compare::compare(&old, &new),
            Some(Task::Merge { records, report }) => merge::merge(&records, &report),
            Some(Task::Completions { shell }) => docs::completions(shell, scenarios),
            Some(Task::Man) => docs::man(scenarios),
        },
        // A wrong command line, or a question for help or the version.
        Err(error) => match error.print() {
            Err(refused) if !error.use_stderr() => {
                output::complain(format_args!("the answer cannot be written: {refused}"));
                Exit::Unfit
            }
            _ => return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
        },
    };
    ExitCode::from(exit as u8)
}
