//! `cargo kill-matrix`.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread::available_parallelism;
use std::time::Duration;

use clap::Parser;
use memguard_kill_matrix::bug::{Bug, bugs_in};
use memguard_kill_matrix::detect::Origin;
use memguard_kill_matrix::error::MatrixError;
use memguard_kill_matrix::matrix::{Conclusion, Matrix, Wanted, models};
use memguard_kill_matrix::program::{Programs as _, Workspace};
use memguard_kill_matrix::stop::Stop;
use memguard_kill_matrix::store::{About, Store};
use memguard_kill_matrix::tree::Source;
use memguard_reports::kill_matrix::{Absent, Detector, KillMatrix, Verdict};
use memguard_reports::provenance::Provenance;

const SURVIVORS: u8 = 1;
const USAGE: u8 = 2;
const INCOMPLETE: u8 = 3;

/// Plants known bugs, one at a time in a copy of the workspace, and records which detector notices each.
///
/// First each detector must pass without a bug. Each finding goes to target/kill-matrix/record.json at once. A later
/// run goes on where this one ended: it keeps the findings of the same tree and the same patch.
///
/// Exit codes: 0 every bug was noticed, and every bug of locks by two detectors; 1 a bug was not; 2 wrong usage, or a
/// detector fails or runs nothing without a bug; 3 the run ended before every detector had run; 130 and 143 after
/// SIGINT and SIGTERM. What was found is kept.
#[derive(Parser)]
#[command(name = "cargo kill-matrix")]
struct Cli {
    /// Only the bugs whose names contain one of these
    names: Vec<String>,
    #[arg(long, value_name = "DETECTOR", value_parser = detector, help = only_help())]
    only: Vec<Detector>,
    /// A bug that enough detectors have noticed, two if it is one of locks, needs no further ones
    #[arg(long)]
    fast: bool,
    /// Every model that has noticed no bug yet looks for each bug that models notice
    #[arg(long)]
    every_model: bool,
    /// Findings of other trees count too, as long as the patch is the same and the bug was noticed
    #[arg(long)]
    keep: bool,
    /// How many bugs at a time; one for each core, and at most four, unless this says otherwise
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    jobs: Option<u8>,
    /// Ends after this time
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    limit: Option<Duration>,
    /// Prints the bugs and ends
    #[arg(long)]
    list: bool,
    /// The top of the workspace
    #[arg(long, value_name = "DIR", default_value = ".")]
    top: PathBuf,
}

fn only_help() -> String {
    format!("Only this detector; may be repeated: {}", known())
}

fn known() -> String {
    Detector::ALL.map(Detector::label).join(", ")
}

fn detector(name: &str) -> Result<Detector, String> {
    let found = Detector::ALL.into_iter().find(|detector| detector.label() == name);
    found.ok_or_else(|| format!("these are the detectors: {}", known()))
}

fn main() -> ExitCode {
    ExitCode::from(run(&Cli::parse()).unwrap_or_else(|error| {
        eprintln!("cargo kill-matrix: {error}");
        USAGE
    }))
}

fn run(cli: &Cli) -> Result<u8, MatrixError> {
    let top = &std::path::absolute(&cli.top).map_err(|cause| MatrixError::Read { path: cli.top.clone(), cause })?;
    let patches = top.join("model-tests/seeded-bugs");
    let (all, bugs) = (bugs_in(&patches, &[])?, bugs_in(&patches, &cli.names)?);
    if cli.list {
        list(&bugs);
        return Ok(0);
    }
    let programs = Workspace::new(top);
    let (detectors, absent) = usable(&programs, &cli.only)?;
    // A fuzzer has nothing to do with a bug that names no target.
    let bugs: Vec<Bug> =
        bugs.into_iter().filter(|bug| detectors.iter().any(|&detector| bug.concerns(detector))).collect();
    if bugs.is_empty() {
        return Err(MatrixError::NothingToRun);
    }
    // The provenance comes first, because a file in the tree makes the commit dirty.
    let provenance = Provenance::detect(top);
    let source = Source::of(top)?;
    let origin = Origin { commit: provenance.commit.clone(), tree: source.hash()? };
    let stop = Stop::after(cli.limit).at_signals()?;
    let folder = top.join("target/kill-matrix");
    let about = About {
        command: ["cargo", "kill-matrix"].into_iter().map(str::to_owned).chain(std::env::args().skip(1)).collect(),
        provenance,
        tree: origin.tree.clone(),
        absent,
        models: models(top)?,
        keeps: cli.keep,
    };
    let path = folder.join("record.json");
    let store = Mutex::new(Store::open(&path, &all, about)?);
    let jobs = cli.jobs.map_or_else(|| available_parallelism().map_or(1, usize::from).min(4), usize::from);
    let wanted = Wanted { bugs, detectors, fast: cli.fast, every_model: cli.every_model, jobs };
    let matrix = Matrix { wanted, programs: &programs, source: &source, folder: &folder, origin, stop: &stop };
    let concluded = matrix.run(&store);
    let store = store.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    say_end(store.record(), &path);
    if let Some(signal) = stop.signalled() {
        return Ok(u8::try_from(128 + signal).unwrap_or(INCOMPLETE));
    }
    Ok(match concluded? {
        Conclusion::Killed => 0,
        Conclusion::Survivors => SURVIVORS,
        Conclusion::Incomplete => INCOMPLETE,
    })
}

/// The detectors that are asked for, and those that this machine lacks. Some are used only if they are asked for.
fn usable(programs: &Workspace, only: &[Detector]) -> Result<(Vec<Detector>, Vec<Absent>), MatrixError> {
    let (mut usable, mut absent) = (Vec::new(), Vec::new());
    for detector in Detector::ALL {
        let is_asked = if only.is_empty() { !detector.is_on_demand() } else { only.contains(&detector) };
        match programs.lacks(detector) {
            Some(why) if only.contains(&detector) => return Err(MatrixError::Absent { detector, why }),
            Some(why) => absent.push(Absent { detector, why }),
            None if is_asked => usable.push(detector),
            None => {}
        }
    }
    Ok((usable, absent))
}

fn list(bugs: &[Bug]) {
    for Bug { name, kind, guarantee, title, .. } in bugs {
        // A closed output ends the list.
        if writeln!(io::stdout(), "{name:<48} {kind:<18} {guarantee:<9} {title}").is_err() {
            return;
        }
    }
}

fn say_end(record: &KillMatrix, path: &Path) {
    for shortfall in record.shortfalls() {
        eprintln!("cargo kill-matrix: over all bugs, {shortfall}");
    }
    let path = path.display();
    let publish = format!("publish it: cargo run -p memguard-reports -- publish {path}");
    let next = if record.verdict == Verdict::Incomplete { "a later run goes on from here" } else { &publish };
    // Without an output, the exit code says the same.
    let _ = writeln!(io::stdout(), "over all bugs: {}; {path}\n{next}", record.verdict);
}
