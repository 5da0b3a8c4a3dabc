//! `memguard-stress`: stresses memguard on real locked memory and ends with a verdict.

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = match cli::Cli::try_parse() {
        Ok(cli) => match cli.task {
            None => cli::run(&cli.run),
            Some(cli::Task::Run(run)) => cli::run(&run),
            Some(cli::Task::List) => cli::list(),
            Some(cli::Task::SelfTest) => cli::self_test(),
            Some(cli::Task::Compare { old, new }) => cli::compare(&old, &new),
            Some(cli::Task::Completions { shell }) => cli::completions(shell),
            Some(cli::Task::Man) => cli::man(),
        },
        // A wrong command line, or a question for help or the version.
        Err(error) => match error.print() {
            Err(refused) if !error.use_stderr() => {
                cli::complain(format_args!("the answer cannot be written: {refused}"));
                cli::Exit::Unfit
            }
            _ => return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
        },
    };
    ExitCode::from(exit as u8)
}
