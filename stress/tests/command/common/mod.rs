//! Runs the binary.

use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// What the binary did with these arguments.
pub fn stress(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_memguard-stress"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts")
}

/// What a run did that writes its reports into a directory of its own.
pub fn run(arguments: &[&str]) -> (Output, TempDir) {
    let reports = tempfile::tempdir().expect("a temporary directory");
    let place = reports.path().to_str().expect("a path in UTF-8");
    let output = stress(&[arguments, &["--reports-dir", place]].concat());
    (output, reports)
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn assert_code(output: &Output, code: i32) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{}\n{}", stdout(output), stderr);
}
