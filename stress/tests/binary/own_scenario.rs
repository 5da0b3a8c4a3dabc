//! The example of a scenario and a lock of the user's own.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where cargo puts the examples that it builds with these tests.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let path = test.ancestors().nth(2).expect("deps/ and its parent").join("examples").join(name);
    assert!(
        path.is_file(),
        "cargo builds it unless a target is named: cargo build -p memguard-stress --example {name}"
    );
    path
}

/// ORDER: both orders of the user's mutex and the buffer are told, with the place of each acquisition.
#[test]
fn a_wrong_order_of_the_users_own_mutex_is_told_with_all_places() {
    let reports = tempfile::tempdir().expect("a temporary directory");
    let output = Command::new(example("own_scenario"))
        .args(["--threads", "2", "--duration", "1s", "--stall-after", "2s", "--reports-dir"])
        .arg(reports.path())
        .output()
        .expect("the example starts");
    // The two threads may meet, or not. The order is wrong in both cases.
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(1 | 3)), "{}: {said}", output.status);
    let record = std::fs::read_to_string(reports.path().join("records/stress.json")).expect("a record");
    let record: serde_json::Value = serde_json::from_str(&record).expect("JSON");
    let violations = record["scenarios"][0]["violations"].as_array().expect("a list");
    let broken: Vec<_> = violations.iter().filter(|violation| violation["guarantee"] == "ORDER").collect();
    let text = broken.first().expect("a broken order")["message"].as_str().expect("a text");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/own_scenario.rs");
    let source = std::fs::read_to_string(source).expect("the example");
    for (call, times) in [("count.lock()", 2), ("account.with_data_mut", 2)] {
        let lines = source.lines().zip(1..).filter(|(line, _)| line.contains(call)).map(|(_, number)| number);
        let places: Vec<String> = lines.map(|line: u32| format!("own_scenario.rs:{line}:")).collect();
        assert_eq!(places.len(), times, "the example changed");
        for place in places {
            assert!(text.contains(&place), "{place} is not in:\n{text}");
        }
    }
}
