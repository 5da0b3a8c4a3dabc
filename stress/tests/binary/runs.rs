//! Whole runs of the binary, and their reports.

use crate::command::{assert_code, run_binary, run_with_reports, stdout};
use crate::json_schema::faults;
use memguard_reports::stress::{StressRun, Verdict, json_schema};
use memguard_reports::{check_reports, load};

#[test]
fn a_short_run_passes_and_its_report_can_be_loaded() {
    let elsewhere = tempfile::tempdir().expect("a temporary directory");
    let copy = elsewhere.path().join("run.json");
    let copied_to = ["--report", copy.to_str().expect("UTF-8")];
    let (output, reports) =
        run_with_reports(&[&["--duration", "4s", "--threads", "8", "--seed", "7"], &copied_to[..]].concat());
    assert_code(&output, 0);
    assert!(stdout(&output).starts_with("seed         7 "), "the seed comes first");

    let raw = reports.path().join("records/stress.json");
    let loaded = load::<StressRun>(&raw).expect("a report that loads");
    assert_eq!((loaded.verdict, loaded.seed, loaded.threads), (Verdict::Pass, 7, 8));
    assert_eq!(loaded.scenarios.len(), memguard_stress::scenario::ALL.len());
    let threads_of = |name| loaded.scenarios.iter().find(|scenario| scenario.name == name).map(|found| found.threads);
    assert!(threads_of("mixed") < threads_of("oversubscribed"), "more than were asked for");
    for scenario in &loaded.scenarios {
        assert!(scenario.ops > 0 && scenario.violations.is_empty() && scenario.quiescence.is_clean());
        let of_kinds: u64 = scenario.kinds.values().map(|kind| kind.ops).sum();
        assert_eq!(of_kinds, scenario.ops, "{}: each operation is of one kind", scenario.name);
        let longest = scenario.kinds.values().map(|kind| kind.max).max();
        assert!(longest > Some(0) && scenario.recovery_ns > Some(0), "{}", scenario.name);
        assert!(scenario.latency_ns.p50 > 0 && scenario.latency_ns.max >= scenario.latency_ns.p999);
    }
    let json = std::fs::read(&raw).expect("the record");
    let faults = faults(&json_schema(), &serde_json::from_slice(&json).expect("JSON"));
    assert!(faults.is_empty(), "a fresh record is not valid: {faults:?}");
    assert_eq!(loaded, load::<StressRun>(&copy).expect("the copy loads"), "--report writes the same");
    assert!(check_reports(reports.path()).expect("a folder to check").is_empty());
}

#[test]
fn a_quiet_run_prints_the_verdict_only() {
    let (output, _reports) =
        run_with_reports(&["run", "--quiet", "--scenario", "churn", "--duration", "200ms", "--seed", "7"]);
    assert_code(&output, 0);
    assert!(output.stderr.is_empty());
    let text = stdout(&output);
    assert!(text.lines().count() == 1 && text.starts_with("verdict: pass") && text.contains("seed 7"), "{text}");
}

#[test]
fn a_stall_ends_the_run_and_names_the_thread() {
    let duration = ["--duration", "100ms", "--threads", "2", "--stall-after", "2s"];
    let (output, reports) = run_with_reports(&[&["--scenario", "busted-wakeup"], &duration[..]].concat());
    assert_code(&output, 3);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("thread busted-wakeup-0 (") && said.contains("waits  memguard::BUFFER"), "{said}");
    let loaded = load::<StressRun>(&reports.path().join("records/stress.json")).expect("a report of the stall");
    assert_eq!(loaded.verdict, Verdict::Stall);
    assert_eq!(loaded.scenarios.len(), 1);
    assert_eq!(loaded.scenarios[0].violations[0].guarantee, "PROGRESS");
}

#[test]
fn a_broken_guarantee_fails_the_run() {
    let busted = [
        ("busted-order", "ORDER", "ORDER broken"),
        ("busted-wipe", "VISIBLE", "dirty_slots is 1"),
        ("busted-vacuous", "", "exists to provoke rekeys_skipped"),
    ];
    for (scenario, guarantee, said) in busted {
        let (output, reports) = run_with_reports(&["--scenario", scenario, "--duration", "50ms", "--threads", "2"]);
        assert_code(&output, 1);
        assert!(String::from_utf8_lossy(&output.stderr).contains(said), "{scenario} must say {said:?}");
        let loaded = load::<StressRun>(&reports.path().join("records/stress.json")).expect("a report of the failure");
        assert_eq!(loaded.verdict, Verdict::Fail);
        let broken = loaded.scenarios[0].violations.iter().map(|violation| violation.guarantee.as_str());
        assert_eq!(broken.collect::<Vec<_>>().first().copied().unwrap_or_default(), guarantee);
    }
}

#[test]
fn the_self_test_catches_every_planted_bug() {
    let output = run_binary(&["self-test"]);
    assert_code(&output, 0);
    assert!(stdout(&output).contains("36 of 36 planted bugs caught"), "{}", stdout(&output));
}
