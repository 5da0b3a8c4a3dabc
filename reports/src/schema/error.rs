//! The one error type of this crate.

use std::path::PathBuf;

/// Why a report could not be loaded or written, or was refused.
///
/// Every message names the file and says what to do. The message contains the cause, so there is no `source()`, which
/// would print it twice.
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

    /// The output path is a directory, a link or a device. A rename would destroy it.
    #[error("{} exists and is not a regular file; name a regular file, or remove it first", path.display())]
    NotAFile {
        /// The path that was refused.
        path: PathBuf,
    },

    /// The file is not JSON, or not JSON of the shape its schema promises.
    #[error(
        "{} does not have the shape of its schema: {cause}; do not repair it, but run the tool that writes it again",
        path.display()
    )]
    Malformed {
        /// The file that was read.
        path: PathBuf,
        /// What serde found, with line and column.
        cause: serde_json::Error,
    },

    /// A value of a record cannot be shown in a browser's page.
    #[error("the page for a browser cannot be made: {cause}; this is a bug of the template")]
    Html {
        /// What the template engine said.
        cause: askama::Error,
    },

    /// A file is not as the fuzzing script leaves it.
    #[error("{} cannot be used: {what}; run the script that writes it again", path.display())]
    Script {
        /// The file that was read.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },

    /// The `schema` field is absent or names a schema that this build does not know.
    #[error(
        "{} has {}, and this build reads {}; build memguard-reports from the commit that wrote the file, or run the \
         tool that writes it again",
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

    /// The stated verdict is not the one that the figures support.
    #[error(
        "{} states the verdict {stated:?}, but its figures show {}; treat the run as failed: the record was edited, or \
         the tool that wrote it is wrong",
        path.display(),
        if reasons.is_empty() { "nothing against a pass".to_owned() } else { reasons.join("; ") }
    )]
    VerdictDisagrees {
        /// The file that was read.
        path: PathBuf,
        /// The verdict in the file.
        stated: String,
        /// What the figures show against a pass, one phrase each.
        reasons: Vec<String>,
    },
}
