//! Checks a folder of reports: every page is the rendering of its record, and every record has a page.

use std::path::{Path, PathBuf};
use std::{fmt, fs};

use crate::kinds::{self, Freshness};
use crate::publish::{self, Written};
use crate::schema::error::ReportError;
use crate::schema::file;

/// One thing that is wrong with a folder of reports. `Display` says what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum Finding {
    /// The page is not the rendering of its record.
    Stale {
        /// The page.
        page: PathBuf,
        /// The first line that differs, counted from 1.
        line: usize,
    },
    /// The record has no page.
    NoPage {
        /// Where the page is missing.
        page: PathBuf,
    },
    /// The page has no record.
    NoRecord {
        /// The page.
        page: PathBuf,
        /// Where the record is missing.
        record: PathBuf,
    },
    /// The record is refused, or the page cannot be read.
    Refused(ReportError),
    /// The record has the name of one kind and the schema of another.
    Misnamed {
        /// The record.
        record: PathBuf,
        /// The name of the kind that its schema belongs to.
        kind: &'static str,
    },
    /// The folder has no record, so nothing was checked.
    Nothing {
        /// The folder of reports.
        reports: PathBuf,
    },
    /// The file's name is that of no kind of report.
    Stranger {
        /// The file.
        path: PathBuf,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const RENDER: &str = "run: memguard-reports render";
        match self {
            Self::Stale { page, line } => {
                write!(f, "{} differs from the rendering of its record from line {line} on; {RENDER}", page.display())
            }
            Self::NoPage { page } => write!(f, "{} is missing, but its record exists; {RENDER}", page.display()),
            Self::NoRecord { page, record } => write!(
                f,
                "{} has no record {}; run the tool that measures it, or remove the page",
                page.display(),
                record.display()
            ),
            Self::Refused(error) => error.fmt(f),
            Self::Misnamed { record, kind } => {
                write!(f, "{} is a record of the kind {kind}; rename it to {kind}.json", record.display())
            }
            Self::Nothing { reports } => write!(
                f,
                "{} has no record, so nothing was checked; name the folder of reports with --reports-dir",
                reports.display()
            ),
            Self::Stranger { path } => {
                let names: Vec<&str> = kinds::KINDS.iter().map(|kind| kind.name).collect();
                write!(f, "{} belongs to no kind of report (there are {}); move it", path.display(), names.join(", "))
            }
        }
    }
}

/// Everything that is wrong with the folder `reports`. Its `README.md`, its other folders and files of other types are
/// ignored.
///
/// # Errors
///
/// [`ReportError::Read`] if the folder cannot be listed.
pub fn check_reports(reports: &Path) -> Result<Vec<Finding>, ReportError> {
    let mut found: Vec<Finding> =
        kinds::KINDS.iter().filter_map(|kind| judge(kind.name, Written::place(reports, kind.name))).collect();
    let known = |path: &Path| kinds::KINDS.iter().any(|kind| path.file_stem().is_some_and(|stem| stem == kind.name));
    if found.is_empty() && !kinds::KINDS.iter().any(|kind| Written::place(reports, kind.name).record.exists()) {
        found.push(Finding::Nothing { reports: reports.to_owned() });
    }
    let has_extension = |path: &Path, wanted| path.extension().is_some_and(|extension| extension == wanted);
    let is_readme = |path: &Path| path.ends_with("README.md");
    let pages = list(reports)?.into_iter().filter(|path| has_extension(path, "md") && !is_readme(path) && !known(path));
    let records = publish::records(reports);
    // git has no empty folders, so a tree without records has no folder for them.
    let records = if records.exists() { list(&records)? } else { Vec::new() };
    let records = records.into_iter().filter(|path| !(has_extension(path, "json") && known(path)));
    found.extend(pages.chain(records).map(|path| Finding::Stranger { path }));
    Ok(found)
}

/// What is wrong with the record and the page of one kind.
fn judge(name: &str, place: Written) -> Option<Finding> {
    let Written { record, page } = place;
    if !record.exists() {
        return page.exists().then_some(Finding::NoRecord { page, record });
    }
    match compare(name, &record, &page) {
        Ok(finding) => finding,
        Err(error) => Some(Finding::Refused(error)),
    }
}

fn compare(name: &str, record: &Path, page: &Path) -> Result<Option<Finding>, ReportError> {
    let kind = kinds::kind_of(record, &file::read(record)?)?;
    if kind.name != name {
        return Ok(Some(Finding::Misnamed { record: record.to_owned(), kind: kind.name }));
    }
    let page = page.to_owned();
    Ok(match kinds::check(record, &page)? {
        Freshness::Fresh => None,
        Freshness::Stale { line } => Some(Finding::Stale { page, line }),
        Freshness::Missing => Some(Finding::NoPage { page }),
    })
}

/// The files of a folder, by name.
fn list(folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let unread = |cause| ReportError::Read { path: folder.to_owned(), cause };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        if !path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
