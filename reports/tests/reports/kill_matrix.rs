//! The kill matrix: its verdict, its page and its schema.

use std::fs;
use std::path::Path;

use crate::common::{data, stored};
use crate::json_schema::faults;
use memguard_reports::kill_matrix::{Detector, KillMatrix, Kind, SCHEMA, Standing, Verdict, json_schema};
use memguard_reports::{ReportError, load, render_file};
use serde_json::{Value, json};

fn example() -> Value {
    serde_json::from_str(&fs::read_to_string(data("kill-matrix.json")).unwrap()).unwrap()
}

/// The example with another value at a place that must exist.
fn with(changes: &[(&str, Value)]) -> Value {
    let mut json = example();
    for (at, value) in changes {
        *json.pointer_mut(at).unwrap_or_else(|| panic!("no {at}")) = value.clone();
    }
    json
}

fn matrix(json: &Value) -> KillMatrix {
    serde_json::from_value(json.clone()).unwrap()
}

/// The page, where the verdict is the one of the figures.
fn rendered(json: &Value) -> String {
    let mut json = json.clone();
    json["verdict"] = json!(matrix(&json).computed_verdict().to_string());
    let (_dir, path) = stored(&json);
    render_file(&path).expect("the file has the shape of its schema")
}

/// The findings of a bug that is not noticed by anything that runs.
fn all_miss() -> Value {
    let missed = |detector: &Detector| {
        json!({ "detector": detector.label(), "outcome": "missed", "judge": null, "by": null, "said": null,
            "seconds": 1.0, "build_seconds": 0.0, "models": [], "every_model": false, "commit": "abc", "tree": "t",
            "ended_unix_s": 1 })
    };
    Detector::ALL.iter().filter(|detector| !detector.is_on_demand()).map(missed).collect()
}

#[test]
fn all_of_it_reaches_the_page() {
    let page = rendered(&example());
    #[rustfmt::skip]
    let shown = [
        "# Kill matrix: pass", "3 of 3 bugs are killed", "01-a", "order checker, 0.4 s", "gate, 99.5 s",
        "hung, 600.0 s", "its oracle, 3.5 s", "does not build", "Two locks change places.", "seed 7",
        "WIPED: it is not", "inversion", "lost-hand-over (locks)", "`lease.leave_vs_doom`", "- `purge.alone`",
        "1 of 2 models", "abc123", "def456", "no source of the standard library", "passes, 160.0 s",
        "cargo kill-matrix --fast",
    ];
    for text in shown {
        assert!(page.contains(text), "no '{text}' in:\n{page}");
    }
    // The simulated runs are made for lost hand-overs, and missed one.
    assert!(page.contains("| 02-b | lost-hand-over | sim"), "{page}");
}

#[test]
fn a_bug_that_nothing_noticed_survives() {
    let json = with(&[("/bugs/2/findings", all_miss())]);
    assert_eq!(matrix(&json).named(Standing::Survived), ["03-c"]);
    assert_eq!(matrix(&json).computed_verdict(), Verdict::Fail);
    let page = rendered(&json);
    assert!(page.contains("2 of 3 bugs are killed") && page.contains("\n1 survived"), "{page}");
    assert!(page.contains("no detector noticed 03-c"), "{page}");
}

#[test]
fn one_detector_is_too_few_for_a_bug_of_locks_only() {
    let one = |name: &str| {
        let mut findings = all_miss();
        findings[1]["outcome"] = json!("caught");
        matrix(&with(&[(&format!("/bugs/{name}/findings"), findings)]))
    };
    assert_eq!(one("0").named(Standing::Weak), ["01-a"]);
    assert_eq!(one("0").computed_verdict(), Verdict::Fail);
    assert_eq!(one("2").computed_verdict(), Verdict::Pass);
}

