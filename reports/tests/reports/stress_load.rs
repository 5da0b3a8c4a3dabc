//! Which records of a stress run are loaded, and which are refused with which error.

use crate::common::{as_run, example, example_json, example_with, stored};
use memguard_reports::stress::{self, Scenario, Shortfall, StressRun, Verdict};
use memguard_reports::{ReportError, load};
use serde_json::{Value, json};

/// Loads the record from a file.
fn loaded(json: &Value) -> Result<StressRun, ReportError> {
    let (_dir, path) = stored(json);
    load(&path)
}

#[test]
fn a_run_survives_the_round_trip() {
    let run = load::<StressRun>(&example()).unwrap();
    assert_eq!(run.scenarios.len(), 2);
    let again = serde_json::to_value(&run).unwrap();
    assert_eq!(again, example_json(), "no field is lost, added or renamed");
    assert_eq!(as_run(again), run);
}

#[test]
fn a_duration_comes_back_as_the_very_number() {
    // Without serde_json's float_roundtrip this number comes back as 90.42225290942385.
    let odd = 90.422_252_909_423_83_f64;
    let mut run = load::<StressRun>(&example()).unwrap();
    run.duration_s = odd;
    assert_eq!(loaded(&serde_json::to_value(&run).unwrap()).unwrap().duration_s.to_bits(), odd.to_bits());
}

#[test]
fn the_example_is_a_pass() {
    let run = load::<StressRun>(&example()).unwrap();
    assert_eq!(run.shortfalls(), []);
    assert_eq!(run.computed_verdict(), Verdict::Pass);
    assert!(!run.scenarios.iter().any(Scenario::failed));
}

