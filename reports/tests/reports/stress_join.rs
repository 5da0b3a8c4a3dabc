//! Joins records of stress runs.

use crate::common::{as_run, example_json, stored};
use memguard_reports::stress::{JoinError, StressRun, Verdict};
use memguard_reports::{Page as _, load};

use serde_json::{Value, json};

/// The example with another seed and these changes.
fn run(seed: u64, changes: &[(&str, Value)]) -> StressRun {
    let mut json = example_json();
    json["seed"] = json!(seed);
    for (pointer, value) in changes {
        *json.pointer_mut(pointer).expect("a field of the example") = value.clone();
    }
    let mut run = as_run(json);
    run.verdict = run.computed_verdict();
    run
}

/// What a file of the record would say.
fn reloaded(run: &StressRun) -> StressRun {
    let (_dir, path) = stored(&serde_json::to_value(run).expect("JSON"));
    load(&path).expect("a record whose verdict its figures support")
}

#[test]
fn figures_are_sums_and_the_longer_times() {
    let changes = [
        ("/scenarios/0/ops", json!(3)),
        ("/scenarios/0/latency_ns/p50", json!(900)),
        ("/scenarios/0/latency_ns/max", json!(1)),
        ("/scenarios/0/kinds/reading/p999", json!(999_999)),
        ("/scenarios/0/longest_waits_ns/memguard::COFFER", json!(1358)),
        ("/scenarios/0/recovery_ns", json!(3)),
        ("/scenarios/1/name", json!("another")),
    ];
    let joined = run(9, &[]).join(run(4, &changes)).expect("two seeds");
    let [first, second, third] = joined.scenarios.as_slice() else { panic!("{:?}", joined.scenarios) };
    assert_eq!((first.ops, first.duration_s), (1_234_570, 60.5));
    assert_eq!((first.latency_ns.p50, first.latency_ns.max), (900, 45_678_901));
    let reading = first.kinds["reading"];
    assert_eq!((reading.ops, reading.p50, reading.p999), (2_460_492, 832, 999_999));
    assert_eq!((first.longest_waits_ns["memguard::COFFER"], first.recovery_ns), (1358, Some(56_789_012)));
    assert_eq!(first.degraded["handed_over_wipe"], 2 * 4321);
    assert_eq!((second.name.as_str(), second.ops), ("nested-accesses", 567_890));
    assert_eq!(third.name, "another");
    assert_eq!((joined.seed, joined.all_seeds()), (4, &[4, 9][..]));
    assert_eq!(reloaded(&joined), joined);
}

/// One run did not provoke what it must, and the sum over all runs does not show that.
#[test]
fn the_worst_verdict_wins_in_any_order() {
    let pass = || run(1, &[]);
    let vacuous = || run(2, &[("/scenarios/0/degraded/handed_over_wipe", json!(0))]);
    let stalled = || StressRun { verdict: Verdict::Stall, ..run(3, &[]) };
    for joined in [
        pass().join(vacuous()).and_then(|both| both.join(stalled())),
        stalled().join(pass()).and_then(|both| both.join(vacuous())),
        vacuous().join(stalled().join(pass()).expect("two seeds")),
    ] {
        let joined = joined.expect("three seeds");
        assert_eq!(joined.verdict, Verdict::Fail);
        assert_eq!(joined.failed_runs.iter().map(|failed| failed.seed).collect::<Vec<_>>(), [2, 3]);
        assert!(joined.failed_runs[0].reasons[0].contains("exists to provoke handed_over_wipe"));
        let page = reloaded(&joined).page();
        assert!(page.contains("The run of seed 2: **fail**: "), "{page}");
        assert!(page.contains("1 to 3"), "{page}");
        assert!(memguard_reports::render::stress_html(&joined).expect("a page").contains("The run of seed 3: stall"));
    }
    assert_eq!(pass().join(stalled()).expect("two seeds").verdict, Verdict::Stall);
}

#[test]
fn what_is_no_part_of_one_whole_is_refused() {
    let both = run(1, &[]).join(run(2, &[])).expect("two seeds");
    assert_eq!(both.clone().join(run(2, &[])), Err(JoinError::SameSeed { seed: 2 }));
    let found = "fedcba".to_owned();
    let other = run(3, &[("/commit", json!(found))]);
    assert_eq!(both.clone().join(other), Err(JoinError::OtherCommit { before: both.commit, found }));
}
