//! The page of the seeded bugs shows everything that the run found.

use crate::common::stored;
use memguard_reports::seeded_bugs::{SCHEMA, SeededBugs};
use memguard_reports::{ReportError, load, render_file};
use serde_json::{Value, json};

fn example() -> Value {
    let host = json!({
        "os": "Debian", "kernel": "6.1", "arch": "x86_64", "cpu_model": "made up", "cores": 2,
        "memory_bytes": 1u64 << 33,
        "rustc": "rustc 1.95.0", "memlock_limit": "8 MiB soft, 8 MiB hard"
    });
    let finding = |detector, outcome, by: Value, said: Value, seconds| {
        json!({
            "detector": detector, "outcome": outcome, "by": by, "said": said, "seconds": seconds
        })
    };
    json!({
        "schema": SCHEMA,
        "command": ["model-tests/seeded-bugs/run"],
        "provenance": { "commit": "abc123", "started_unix_s": 1_795_433_891, "host": host },
        "duration_s": 90.0,
        "verdict": "pass",
        "bugs": [
            { "name": "01-a", "what": "One thing is wrong.", "findings": [
                finding("tests", "missed", Value::Null, Value::Null, 10.5),
                finding("shuttle", "caught", json!("mixed_random"), json!("WIPED: it is not"), 0.5),
            ] },
            { "name": "02-b", "what": "Another thing is wrong.", "findings": [
                finding("loom", "hung", Value::Null, Value::Null, 900.0),
            ] },
        ],
    })
}

fn rendered(json: &Value) -> String {
    let (_dir, path) = stored(json);
    render_file(&path).expect("the file has the shape of its schema")
}

#[test]
fn all_of_it_reaches_the_page() {
    let page = rendered(&example());
    assert!(page.contains("2 of 2 are caught"), "{page}");
    for text in ["01-a", "mixed\\_random", "WIPED: it is not", "10.5", "hung", "900.0", "abc123", "One thing is wrong."]
    {
        let code = text.replace('\\', "");
        assert!(page.contains(text) || page.contains(&code), "no '{text}' in:\n{page}");
    }
}

#[test]
fn a_bug_that_nothing_noticed_is_named() {
    let mut json = example();
    json["bugs"][0]["findings"][1]["outcome"] = json!("missed");
    json["verdict"] = json!("fail");
    let page = rendered(&json);
    assert!(page.contains("1 of 2 are caught") && page.contains("**Survived: `01-a`.**"), "{page}");
}

/// A detector that does not build shows nothing either way.
#[test]
fn a_detector_that_does_not_compile_kills_nothing() {
    let mut json = example();
    json["bugs"][1]["findings"][0]["outcome"] = json!("does_not_compile");
    json["verdict"] = json!("fail");
    let page = rendered(&json);
    assert!(page.contains("Survived: `02-b`") && page.contains("does not compile"), "{page}");
}

/// A patch that does not apply any more: no detector ran.
#[test]
fn a_bug_without_findings_survives() {
    let mut json = example();
    json["bugs"][1]["findings"] = json!([]);
    json["verdict"] = json!("fail");
    assert!(rendered(&json).contains("Survived: `02-b`"));
}

#[test]
fn a_verdict_that_the_figures_deny_is_refused() {
    let refused = |json: &Value| {
        let (_dir, path) = stored(json);
        matches!(load::<SeededBugs>(&path), Err(ReportError::VerdictDisagrees { .. }))
    };
    let mut json = example();
    assert!(!refused(&json));
    json["verdict"] = json!("fail");
    assert!(refused(&json), "all are caught");
    let mut json = example();
    json["bugs"][0]["findings"][1]["outcome"] = json!("missed");
    assert!(refused(&json), "one is not caught");
    json["bugs"] = json!([]);
    assert!(refused(&json), "nothing was planted");
}

#[test]
fn another_schema_or_an_unknown_field_is_refused() {
    let mut json = example();
    json["more"] = json!(1);
    let (_dir, path) = stored(&json);
    assert!(matches!(load::<SeededBugs>(&path), Err(ReportError::Malformed { .. })));
    json["schema"] = json!("memguard-seeded-bugs/0");
    let (_dir, path) = stored(&json);
    assert!(matches!(load::<SeededBugs>(&path), Err(ReportError::UnknownSchema { .. })));
}
