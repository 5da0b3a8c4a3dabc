//! What a run leaves in the folder of reports.

use std::fs;

use crate::common::{example, example_with, stored};
use memguard_reports::stress::StressRun;
use memguard_reports::{Freshness, ReportError, check, load, publish, publish_file, render_all};
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
    assert_eq!(check(&written.record, &written.page).unwrap(), Freshness::Fresh);
}

#[test]
fn a_second_run_replaces_the_first_and_leaves_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let mut run = load::<StressRun>(&example()).unwrap();
    publish(&run, dir.path()).unwrap();
    run.seed = 42;
    let written = publish(&run, dir.path()).unwrap();
    assert_eq!(load::<StressRun>(&written.record).unwrap().seed, 42);
    assert!(fs::read_to_string(&written.page).unwrap().contains("| `42` "));
    assert_eq!(names(dir.path()), ["records", "stress.md"]);
    assert_eq!(names(&dir.path().join("records")), ["stress.json"]);
}

#[test]
fn a_false_pass_keeps_its_evidence_and_gets_no_page() {
    let dir = tempfile::tempdir().unwrap();
    let honest = load::<StressRun>(&example()).unwrap();
    let written = publish(&honest, dir.path()).unwrap();
    let page = fs::read_to_string(&written.page).unwrap();

    let mut false_pass = honest;
    false_pass.scenarios[0].quiescence.dirty_pages = 1;
    let error = publish(&false_pass, dir.path()).unwrap_err();
    assert!(matches!(error, ReportError::VerdictDisagrees { .. }), "{error:?}");
    assert!(fs::read_to_string(&written.record).unwrap().contains("\"dirty_pages\": 1"));
    assert_eq!(fs::read_to_string(&written.page).unwrap(), page);
}

#[test]
fn a_record_from_elsewhere_is_copied_and_rendered() {
    let dir = tempfile::tempdir().unwrap();
    let written = publish_file(&example(), dir.path()).unwrap();
    assert_eq!(fs::read(&written.record).unwrap(), fs::read(example()).unwrap(), "byte for byte");
    assert_eq!(check(&written.record, &written.page).unwrap(), Freshness::Fresh);
    // A record in its own place can also be published.
    assert_eq!(publish_file(&written.record, dir.path()).unwrap(), written);
}

#[test]
fn a_record_that_is_refused_replaces_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let written = publish_file(&example(), dir.path()).unwrap();
    let (_elsewhere, false_pass) = stored(&example_with("/scenarios/0/ops", json!(0)));
    let error = publish_file(&false_pass, dir.path()).unwrap_err();
    assert!(matches!(error, ReportError::VerdictDisagrees { .. }), "{error:?}");
    assert_eq!(fs::read(&written.record).unwrap(), fs::read(example()).unwrap());
    assert_eq!(check(&written.record, &written.page).unwrap(), Freshness::Fresh);
}

#[test]
fn every_page_is_rendered_again() {
    let dir = tempfile::tempdir().unwrap();
    let written = publish_file(&example(), dir.path()).unwrap();
    fs::write(&written.page, "edited").unwrap();
    assert_eq!(render_all(dir.path()).unwrap(), std::slice::from_ref(&written));
    assert_eq!(check(&written.record, &written.page).unwrap(), Freshness::Fresh);
    fs::remove_file(&written.record).unwrap();
    assert_eq!(render_all(dir.path()).unwrap(), []);
}

#[test]
fn a_run_that_cannot_be_loaded_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let mut run = load::<StressRun>(&example()).unwrap();
    run.duration_s = f64::NAN;
    let error = publish(&run, dir.path()).unwrap_err();
    assert!(matches!(error, ReportError::Malformed { .. }), "{error:?}");

    let mut run = load::<StressRun>(&example()).unwrap();
    run.schema = "memguard-stress/0".to_owned();
    let error = publish(&run, dir.path()).unwrap_err();
    assert!(matches!(error, ReportError::UnknownSchema { .. }), "{error:?}");
}

#[test]
fn nothing_but_a_regular_file_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let run = load::<StressRun>(&example()).unwrap();
    fs::create_dir(dir.path().join("stress.md")).unwrap();
    let error = publish(&run, dir.path()).unwrap_err();
    assert!(matches!(error, ReportError::NotAFile { .. }), "{error:?}");
    assert!(dir.path().join("stress.md").is_dir());
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let run = load::<StressRun>(&example()).unwrap();
    let error = publish(&run, &file).unwrap_err();
    assert!(matches!(error, ReportError::Write { .. }), "{error:?}");
}

#[cfg(unix)]
#[test]
fn a_report_can_be_read_like_any_other_file() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().unwrap();
    let run = load::<StressRun>(&example()).unwrap();
    let written = publish(&run, dir.path()).unwrap();
    // The umask decides, so the mode is compared with that of another new file.
    let other = dir.path().join("other");
    fs::write(&other, "").unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&written.page), mode(&other));
}

fn names(dir: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
