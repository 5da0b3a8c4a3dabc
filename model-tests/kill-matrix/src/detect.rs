//! Builds, runs and times one detector, and reads what it found.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use memguard_reports::kill_matrix::{Detector, Finding, Judge, Outcome};

use crate::error::MatrixError;
use crate::log::{Failure, Log};
use crate::process::{Ended, Step, run};
use crate::program::{Place, Program};
use crate::stop::Stop;

/// How long a build may take.
const PATIENCE_FOR_BUILDS: Duration = Duration::from_secs(45 * 60);

/// What was built from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The commit that is checked out.
    pub commit: String,
    /// The hash of the files.
    pub tree: String,
}

/// What became of a detector.
#[derive(Debug, Clone, PartialEq)]
pub enum Detected {
    /// It ran.
    Found(Box<Finding>),
    /// It failed, and its log names no failure. That shows nothing of the bug.
    Unclear {
        /// All that it printed.
        log: PathBuf,
    },
    /// The run is to end.
    Interrupted,
}

/// Runs a detector in a place where a bug has been planted, or none.
///
/// # Errors
/// [`MatrixError::RanNothing`] if it passes and its log does not show that anything ran. Others if it cannot be
/// started.
pub fn detect(
    detector: Detector,
    program: &Program,
    place: &Place,
    log: &Path,
    origin: &Origin,
    stop: &Stop,
) -> Result<Detected, MatrixError> {
    let written = |cause| MatrixError::Write { path: log.to_owned(), cause };
    fs::create_dir_all(log.parent().unwrap_or(log)).map_err(written)?;
    if log.exists() {
        fs::remove_file(log).map_err(written)?;
    }
    let mut finding = Finding {
        detector,
        outcome: Outcome::Missed,
        judge: None,
        by: None,
        said: None,
        seconds: 0.0,
        build_seconds: 0.0,
        models: Vec::new(),
        every_model: false,
        commit: origin.commit.clone(),
        tree: origin.tree.clone(),
        ended_unix_s: 0,
    };
    if let Some(build) = &program.build {
        let started = Instant::now();
        let ended = run(build, &place.tree, log, PATIENCE_FOR_BUILDS, stop, |_| false)?;
        finding.build_seconds = seconds_since(started);
        match ended {
            Ended::Exited(0) => {}
            Ended::Interrupted => return Ok(Detected::Interrupted),
            _ => {
                let Some(failure) = Log::Compiler.first_failure(&read(log)?) else {
                    return Ok(Detected::Unclear { log: log.to_owned() });
                };
                return Ok(found(Finding { outcome: Outcome::NotBuilt, ..finding }, Some(failure)));
            }
        }
    }
    let mut attempts = Vec::new();
    for (number, step) in program.runs.iter().enumerate() {
        let part = log.with_extension(format!("run{number}"));
        let attempt = attempt(step, program, place, &part, stop)?;
        append(log, &part)?;
        match attempt {
            Attempt::Ran(ran) => attempts.push(ran),
            Attempt::Unclear => return Ok(Detected::Unclear { log: log.to_owned() }),
            Attempt::RanNothing => return Err(MatrixError::RanNothing { detector, log: log.to_owned() }),
            Attempt::Interrupted => return Ok(Detected::Interrupted),
        }
    }
    let failed = attempts.iter().filter(|ran| ran.failure.is_some()).count();
    // A run that passed counts as slower than any that failed.
    attempts.sort_by(|a, b| a.failure.is_none().cmp(&b.failure.is_none()).then(a.seconds.total_cmp(&b.seconds)));
    let Some(median) = attempts.get(attempts.len() / 2).cloned() else {
        return Err(MatrixError::RanNothing { detector, log: log.to_owned() });
    };
    finding.seconds = median.seconds;
    finding.models = median.models;
    if failed * 2 > attempts.len() {
        finding.outcome = if median.hung { Outcome::Hung } else { Outcome::Caught };
        return Ok(found(finding, median.failure));
    }
    Ok(found(finding, None))
}

fn found(finding: Finding, failure: Option<Failure>) -> Detected {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (judge, by, said) = match failure {
        Some(Failure { by, said, judge }) => (Some(judge), by, Some(said)),
        None => (None, None, None),
    };
    Detected::Found(Box::new(Finding { judge, by, said, ended_unix_s: now, ..finding }))
}

#[derive(Debug, Clone)]
struct Ran {
    seconds: f64,
    failure: Option<Failure>,
    hung: bool,
    models: Vec<String>,
}

enum Attempt {
    Ran(Ran),
    Unclear,
    RanNothing,
    Interrupted,
}

fn attempt(step: &Step, program: &Program, place: &Place, log: &Path, stop: &Stop) -> Result<Attempt, MatrixError> {
    let started = Instant::now();
    let is_enough = |log: &Path| read(log).is_ok_and(|text| program.log.is_enough(&text));
    let ended = run(step, &place.tree, log, program.patience, stop, is_enough)?;
    let seconds = seconds_since(started);
    let text = read(log)?;
    let failure = program.log.first_failure(&text);
    let models = program.log.models(&text);
    let ran = |failure, hung| Attempt::Ran(Ran { seconds, failure, hung, models });
    Ok(match ended {
        Ended::Interrupted => Attempt::Interrupted,
        Ended::Exited(0) if program.log.ran(&text) => ran(None, false),
        Ended::Exited(0) => Attempt::RanNothing,
        Ended::OutOfTime if failure.is_none() => {
            let said = format!("did not end within {}", humantime::format_duration(program.patience));
            ran(Some(Failure { by: None, said, judge: Judge::Deadlock }), true)
        }
        _ if failure.is_some() => ran(failure, false),
        _ => Attempt::Unclear,
    })
}

fn seconds_since(started: Instant) -> f64 {
    // Tenths are enough, and a record that is read by people has no use for more.
    (started.elapsed().as_secs_f64() * 10.0).round() / 10.0
}

fn read(log: &Path) -> Result<String, MatrixError> {
    let bytes = fs::read(log).map_err(|cause| MatrixError::Read { path: log.to_owned(), cause })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Moves a part to the end of the log.
fn append(log: &Path, part: &Path) -> Result<(), MatrixError> {
    use std::io::Write as _;
    let text = read(part)?;
    let mut file = fs::OpenOptions::new().create(true).append(true).open(log);
    let written = file
        .as_mut()
        .map_or_else(|error| Err(std::io::Error::from(error.kind())), |file| file.write_all(text.as_bytes()));
    written.and_then(|()| fs::remove_file(part)).map_err(|cause| MatrixError::Write { path: log.to_owned(), cause })
}
