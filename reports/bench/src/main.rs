//! `memguard-bench`: measures memguard beside its peers and publishes a record with its page.

mod bench;
mod child;
mod floors;
mod fresh;
mod growth;
mod live;
mod ours;
mod peers;
mod run;
mod steady;
mod table;
mod work;

use clap::{Parser, Subcommand};
use fresh::First;
use live::Kind;
use memguard_reports::publish;
use run::Plan;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use steady::Steady;

const OK: u8 = 0;
/// A contestant did not do its work.
const BROKEN: u8 = 1;
/// The record or the page cannot be written.
const UNFIT: u8 = 4;

/// Measures memguard beside its peers, in one process.
///
/// Writes the record of the kind bench and its page to the folder reports. A quick run and a part of the table go to
/// target/bench instead.
///
/// Exit codes: 0 everything was measured, whether or not the goals are met; 1 a contestant did not do its work; 2 wrong
/// usage; 4 the output cannot be written.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// Few short rounds, to see that everything runs
    #[arg(long)]
    quick: bool,
    /// Only what has this in its name
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Write to this folder of reports
    #[arg(long, value_name = "DIR")]
    reports_dir: Option<PathBuf>,
    #[command(subcommand)]
    child: Option<Child>,
}

#[derive(Subcommand)]
enum Child {
    /// Measure something that needs a process of its own
    #[command(hide = true)]
    Child {
        #[command(subcommand)]
        what: What,
    },
}

/// What a child does. It prints its figures on one line.
#[derive(Subcommand)]
enum What {
    /// The first use in a process
    First { what: First },
    /// Live buffers
    Live { kind: Kind, count: usize },
    /// Repeats an operation, under strace
    Steady { what: Steady, operations: u64 },
}

fn main() -> ExitCode {
    let Cli { quick, only, reports_dir, child } = Cli::parse();
    if let Some(Child::Child { what }) = child {
        measure(what);
        return ExitCode::from(OK);
    }
    // The crate is two folders below the top.
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."));
    let plan = Plan::new(quick, only);
    let to = if plan.partial().is_some() { "target/bench" } else { "reports" };
    let to = reports_dir.unwrap_or_else(|| top.join(to));
    let run = match plan.run(top) {
        Ok(run) => run,
        Err(failed) => {
            eprintln!("memguard-bench: {failed}");
            return ExitCode::from(BROKEN);
        }
    };
    for shortfall in run.shortfalls() {
        eprintln!("memguard-bench: {shortfall}");
    }
    match publish(&run, &to) {
        Ok(written) => {
            println!("{} is rendered from {}", written.page.display(), written.record.display());
            ExitCode::from(OK)
        }
        Err(error) => {
            eprintln!("memguard-bench: {error}");
            ExitCode::from(UNFIT)
        }
    }
}

/// What a child measures.
fn measure(what: What) {
    match what {
        What::First { what } => {
            let [ns, proof] = what.measure();
            println!("{ns} {proof}");
        }
        What::Live { kind, count } => {
            let [mappings, bytes] = live::measure(kind, count);
            println!("{mappings} {bytes}");
        }
        What::Steady { what, operations } => what.repeat(operations),
    }
}
