//! `memguard-reports`: renders a raw report, or tells whether a page still is what its raw report says.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use memguard_reports::fuzz::Part;
use memguard_reports::seeded_bugs::Provenance;
use memguard_reports::{Freshness, ReportError, check, render_file, write_atomically};

const OK: u8 = 0;
/// The page is stale, or the raw report contradicts itself or its schema.
const BROKEN: u8 = 1;
/// A wrong command line, which clap reports with the same code, or an input that cannot be read.
const USAGE: u8 = 2;
/// The output cannot be written.
const UNFIT: u8 = 4;

/// Renders what a memguard run measured to a page for people.
///
/// Exit codes: 0 all is well; 1 the page is stale, or the raw report is not to be believed; 2 wrong usage, or an input that
/// cannot be read; 4 the output cannot be written.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Render a raw report; its `schema` field says which kind it is
    Render {
        /// The raw JSON a run wrote
        raw: PathBuf,
        /// Write the page to this file instead of the standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Print commit, time and machine as JSON, for a runner that is no Rust program
    Provenance,
    /// Make a part of the fuzzing summary of the records that a script of `fuzz/` left; exit with 1 if the figures are bad
    Fuzz {
        /// Which part
        part: PartName,
        /// The folder with the records
        records: PathBuf,
        /// The summary; its other parts are kept
        #[arg(long, value_name = "FILE")]
        into: PathBuf,
    },
    /// Exit with 1 unless the page is byte for byte what the raw report renders to
    Check {
        /// The raw JSON a run wrote
        raw: PathBuf,
        /// The page that was rendered from it
        page: PathBuf,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum PartName {
    Campaign,
    Planted,
    Coverage,
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Render { raw, out } => render(&raw, out.as_deref()),
        Task::Check { raw, page } => compare(&raw, &page),
        Task::Provenance => provenance(),
        Task::Fuzz { part, records, into } => summarise(part, &records, &into),
    };
    ExitCode::from(done.unwrap_or_else(|error| {
        eprintln!("memguard-reports: {error}");
        code_of(&error)
    }))
}

fn render(raw: &Path, out: Option<&Path>) -> Result<u8, ReportError> {
    let page = render_file(raw)?;
    match out {
        Some(out) => write_atomically(out, &page)?,
        None => print(&page)?,
    }
    Ok(OK)
}

fn provenance() -> Result<u8, ReportError> {
    let json = serde_json::to_string(&Provenance::detect(Path::new(".")))
        .map_err(|cause| ReportError::Malformed { path: "the provenance".into(), cause })?;
    print(&format!("{json}\n"))?;
    Ok(OK)
}

fn summarise(part: PartName, records: &Path, summary: &Path) -> Result<u8, ReportError> {
    let part = match part {
        PartName::Campaign => Part::Campaign,
        PartName::Planted => Part::Planted,
        PartName::Coverage => Part::Coverage,
    };
    let wrong = part.collect(records, summary)?;
    for sentence in &wrong {
        eprintln!("memguard-reports: {sentence}");
    }
    Ok(if wrong.is_empty() { OK } else { BROKEN })
}

fn print(text: &str) -> Result<(), ReportError> {
    let refused = |cause| ReportError::Write { path: "the standard output".into(), cause };
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(refused)
}

fn compare(raw: &Path, page: &Path) -> Result<u8, ReportError> {
    let what = match check(raw, page)? {
        Freshness::Fresh => return Ok(OK),
        Freshness::Stale { line } => format!("is stale from line {line} on"),
        Freshness::Missing => "does not exist".to_owned(),
    };
    eprintln!(
        "memguard-reports: {page} {what}; run: memguard-reports render {raw} --out {page}",
        page = page.display(),
        raw = raw.display()
    );
    Ok(BROKEN)
}

fn code_of(error: &ReportError) -> u8 {
    match error {
        ReportError::Read { .. } | ReportError::NotAFile { .. } => USAGE,
        ReportError::Write { .. } => UNFIT,
        // Malformed, of unknown schema, or lying: the evidence does not hold. So too whatever is added later.
        _ => BROKEN,
    }
}
