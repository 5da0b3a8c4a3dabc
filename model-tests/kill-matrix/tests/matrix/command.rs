//! The program itself, with a `cargo` of the test: its exit codes, and what it says.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use crate::common::Workspace;

/// Runs the program where cargo is this shell script.
fn run(workspace: &Workspace, cargo: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let script = workspace.write("target/bin/cargo", &format!("#!/bin/sh\n{cargo}\n"));
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", script.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_memguard-kill-matrix"));
    command.args(["--top", workspace.top().to_str().unwrap()]).args(arguments).env("PATH", path);
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap())
}

/// clippy on `lib.txt`.
const CLIPPY: &str = "if grep -q wrong lib.txt; then echo 'error: it is wrong'; exit 101; fi; echo '    Finished dev'";

fn workspace(text: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.bug("01-a", "skipped-wipe", "lib.txt", "right", text);
    workspace
}

#[test]
fn the_exit_code_says_how_it_ended() {
    let only = ["--only", "lints"];
    let limited = ["--only", "lints", "--limit", "0s"];
    let (wrong, worse) = ("wrong", "worse");
    for (text, cargo, arguments, code, said) in [
        (wrong, CLIPPY, &only[..], 0, "caught by compiler"),
        (worse, CLIPPY, &only[..], 1, "missed"),
        (wrong, "echo 'error: no'; exit 101", &only[..], 2, "lints fails without a bug: error: no"),
        (wrong, "exit 0", &only[..], 2, "does not show that it ran anything"),
        (wrong, CLIPPY, &limited[..], 3, "incomplete"),
        (wrong, "kill -INT $PPID; sleep 600", &only[..], 130, "incomplete"),
        (wrong, "kill -TERM $PPID; sleep 600", &only[..], 143, "incomplete"),
    ] {
        let workspace = workspace(text);
        let (ended, output) = run(&workspace, cargo, arguments);
        assert_eq!(ended, Some(code), "{cargo}: {output}");
        assert!(output.contains(said), "{cargo}: {output}");
        assert!(code == 2 || workspace.top().join("target/kill-matrix/record.json").exists());
    }
}

#[test]
fn two_runs_do_not_share_a_record() {
    let workspace = workspace("wrong");
    let lock = workspace.write("target/kill-matrix/record.lock", "");
    let lock = fs::File::open(lock).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let (code, output) = run(&workspace, CLIPPY, &["--only", "lints"]);
    assert_eq!(code, Some(2), "{output}");
    assert!(output.contains("another run adds to"), "{output}");
    drop(lock);
    assert_eq!(run(&workspace, CLIPPY, &["--only", "lints"]).0, Some(0));
}

#[test]
fn wrong_usage_is_2() {
    let workspace = workspace("wrong");
    for (arguments, said) in [
        (&["nosuch"][..], "no bug has 'nosuch' in its name"),
        (&["--only", "luck"][..], "these are the detectors: lints, sim"),
        (&["--jobs", "0"][..], "0"),
        (&["--fats"][..], "--fats"),
    ] {
        let (code, output) = run(&workspace, CLIPPY, arguments);
        assert_eq!(code, Some(2), "{output}");
        assert!(output.contains(said), "{output}");
    }
}

#[test]
fn a_detector_that_is_not_there_is_named() {
    let workspace = workspace("wrong");
    workspace.write("fuzz/common.sh", "missing_tools() { echo 'cargo-fuzz is not installed'; }");
    let (code, output) = run(&workspace, CLIPPY, &["--only", "fuzz"]);
    assert!(code == Some(2) && output.contains("fuzz cannot be used: cargo-fuzz is not installed"), "{output}");
    run(&workspace, CLIPPY, &["--only", "lints"]);
    let record = fs::read_to_string(workspace.top().join("target/kill-matrix/record.json")).unwrap();
    assert!(record.contains("cargo-fuzz is not installed"), "{record}");
}

#[test]
fn bugs_are_listed() {
    let (code, output) = run(&workspace("wrong"), "exit 9", &["--list"]);
    assert_eq!(code, Some(0));
    assert!(output.contains("01-a") && output.contains("skipped-wipe") && output.contains("It is wrong."), "{output}");
}
