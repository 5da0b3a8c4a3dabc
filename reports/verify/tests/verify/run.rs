//! How steps end, and what the record says of them.

use memguard_reports::verify::{State, Verdict};
use memguard_verify::Command::{OfReadme, Shell};
use memguard_verify::Step;

use crate::checkout::{Checkout, NO_TOOL, PASSED, step};

const GOOD: Step = Step {
    figures: &[PASSED],
    ..step("good", &[Shell("echo 'test result: ok. 3 passed'"), Shell("echo 'test result: ok. 1,004 passed' >&2")])
};
const BAD: Step = step("bad", &[Shell("echo what is wrong; exit 3"), Shell("touch reached")]);
const LATER: Step = step("later", &[Shell("echo later")]);

#[test]
fn figures_are_added_over_all_commands_and_both_streams() {
    let done = Checkout::new().run(&[GOOD, LATER], false);
    assert_eq!(done.run.verdict, Verdict::Pass);
    assert_eq!(done.step("good").figures[0].to_string(), "1,007 tests passed");
    assert_eq!(done.step("good").log.as_deref(), Some("good.log"));
    assert!(done.run.shortfalls().is_empty() && done.step("good").last_lines.is_empty());
}

/// Without a terminal the whole output is there, between the name of the step and its end.
#[test]
fn a_log_has_names_commands_and_output() {
    let done = Checkout::new().run(&[GOOD], false);
    let expected = "\n== good: it works\n$ echo 'test result: ok. 3 passed'\ntest result: ok. 3 passed\n\
        $ echo 'test result: ok. 1,004 passed' >&2\ntest result: ok. 1,004 passed\n-- good: pass, ";
    assert!(done.printed.starts_with(expected), "{}", done.printed);
    assert!(done.printed.ends_with(", 1,007 tests passed\n"), "{}", done.printed);
}

#[test]
fn the_first_step_that_fails_ends_the_run() {
    let checkout = Checkout::new();
    let done = checkout.run(&[GOOD, BAD, LATER], false);
    assert_eq!(done.run.verdict, Verdict::Fail);
    assert_eq!(done.states(), ["pass", "fail", "not run"]);
    assert!(!checkout.top().join("reached").exists(), "the next command of the step must not run");
    let bad = done.step("bad");
    assert!(bad.reason.as_ref().unwrap().contains("`echo what is wrong; exit 3` ended with exit status: 3"));
    assert_eq!(bad.last_lines, ["$ echo what is wrong; exit 3", "what is wrong"]);
    assert_eq!(std::fs::read_to_string(checkout.written("bad.log")).unwrap(), bad.last_lines.join("\n") + "\n");
}

#[test]
fn the_run_goes_on_if_it_is_told_to() {
    let done = Checkout::new().run(&[BAD, LATER], true);
    assert_eq!(done.states(), ["fail", "pass"]);
    assert_eq!(done.run.verdict, Verdict::Fail);
}

/// Each step ends well, and has not counted what it must count.
#[test]
fn a_step_that_ran_nothing_fails() {
    for command in ["true", "echo 'test result: ok. 0 passed'", "echo 'test result: FAILED. 3 passed'"] {
        let commands: &'static [_] = Box::leak(Box::new([Shell(command)]));
        let done = Checkout::new().run(&[Step { figures: &[PASSED], ..step("empty", commands) }], false);
        assert_eq!(done.states(), ["fail"], "{command}");
        let reason = done.step("empty").reason.clone().unwrap();
        assert!(reason.contains("it ran nothing that counts") && reason.contains("tests passed"), "{reason}");
    }
}

/// The variables that `cargo test` sets for this test would make commands compile dependencies again.
#[test]
fn a_command_is_told_nothing_about_the_package_of_this_program() {
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some() && std::env::var_os("CARGO_PKG_NAME").is_some());
    let told = step("told", &[Shell("! env | grep -E '^CARGO_(MANIFEST|PKG)_'")]);
    assert_eq!(Checkout::new().run(&[told], false).states(), ["pass"]);
}

