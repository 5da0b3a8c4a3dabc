//! Signals end the run and what it started.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use memguard_reports::load;
use memguard_reports::verify::{State, Verdict, VerifyRun};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::checkout::Checkout;

/// Waits, for a generous time.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(300), "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn pid_in(file: &Path) -> Pid {
    Pid::from_raw(fs::read_to_string(file).unwrap().trim().parse().unwrap()).unwrap()
}

fn begin(checkout: &Checkout) -> Child {
    let program = checkout.program("--from tests").stdout(Stdio::null()).spawn().unwrap();
    until("the step runs", || checkout.top().join("begun").exists());
    program
}

#[test]
fn a_signal_ends_the_step_with_its_children_and_the_page_says_so() {
    for (signal, name, code) in
        [(Signal::INT, "SIGINT", 130), (Signal::TERM, "SIGTERM", 143), (Signal::HUP, "SIGHUP", 129)]
    {
        let checkout = Checkout::new();
        let mut program = begin(&checkout);
        kill_process(Pid::from_child(&program), signal).unwrap();
        assert_eq!(program.wait().unwrap().code(), Some(code), "{name}");
        let child = pid_in(&checkout.top().join("child"));
        until("the child of the step has ended", || test_kill_process(child).is_err());

        let run: VerifyRun = load(&checkout.written("verify.json")).unwrap();
        assert_eq!((run.verdict, run.ended_by.as_deref()), (Verdict::Interrupted, Some(name)));
        let states: Vec<State> = run.steps.iter().map(|step| step.state).collect();
        assert_eq!(states, [State::NotRun, State::Pass, State::Interrupted, State::NotRun]);
        let page = fs::read_to_string(checkout.written("index.html")).unwrap();
        assert!(page.contains(&format!("{name} ended the run")) && page.contains(">interrupted<"), "{page}");
    }
}

/// As a shell starts a background job, and `nohup` a program.
#[test]
fn a_signal_that_the_caller_ignores_stays_ignored() {
    let checkout = Checkout::new();
    fs::write(checkout.top().join("quick"), "").unwrap();
    let program = checkout.program("");
    let mut shell = std::process::Command::new("bash");
    // The program in its place inherits what is ignored.
    shell.args(["-c", "trap '' INT HUP; exec \"$@\"", "bash"]);
    shell.arg(program.get_program()).args(program.get_args()).current_dir(program.get_current_dir().unwrap());
    shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdout(Stdio::null());
    let mut shell = shell.spawn().unwrap();
    let pid = Pid::from_child(&shell);
    until("the run has begun", || checkout.written("first.log").exists());
    let _ = kill_process(pid, Signal::INT);
    assert_eq!(shell.wait().unwrap().code(), Some(0));
}
