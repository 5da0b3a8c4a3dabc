//! Where the records are.

use std::path::{Path, PathBuf};

/// What the site is made from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sources {
    /// The folder of reports.
    pub reports: PathBuf,
    /// The record of a run of `cargo verify`, which is not committed.
    pub verify: PathBuf,
}

impl Sources {
    /// A folder of reports, and the record of a run of `cargo verify`.
    pub fn new(reports: &Path, verify: &Path) -> Self {
        Self { reports: reports.to_owned(), verify: verify.to_owned() }
    }
}
