//! Runs the corpus with this checker and with its peers, and writes `CORPUS.md`.
//!
//! `cargo run` runs every program with every tool, each in a process of its own. Then it runs each program in many
//! schedules with `shuttle`, to check that good ones never hang and bad ones can. `cargo run -- truth` does only that.

mod machine;
mod table;
mod tools;
mod truth;

use memguard_lockdep_corpus::harness::{self, Outcome};
use memguard_lockdep_corpus::ours;
use memguard_lockdep_corpus::plain::Plain;
use memguard_lockdep_corpus::{Program, Tool, programs};
use std::env;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;
use table::Column;

/// A program that runs longer than this hangs.
const LIMIT: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => compare(),
        ["truth"] => truth::check_all(),
        ["truth", program] => truth::run_here(program),
        ["run", tool, program] => run_here(tool, program),
        _ => {
            eprintln!("usage: memguard-lockdep-peers [truth]");
            ExitCode::from(2)
        }
    }
}

fn compare() -> ExitCode {
    let columns = [
        column::<ours::ParkingLot>(),
        column::<ours::StdSync>(),
        column::<tools::TracingStd>(),
        column::<tools::TracingParkingLot>(),
        column::<tools::ParkingLotDetection>(),
        column::<tools::NoDeadlocks>(),
        column::<Plain>(),
    ];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../CORPUS.md");
    std::fs::write(&path, table::page(&columns, &truth::try_all(), &machine::lines()))
        .expect("the page can be written");
    println!("wrote {}", path.display());
    ExitCode::SUCCESS
}

/// Runs every program with one tool.
fn column<T: Tool>() -> Column {
    let runs = programs::all::<T>().into_iter().map(|program| {
        let outcome = program.runs_with(T::OFFERS).then(|| run(&["run", T::NAME, &program.to_string()], LIMIT));
        (program, outcome)
    });
    let column = Column { tool: T::NAME, offers: T::OFFERS, runs: runs.collect() };
    println!("{}: done", T::NAME);
    column
}

/// Runs this binary with these arguments.
fn run(arguments: &[&str], limit: Duration) -> Outcome {
    let this = env::current_exe().expect("the path of this binary");
    harness::judge(Command::new(this).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()), limit)
}

fn run_here(tool: &str, program: &str) -> ExitCode {
    with::<ours::ParkingLot>(tool, program);
    with::<ours::StdSync>(tool, program);
    with::<tools::TracingStd>(tool, program);
    with::<tools::TracingParkingLot>(tool, program);
    with::<tools::ParkingLotDetection>(tool, program);
    with::<tools::NoDeadlocks>(tool, program);
    with::<Plain>(tool, program);
    eprintln!("no such tool, or no such program");
    ExitCode::from(2)
}

fn with<T: Tool>(tool: &str, name: &str) {
    let named = |program: &Program| tool == T::NAME && program.to_string() == name;
    if let Some(program) = programs::all::<T>().into_iter().find(named) {
        harness::run_here::<T>(&program);
    }
}
