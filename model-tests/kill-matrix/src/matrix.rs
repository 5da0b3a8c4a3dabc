//! Runs detectors on bugs, on several bugs at a time.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use memguard_reports::kill_matrix::{Bug as Row, Detector, Finding, Outcome};

use crate::bug::Bug;
use crate::detect::{Detected, Origin, detect};
use crate::error::MatrixError;
use crate::program::{Place, Program, Programs};
use crate::stop::Stop;
use crate::store::Store;
use crate::tree::{Source, plant};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The bugs.
    pub bugs: Vec<Bug>,
    /// The detectors, from the cheapest.
    pub detectors: Vec<Detector>,
    /// A bug that enough detectors have noticed needs no further ones.
    pub fast: bool,
    /// Every model that has noticed no bug yet looks for those that the models notice.
    pub every_model: bool,
    /// How many bugs at a time.
    pub jobs: usize,
}

/// A run.
#[derive(Debug)]
pub struct Matrix<'a, P> {
    /// What is asked for.
    pub wanted: Wanted,
    /// The programs of the detectors.
    pub programs: &'a P,
    /// The files that bugs are planted in.
    pub source: &'a Source,
    /// Where copies, builds and logs are.
    pub folder: &'a Path,
    /// The commit and the tree.
    pub origin: Origin,
    /// Asks for an early end.
    pub stop: &'a Stop,
}

/// What a run amounts to, over the bugs and detectors that were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// Every bug was noticed.
    Killed,
    /// At least one was not.
    Survivors,
    /// The run ended before every detector had run.
    Incomplete,
}

