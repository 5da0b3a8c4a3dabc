//! The record of `cargo verify`: its verdict is what its steps support.

use memguard_reports::provenance::Provenance;
use memguard_reports::verify::{Figure, SCHEMA, State, Step, Verdict, VerifyRun};
use memguard_reports::{Record, ReportError, load, write_json};

fn step(name: &str, state: State) -> Step {
    Step {
        name: name.to_owned(),
        shows: "it works".to_owned(),
        serves: "EXACT".to_owned(),
        commands: vec!["true".to_owned()],
        asked_for: true,
        state,
        duration_s: 1.5,
        figures: vec![Figure { count: Some(3), unit: "tests passed".to_owned() }],
        reason: None,
        log: Some(format!("{name}.log")),
        last_lines: Vec::new(),
    }
}

/// A run that ended as these steps.
fn run(states: &[State]) -> VerifyRun {
    let steps = states.iter().enumerate().map(|(at, &state)| step(&format!("step-{at}"), state)).collect();
    let run = VerifyRun {
        schema: SCHEMA.to_owned(),
        command: vec!["cargo".to_owned(), "verify".to_owned()],
        provenance: Provenance::of_commit("0123abc".to_owned()),
        duration_s: 3.25,
        verdict: Verdict::Pass,
        ended_by: None,
        steps,
    };
    VerifyRun { verdict: run.computed_verdict(), ..run }
}

#[test]
fn a_record_comes_back_as_it_was() {
    let (folder, run) = (tempfile::tempdir().unwrap(), run(&[State::Pass, State::Fail, State::NotRun]));
    let path = folder.path().join("verify.json");
    write_json(&run, &path).unwrap();
    assert_eq!(load::<VerifyRun>(&path).unwrap(), run);
    write_json(&VerifyRun { verdict: Verdict::Pass, ..run }, &path).unwrap();
    assert!(matches!(load::<VerifyRun>(&path), Err(ReportError::VerdictDisagrees { .. })));
}

/// A failure comes before a signal, and a signal before what is missing.
#[test]
fn the_worst_step_decides() {
    use State::{Fail, Interrupted, NotRun, Pass, Unfit};
    for (states, verdict) in [
        (&[Pass, Pass][..], Verdict::Pass),
        (&[Pass, Fail, NotRun], Verdict::Fail),
        (&[Unfit, Fail], Verdict::Fail),
        (&[Fail, Interrupted], Verdict::Fail),
        (&[Unfit, Interrupted], Verdict::Interrupted),
        (&[Pass, Unfit], Verdict::Unfit),
        (&[Pass, NotRun], Verdict::Fail),
        (&[NotRun], Verdict::Fail),
        (&[], Verdict::Fail),
    ] {
        let run = run(states);
        assert_eq!(run.verdict, verdict, "{states:?}");
        assert_eq!(run.shortfalls().is_empty(), verdict == Verdict::Pass, "{states:?}");
        assert!(run.judgement().agrees);
    }
}

#[test]
fn a_signal_between_two_steps_is_no_pass() {
    let run = VerifyRun { ended_by: Some("SIGTERM".to_owned()), ..run(&[State::Pass]) };
    assert_eq!(run.computed_verdict(), Verdict::Interrupted);
    assert_eq!(run.shortfalls(), ["SIGTERM ended the run"]);
}

#[test]
fn a_pass_that_counted_nothing_is_none() {
    for count in [None, Some(0)] {
        let mut run = run(&[State::Pass, State::Pass]);
        run.steps[1].figures[0].count = count;
        assert_eq!(run.computed_verdict(), Verdict::Fail);
        assert_eq!(run.shortfalls(), ["step-1: pass: it passes, but it counted nothing"]);
    }
}

/// A quick run does not fail for the steps of the full one.
#[test]
fn a_step_that_nobody_asked_for_does_not_count() {
    let mut run = run(&[State::Pass, State::NotRun]);
    run.steps[1].asked_for = false;
    assert_eq!(run.computed_verdict(), Verdict::Pass);
}
