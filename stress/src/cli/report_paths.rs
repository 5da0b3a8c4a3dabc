//! Where reports go.

use super::args::RunArgs;
use memguard_reports::stress::StressRun;
use memguard_reports::{Written, publish, write_json};
use std::io;
use std::path::{Path, PathBuf};

const NO_CHECKOUT: &str = "no parent directory has both Cargo.toml and reports/";

/// Where the reports of a run go.
#[derive(Clone, Debug)]
pub struct ReportPaths {
    /// For the record and its page.
    pub reports: Option<PathBuf>,
    /// For one more copy of the record.
    pub report: Option<PathBuf>,
}

impl ReportPaths {
    /// The paths that the command line names, or the default ones.
    ///
    /// # Errors
    /// That there is no checkout to publish in.
    pub fn find(args: &RunArgs) -> Result<Self, String> {
        let here = std::env::current_dir().unwrap_or_default();
        let has_both = |dir: &&Path| dir.join("Cargo.toml").is_file() && dir.join("reports").is_dir();
        let checkout = here.ancestors().find(has_both);
        let reports = match (&args.reports_dir, checkout) {
            (Some(dir), _) => Some(dir.clone()),
            (None, Some(checkout)) if args.publish => Some(checkout.join("reports")),
            (None, Some(checkout)) => Some(checkout.join("target/stress")),
            (None, None) if args.publish => return Err(format!("--publish needs a checkout: {NO_CHECKOUT}")),
            (None, None) => None,
        };
        Ok(Self { reports, report: args.report.clone() })
    }

    /// Checks before the run that the reports can be written after it.
    ///
    /// # Errors
    /// Which one cannot be written, and why.
    pub fn check(&self) -> Result<(), String> {
        if let Some(dir) = &self.reports {
            let Written { record, page, .. } = Written::of::<StressRun>(dir);
            for dir in [page.parent(), record.parent()].into_iter().flatten() {
                std::fs::create_dir_all(dir).map_err(|error| refused(dir, &error))?;
                is_writable(dir)?;
            }
        }
        self.check_report()
    }

    /// Checks that the directory of `--report` is there: none is created for it.
    fn check_report(&self) -> Result<(), String> {
        let Some(file) = &self.report else { return Ok(()) };
        if file.exists() && !file.is_file() {
            return Err(format!("the report cannot be written to {}: it is not a regular file", file.display()));
        }
        is_writable(file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new(".")))
    }

    /// Writes the reports. Returns the paths of the files.
    ///
    /// # Errors
    /// Which one could not be written, and why.
    pub fn write(&self, run: &StressRun) -> Result<Vec<PathBuf>, String> {
        let mut written = Vec::new();
        if let Some(dir) = &self.reports {
            let files = publish(run, dir).map_err(|error| error.to_string())?;
            written.extend([files.page, files.record]);
        }
        if let Some(file) = &self.report {
            self.check_report()?;
            write_json(run, file).map_err(|error| error.to_string())?;
            written.push(file.clone());
        }
        Ok(written)
    }

    /// The names of the files, or why there is none.
    pub fn told(&self, written: &[PathBuf]) -> String {
        let mut told: String = written.iter().map(|file| format!("wrote {}\n", file.display())).collect();
        if self.reports.is_none() {
            told.push_str(&format!("no page was written: {NO_CHECKOUT} (see --reports-dir)\n"));
        }
        told
    }
}

fn is_writable(dir: &Path) -> Result<(), String> {
    tempfile::tempfile_in(dir).map(drop).map_err(|error| refused(dir, &error))
}

fn refused(dir: &Path, error: &io::Error) -> String {
    format!("reports cannot be written to {}: {error}", dir.display())
}
