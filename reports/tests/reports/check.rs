//! Plants everything that can be wrong with a folder of reports, and checks that it is found.

use std::fs;
use std::path::Path;

use memguard_reports::{Finding, ReportError, check_reports, render_all};
use serde_json::json;

use crate::common::{Reports, example_with};

/// The committed pages are fresh, and no record is too large to be committed.
#[test]
fn the_committed_reports_are_what_they_claim() {
    let reports = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found: Vec<String> = check_reports(reports).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(found, Vec::<String>::new());
    for entry in fs::read_dir(reports.join("records")).unwrap() {
        let entry = entry.unwrap();
        assert!(entry.metadata().unwrap().len() < 1 << 20, "{} has more than 1 MiB", entry.path().display());
    }
}

/// Edits a file.
fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn a_page_or_a_record_edited_by_hand_is_found() {
    let reports = Reports::new();
    edit(&reports.page(), "1,234,567", "9,234,567");
    assert!(matches!(&reports.check()[..], [Finding::Stale { page, line }] if *page == reports.page() && *line > 1));
    // The figures still support the verdict, so only the page shows the edit.
    let reports = Reports::new();
    edit(&reports.record(), "1234567", "9234567");
    assert!(matches!(&reports.check()[..], [Finding::Stale { .. }]));
}

/// Rendering the page again does not help if the figures do not support the verdict.
#[test]
fn a_record_whose_verdict_disagrees_is_found() {
    for (from, to) in [
        (r#""verdict": "pass""#, r#""verdict": "fail""#),
        (r#""ops": 1234567"#, r#""ops": 0"#),
        (r#""violations": []"#, r#""violations": [{ "guarantee": "WIPED", "message": "a byte is left" }]"#),
        (r#""timed_out_acquire": 17"#, r#""timed_out_acquire": 0"#),
        (r#""dirty_pages": 0"#, r#""dirty_pages": 1"#),
    ] {
        let reports = Reports::new();
        edit(&reports.record(), from, to);
        let refused = |found: &[Finding]| matches!(found, [Finding::Refused(ReportError::VerdictDisagrees { .. })]);
        assert!(refused(&reports.check()), "{to}");
        assert!(render_all(reports.path()).is_err(), "{to}");
        assert!(refused(&reports.check()), "{to}");
    }
}

#[test]
fn a_record_of_another_schema_or_shape_is_found() {
    let reports = Reports::new();
    fs::write(reports.record(), example_with("/schema", json!("memguard-stress/0")).to_string()).unwrap();
    assert!(matches!(&reports.check()[..], [Finding::Refused(ReportError::UnknownSchema { .. })]));
    for text in [example_with("/seed", json!("one")).to_string(), String::new()] {
        fs::write(reports.record(), text).unwrap();
        assert!(matches!(&reports.check()[..], [Finding::Refused(ReportError::Malformed { .. })]));
    }
}

#[test]
fn a_page_without_a_record_and_a_record_without_a_page_are_found() {
    let reports = Reports::new();
    fs::remove_file(reports.record()).unwrap();
    assert!(matches!(&reports.check()[..], [Finding::NoRecord { record, .. }] if *record == reports.record()));
    // git keeps no empty folder.
    fs::remove_dir(reports.path().join("records")).unwrap();
    assert!(matches!(&reports.check()[..], [Finding::NoRecord { .. }]));
    let reports = Reports::new();
    fs::remove_file(reports.page()).unwrap();
    assert!(matches!(&reports.check()[..], [Finding::NoPage { page }] if *page == reports.page()));
}

#[test]
fn a_record_under_the_name_of_another_kind_is_found() {
    let reports = Reports::new();
    fs::copy(reports.record(), reports.path().join("records/models.json")).unwrap();
    fs::copy(reports.page(), reports.path().join("models.md")).unwrap();
    assert!(matches!(&reports.check()[..], [Finding::Misnamed { kind: "stress", .. }]));
}

#[test]
fn a_file_of_no_kind_is_found() {
    for name in ["sress.md", "records/sress.json", "records/stress.txt"] {
        let reports = Reports::new();
        let path = reports.path().join(name);
        fs::write(&path, "").unwrap();
        assert!(matches!(&reports.check()[..], [Finding::Stranger { path: found }] if *found == path), "{name}");
    }
}

/// The crate itself lives in the folder of reports.
#[test]
fn other_files_are_ignored() {
    let reports = Reports::new();
    for name in ["README.md", "Cargo.toml"] {
        fs::write(reports.path().join(name), "").unwrap();
    }
    fs::create_dir(reports.path().join("src")).unwrap();
    assert!(reports.check().is_empty());
}

#[test]
fn a_folder_without_a_record_is_found() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(&check_reports(folder.path()).unwrap()[..], [Finding::Nothing { .. }]));
}
