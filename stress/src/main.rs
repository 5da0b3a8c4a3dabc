//! `memguard-stress`: stresses memguard on real locked memory and ends with a verdict.

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let exit = match cli.task {
        None => cli::run(&cli.run),
        Some(cli::Task::Run(run)) => cli::run(&run),
        Some(cli::Task::List) => cli::list(),
        Some(cli::Task::SelfTest) => cli::self_test(),
    };
    ExitCode::from(exit as u8)
}
