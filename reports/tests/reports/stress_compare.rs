//! Which differences of two stress runs are told.

use crate::common::{as_run, example_json};
use memguard_reports::stress::compare;
use serde_json::{Value, json};

/// What is told if one figure of the first scenario goes from the first value to the second.
fn told(place: &str, before: Value, after: Value) -> Vec<String> {
    let run = |value: Value| {
        let mut json = example_json();
        *json["scenarios"][0].pointer_mut(place).unwrap_or_else(|| panic!("no {place}")) = value;
        as_run(json)
    };
    compare(&run(before), &run(after)).iter().map(ToString::to_string).collect()
}

#[test]
fn kinds_waits_and_recovery_are_compared() {
    const MS: u64 = 1_000_000;
    let cases = [
        ("/kinds/reading/p50", 100, 200, None),
        ("/kinds/reading/p50", 100, 201, Some("purge-race: p50 of reading: 100 ns -> 201 ns (worse)")),
        ("/kinds/reading/p50", 201, 100, Some("purge-race: p50 of reading: 201 ns -> 100 ns")),
        ("/kinds/purging/p999", 10, 40, None),
        ("/kinds/purging/p999", 10, 41, Some("purge-race: p99.9 of purging: 10 ns -> 41 ns (worse)")),
        ("/recovery_ns", 20 * MS, 80 * MS, None),
        ("/recovery_ns", MS, 40 * MS, None),
        ("/recovery_ns", 20 * MS, 81 * MS, Some("purge-race: recovery: 20.0 ms -> 81.0 ms (worse)")),
        ("/longest_waits_ns/memguard::COFFER", MS, 100 * MS, None),
        (
            "/longest_waits_ns/memguard::COFFER",
            MS,
            101 * MS,
            Some("purge-race: longest wait for memguard::COFFER: 1.00 ms -> 101 ms (worse)"),
        ),
    ];
    for (place, before, after, wanted) in cases {
        assert_eq!(told(place, json!(before), json!(after)), Vec::from_iter(wanted), "{place}: {before} -> {after}");
    }
}

/// A kind with few operations, or one that is in one run only, shows nothing.
#[test]
fn too_few_operations_of_a_kind_are_not_compared() {
    let kinds = |ops, p50| json!({ "reading": { "ops": ops, "p50": p50, "p999": 1, "max": 1 } });
    assert_eq!(told("/kinds", kinds(999, 1), kinds(5000, 9)), [""; 0]);
    assert_eq!(told("/kinds", kinds(1000, 1), kinds(5000, 9)).len(), 1);
    assert_eq!(told("/kinds", kinds(1000, 1), json!({})), [""; 0]);
}
