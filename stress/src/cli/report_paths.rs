//! Where reports go.

use memguard_reports::stress::StressRun;
use memguard_reports::{Written, publish, write_json};
use std::path::{Path, PathBuf};

/// Where the reports of a run go.
#[derive(Clone, Debug)]
pub struct ReportPaths {
    /// The checkout in which the run is made, or the current directory.
    pub root: PathBuf,
    /// For the record and its page.
    pub reports: Option<PathBuf>,
    /// For one more copy of the record.
    pub report: Option<PathBuf>,
}

impl ReportPaths {
    /// The paths that the command line names, or the default ones.
    pub fn find(reports_dir: Option<&Path>, report: Option<&Path>) -> Self {
        let here = std::env::current_dir().unwrap_or_default();
        let has_both = |dir: &&Path| dir.join("Cargo.toml").is_file() && dir.join("reports").is_dir();
        let checkout = here.ancestors().find(has_both).map(Path::to_owned);
        let reports = reports_dir.map(Path::to_owned).or_else(|| checkout.as_ref().map(|dir| dir.join("reports")));
        Self { root: checkout.unwrap_or(here), reports, report: report.map(Path::to_owned) }
    }

    /// Checks before the run that the reports can be written after it.
    ///
    /// # Errors
    /// Which one cannot be written, and why.
    pub fn check(&self) -> Result<(), String> {
        let record = self.reports.as_ref().map(|dir| Written::of::<StressRun>(dir).record);
        let records = record.as_ref().and_then(|record| record.parent()).map(Path::to_owned);
        let beside = self.report.as_ref().map(|file| match file.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir.to_owned(),
            _ => PathBuf::from("."),
        });
        for dir in [self.reports.clone(), records, beside].into_iter().flatten() {
            std::fs::create_dir_all(&dir)
                .and_then(|()| tempfile::tempfile_in(&dir))
                .map_err(|error| format!("reports cannot be written to {}: {error}", dir.display()))?;
        }
        match &self.report {
            Some(file) if file.exists() && !file.is_file() => {
                Err(format!("the report cannot be written to {}: it is not a regular file", file.display()))
            }
            _ => Ok(()),
        }
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
            write_json(run, file).map_err(|error| error.to_string())?;
            written.push(file.clone());
        }
        Ok(written)
    }
}
