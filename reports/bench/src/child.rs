//! Runs this binary again, for figures that need a process of their own.

use std::process::{Command, Stdio};

/// This binary, with these words.
pub fn program(words: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a running binary has a path"));
    command.args(words);
    command
}

/// The numbers that a child printed, or `None` if it failed.
pub fn of_child(command: &mut Command) -> Option<Vec<f64>> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let printed = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    printed.split_whitespace().map(|number| number.parse().ok()).collect()
}
