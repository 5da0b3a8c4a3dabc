//! A report from code that was not changed.

use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::{env, fs, process};

fn transfer(variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_transfer"));
    command.env_remove("LOCKDEP_REPORT").env_remove("LOCKDEP_PANIC").envs(variables.iter().copied());
    command.output().expect("the program starts")
}

fn error_text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A file that goes away with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(env::temp_dir().join(format!("lockdep-example-{}-{name}", process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn a_report_is_printed() {
    let output = transfer(&[]);
    assert!(output.status.success());
    let text = error_text(&output);
    assert_eq!(text.matches("deadlock: 2 threads can wait for each other").count(), 1, "{text}");
    for place in ["bank/src/lib.rs:22", "bank/src/lib.rs:28", "Mutex of bank/src/lib.rs:14"] {
        assert!(text.contains(place), "{place} is not in:\n{text}");
    }
}

#[test]
fn a_report_is_a_line_of_a_file_that_processes_share() {
    let file = Scratch::new("lines");
    let path = file.0.to_str().expect("a path in UTF-8");
    for _ in 0..2 {
        let output = transfer(&[("LOCKDEP_REPORT", path)]);
        assert!(output.status.success());
        assert_eq!(error_text(&output), "");
    }
    let text = fs::read_to_string(path).expect("the file was written");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 2);
    assert_ne!(lines[0]["process"], lines[1]["process"]);
    for line in lines {
        assert_eq!(line["report"]["verdict"], "deadlock");
        assert_eq!(line["report"]["steps"].as_array().map(Vec::len), Some(2));
    }
}

#[test]
fn a_report_can_end_the_thread_that_caused_it() {
    let output = transfer(&[("LOCKDEP_PANIC", "1")]);
    assert!(!output.status.success());
    assert!(error_text(&output).contains("deadlock: 2 threads can wait for each other"));
}