impl<P: Programs> Matrix<'_, P> {
    /// Runs what has not been run.
    ///
    /// # Errors
    /// If a detector fails without a bug, if one ran nothing, or if files cannot be read or written.
    pub fn run(&self, store: &Mutex<Store>) -> Result<Conclusion, MatrixError> {
        let left: u64 = self.wanted.bugs.iter().map(|bug| self.pending(store, bug).len() as u64).sum();
        let progress = Progress::new(left);
        if left > 0 {
            self.run_controls(store, &progress)?;
        }
        let queue: Mutex<VecDeque<&Bug>> = Mutex::new(self.wanted.bugs.iter().collect());
        let failures: Vec<MatrixError> = thread::scope(|scope| {
            let workers: Vec<_> = (0..self.wanted.jobs.max(1))
                .map(|number| {
                    let (queue, progress) = (&queue, &progress);
                    scope.spawn(move || self.work(number, queue, store, progress).inspect_err(|_| self.stop.fail()))
                })
                .collect();
            workers.into_iter().filter_map(|worker| worker.join().unwrap_or(Ok(())).err()).collect()
        });
        progress.end();
        match failures.into_iter().next() {
            Some(failure) => Err(failure),
            None => Ok(self.conclusion(&lock(store))),
        }
    }

    /// Each detector must pass without a bug. Otherwise its failures say nothing about bugs.
    fn run_controls(&self, store: &Mutex<Store>, progress: &Progress) -> Result<(), MatrixError> {
        let place = self.place(0);
        self.source.restore(&place.tree)?;
        for &detector in &self.wanted.detectors {
            let is_needed = self.wanted.bugs.iter().any(|bug| self.pending(store, bug).contains(&detector));
            // Findings of another tree may be kept. That detectors pass on this one must be seen.
            let passes = lock(store).control(detector).is_some_and(|control| control.tree == self.origin.tree);
            if !is_needed || passes || self.stop.is_asked() {
                continue;
            }
            let program = self.programs.program(detector, &place, None);
            let log = self.log("control", detector);
            match detect(detector, &program, &place, &log, &self.origin, self.stop)? {
                Detected::Interrupted => return Ok(()),
                Detected::Found(finding) if finding.outcome == Outcome::Missed => {
                    progress.say(&format!("without a bug, {detector} passes, {:.1} s", finding.seconds));
                    lock(store).note_control(*finding)?;
                }
                Detected::Found(finding) => {
                    let what = [finding.by, finding.said].into_iter().flatten().collect::<Vec<_>>().join(": ");
                    return Err(MatrixError::Control { detector, what, log });
                }
                Detected::Unclear { log } => {
                    return Err(MatrixError::Control { detector, what: "its log names no failure".to_owned(), log });
                }
            }
        }
        Ok(())
    }

    fn work(
        &self,
        number: usize,
        queue: &Mutex<VecDeque<&Bug>>,
        store: &Mutex<Store>,
        progress: &Progress,
    ) -> Result<(), MatrixError> {
        let place = self.place(number);
        loop {
            let Some(bug) = lock(queue).pop_front() else { return Ok(()) };
            if self.stop.is_asked() {
                return Ok(());
            }
            let pending = self.pending(store, bug);
            if pending.is_empty() && !self.lacks_models(store, bug) {
                continue;
            }
            self.source.restore(&place.tree)?;
            if let Some(why) = plant(bug, &place.tree)? {
                progress.say(&format!("{} does not apply any more, {why}: adapt the patch to the code", bug.name));
                lock(store).note_stale(bug)?;
            } else {
                self.look_for(bug, &pending, &place, store, progress)?;
                self.source.restore(&place.tree)?;
            }
        }
    }

    fn look_for(
        &self,
        bug: &Bug,
        pending: &[Detector],
        place: &Place,
        store: &Mutex<Store>,
        progress: &Progress,
    ) -> Result<(), MatrixError> {
        for &detector in pending {
            if self.stop.is_asked() {
                return Ok(());
            }
            if self.wanted.fast && lock(store).row(bug).is_some_and(Row::is_killed) {
                progress.skip();
                continue;
            }
            let program = self.programs.program(detector, place, Some(bug));
            let Some(finding) = self.find(bug, detector, &program, place, progress)? else { continue };
            progress.told(bug, &finding);
            lock(store).note(bug, finding)?;
        }
        if self.lacks_models(store, bug) && !self.stop.is_asked() {
            self.run_every_model(bug, place, store, progress)?;
        }
        Ok(())
    }

    /// What a detector finds, or nothing if that is unclear or the run is to end.
    fn find(
        &self,
        bug: &Bug,
        detector: Detector,
        program: &Program,
        place: &Place,
        progress: &Progress,
    ) -> Result<Option<Finding>, MatrixError> {
        let log = self.log(&bug.name, detector);
        match detect(detector, program, place, &log, &self.origin, self.stop)? {
            Detected::Found(finding) => Ok(Some(*finding)),
            Detected::Unclear { log } => {
                let log = log.display();
                progress.say(&format!("{}: {detector} failed, and its log names no failure: {log}", bug.name));
                Ok(None)
            }
            Detected::Interrupted => Ok(None),
        }
    }

    fn run_every_model(
        &self,
        bug: &Bug,
        place: &Place,
        store: &Mutex<Store>,
        progress: &Progress,
    ) -> Result<(), MatrixError> {
        let Some(first) = lock(store).finding(bug, Detector::Loom).cloned() else { return Ok(()) };
        let killers = lock(store).killers();
        let program = self.programs.every_model(place, &killers);
        // Without a failure among the other models, there is nothing to add. They pass, and the gate is not run.
        let found = match self.find(bug, Detector::Loom, &program, place, progress) {
            Ok(Some(found)) => found.models,
            Ok(None) => return Ok(()),
            Err(MatrixError::RanNothing { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        progress.say(&format!("{}: {} more models fail by their own oracle", bug.name, found.len()));
        let models = first.models.iter().cloned().chain(found).collect();
        lock(store).note(bug, Finding { models, every_model: true, ..first })
    }

    /// Whether models notice the bug, and not all that may have been asked.
    fn lacks_models(&self, store: &Mutex<Store>, bug: &Bug) -> bool {
        let is_open = |finding: &Finding| finding.is_kill() && !finding.every_model;
        self.wanted.every_model && lock(store).finding(bug, Detector::Loom).is_some_and(is_open)
    }

    /// The detectors that have not looked for a bug yet.
    fn pending(&self, store: &Mutex<Store>, bug: &Bug) -> Vec<Detector> {
        let store = lock(store);
        let row = store.row(bug);
        if self.wanted.fast && row.is_some_and(Row::is_killed) {
            return Vec::new();
        }
        let concerns = |detector: Detector| row.is_some_and(|row| row.concerns(detector));
        let detectors = self.wanted.detectors.iter().copied();
        detectors.filter(|&detector| concerns(detector) && store.finding(bug, detector).is_none()).collect()
    }

    fn conclusion(&self, store: &Store) -> Conclusion {
        let all_asked = self.wanted.detectors.len() == store.record().deciding().count();
        let mut worst = Conclusion::Killed;
        for bug in &self.wanted.bugs {
            let Some(row) = store.row(bug) else { continue };
            let has_run = |&detector: &Detector| !row.concerns(detector) || row.finding(detector).is_some();
            if !row.applies {
                return Conclusion::Survivors;
            } else if row.is_killed() {
            } else if !self.wanted.detectors.iter().all(has_run) {
                worst = Conclusion::Incomplete;
            } else if all_asked || row.kills().next().is_none() {
                return Conclusion::Survivors;
            }
        }
        let cells = self.wanted.bugs.iter().any(|bug| {
            let row = store.row(bug);
            let misses =
                |&detector: &Detector| row.is_some_and(|row| row.concerns(detector) && row.finding(detector).is_none());
            !self.wanted.fast && self.wanted.detectors.iter().any(misses)
        });
        if cells { Conclusion::Incomplete } else { worst }
    }

    fn place(&self, number: usize) -> Place {
        let folder = self.folder.join(number.to_string());
        Place { tree: folder.join("tree"), builds: folder }
    }

    fn log(&self, bug: &str, detector: Detector) -> PathBuf {
        self.folder.join("logs").join(format!("{bug}.{detector}.log"))
    }
}

/// One line for each finding, and how much is left.
struct Progress {
    bar: ProgressBar,
}

impl Progress {
    fn new(left: u64) -> Self {
        let bar = ProgressBar::new(left);
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} findings, {elapsed} so far");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_secs(1));
        Self { bar }
    }

    fn told(&self, bug: &Bug, finding: &Finding) {
        self.bar.inc(1);
        let judge = finding.judge.map_or_else(String::new, |judge| format!(" by {judge}"));
        let by = finding.by.as_deref().map_or_else(String::new, |by| format!(" ({by})"));
        let (done, all) = (self.bar.position(), self.bar.length().unwrap_or_default());
        // The mean: the bar's own estimate follows the last findings, whose times differ a thousandfold.
        let left = self.bar.elapsed().as_secs() * all.saturating_sub(done) / done.max(1);
        self.say(&format!(
            "{}/{} {:<48} {:<8} {}{judge}{by}, {:.1} s; about {} left",
            done,
            all,
            bug.name,
            finding.detector,
            finding.outcome,
            finding.seconds,
            humantime::format_duration(Duration::from_secs(left)),
        ));
    }

    fn skip(&self) {
        self.bar.inc(1);
    }

    fn say(&self, line: &str) {
        // A closed output is no reason to lose the findings that come.
        self.bar.suspend(|| {
            let _ = writeln!(io::stdout(), "{line}");
        });
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The names of the loom models, which the baseline lists.
///
/// # Errors
/// If the baseline cannot be read.
pub fn models(top: &Path) -> Result<Vec<String>, MatrixError> {
    let path = top.join("model-tests/baseline.json");
    let unread = |cause| MatrixError::Read { path: path.clone(), cause };
    let text = fs::read_to_string(&path).map_err(unread)?;
    let baseline: memguard_reports::models::Baseline =
        serde_json::from_str(&text).map_err(|cause| unread(io::Error::other(cause)))?;
    Ok(baseline.models.into_keys().collect())
}
