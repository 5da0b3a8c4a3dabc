//! Cases in files. A run that fails saves its case, and a replay runs it again.

use super::case::Case;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::{fs, io};

/// Any change of shape or meaning raises the number.
const FORMAT: &str = "memguard-sim/2";

/// The most bytes that a file may have.
const MOST_BYTES: u64 = 1 << 20;

/// A case with how it failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    format: String,
    /// The seed that drew the case before it was shrunk.
    pub seed: Option<u64>,
    /// How it failed.
    pub failure: String,
    /// The case.
    pub case: Case,
}

impl Saved {
    /// A case with how it failed.
    pub fn new(seed: Option<u64>, case: Case, failure: impl Into<String>) -> Self {
        Self { format: FORMAT.into(), seed, failure: failure.into(), case }
    }

    /// Reads a file that [`write`](Self::write) wrote.
    ///
    /// # Errors
    /// If the file cannot be read, or has no case.
    pub fn read(path: &Path) -> io::Result<Self> {
        let wrong = |why: String| io::Error::new(io::ErrorKind::InvalidData, format!("not a {FORMAT} file: {why}"));
        if fs::metadata(path)?.len() > MOST_BYTES {
            return Err(wrong(format!("it has more than {MOST_BYTES} bytes")));
        }
        let saved: Self = serde_json::from_slice(&fs::read(path)?).map_err(|error| wrong(error.to_string()))?;
        match saved.format.as_str() {
            FORMAT => Ok(saved),
            other => Err(wrong(format!("its format is {other:?}"))),
        }
    }

    /// Writes the file, and makes its folder.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        let mut text = serde_json::to_string(self).map_err(io::Error::other)?;
        text.push('\n');
        fs::write(path, text)
    }
}
