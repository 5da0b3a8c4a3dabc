//! Runs the binary.

use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Runs the binary with these arguments.
pub fn run_binary(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_memguard-stress"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts")
}

/// Runs the binary with these arguments and a reports directory of its own.
pub fn run_with_reports(arguments: &[&str]) -> (Output, TempDir) {
    let reports = tempfile::tempdir().expect("a temporary directory");
    let place = reports.path().to_str().expect("a path in UTF-8");
    let output = run_binary(&[arguments, &["--reports-dir", place]].concat());
    (output, reports)
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn assert_code(output: &Output, code: i32) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{}\n{}", stdout(output), stderr);
}
