//! Runs one program in a process of its own and says what the tool found.

use crate::program::Program;
use crate::tool::Tool;
use std::fmt::Display;
use std::process::{Command, Stdio, exit};
use std::thread;
use std::time::{Duration, Instant};

/// The program ran to its end and the tool found nothing. No code that a process ends with by accident.
const SILENT: i32 = 60;
/// The tool found a deadlock.
const FOUND: i32 = 61;

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The tool found a deadlock.
    Found,
    /// The tool found nothing.
    Silent,
    /// The program did not end in time.
    Hung,
    /// The process ended in another way.
    Broken(String),
}

/// To be called by a tool that has found a deadlock, from any thread. Ends the process.
pub fn found(report: &dyn Display) -> ! {
    println!("{report}");
    exit(FOUND)
}

/// Runs a program in this process, which ends with it.
pub fn run_here<T: Tool>(program: &Program) -> ! {
    T::watch();
    (program.run)();
    T::finish();
    exit(SILENT)
}

/// Waits for the process that `command` starts, which is to call [`run_here`].
///
/// # Panics
///
/// If the process cannot be started.
pub fn judge(command: &mut Command, limit: Duration) -> Outcome {
    let begun = Instant::now();
    let mut child = command.stdin(Stdio::null()).spawn().expect("the program starts itself again");
    loop {
        if let Some(status) = child.try_wait().expect("the child was not waited for yet") {
            return match status.code() {
                Some(FOUND) => Outcome::Found,
                Some(SILENT) => Outcome::Silent,
                _ => Outcome::Broken(status.to_string()),
            };
        }
        if begun.elapsed() > limit {
            child.kill().expect("it still runs");
            child.wait().expect("it was killed");
            return Outcome::Hung;
        }
        thread::sleep(Duration::from_millis(2));
    }
}
