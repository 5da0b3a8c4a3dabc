//! Why the matrix cannot be made.

use std::io;
use std::path::PathBuf;

use memguard_reports::ReportError;
use memguard_reports::kill_matrix::Detector;

/// Why the matrix cannot be made. Every message says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MatrixError {
    /// The header of a patch is wrong.
    #[error("{} {what}", path.display())]
    Header {
        /// The patch.
        path: PathBuf,
        /// What is wrong, and what to write.
        what: String,
    },
    /// A folder has no patch.
    #[error("there is no bug in {}, so nothing would run; name the workspace with --top", folder.display())]
    NoBugs {
        /// The folder.
        folder: PathBuf,
    },
    /// A name on the command line is in no bug's name.
    #[error("no bug has '{name}' in its name; `--list` prints the bugs of {}", folder.display())]
    NoSuchBug {
        /// The name.
        name: String,
        /// The folder of the patches.
        folder: PathBuf,
    },
    /// No detector that was asked for can run on a bug that was named.
    #[error(
        "none of these bugs names a fuzz target, so nothing would run; leave out `--only fuzz`, or name another bug"
    )]
    NothingToRun,
    /// A detector fails without a bug, so its failures say nothing about bugs.
    #[error(
        "{detector} fails without a bug: {what}; mend that first, or leave it out with --only. Its log: {}",
        log.display()
    )]
    Control {
        /// The detector.
        detector: Detector,
        /// What failed.
        what: String,
        /// All that it printed.
        log: PathBuf,
    },
    /// A detector passed, and its log does not show that it ran anything.
    #[error("{detector} passed, and its log does not show that it ran anything: {}", log.display())]
    RanNothing {
        /// The detector.
        detector: Detector,
        /// All that it printed.
        log: PathBuf,
    },
    /// A detector was asked for by name and cannot be used.
    #[error("{detector} cannot be used: {why}")]
    Absent {
        /// The detector.
        detector: Detector,
        /// What is missing.
        why: String,
    },
    /// A program cannot be started.
    #[error("cannot run {program}: {cause}; install it, or put it on the PATH")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        cause: io::Error,
    },
    /// git refused.
    #[error("git failed: {what}; run this in a checkout of memguard")]
    Git {
        /// What it said.
        what: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {cause}; check that there is room", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Another run adds to the same record.
    #[error(
        "another run adds to {}; wait until it has ended, or end it with SIGTERM: what it found is kept",
        record.display()
    )]
    Busy {
        /// The record.
        record: PathBuf,
    },
    /// The record cannot be read or written.
    #[error("{0}")]
    Record(#[from] ReportError),
    /// The signals that end a run cannot be caught.
    #[error("SIGINT and SIGTERM cannot be caught: {0}")]
    Signals(io::Error),
}