/// A line that fails in its middle fails, as bash does not by itself.
#[test]
fn every_part_of_a_line_counts() {
    for command in ["false; true", "false | true", "echo $nosuch_variable"] {
        let commands: &'static [_] = Box::leak(Box::new([Shell(command)]));
        assert_eq!(Checkout::new().run(&[step("part", commands)], false).states(), ["fail"], "{command}");
    }
}

#[test]
fn the_last_line_counts_without_a_line_end() {
    const STEP: Step = Step { figures: &[PASSED], ..step("cut", &[Shell("printf 'test result: ok. 3 passed'")]) };
    assert_eq!(Checkout::new().run(&[STEP], false).states(), ["pass"]);
}

/// A missing program is told before any step runs.
#[test]
fn a_missing_tool_is_named_first() {
    const NEEDS: Step = Step { tools: &[NO_TOOL], ..step("needs", &[Shell("true")]) };
    let checkout = Checkout::new();
    let done = checkout.run(&[GOOD, NEEDS], false);
    assert_eq!((done.run.verdict, done.states()), (Verdict::Unfit, vec!["not run".into(), "unfit".into()]));
    let reason = done.step("needs").reason.clone().unwrap();
    assert_eq!(reason, "needs a tool, which is missing: apt-get install tool");
    let done = checkout.run(&[GOOD, NEEDS, LATER], true);
    assert_eq!((done.run.verdict, done.step("later").state), (Verdict::Unfit, State::Pass));
}

/// Code 4 is how the scripts say that something is missing.
#[test]
fn a_command_that_lacks_something_is_unfit() {
    let done = Checkout::new().run(&[step("lacks", &[Shell("echo 'install it' >&2; exit 4")])], false);
    assert_eq!((done.run.verdict, done.states()), (Verdict::Unfit, vec!["unfit".into()]));
    assert!(done.step("lacks").last_lines.contains(&"install it".to_owned()));
}

#[test]
fn a_command_of_the_readme_is_read_there() {
    const OF_README: Step = Step { figures: &[PASSED], ..step("readme", &[OfReadme("echo test")]) };
    let checkout = Checkout::new();
    let done = checkout.run(&[OF_README], false);
    assert_eq!(done.states(), ["pass"]);
    assert_eq!(done.step("readme").commands, ["echo test result: ok. 3 passed"]);
    std::fs::write(checkout.top().join("README.md"), "Test it.\n").unwrap();
    let done = checkout.run(&[OF_README], false);
    assert_eq!(done.states(), ["fail"]);
    assert!(done.step("readme").reason.as_ref().unwrap().contains("README.md names no such command"));
}

#[test]
fn a_folder_that_cannot_be_written_is_unfit() {
    let checkout = Checkout::new();
    std::fs::write(checkout.top().join("target"), "").unwrap();
    let done = checkout.run(&[GOOD], false);
    assert_eq!(done.run.verdict, Verdict::Unfit);
    assert!(done.step("good").reason.as_ref().unwrap().contains("check that the directory is writable"));
}

/// It runs if a step that it helps is asked for, and not by itself.
#[test]
fn commands_run_ahead_of_the_steps_that_they_help() {
    const TESTS: Step = step("tests", &[Shell("until [ -e ahead ]; do sleep 0.01; done")]);
    let checkout = Checkout::new();
    assert_eq!(checkout.run(&[TESTS, step("models", &[Shell("true")])], false).run.verdict, Verdict::Pass);
    assert_eq!(std::fs::read_to_string(checkout.written("ahead.log")).unwrap(), "ahead\n");
    let checkout = Checkout::new();
    checkout.run(&[step("tests", &[Shell("true")]), LATER], false);
    assert!(!checkout.written("ahead.log").exists());
}