#[test]
fn another_schema_is_refused_by_name() {
    let cases = [
        (json!("memguard-stress/1"), Some("memguard-stress/1")),
        (json!("memguard-models/1"), Some("memguard-models/1")),
        (json!(1), None),
        (Value::Null, None),
    ];
    for (schema, expected) in cases {
        match loaded(&example_with("/schema", schema)) {
            Err(ReportError::UnknownSchema { found, known, .. }) => {
                assert_eq!(found.as_deref(), expected);
                assert_eq!(known, [stress::SCHEMA]);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_schema_is_looked_at_before_the_shape() {
    for json in [json!({ "schema": "memguard-stress/1", "other": [] }), json!({}), json!([])] {
        let error = loaded(&json).unwrap_err();
        assert!(matches!(error, ReportError::UnknownSchema { .. }), "{error:?}");
    }
}

#[test]
fn every_false_pass_is_refused() {
    let name = || "purge-race".to_owned();
    let left = |left: &str| Shortfall::NotQuiescent { scenario: name(), left: left.to_owned() };
    let not_provoked = |kind: &str| Shortfall::NotProvoked { scenario: name(), kind: kind.to_owned() };
    let broken = json!([{ "guarantee": "WIPED", "message": "a byte survived" }]);
    let cases = [
        ("", json!([]), Shortfall::NoScenarios),
        ("/0/violations", broken, Shortfall::Violations { scenario: name(), count: 1 }),
        ("/0/ops", json!(0), Shortfall::NoOperations { scenario: name() }),
        ("/0/degraded/handed_over_wipe", json!(0), not_provoked("handed_over_wipe")),
        ("/0/expected_degraded", json!(["skipped_rekey"]), not_provoked("skipped_rekey")),
        ("/0/quiescence/live_buffers", json!(3), left("3 live buffers")),
        ("/0/quiescence/parked", json!(1), left("1 parked registrations")),
        ("/0/quiescence/handed_over", json!(2), left("2 wipes handed over and not done")),
        ("/0/quiescence/dirty_pages", json!(5), left("5 pages not zeroed")),
        ("/0/quiescence/locked_bytes_measured", json!(61440), left("65536 locked bytes stated, 61440 measured")),
        ("/0/quiescence/mappings_stated", json!(47), left("47 mappings stated, 48 measured")),
    ];
    for (at, value, expected) in cases {
        let false_pass = example_with(&format!("/scenarios{at}"), value);
        let run = as_run(false_pass.clone());
        assert_eq!(run.shortfalls(), std::slice::from_ref(&expected), "{at}");
        assert_eq!(run.computed_verdict(), Verdict::Fail, "{at}");
        match loaded(&false_pass) {
            Err(ReportError::VerdictDisagrees { reasons, .. }) => assert_eq!(reasons, [expected.to_string()], "{at}"),
            other => panic!("{at}: {other:?}"),
        }
    }
}

#[test]
fn all_shortfalls_are_listed_at_once() {
    let mut run = load::<StressRun>(&example()).unwrap();
    for scenario in &mut run.scenarios {
        scenario.ops = 0;
        scenario.quiescence.parked = 1;
    }
    assert_eq!(run.shortfalls().len(), 4);
}

/// A run that states a failure which its figures do not show is refused, too.
#[test]
fn a_failure_that_the_figures_deny_is_refused() {
    match loaded(&example_with("/verdict", json!("fail"))) {
        Err(ReportError::VerdictDisagrees { stated, reasons, .. }) => {
            assert_eq!((&*stated, reasons), ("fail", Vec::<String>::new()));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_run_that_admits_what_went_wrong_is_loaded() {
    for verdict in ["fail", "stall", "unfit"] {
        let mut json = example_with("/scenarios/1/ops", json!(0));
        json["verdict"] = json!(verdict);
        assert_eq!(loaded(&json).unwrap().verdict.to_string(), verdict);
    }
}

/// An unfinished scenario need not have done its work. A partial pass is refused, and so is a failure that is called an
/// interruption.
#[test]
fn a_partial_run_is_interrupted_or_failed() {
    let mut json = example_with("/scenarios/1/ops", json!(0));
    json["partial"] = json!({ "ended_by": "SIGINT", "unfinished": ["nested-accesses", "never-began"] });
    for (verdict, is_right) in [("interrupted", true), ("pass", false), ("fail", false), ("unfit", true)] {
        json["verdict"] = json!(verdict);
        assert_eq!(loaded(&json).is_ok(), is_right, "{verdict}");
    }
    let told = as_run(json.clone()).shortfalls()[0].to_string();
    assert_eq!(told, "partial: the run ended early: SIGINT; unfinished: nested-accesses, never-began");
    json["scenarios"][0]["ops"] = json!(0);
    for (verdict, is_right) in [("interrupted", false), ("pass", false), ("fail", true)] {
        json["verdict"] = json!(verdict);
        assert_eq!(loaded(&json).is_ok(), is_right, "{verdict}");
    }
}

#[test]
fn a_wrong_shape_is_malformed() {
    let mut missing = example_json();
    missing["host"].as_object_mut().unwrap().remove("rustc");
    let mut unknown = example_json();
    unknown["scenarios"][0]["latency_ns"]["p9999"] = json!(1);
    // `null` is what serde_json writes for a number that is not finite.
    let [negative, infinite] =
        [("/seed", json!(-1)), ("/duration_s", Value::Null)].map(|(at, to)| example_with(at, to));
    for json in
        [missing, unknown, negative, infinite, example_with("/verdict", json!("Pass")), json!("memguard-stress/4")]
    {
        let error = loaded(&json).unwrap_err();
        assert!(matches!(error, ReportError::Malformed { .. }), "{error:?}");
    }
}

#[test]
fn every_error_names_its_file_and_what_to_do() {
    let (_dir, unknown) = stored(&example_with("/schema", json!("x/9")));
    let (_dir, malformed) = stored(&example_with("/seed", json!("one")));
    let (_dir, false_pass) = stored(&example_with("/scenarios/1/ops", json!(0)));
    let missing = unknown.with_file_name("missing.json");
    for (path, advice) in [
        (unknown, "build memguard-reports from the commit"),
        (malformed, "run the tool that writes it again"),
        (false_pass, "nested-accesses: no operation completed; treat"),
        (missing, "check the path"),
    ] {
        let message = load::<StressRun>(&path).unwrap_err().to_string();
        assert!(message.contains(path.to_str().unwrap()), "{message}");
        assert!(message.contains(advice), "{message}");
    }
}
