//! The published JSON Schema of stress records.

use std::fs;
use std::path::Path;

use crate::common::{example_json, example_with};
use crate::json_schema::faults;
use memguard_reports::stress::{SCHEMA, json_schema};
use serde_json::{Value, json};

fn published() -> Value {
    let file = SCHEMA.replace("memguard-", "").replace('/', "-");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/{file}.json"));
    let made = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
    if std::env::var_os("MEMGUARD_REFRESH").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &made).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == made, "{} is not what the types say; refresh it with MEMGUARD_REFRESH=1", path.display());
    serde_json::from_str(&found).unwrap()
}

#[test]
fn the_committed_record_and_the_example_are_valid() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("records/stress.json");
    let committed: Value = serde_json::from_str(&fs::read_to_string(committed).unwrap()).unwrap();
    for record in [committed, example_json()] {
        assert_eq!(faults(&published(), &record), [""; 0]);
    }
}

/// Each must be refused for its own reason.
#[test]
fn a_changed_record_is_not_valid() {
    let schema = published();
    let cases = [
        ("/schema", json!("memguard-stress/4"), "/schema: is not \"memguard-stress/"),
        ("/seed", json!(-1), "/seed: is less than 0"),
        ("/seed", json!("7"), "/seed: is not of type"),
        ("/verdict", json!("passed"), "/verdict: is none of"),
        ("/command", json!("memguard-stress"), "/command: is not of type"),
        ("/host/cores", json!(0.5), "/host/cores: is not of type"),
        ("/scenarios/1/ops", json!(null), "/scenarios/1/ops: is not of type"),
        ("/scenarios/0/degraded/parked_registration", json!("many"), "/parked_registration: is not of type"),
        ("/scenarios/0/violations", json!([{ "guarantee": "WIPED" }]), "lacks \"message\""),
    ];
    for (place, value, reason) in cases {
        let found = faults(&schema, &example_with(place, value)).join("\n");
        assert!(found.contains(reason), "{place}: {found:?}");
    }
    let mut more = example_json();
    more["host"]["name"] = json!("of a machine");
    assert_eq!(faults(&schema, &more), ["/host: has \"name\", which is not known"]);
    let mut less = example_json();
    less.as_object_mut().unwrap().remove("commit");
    assert_eq!(faults(&schema, &less), [": lacks \"commit\""]);
}
