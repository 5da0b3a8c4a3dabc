//! Runs one program, with a log and a limit.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::error::MatrixError;
use crate::stop::Stop;

/// How often a program that runs is looked at.
const PERIOD: Duration = Duration::from_millis(100);

/// A program with its arguments and variables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// Variables that it gets besides those of this process.
    pub variables: Vec<(String, String)>,
}

impl Step {
    /// A program with these arguments.
    pub fn new<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Self {
        Self { words: words.into_iter().map(Into::into).collect(), variables: Vec::new() }
    }

    /// With one more variable.
    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this exit code; or a signal ended it, and this is 128 and its number.
    Exited(i32),
    /// It was stopped, because its log had all that was needed.
    SeenEnough,
    /// It was stopped at its limit.
    OutOfTime,
    /// It was stopped, because the whole run is to end.
    Interrupted,
}

/// Runs a program in `folder`. What it prints goes to the end of the log. It is stopped with all its children after
/// `patience`, when the whole run is to stop, or as soon as `is_enough` says so of the log.
///
/// # Errors
/// If it cannot be started, or the log cannot be written.
pub fn run(
    step: &Step,
    folder: &Path,
    log: &Path,
    patience: Duration,
    stop: &Stop,
    is_enough: impl Fn(&Path) -> bool,
) -> Result<Ended, MatrixError> {
    let refused = |cause| MatrixError::Write { path: log.to_owned(), cause };
    let mut file = OpenOptions::new().create(true).append(true).open(log).map_err(refused)?;
    writeln!(file, "$ {}", step.words.join(" ")).map_err(refused)?;
    let mut group = Group::start(step, folder, file)?;
    let started = Instant::now();
    loop {
        let status =
            group.child.try_wait().map_err(|cause| MatrixError::Start { program: step.words.join(" "), cause })?;
        if let Some(status) = status {
            return Ok(Ended::Exited(code_of(status)));
        }
        if stop.is_asked() {
            return Ok(Ended::Interrupted);
        }
        if started.elapsed() > patience {
            return Ok(Ended::OutOfTime);
        }
        if is_enough(log) {
            return Ok(Ended::SeenEnough);
        }
        // The system has no wait for a child with a limit of time that works everywhere.
        sleep(PERIOD);
    }
}

/// A program and all its children. They end when this is dropped.
struct Group {
    child: Child,
}

impl Group {
    fn start(step: &Step, folder: &Path, log: File) -> Result<Self, MatrixError> {
        let (program, arguments) = step.words.split_first().map_or(("", &[][..]), |(first, rest)| (&**first, rest));
        let failed = |cause| MatrixError::Start { program: program.to_owned(), cause };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(step.variables.iter().map(|(name, value)| (name, value)))
            // They would hide the cfgs, which the detectors pass in another way.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log)
            .process_group(0);
        Ok(Self { child: command.spawn().map_err(failed)? })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Children of a program that has ended may still run. There is nobody to tell if none is left.
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

fn code_of(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}
