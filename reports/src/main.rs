//! `memguard-reports`: renders records, and checks that committed pages are what their records say.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use memguard_reports::bench::{self, BenchRun};
use memguard_reports::fuzz::{FuzzSummary, Part};
use memguard_reports::provenance::Provenance;
use memguard_reports::site::{Sources, write_site};
use memguard_reports::{
    Finding, ReportError, Written, check_reports, load, publish, publish_file, render_all, render_file,
    write_atomically,
};

const OK: u8 = 0;
/// A page or a record is wrong, or figures are bad.
const BROKEN: u8 = 1;
/// A wrong command line, which clap reports with the same code, or an input that cannot be read.
const USAGE: u8 = 2;
/// The output cannot be written.
const UNFIT: u8 = 4;

/// Renders what a memguard run measured to a page for people.
///
/// A folder of reports holds a page NAME.md for each record records/NAME.json.
///
/// Exit codes: 0 nothing is wrong; 1 a page or a record is wrong, or the figures are bad; 2 wrong usage, or an input
/// cannot be read; 4 the output cannot be written.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Exit with 1 unless every page is byte for byte the rendering of its record, and every record has a page
    Check(Folder),
    /// Copy a record into the folder of reports and write its page
    Publish {
        /// The JSON that a run wrote
        record: PathBuf,
        #[command(flatten)]
        reports: Folder,
    },
    /// Write the page of every record in the folder of reports again, or print the page of one record
    Render {
        /// Print the page of this record
        record: Option<PathBuf>,
        /// Write that page to this file
        #[arg(long, value_name = "FILE", requires = "record")]
        out: Option<PathBuf>,
        #[command(flatten)]
        reports: Folder,
    },
    /// Put the output of a script of fuzz/ into the fuzzing record and write its page. Exit with 1 if the figures are
    /// bad
    Fuzz {
        /// What the script measured
        part: Part,
        /// The folder that the script left
        folder: PathBuf,
        #[command(flatten)]
        reports: Folder,
    },
    /// Exit with 1 if a figure of the benches got worse from one record to the other, or is missing in the other
    Compare {
        /// The older record of the benches
        old: PathBuf,
        /// The newer record of the benches
        new: PathBuf,
        /// How much worse a figure may be, in percent
        #[arg(long, value_name = "PERCENT", default_value_t = 5.0)]
        threshold: f64,
    },
    /// Write pages for a browser, with a front page that names the state of each part. Exit with 1 if a part is missing
    /// or no pass: the pages are written all the same
    Site {
        /// The folder for the pages
        #[arg(long, value_name = "DIR", default_value = "target/site")]
        out: PathBuf,
        /// The record of `cargo verify`, which is not among the reports
        #[arg(long, value_name = "FILE", default_value = "target/verify/verify.json")]
        verify: PathBuf,
        #[command(flatten)]
        reports: Folder,
    },
    /// Print commit, time and machine as JSON, for a runner that is not a Rust program
    Provenance,
}

#[derive(Args)]
struct Folder {
    /// The folder of reports
    #[arg(long = "reports-dir", value_name = "DIR", default_value = "reports")]
    dir: PathBuf,
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Check(reports) => check(&reports.dir),
        Task::Publish { record, reports } => publish_file(&record, &reports.dir).map(|written| say(&[written])),
        Task::Render { record: Some(record), out, .. } => render(&record, out.as_deref()),
        Task::Render { record: None, reports, .. } => render_reports(&reports.dir),
        Task::Fuzz { part, folder, reports } => fuzz(part, &folder, &reports.dir),
        Task::Compare { old, new, threshold } => compare(&old, &new, threshold),
        Task::Site { out, verify, reports } => site(&Sources::new(&reports.dir, &verify), &out),
        Task::Provenance => provenance(),
    };
    ExitCode::from(done.unwrap_or_else(|error| {
        eprintln!("memguard-reports: {error}");
        code_of(&error)
    }))
}

fn check(reports: &Path) -> Result<u8, ReportError> {
    let found = check_reports(reports)?;
    for finding in &found {
        eprintln!("memguard-reports: {finding}");
    }
    // A record that cannot be read is an input that cannot be read.
    let codes = found.iter().map(|finding| match finding {
        Finding::Refused(error) => code_of(error),
        _ => BROKEN,
    });
    Ok(codes.max().unwrap_or(OK))
}

fn render(record: &Path, out: Option<&Path>) -> Result<u8, ReportError> {
    let page = render_file(record)?;
    match out {
        Some(out) => write_atomically(out, &page)?,
        None => print(&page)?,
    }
    Ok(OK)
}

fn render_reports(reports: &Path) -> Result<u8, ReportError> {
    let written = render_all(reports)?;
    if written.is_empty() {
        let folder = reports.display();
        eprintln!("memguard-reports: {folder} has no record; name the folder of reports with --reports-dir");
        return Ok(USAGE);
    }
    Ok(say(&written))
}

fn fuzz(part: Part, folder: &Path, reports: &Path) -> Result<u8, ReportError> {
    let summary = part.collect(folder, &Written::of::<FuzzSummary>(reports).record)?;
    say(&[publish(&summary, reports)?]);
    let shortfalls = summary.shortfalls_of(part);
    for shortfall in &shortfalls {
        eprintln!("memguard-reports: {shortfall}");
    }
    Ok(if shortfalls.is_empty() { OK } else { BROKEN })
}

fn compare(old: &Path, new: &Path, threshold: f64) -> Result<u8, ReportError> {
    let worse = bench::compare(&load::<BenchRun>(old)?, &load::<BenchRun>(new)?, threshold);
    for figure in &worse {
        eprintln!("memguard-reports: worse: {figure}");
    }
    Ok(if worse.is_empty() { OK } else { BROKEN })
}

fn site(sources: &Sources, out: &Path) -> Result<u8, ReportError> {
    let parts = write_site(sources, out)?;
    let wrong: Vec<_> = parts.iter().filter(|part| !part.state.is_pass()).collect();
    let (all, passed) = (parts.len(), parts.len() - wrong.len());
    println!("{} is written: {passed} of {all} parts pass", out.join("index.html").display());
    for part in &wrong {
        let reasons = part.state.reasons(part.command);
        let more = if reasons.len() > 1 { format!(", and {} more reasons", reasons.len() - 1) } else { String::new() };
        let first = reasons.first().map(|reason| format!(": {reason}{more}")).unwrap_or_default();
        eprintln!("memguard-reports: {}: {}{first}; see {}", part.title, part.state.word(), part.page.display());
    }
    Ok(if wrong.is_empty() { OK } else { BROKEN })
}

fn provenance() -> Result<u8, ReportError> {
    let json = serde_json::to_string(&Provenance::detect(Path::new(".")))
        .map_err(|cause| ReportError::Malformed { path: "the provenance".into(), cause })?;
    print(&format!("{json}\n"))?;
    Ok(OK)
}

fn say(written: &[Written]) -> u8 {
    for Written { record, page, .. } in written {
        println!("{} is rendered from {}", page.display(), record.display());
    }
    OK
}

fn print(text: &str) -> Result<(), ReportError> {
    let refused = |cause| ReportError::Write { path: "the standard output".into(), cause };
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(refused)
}

fn code_of(error: &ReportError) -> u8 {
    match error {
        ReportError::Read { .. } | ReportError::NotAFile { .. } => USAGE,
        ReportError::Write { .. } => UNFIT,
        // The record is malformed, of an unknown schema or false. An error that is added later counts as one of these.
        _ => BROKEN,
    }
}
