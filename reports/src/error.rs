//! The one error type of this crate.

use std::path::PathBuf;

/// Why a report could not be loaded, written or believed.
///
/// Every message names the file and says what to do about it. The cause is part of the message, so it is a field to match
/// on rather than a `source()`, which would print it a second time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A file could not be read.
    #[error(
        "cannot read {}: {cause}; check the path, or run the tool that writes this file first",
        path.display()
    )]
    Read {
        /// The file that was asked for.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },

    /// A file or its directory could not be written.
    #[error("cannot write {}: {cause}; check that the directory is writable and has room", path.display())]
    Write {
        /// The file that was to be written.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },

    /// The place to write to is a directory, a link or a device. Replacing it by rename would destroy it.
    #[error("{} exists and is not a regular file; name a regular file, or remove it first", path.display())]
    NotAFile {
        /// The path that was refused.
        path: PathBuf,
    },

    /// The file is not JSON, or not JSON of the shape its schema promises.
    #[error(
        "{} does not have the shape of its schema: {cause}; do not repair it by hand, run the tool that writes it again",
        path.display()
    )]
    Malformed {
        /// The file that was read.
        path: PathBuf,
        /// What serde found, with line and column.
        cause: serde_json::Error,
    },

    /// A file that a script left for the summary is not as the script leaves it.
    #[error("{} cannot be used: {what}; run the script that writes it again", path.display())]
    Record {
        /// The file that was read.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },

    /// The `schema` field is absent or names something this build does not know.
    #[error(
        "{} has {}, and this build reads {}; build memguard-reports from the commit that wrote the file, or write it again",
        path.display(),
        found.as_ref().map_or_else(|| "no `schema` string".to_owned(), |schema| format!("schema {schema:?}")),
        known.join(", ")
    )]
    UnknownSchema {
        /// The file that was read.
        path: PathBuf,
        /// What its `schema` field says, if it is a string at all.
        found: Option<String>,
        /// The schemas that would have been accepted.
        known: Vec<&'static str>,
    },

    /// The file calls itself a pass, and its own figures say otherwise.
    #[error(
        "{} states the verdict \"pass\", but its own figures do not: {}; treat the run as failed and find out why the tool called it a pass",
        path.display(),
        reasons.join("; ")
    )]
    VerdictDisagrees {
        /// The file that was read.
        path: PathBuf,
        /// What stands against a pass, one sentence each.
        reasons: Vec<String>,
    },
}