/// A detector that did not run decides nothing. One that cannot run here is not waited for.
#[test]
fn a_bug_is_open_until_every_detector_has_run() {
    let mut findings = all_miss();
    findings.as_array_mut().unwrap().remove(1);
    let open = with(&[("/bugs/2/findings", findings.clone())]);
    assert_eq!(matrix(&open).named(Standing::Open), ["03-c"]);
    assert_eq!(matrix(&open).computed_verdict(), Verdict::Incomplete);
    let page = rendered(&open);
    assert!(page.contains("# Kill matrix: incomplete") && page.contains("1 bug is not decided"), "{page}");
    let absent = with(&[("/bugs/2/findings", findings), ("/absent/0/detector", json!("sim"))]);
    assert_eq!(matrix(&absent).named(Standing::Survived), ["03-c"]);
    // A bug without a target does not wait for the fuzzer.
    let mut without = all_miss();
    without.as_array_mut().unwrap().retain(|finding| finding["detector"] != "fuzz");
    let targetless = with(&[("/bugs/2/findings", without), ("/bugs/2/fuzz_target", json!(null))]);
    assert_eq!(matrix(&targetless).named(Standing::Survived), ["03-c"]);
}

#[test]
fn other_shortfalls() {
    for (changes, said) in [
        (vec![("/bugs", json!([]))], "no bug was planted"),
        (vec![("/bugs/0/applies", json!(false))], "01-a does not fit the code any more"),
        (vec![("/controls/0/outcome", json!("caught"))], "sim fails without a bug"),
    ] {
        let json = with(&changes);
        assert_eq!(matrix(&json).computed_verdict(), Verdict::Fail);
        assert!(rendered(&json).contains(said), "{said}");
    }
}

#[test]
fn what_only_the_order_checker_noticed_is_named() {
    let section = |json: &Value| {
        let page = rendered(json);
        let rest = page.split("## What only the order checker noticed").nth(1).unwrap().to_owned();
        rest.split("\n## ").next().unwrap().to_owned()
    };
    assert!(section(&example()).contains("None."));
    let both = with(&[("/bugs/0/findings/1/judge", json!("order_checker"))]);
    assert!(section(&both).contains("- `01-a`"));
}

#[test]
fn a_verdict_that_the_figures_deny_is_refused() {
    for verdict in ["fail", "incomplete"] {
        let (_dir, path) = stored(&with(&[("/verdict", json!(verdict))]));
        assert!(matches!(load::<KillMatrix>(&path), Err(ReportError::VerdictDisagrees { .. })), "{verdict}");
    }
}

#[test]
fn another_schema_or_an_unknown_field_is_refused() {
    let mut json = example();
    json["more"] = json!(1);
    let (_dir, path) = stored(&json);
    assert!(matches!(load::<KillMatrix>(&path), Err(ReportError::Malformed { .. })));
    let (_dir, path) = stored(&with(&[("/schema", json!("memguard-kill-matrix/0"))]));
    assert!(matches!(load::<KillMatrix>(&path), Err(ReportError::UnknownSchema { .. })));
}

/// A name in a patch is the name in a record.
#[test]
fn names_are_those_of_the_record() {
    for kind in Kind::ALL {
        assert_eq!(json!(kind), json!(kind.label()));
        assert!(!kind.expected().is_empty(), "no detector is made for {kind}");
    }
    for detector in Detector::ALL {
        assert_eq!(json!(detector), json!(detector.label()));
    }
    assert!(Detector::ALL.is_sorted() && Kind::ALL.is_sorted());
}

#[test]
fn the_published_schema_is_what_the_types_say_and_records_are_valid() {
    let file = SCHEMA.replace("memguard-", "").replace('/', "-");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/{file}.json"));
    let made = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
    if std::env::var_os("MEMGUARD_REFRESH").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == made, "{} is not what the types say; refresh it with MEMGUARD_REFRESH=1", path.display());
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("records/kill-matrix.json");
    let committed: Value = serde_json::from_str(&fs::read_to_string(committed).unwrap()).unwrap();
    for record in [committed, example()] {
        assert_eq!(faults(&json_schema(), &record), [""; 0]);
    }
    let wrong = faults(&json_schema(), &with(&[("/bugs/0/kind", json!("luck"))]));
    assert!(!wrong.is_empty());
}
