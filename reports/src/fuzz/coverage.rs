//! Which lines of the library tests and targets together execute, file by file, and the files that are excused.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::records::{self, Origin};
use crate::{ReportError, file};

/// Below this share of executed lines, in percent, a file needs an exception.
const REQUIRED: f64 = 90.0;

/// One measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Where the figures come from.
    pub origin: Origin,
    /// The files, by path.
    pub modules: Vec<Module>,
    /// Exceptions for files that were not measured at all: they are stale.
    pub unused_exceptions: Vec<String>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Its path from the top of the repository.
    pub path: String,
    /// Lines that could be executed.
    pub lines: u64,
    /// Lines that were.
    pub covered: u64,
    /// Why less than the usual share is accepted, if it is.
    pub exception: Option<Exception>,
}

/// A file that is excused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The share that is required instead, in percent: an exception is not a licence to slide.
    pub at_least: u8,
    /// Why.
    pub reason: String,
}

impl Coverage {
    /// From the files `lcov.info` and `exceptions`.
    pub(super) fn collect(records: &Path) -> Result<Self, ReportError> {
        let lines = records.join("lcov.info");
        let exceptions = records.join("exceptions");
        let mut excused = parse_exceptions(&exceptions, &file::read(&exceptions)?)?;
        let measured = parse_lcov(&file::read(&lines)?);
        if measured.is_empty() {
            return Err(records::not_as_left(&lines, "no file of the library is in it".to_owned()));
        }
        let modules = measured.into_iter().map(|(path, hits)| Module {
            lines: hits.len() as u64,
            covered: hits.values().filter(|&&hits| hits > 0).count() as u64,
            exception: excused.remove(&path),
            path,
        });
        Ok(Self {
            origin: Origin::collect(records)?,
            modules: modules.collect(),
            unused_exceptions: excused.into_keys().collect(),
        })
    }

    pub(super) fn shortfalls(&self) -> Vec<String> {
        let stale = |path: &String| format!("{path} is excused and was not measured: take its exception out");
        self.modules.iter().filter_map(Module::shortfall).chain(self.unused_exceptions.iter().map(stale)).collect()
    }

    /// Of all files together: lines that could be executed, and lines that were.
    pub fn total(&self) -> (u64, u64) {
        self.modules.iter().fold((0, 0), |(lines, covered), module| (lines + module.lines, covered + module.covered))
    }
}

impl Module {
    /// The share of lines that were executed, in percent.
    pub fn share(&self) -> f64 {
        share(self.lines, self.covered)
    }

    fn shortfall(&self) -> Option<String> {
        let (path, share) = (&self.path, self.share());
        match &self.exception {
            None if share < REQUIRED => {
                Some(format!("{path}: {share:.1} % of its lines are executed, {REQUIRED} % are required"))
            }
            Some(exception) if share < f64::from(exception.at_least) => Some(format!(
                "{path}: {share:.1} % of its lines are executed, its exception requires {} %",
                exception.at_least
            )),
            Some(_) if share >= REQUIRED => {
                Some(format!("{path}: {share:.1} % of its lines are executed: take its exception out"))
            }
            _ => None,
        }
    }
}

/// Of `lines`, `covered` in percent. Of nothing, everything.
pub(super) fn share(lines: u64, covered: u64) -> f64 {
    if lines == 0 { 100.0 } else { covered as f64 * 100.0 / lines as f64 }
}

/// Line counts of every file of the library, from an LCOV tracefile; a file may come up several times.
fn parse_lcov(text: &str) -> BTreeMap<String, BTreeMap<u64, u64>> {
    let mut files: BTreeMap<String, BTreeMap<u64, u64>> = BTreeMap::new();
    let mut current = None;
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            // Tools write absolute paths; the repository's place is nobody's business.
            current = path.rfind("memguard/src/").map(|at| path[at..].to_owned());
        } else if let (Some(path), Some(data)) = (&current, line.strip_prefix("DA:")) {
            let mut fields = data.split(',').map(str::parse::<u64>);
            if let (Some(Ok(line)), Some(Ok(hits))) = (fields.next(), fields.next()) {
                *files.entry(path.clone()).or_default().entry(line).or_default() += hits;
            }
        }
    }
    files
}

/// Lines of the form `PATH PERCENT REASON …`; empty lines and those that begin with `#` are for people.
fn parse_exceptions(path: &Path, text: &str) -> Result<BTreeMap<String, Exception>, ReportError> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let exceptions = lines.map(|line| {
        let mut words = line.splitn(3, char::is_whitespace);
        let (file, at_least, reason) = (words.next(), words.next(), words.next());
        match (file, at_least.map(str::parse), reason.map(str::trim)) {
            (Some(file), Some(Ok(at_least)), Some(reason)) if !reason.is_empty() => {
                Ok((file.to_owned(), Exception { at_least, reason: reason.to_owned() }))
            }
            _ => Err(records::not_as_left(path, format!("'{line}' is not a path, a percentage and a reason"))),
        }
    });
    exceptions.collect()
}
