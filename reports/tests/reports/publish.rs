//! What a run leaves in the folder of reports.

use std::fs;

use crate::common::{Reports, as_run, example, example_json, example_with, stored};
use memguard_reports::stress::StressRun;
use memguard_reports::{ReportError, Written, check_reports, load, publish, publish_file, render_all};
use serde_json::json;

#[test]
fn writes_the_evidence_and_its_page() {
    let dir = tempfile::tempdir().unwrap();
    let reports = dir.path().join("new/reports");
    let run = load::<StressRun>(&example()).unwrap();
    let written = publish(&run, &reports).unwrap();
    assert_eq!(written.record, reports.join("records/stress.json"));
    assert_eq!(written.page, reports.join("stress.md"));
    assert_eq!(load::<StressRun>(&written.record).unwrap(), run);
    assert!(check_reports(&reports).unwrap().is_empty());
}

#[test]
fn a_second_run_replaces_the_first_and_leaves_nothing_else() {
    let reports = Reports::new();
    publish(&as_run(example_with("/seed", json!(42))), reports.path()).unwrap();
    assert_eq!(load::<StressRun>(&reports.record()).unwrap().seed, 42);
    assert!(fs::read_to_string(reports.page()).unwrap().contains("| `42` "));
    assert_eq!(names(reports.path()), ["records", "stress.md"]);
    assert_eq!(names(&reports.path().join("records")), ["stress.json"]);
}

#[test]
fn a_false_pass_keeps_its_evidence_and_gets_no_page() {
    let reports = Reports::new();
    let page = fs::read_to_string(reports.page()).unwrap();
    let false_pass = as_run(example_with("/scenarios/0/quiescence/dirty_pages", json!(1)));
    assert!(matches!(publish(&false_pass, reports.path()), Err(ReportError::VerdictDisagrees { .. })));
    assert!(fs::read_to_string(reports.record()).unwrap().contains("\"dirty_pages\": 1"));
    assert_eq!(fs::read_to_string(reports.page()).unwrap(), page);
}

#[test]
fn a_record_from_elsewhere_is_copied_and_rendered() {
    let reports = Reports::new();
    assert_eq!(fs::read(reports.record()).unwrap(), fs::read(example()).unwrap(), "byte for byte");
    // A record in its own place can also be published.
    let written = publish_file(&reports.record(), reports.path()).unwrap();
    assert_eq!(written, Written::of::<StressRun>(reports.path()));
    assert!(reports.check().is_empty());
}

#[test]
fn a_record_that_is_refused_replaces_nothing() {
    let reports = Reports::new();
    let (_elsewhere, false_pass) = stored(&example_with("/scenarios/0/ops", json!(0)));
    assert!(matches!(publish_file(&false_pass, reports.path()), Err(ReportError::VerdictDisagrees { .. })));
    assert_eq!(fs::read(reports.record()).unwrap(), fs::read(example()).unwrap());
    assert!(reports.check().is_empty());
}

#[test]
fn every_page_is_rendered_again() {
    let reports = Reports::new();
    fs::write(reports.page(), "edited").unwrap();
    assert_eq!(render_all(reports.path()).unwrap(), [Written::of::<StressRun>(reports.path())]);
    assert!(reports.check().is_empty());
    fs::remove_file(reports.record()).unwrap();
    assert_eq!(render_all(reports.path()).unwrap(), []);
}

#[test]
fn a_run_that_cannot_be_loaded_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let mut run = as_run(example_json());
    run.duration_s = f64::NAN;
    assert!(matches!(publish(&run, dir.path()), Err(ReportError::Malformed { .. })));
    assert!(matches!(
        publish(&as_run(example_with("/schema", json!("memguard-stress/0"))), dir.path()),
        Err(ReportError::UnknownSchema { .. })
    ));
}

#[test]
fn nothing_but_a_regular_file_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("stress.md")).unwrap();
    assert!(matches!(publish(&as_run(example_json()), dir.path()), Err(ReportError::NotAFile { .. })));
    assert!(dir.path().join("stress.md").is_dir());
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(publish(&as_run(example_json()), &file), Err(ReportError::Write { .. })));
}

#[cfg(unix)]
#[test]
fn a_report_can_be_read_like_any_other_file() {
    use std::os::unix::fs::PermissionsExt as _;

    let reports = Reports::new();
    // The umask decides, so the mode is compared with that of another new file.
    let other = reports.path().join("other");
    fs::write(&other, "").unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&reports.page()), mode(&other));
}

fn names(dir: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
