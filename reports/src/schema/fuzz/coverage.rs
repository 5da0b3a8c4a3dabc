//! Which lines of the library tests and targets together execute, file by file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::schema::error::ReportError;
use crate::schema::file;
use crate::schema::fuzz::lcov::{self, Lines};
use crate::schema::fuzz::script::{self, Origin};

/// A file needs an exception if a smaller share of its lines is executed, in percent.
const REQUIRED: f64 = 90.0;

/// One measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Where the figures come from.
    pub origin: Origin,
    /// All files of the library, by path.
    pub modules: Vec<Module>,
    /// Exceptions for files that do not exist.
    pub unused_exceptions: Vec<String>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Its path from the top of the repository.
    pub path: String,
    /// Its lines, if it was measured.
    pub lines: Option<Lines>,
    /// Its exception, if it has one.
    pub exception: Option<Exception>,
}

/// Accepts a smaller share of lines for one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The share that is required instead, in percent. 0 is for a file that has no lines to execute.
    pub at_least: u8,
    /// Why.
    pub reason: String,
}

impl Coverage {
    /// From the files `lcov.info`, `files` (all files of the library, a path a line) and `exceptions`.
    pub(super) fn collect(folder: &Path) -> Result<Self, ReportError> {
        let tracefile = folder.join("lcov.info");
        let exceptions = folder.join("exceptions");
        let mut excused = parse_exceptions(&exceptions, &file::read(&exceptions)?)?;
        let mut measured = lcov::files(&file::read(&tracefile)?);
        let modules = script::lines(&folder.join("files"))?.into_iter().map(|path| Module {
            lines: measured.remove(&path),
            exception: excused.remove(&path),
            path,
        });
        let modules: Vec<_> = modules.collect();
        if modules.iter().all(|module| module.lines.is_none()) {
            return Err(script::not_as_left(&tracefile, "no file of the library is in it".to_owned()));
        }
        Ok(Self { origin: Origin::collect(folder)?, modules, unused_exceptions: excused.into_keys().collect() })
    }

    pub(super) fn shortfalls(&self) -> Vec<String> {
        let stale = |path: &String| format!("{path} has an exception and does not exist: remove the exception");
        self.modules.iter().filter_map(Module::shortfall).chain(self.unused_exceptions.iter().map(stale)).collect()
    }

    /// The lines of all files together.
    pub fn total(&self) -> Lines {
        self.modules.iter().filter_map(|module| module.lines).sum()
    }
}

impl Module {
    fn shortfall(&self) -> Option<String> {
        let path = &self.path;
        let Some(lines) = self.lines else {
            // A file without lines is missing from the tracefile. Any other missing file was not measured.
            let excused = self.exception.as_ref().is_some_and(|exception| exception.at_least == 0);
            return (!excused)
                .then(|| format!("{path} was not measured: nothing of it was compiled, or the tool left it out"));
        };
        let share = lines.share();
        match &self.exception {
            None if share < REQUIRED => {
                Some(format!("{path}: {share:.1} % of its lines are executed, {REQUIRED} % are required"))
            }
            Some(exception) if exception.at_least == 0 => {
                Some(format!("{path}: {share:.1} % of its lines are executed, and its exception says that it has none"))
            }
            Some(exception) if share < f64::from(exception.at_least) => Some(format!(
                "{path}: {share:.1} % of its lines are executed, its exception requires {} %",
                exception.at_least
            )),
            Some(_) if share >= REQUIRED => {
                Some(format!("{path}: {share:.1} % of its lines are executed: remove its exception"))
            }
            _ => None,
        }
    }
}

/// Lines of the form `PATH PERCENT REASON …`. Empty lines and lines that begin with `#` are skipped.
fn parse_exceptions(path: &Path, text: &str) -> Result<BTreeMap<String, Exception>, ReportError> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let exceptions = lines.map(|line| {
        let mut words = line.splitn(3, char::is_whitespace);
        let (file, at_least, reason) = (words.next(), words.next(), words.next());
        match (file, at_least.map(str::parse), reason.map(str::trim)) {
            (Some(file), Some(Ok(at_least)), Some(reason)) if !reason.is_empty() => {
                Ok((file.to_owned(), Exception { at_least, reason: reason.to_owned() }))
            }
            _ => Err(script::not_as_left(path, format!("'{line}' is not a path, a percentage and a reason"))),
        }
    });
    exceptions.collect()
}
