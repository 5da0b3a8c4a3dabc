//! A command with a process group of its own, whose output goes to a file.

use std::env;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child as Process, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How long the group has between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(5);

/// How the system shares the processors between a command and others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// As this process has it.
    Usual,
    /// Behind everything else.
    Lowest,
}

/// A command that runs. It ends when this is dropped, and so does its process group.
#[derive(Debug)]
pub struct Child {
    process: Process,
    told_at: Option<Instant>,
    status: Option<ExitStatus>,
}

impl Child {
    /// Starts a line of bash in the folder `top`. Its output goes to the end of `log`.
    ///
    /// # Errors
    /// The system's error, if bash cannot be started.
    pub fn start(line: &str, top: &Path, log: &File, priority: Priority) -> io::Result<Self> {
        let bash = ["bash", "-euo", "pipefail", "-c", line];
        let words = match priority {
            Priority::Usual => bash.to_vec(),
            Priority::Lowest => [&["nice", "-n", "19"][..], &bash].concat(),
        };
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(top);
        // A file is not a terminal, but this variable may ask for colours even so. The figures are read without them.
        command.env("CARGO_TERM_COLOR", "never");
        // `cargo run` and `cargo test` describe this program in variables. Build scripts of dependencies watch some of
        // them, and would run again here and once more in the next command of a person.
        for (name, _) in env::vars_os().filter(|(name, _)| describes_a_package(name)) {
            command.env_remove(name);
        }
        // With a group of its own, all that the command starts can be ended with it.
        command.process_group(0).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log.try_clone()?);
        Ok(Self { process: command.spawn()?, told_at: None, status: None })
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// The system's error, if it cannot be waited for.
    pub fn status(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.status.is_none() {
            self.status = self.process.try_wait()?;
        }
        Ok(self.status)
    }

    /// Ends the group: first with SIGTERM, after some seconds or if `now` with SIGKILL. Call it until the command has
    /// ended.
    pub fn end(&mut self, now: bool) {
        let told_at = self.told_at;
        let at = *self.told_at.get_or_insert_with(Instant::now);
        if now || at.elapsed() > GRACE {
            self.signal(Signal::KILL);
        } else if told_at.is_none() {
            self.signal(Signal::TERM);
        }
    }

    fn signal(&self, signal: Signal) {
        let group = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw);
        // The only error that can come is that the group has ended.
        let _ = group.map(|group| kill_process_group(group, signal));
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // A command that ended by itself has waited for what it started. One that was told to end may have left some.
        if self.told_at.is_some() || !matches!(self.status(), Ok(Some(_))) {
            self.signal(Signal::KILL);
            // Without this, it would stay as a zombie until this process ends.
            let _ = self.process.wait();
        }
    }
}

fn describes_a_package(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

/// Reads what is added to a file.
#[derive(Debug)]
pub struct Tail {
    file: File,
    /// The beginning of a line whose end is not there yet.
    partial: Vec<u8>,
}

impl Tail {
    /// Of this file, from its end on.
    ///
    /// # Errors
    /// The system's error.
    pub fn of(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        io::Seek::seek(&mut file, io::SeekFrom::End(0))?;
        Ok(Self { file, partial: Vec::new() })
    }

    /// What was added, and the lines that it completes. With `to_end`, its last line counts even without a line end.
    ///
    /// # Errors
    /// The system's error.
    pub fn read(&mut self, to_end: bool) -> io::Result<(Vec<u8>, Vec<String>)> {
        let mut added = Vec::new();
        self.file.read_to_end(&mut added)?;
        self.partial.extend_from_slice(&added);
        let end = match self.partial.iter().rposition(|&byte| byte == b'\n') {
            _ if to_end => self.partial.len(),
            Some(at) => at + 1,
            None => 0,
        };
        let whole: Vec<u8> = self.partial.drain(..end).collect();
        Ok((added, String::from_utf8_lossy(&whole).lines().map(str::to_owned).collect()))
    }
}
