//! One step that runs: its commands, its log, its figures, how it ends.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::thread;
use std::time::{Duration, Instant};

use memguard_reports::verify::{self as record, Figure, State};

use crate::child::{Child, Priority, Tail};
use crate::excerpt;
use crate::screen::Screen;
use crate::step::Step;

/// How often the output is read and the screen is drawn.
const TICK: Duration = Duration::from_millis(50);
/// The exit code of a command that lacks something. It has said what.
const UNFIT: i32 = 4;

/// What signals have asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stop {
    /// How many have come. The first ends the run, the second kills what does not end.
    pub signals: usize,
    /// The name of the first one.
    pub first: Option<&'static str>,
}

/// A step that runs.
pub struct Running<'r> {
    pub at: usize,
    pub step: &'r Step,
    pub top: &'r Path,
    pub folder: &'r Path,
    /// What is known of it, which is filled in.
    pub record: &'r mut record::Step,
    pub screen: &'r mut dyn Screen,
    pub stop: &'r mut dyn FnMut() -> Stop,
}

/// Why a step cannot run here.
#[derive(Debug, thiserror::Error)]
enum CannotRun {
    #[error("{}: {cause}; check that the directory is writable and has room", path.display())]
    Log { path: PathBuf, cause: io::Error },
    #[error("bash cannot be run: {cause}; install it, or let the user have more processes")]
    Bash { cause: io::Error },
}

/// Why a step did not pass.
struct Failure {
    state: State,
    reason: String,
}

impl From<CannotRun> for Failure {
    fn from(error: CannotRun) -> Self {
        Self { state: State::Unfit, reason: error.to_string() }
    }
}

impl Running<'_> {
    /// Runs the step to its end.
    pub fn run(mut self) {
        let (began, path) = (Instant::now(), self.folder.join(format!("{}.log", self.step.name)));
        let ended = self.run_commands(&path, began).and_then(|()| self.has_counted());
        self.record.duration_s = began.elapsed().as_secs_f64();
        self.record.state = State::Pass;
        if let Err(Failure { state, reason }) = ended {
            let output = fs::read(&path).unwrap_or_default();
            self.record.last_lines = excerpt::of(&String::from_utf8_lossy(&output));
            (self.record.state, self.record.reason) = (state, Some(reason));
        }
    }

    fn run_commands(&mut self, path: &Path, began: Instant) -> Result<(), Failure> {
        let refused = |cause| CannotRun::Log { path: path.to_owned(), cause };
        fs::create_dir_all(self.folder).map_err(refused)?;
        File::create(path).map_err(refused)?;
        self.record.log = path.file_name().map(|name| name.to_string_lossy().into_owned());
        // What is added goes to the end, also if two programs write at the same time.
        let mut log = File::options().append(true).open(path).map_err(refused)?;
        for command in self.step.commands {
            let line = command.line(self.top).map_err(|reason| Failure { state: State::Fail, reason })?;
            let said = format!("$ {line}\n");
            log.write_all(said.as_bytes()).map_err(refused)?;
            self.screen.output(said.as_bytes());
            let tail = Tail::of(path).map_err(refused)?;
            let child = Child::start(&line, self.top, &log, Priority::Usual);
            let child = child.map_err(|cause| CannotRun::Bash { cause })?;
            let status = self.wait(child, tail, began).map_err(refused)?;
            if let Some(signal) = (self.stop)().first {
                return Err(Failure { state: State::Interrupted, reason: format!("{signal} came while `{line}` ran") });
            }
            if !status.success() {
                let state = if status.code() == Some(UNFIT) { State::Unfit } else { State::Fail };
                return Err(Failure { state, reason: format!("`{line}` ended with {status}") });
            }
        }
        Ok(())
    }

    /// Shows and counts the output of a command until it has ended. Ends it if a signal comes.
    fn wait(&mut self, mut child: Child, mut tail: Tail, began: Instant) -> io::Result<ExitStatus> {
        loop {
            let asked = (self.stop)();
            if asked.signals > 0 {
                child.end(asked.signals > 1);
            }
            // Asked before the output is read, so that no output of a command that has ended is missed.
            let status = child.status()?;
            let (added, lines) = tail.read(status.is_some())?;
            self.count(&lines);
            self.screen.output(&added);
            self.screen.tick(self.at, began.elapsed(), &self.record.figures);
            if let Some(status) = status {
                return Ok(status);
            }
            thread::sleep(TICK);
        }
    }

    /// Adds what these lines count to the figures.
    fn count(&mut self, lines: &[String]) {
        for (figure, counted) in self.step.figures.iter().zip(&mut self.record.figures) {
            for more in lines.iter().filter_map(|line| figure.read(line)) {
                counted.count = Some(counted.count.unwrap_or(0).saturating_add(more));
            }
        }
    }

    fn has_counted(&self) -> Result<(), Failure> {
        let missing = self.record.figures.iter().filter(|figure| !figure.is_there());
        let missing: Vec<String> = missing.map(Figure::to_string).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Failure { state: State::Fail, reason: format!("it ran nothing that counts: {}", missing.join(", ")) })
    }
}
