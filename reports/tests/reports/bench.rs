//! The page of the benches shows every figure, and what got worse between two records is found.

use std::path::Path;
use std::process::Command;

use crate::common::{data, stored};
use memguard_reports::bench::{BenchRun, Worse, compare};
use memguard_reports::{ReportError, load, render_file};
use serde_json::{Value, json};

fn example() -> Value {
    serde_json::from_str(&std::fs::read_to_string(data("bench.json")).unwrap()).unwrap()
}

fn example_with(at: &str, value: Value) -> Value {
    let mut json = example();
    *json.pointer_mut(at).unwrap_or_else(|| panic!("no {at}")) = value;
    json
}

fn rendered(json: &Value) -> String {
    let (_dir, path) = stored(json);
    render_file(&path).expect("the file has the shape of its schema")
}

fn run(json: Value) -> BenchRun {
    serde_json::from_value(json).unwrap()
}

#[test]
fn all_of_it_reaches_the_page() {
    let page = rendered(&example());
    for text in [
        "# Benches: pass",
        "All 4 goals are met.",
        "| create + destroy 32 B               |   215 ns |",
        "210 ns – 222 ns",
        "≤ 250 ns",
        "≥ 1.60×",
        "4,368 B",
        "96.5 %",
        "| 8 threads against 1   |    1.70× |",
        "load average of the minute before the run was 0.25",
        "median of 21 rounds",
        "### open 32 B, by threads",
        "not measured",
        "heap (bare)",
        "abc123",
        "peer               1",
        "620 ns",
    ] {
        let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(squeeze(&page).contains(&squeeze(text)), "no '{text}' in:\n{page}");
    }
}

/// What is bare is faster, but it is no peer. What has no figure is not the best.
#[test]
fn the_best_peer_is_one_that_was_measured_and_does_the_same() {
    let page = rendered(&example());
    let row = page.lines().find(|line| line.starts_with("| create + destroy 32 B ")).unwrap();
    assert!(row.contains("memsafe") && row.contains("9.00 µs") && row.contains("41.78"), "{row}");
}

#[test]
fn a_goal_that_is_not_met_is_named() {
    for (at, value, reason) in [
        ("/rows/0/value", json!(250.1), "create + destroy 32 B: 250 ns, the goal is ≤ 250 ns"),
        ("/rows/0/value", Value::Null, "create + destroy 32 B: was not measured, the goal is ≤ 250 ns"),
        ("/rows/1/value", json!(1.5), "8 threads against 1: 1.50×, the goal is ≥ 1.60×"),
        ("/rows/2/value", json!(1), "create + destroy 32 B, system calls: 1.00, the goal is ≤ 0.00"),
        ("/rows/4/value", json!(94), "seal 1 MiB, share: 94.0 %, the goal is ≥ 95.0 %"),
        ("/partial", json!("the run was quick"), "the run was quick"),
    ] {
        let mut json = example_with(at, value);
        let (_dir, path) = stored(&json);
        assert!(matches!(load::<BenchRun>(&path), Err(ReportError::VerdictDisagrees { .. })), "{at}");
        json["verdict"] = json!("fail");
        let page = rendered(&json);
        assert!(page.contains("# Benches: fail") && page.contains(reason), "no '{reason}' in:\n{page}");
    }
    // A row without a goal shows nothing against a pass.
    rendered(&example_with("/rows/3/value", Value::Null));
    let mut json = example_with("/rows", json!([]));
    json["verdict"] = json!("fail");
    assert!(rendered(&json).contains("nothing was measured"));
}

#[test]
fn another_schema_or_an_unknown_field_is_refused() {
    let mut json = example();
    json["more"] = json!(1);
    let (_dir, path) = stored(&json);
    assert!(matches!(load::<BenchRun>(&path), Err(ReportError::Malformed { .. })));
    json["schema"] = json!("memguard-bench/0");
    let (_dir, path) = stored(&json);
    assert!(matches!(load::<BenchRun>(&path), Err(ReportError::UnknownSchema { .. })));
}

/// What got worse if `at` of the newer record is `value`.
fn worse_if(at: &str, value: Value) -> Vec<String> {
    let worse = compare(&run(example()), &run(example_with(at, value)), 5.0);
    worse.iter().map(Worse::to_string).collect()
}

#[test]
fn what_got_worse_is_named() {
    let nothing = Vec::<String>::new();
    for (at, value) in [
        ("/load_average", json!(7)),
        ("/rows/0/value", json!(226.0)),
        ("/rows/0/value", json!(20.0)),
        ("/rows/1/value", json!(1.62)),
        ("/rows/1/value", json!(3.0)),
        ("/rows/0/others/0/value", json!(1e9)),
        ("/growth/0/lines/1/ns/0", json!(1e9)),
    ] {
        assert_eq!(worse_if(at, value.clone()), nothing, "{at}: {value}");
    }
    for (at, value, expected) in [
        ("/rows/0/value", json!(230.0), "create + destroy 32 B: was 215 ns, is 230 ns (+6.8 %)"),
        ("/rows/1/value", json!(1.2), "8 threads against 1: was 1.70×, is 1.20× (-29.4 %)"),
        ("/rows/2/value", json!(0.5), "create + destroy 32 B, system calls: was 0.00, is 0.50 (from zero)"),
        ("/rows/4/value", json!(80), "seal 1 MiB, share: was 96.5 %, is 80.0 % (-17.1 %)"),
        ("/growth/0/lines/0/ns/1", json!(700.0), "open 32 B, threads: 16: was 620 ns, is 700 ns (+12.9 %)"),
    ] {
        assert_eq!(worse_if(at, value), [expected], "{at}");
    }
}

#[test]
fn what_vanished_is_named() {
    let mut json = example();
    json["rows"].as_array_mut().unwrap().remove(0);
    let worse = compare(&run(example()), &run(json), 5.0);
    assert_eq!(worse.len(), 1);
    assert_eq!(worse[0].to_string(), "create + destroy 32 B: was 215 ns, is not measured any more");
    let gone = "create + destroy 32 B: was 215 ns, is not measured any more";
    assert_eq!(worse_if("/rows/0/value", Value::Null), [gone]);
    // The name stayed and the meaning changed.
    assert_eq!(worse_if("/rows/0/unit", json!("bytes")), [gone]);
    assert_eq!(worse_if("/growth", json!([])).len(), 2);
    // A figure that is new is no change.
    let mut newer = example();
    let mut row = newer["rows"][0].clone();
    row["name"] = json!("another");
    newer["rows"].as_array_mut().unwrap().push(row);
    assert_eq!(compare(&run(example()), &run(newer), 5.0), []);
}

#[test]
fn the_binary_compares() {
    let compared = |new: &Path, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_memguard-reports"));
        command.arg("compare").arg(data("bench.json")).arg(new).args(more).output().unwrap()
    };
    let (dir, worse) = stored(&example_with("/rows/0/value", json!(230.0)));
    let output = compared(&worse, &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "memguard-reports: worse: create + destroy 32 B: was 215 ns, is 230 ns (+6.8 %)\n");
    assert_eq!(compared(&worse, &["--threshold", "10"]).status.code(), Some(0));
    assert_eq!(compared(&data("bench.json"), &[]).status.code(), Some(0));
    assert_eq!(compared(&dir.path().join("missing.json"), &[]).status.code(), Some(2));
    assert_eq!(compared(&data("stress.json"), &[]).status.code(), Some(1));
}
