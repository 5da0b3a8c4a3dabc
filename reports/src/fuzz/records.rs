//! Reading what the scripts leave: a folder per part, small text files in it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::seeded_bugs::Provenance;
use crate::{ReportError, file};

/// Where the figures of a part come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The command line, program first.
    pub command: Vec<String>,
    /// Of what, where and when.
    pub provenance: Provenance,
    /// How long the script took, builds included.
    pub duration_s: u64,
}

impl Origin {
    /// From the files `command` (an argument a line), `provenance.json` and `duration_s`.
    pub(super) fn collect(records: &Path) -> Result<Self, ReportError> {
        let provenance = records.join("provenance.json");
        Ok(Self {
            command: lines(&records.join("command"))?,
            provenance: file::parse(&provenance, &file::read(&provenance)?)?,
            duration_s: number(&records.join("duration_s"))?,
        })
    }
}

pub(super) fn lines(path: &Path) -> Result<Vec<String>, ReportError> {
    Ok(file::read(path)?.lines().map(str::to_owned).collect())
}

/// The lines of a file that need not exist.
pub(super) fn optional_lines(path: &Path) -> Result<Vec<String>, ReportError> {
    if path.exists() { lines(path) } else { Ok(Vec::new()) }
}

pub(super) fn number(path: &Path) -> Result<u64, ReportError> {
    let text = file::read(path)?;
    text.trim().parse().map_err(|_| not_as_left(path, format!("'{}' is not a number", text.trim())))
}

/// The folders in `records`, each of which is about one thing, by name.
pub(super) fn folders(records: &Path) -> Result<Vec<(String, PathBuf)>, ReportError> {
    let unread = |cause| ReportError::Read { path: records.to_owned(), cause };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(records).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        if path.is_dir() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            found.push((name, path));
        }
    }
    found.sort();
    Ok(found)
}

pub(super) fn not_as_left(path: &Path, what: String) -> ReportError {
    ReportError::Record { path: path.to_owned(), what }
}
