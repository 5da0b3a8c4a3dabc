//! Reads the output of a script of `fuzz/`: a folder with small text files.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::schema::error::ReportError;
use crate::schema::file;
use crate::schema::provenance::Provenance;

/// Where the figures of a part come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The command line, program first.
    pub command: Vec<String>,
    /// Where and when.
    pub provenance: Provenance,
    /// How long the script took, builds included.
    pub duration_s: u64,
}

impl Origin {
    /// From the files `command` (an argument a line), `provenance.json` and `duration_s`.
    pub(super) fn collect(folder: &Path) -> Result<Self, ReportError> {
        let provenance = folder.join("provenance.json");
        Ok(Self {
            command: lines(&folder.join("command"))?,
            provenance: file::parse(&provenance, &file::read(&provenance)?)?,
            duration_s: number(&folder.join("duration_s"))?,
        })
    }
}

pub(super) fn lines(path: &Path) -> Result<Vec<String>, ReportError> {
    Ok(file::read(path)?.lines().map(str::to_owned).collect())
}

/// The lines of a file, or none if there is no such file.
pub(super) fn optional_lines(path: &Path) -> Result<Vec<String>, ReportError> {
    if path.exists() { lines(path) } else { Ok(Vec::new()) }
}

pub(super) fn number(path: &Path) -> Result<u64, ReportError> {
    let text = file::read(path)?;
    text.trim().parse().map_err(|_| not_as_left(path, format!("'{}' is not a number", text.trim())))
}

/// The folders in `folder`, by name. Each is about one target or one bug.
pub(super) fn folders(folder: &Path) -> Result<Vec<(String, PathBuf)>, ReportError> {
    let folders = file::entries(folder)?.into_iter().filter(|path| path.is_dir());
    Ok(folders.map(|path| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), path)).collect())
}

pub(super) fn not_as_left(path: &Path, what: String) -> ReportError {
    ReportError::Script { path: path.to_owned(), what }
}
