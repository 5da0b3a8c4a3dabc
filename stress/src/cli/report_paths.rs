//! Where reports go.

use super::args::RunArgs;
use super::junit;
use memguard_reports::render::stress_html;
use memguard_reports::stress::StressRun;
use memguard_reports::{Written, publish, write_atomically, write_json};
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
    /// For the outcome as JUnit XML.
    pub junit: Option<PathBuf>,
    /// For what is left of a run that ends without a report.
    remains: Option<PathBuf>,
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
        let remains = args.reports_dir.clone().or_else(|| checkout.map(|checkout| checkout.join("target/stress")));
        let reports = match checkout {
            Some(checkout) if args.publish => Some(checkout.join("reports")),
            None if args.publish => return Err(format!("--publish needs a checkout: {NO_CHECKOUT}")),
            _ => remains.clone(),
        };
        Ok(Self { reports, report: args.report.clone(), junit: args.junit.clone(), remains })
    }

    /// Checks before the run that the reports can be written after it.
    ///
    /// # Errors
    /// Which one cannot be written, and why.
    pub fn check(&self) -> Result<(), String> {
        let record = self.reports.as_deref().map(|dir| Written::of::<StressRun>(dir).record);
        let records = record.as_deref().and_then(Path::parent);
        for dir in [self.remains.as_deref(), self.reports.as_deref(), records].into_iter().flatten() {
            std::fs::create_dir_all(dir).map_err(|error| refused(dir, &error))?;
            is_writable(dir)?;
        }
        self.report.iter().chain(&self.junit).try_for_each(|file| check_file(file))
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
        if let Some(dir) = &self.remains {
            let (page, html) = (dir.join("stress.html"), stress_html(run).map_err(|error| error.to_string())?);
            write_atomically(&page, &html).map_err(|error| error.to_string())?;
            written.push(page);
        }
        if let Some(file) = &self.report {
            check_file(file)?;
            write_json(run, file).map_err(|error| error.to_string())?;
            written.push(file.clone());
        }
        if let Some(file) = &self.junit {
            check_file(file)?;
            let xml = junit::xml(run).map_err(|error| error.to_string())?;
            write_atomically(file, &xml).map_err(|error| error.to_string())?;
            written.push(file.clone());
        }
        self.remove_remains();
        Ok(written)
    }

    /// Where a crash is told.
    pub fn crash(&self) -> Option<PathBuf> {
        self.remains.as_ref().map(|dir| dir.join("crash.txt"))
    }

    /// For the report up to now, while the run goes on.
    pub fn partial(&self) -> Option<PathBuf> {
        self.remains.as_ref().map(|dir| dir.join("partial.json"))
    }

    /// Removes these two, because there is a report.
    fn remove_remains(&self) {
        for file in [self.crash(), self.partial()].into_iter().flatten() {
            // The one that stays says itself that it is partial, and the other is empty.
            let _ = std::fs::remove_file(file);
        }
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

/// Checks that a file can be written where it was asked for. No directory is created for it.
pub(super) fn check_file(file: &Path) -> Result<(), String> {
    if file.exists() && !file.is_file() {
        return Err(format!("the report cannot be written to {}: it is not a regular file", file.display()));
    }
    is_writable(file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}

fn is_writable(dir: &Path) -> Result<(), String> {
    tempfile::tempfile_in(dir).map(drop).map_err(|error| refused(dir, &error))
}

fn refused(dir: &Path, error: &io::Error) -> String {
    format!("reports cannot be written to {}: {error}", dir.display())
}
