//! The record on disk. It is written after each finding, so a run that ends early loses nothing.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use memguard_reports::kill_matrix::{Absent, Bug as Row, Detector, Finding, KillMatrix, SCHEMA, Verdict};
use memguard_reports::provenance::Provenance;
use memguard_reports::{load, write_json};
use rustix::fs::{FlockOperation, flock};

use crate::bug::Bug;
use crate::error::MatrixError;

/// The record of a run that goes on where earlier ones ended.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    record: KillMatrix,
    /// Locked as long as it is open.
    _lock: File,
}

/// What a run says of itself.
#[derive(Debug, Clone)]
pub struct About {
    /// The command line.
    pub command: Vec<String>,
    /// Where and when it began.
    pub provenance: Provenance,
    /// The hash of the files that detectors are built from.
    pub tree: String,
    /// The detectors that this machine lacks.
    pub absent: Vec<Absent>,
    /// The names of all loom models.
    pub models: Vec<String>,
    /// Whether findings of other trees count, too.
    pub keeps: bool,
}

impl Store {
    /// Takes over what an earlier run wrote to `path`: of each bug whose patch is the same, the findings of the same
    /// tree. With [`About::keeps`], those of other trees too, except what missed a bug that too few have noticed: what
    /// was added since may notice it. If something is left out, the earlier record stays in a file beside it.
    ///
    /// # Errors
    /// [`MatrixError::Busy`] if another run has it open. If an earlier record cannot be read, or the record cannot be
    /// written.
    pub fn open(path: &Path, bugs: &[Bug], about: About) -> Result<Self, MatrixError> {
        let lock = lock(path)?;
        let earlier = if path.exists() { Some(load::<KillMatrix>(path)?) } else { None };
        let is_kept = |finding: &Finding| about.keeps || finding.tree == about.tree;
        let rows = bugs.iter().map(|bug| {
            let before = earlier.iter().flat_map(|earlier| &earlier.bugs);
            let same = before.filter(|row| row.name == bug.name && row.patch == bug.hash);
            let findings = same.flat_map(|row| &row.findings).filter(|finding| is_kept(finding)).cloned().collect();
            let mut row = row(bug, findings);
            if !row.is_killed() {
                row.findings.retain(|finding| finding.is_kill() || finding.tree == about.tree);
            }
            row
        });
        let controls = earlier.iter().flat_map(|earlier| &earlier.controls).filter(|control| is_kept(control));
        let record = KillMatrix {
            schema: SCHEMA.to_owned(),
            controls: controls.cloned().collect(),
            bugs: rows.collect(),
            command: about.command,
            provenance: about.provenance,
            verdict: Verdict::Incomplete,
            absent: about.absent,
            models: about.models,
        };
        let kept = record.bugs.iter().map(|row| row.findings.len()).sum::<usize>();
        if let Some(earlier) = earlier
            && earlier.bugs.iter().map(|row| row.findings.len()).sum::<usize>() > kept
        {
            let beside = path.with_extension("before.json");
            fs::copy(path, &beside).map_err(|cause| MatrixError::Write { path: beside, cause })?;
        }
        let mut store = Self { path: path.to_owned(), record, _lock: lock };
        store.write()?;
        Ok(store)
    }

    /// All that is known.
    pub fn record(&self) -> &KillMatrix {
        &self.record
    }

    /// What a detector found of a bug.
    pub fn finding(&self, bug: &Bug, detector: Detector) -> Option<&Finding> {
        self.row(bug)?.finding(detector)
    }

    /// The row of a bug.
    pub fn row(&self, bug: &Bug) -> Option<&Row> {
        self.record.bugs.iter().find(|row| row.name == bug.name)
    }

    /// What a detector found without a bug.
    pub fn control(&self, detector: Detector) -> Option<&Finding> {
        self.record.controls.iter().find(|control| control.detector == detector)
    }

    /// The models whose own oracle has noticed a bug.
    pub fn killers(&self) -> Vec<String> {
        let findings = self.record.bugs.iter().flat_map(|row| &row.findings);
        let models: BTreeSet<&String> = findings.flat_map(|finding| &finding.models).collect();
        models.into_iter().cloned().collect()
    }

    /// Notes what a detector found of a bug, in place of what it found before.
    ///
    /// # Errors
    /// If the record cannot be written.
    pub fn note(&mut self, bug: &Bug, finding: Finding) -> Result<(), MatrixError> {
        if let Some(row) = self.record.bugs.iter_mut().find(|row| row.name == bug.name) {
            put(&mut row.findings, finding);
        }
        self.write()
    }

    /// Notes that the patch of a bug does not apply.
    ///
    /// # Errors
    /// If the record cannot be written.
    pub fn note_stale(&mut self, bug: &Bug) -> Result<(), MatrixError> {
        if let Some(row) = self.record.bugs.iter_mut().find(|row| row.name == bug.name) {
            row.applies = false;
        }
        self.write()
    }

    /// Notes what a detector found without a bug.
    ///
    /// # Errors
    /// If the record cannot be written.
    pub fn note_control(&mut self, control: Finding) -> Result<(), MatrixError> {
        put(&mut self.record.controls, control);
        self.write()
    }

    fn write(&mut self) -> Result<(), MatrixError> {
        self.record.verdict = self.record.computed_verdict();
        Ok(write_json(&self.record, &self.path)?)
    }
}

fn put(findings: &mut Vec<Finding>, finding: Finding) {
    findings.retain(|other| other.detector != finding.detector);
    findings.push(finding);
    findings.sort_by_key(|finding| finding.detector);
}

/// Two runs would plant their bugs in the same copies. The system lets go of the lock however the run ends.
fn lock(record: &Path) -> Result<File, MatrixError> {
    let path = record.with_extension("lock");
    let folder = record.parent().map_or(Ok(()), fs::create_dir_all);
    let file = folder.and_then(|()| File::create(&path));
    let file = file.map_err(|cause| MatrixError::Write { path: path.clone(), cause })?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(MatrixError::Busy { record: record.to_owned() }),
        Err(error) => Err(MatrixError::Write { path, cause: error.into() }),
    }
}

fn row(bug: &Bug, findings: Vec<Finding>) -> Row {
    Row {
        name: bug.name.clone(),
        kind: bug.kind,
        guarantee: bug.guarantee,
        title: bug.title.clone(),
        fuzz_target: bug.fuzz_target.clone(),
        patch: bug.hash.clone(),
        applies: true,
        findings,
    }
}
