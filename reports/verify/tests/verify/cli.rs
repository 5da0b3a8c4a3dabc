//! The command line, its output and its exit codes.

use std::fs;
use std::process::{Command, Output};

use memguard_reports::load;
use memguard_reports::verify::{State, VerifyRun};
use memguard_verify::steps::STEPS;

use crate::checkout::Checkout;

fn run(checkout: &Checkout, arguments: &str) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = checkout.program(arguments).output().unwrap();
    let [stdout, stderr] = [stdout, stderr].map(|text| String::from_utf8(text).unwrap());
    (status.code(), stdout, stderr)
}

/// A checkout in which no step takes long.
fn quick() -> Checkout {
    let checkout = Checkout::new();
    fs::write(checkout.top().join("quick"), "").unwrap();
    checkout
}

#[test]
fn each_command_line_runs_its_steps() {
    for (arguments, code, ran) in [
        ("", 0, &["first", "tests", "long", "last"][..]),
        ("--quick", 0, &["first", "tests", "long", "last"]),
        ("--only last --only first", 0, &["first", "last"]),
        ("--from long", 0, &["long", "last"]),
        ("--quick --from long --keep-going", 0, &["long", "last"]),
    ] {
        let checkout = quick();
        let (found, stdout, stderr) = run(&checkout, arguments);
        assert_eq!(found, Some(code), "{arguments}: {stdout}{stderr}");
        let record: VerifyRun = load(&checkout.written("verify.json")).unwrap();
        let passed = record.steps.iter().filter(|step| step.state == State::Pass).map(|step| step.name.as_str());
        assert_eq!(passed.collect::<Vec<_>>(), ran, "{arguments}");
        let words: Vec<&str> = ["cargo", "verify"].into_iter().chain(arguments.split_whitespace()).collect();
        assert_eq!(record.command, words);
        let verdict = format!("verdict: pass ({0} of {0} steps passed, ", ran.len());
        assert!(stdout.contains(&verdict) && stdout.contains("page: target/verify/index.html"), "{stdout}");
        assert_eq!(stderr, "");
    }
}

#[test]
fn a_wrong_command_line_runs_nothing() {
    for (arguments, wanted) in [
        ("--only nosuch", "no step \"nosuch\""),
        ("--from nosuch", "no step \"nosuch\""),
        ("--only first --quick", "cannot be used with"),
        ("--only first --from last", "cannot be used with"),
        ("--nosuch", "--nosuch"),
        ("first", "first"),
    ] {
        let checkout = quick();
        let (code, _, stderr) = run(&checkout, arguments);
        assert_eq!(code, Some(2), "{arguments}");
        assert!(stderr.contains(wanted), "{arguments}: {stderr}");
        assert!(!checkout.written("").exists(), "{arguments}");
    }
}

#[test]
fn a_failure_shows_its_last_lines_its_log_and_how_to_run_it_again() {
    let checkout = quick();
    fs::write(checkout.top().join("broken"), "").unwrap();
    let (code, stdout, _) = run(&checkout, "");
    assert_eq!(code, Some(1));
    for wanted in [
        "last: fail: ",
        "  | broken\n",
        "all its output: target/verify/last.log",
        "cargo verify --only last\n",
        "verdict: fail (3 of 4 steps passed, ",
    ] {
        assert!(stdout.contains(wanted), "{wanted}: {stdout}");
    }
}

#[test]
fn help_and_the_list_run_nothing() {
    let checkout = quick();
    for (arguments, wanted) in [("--help", "Exit codes:"), ("--list", "tests"), ("--version", "cargo verify")] {
        let (code, stdout, _) = run(&checkout, arguments);
        assert_eq!(code, Some(0), "{arguments}");
        assert!(stdout.contains(wanted), "{arguments}: {stdout}");
    }
    assert!(!checkout.written("").exists());
}

#[test]
fn outside_of_a_checkout_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_memguard-verify")).current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("in no checkout of memguard"));
}

/// The program itself has the steps of this repository.
#[test]
fn the_list_has_every_step() {
    let output = Command::new(env!("CARGO_BIN_EXE_memguard-verify")).arg("--list").output().unwrap();
    let list = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for step in STEPS {
        assert!(list.contains(step.name), "{}: {list}", step.name);
    }
}

/// A page that cannot be written is no pass.
#[test]
fn a_page_that_cannot_be_written_is_unfit() {
    let checkout = quick();
    fs::create_dir_all(checkout.written("index.html")).unwrap();
    let (code, stdout, stderr) = run(&checkout, "--only first");
    assert_eq!(code, Some(4), "{stdout}");
    assert!(stderr.contains("index.html") && stdout.contains("verdict: unfit"), "{stdout}{stderr}");
}
