//! What a run leaves on disk.

use std::fs;

use crate::common::example;
use memguard_reports::{Freshness, ReportError, check, stress};

#[test]
fn writes_the_evidence_and_its_page() {
    let dir = tempfile::tempdir().unwrap();
    let reports = dir.path().join("new/reports");
    let run = stress::load(&example()).unwrap();
    let written = stress::write(&run, &reports).unwrap();
    assert_eq!(written.raw, reports.join("raw/stress.json"));
    assert_eq!(written.page, reports.join("stress.md"));
    assert_eq!(stress::load(&written.raw).unwrap(), run);
    assert_eq!(check(&written.raw, &written.page).unwrap(), Freshness::Fresh);
}

#[test]
fn a_second_run_replaces_the_first_and_leaves_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let mut run = stress::load(&example()).unwrap();
    stress::write(&run, dir.path()).unwrap();
    run.seed = 42;
    let written = stress::write(&run, dir.path()).unwrap();
    assert_eq!(stress::load(&written.raw).unwrap().seed, 42);
    assert!(fs::read_to_string(&written.page).unwrap().contains("| `42` "));
    assert_eq!(names(dir.path()), ["raw", "stress.md"]);
    assert_eq!(names(&dir.path().join("raw")), ["stress.json"]);
}

#[test]
fn a_lie_keeps_its_evidence_and_gets_no_page() {
    let dir = tempfile::tempdir().unwrap();
    let honest = stress::load(&example()).unwrap();
    let written = stress::write(&honest, dir.path()).unwrap();
    let page = fs::read_to_string(&written.page).unwrap();

    let mut lie = honest;
    lie.scenarios[0].quiescence.dirty_pages = 1;
    let error = stress::write(&lie, dir.path()).unwrap_err();
    assert!(matches!(error, ReportError::VerdictDisagrees { .. }), "{error:?}");
    assert!(fs::read_to_string(&written.raw).unwrap().contains("\"dirty_pages\": 1"));
    assert_eq!(fs::read_to_string(&written.page).unwrap(), page);
}

#[test]
fn a_run_nobody_could_load_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let mut run = stress::load(&example()).unwrap();
    run.duration_s = f64::NAN;
    let error = stress::write(&run, dir.path()).unwrap_err();
    assert!(matches!(error, ReportError::Malformed { .. }), "{error:?}");

    let mut run = stress::load(&example()).unwrap();
    run.schema = "memguard-stress/0".to_owned();
    let error = stress::write(&run, dir.path()).unwrap_err();
    assert!(matches!(error, ReportError::UnknownSchema { .. }), "{error:?}");
}

#[test]
fn nothing_but_a_regular_file_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let run = stress::load(&example()).unwrap();
    fs::create_dir(dir.path().join("stress.md")).unwrap();
    let error = stress::write(&run, dir.path()).unwrap_err();
    assert!(matches!(error, ReportError::NotAFile { .. }), "{error:?}");
    assert!(dir.path().join("stress.md").is_dir());
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let run = stress::load(&example()).unwrap();
    let error = stress::write(&run, &file).unwrap_err();
    assert!(matches!(error, ReportError::Write { .. }), "{error:?}");
}

#[cfg(unix)]
#[test]
fn a_report_can_be_read_like_any_other_file() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().unwrap();
    let run = stress::load(&example()).unwrap();
    let written = stress::write(&run, dir.path()).unwrap();
    // The umask of whoever runs this test decides, so another new file is the measure.
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
