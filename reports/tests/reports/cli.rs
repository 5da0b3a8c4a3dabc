//! The output and the exit codes of the binary.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::{data, example, example_with, stored};
use memguard_reports::publish_file;
use serde_json::json;
use tempfile::TempDir;

fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_memguard-reports")).args(arguments).output().unwrap()
}

fn assert_code(output: &Output, code: i32) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert_eq!(stderr.is_empty(), code == 0, "a failure says why, a success is quiet: {stderr}");
}

#[test]
fn renders_to_the_standard_output() {
    let output = run(["render".as_ref(), example().as_os_str()]);
    assert_code(&output, 0);
    assert_eq!(output.stdout, fs::read(data("stress.md")).unwrap());
}

#[test]
fn renders_to_a_file() {
    let dir = tempfile::tempdir().unwrap();
    // A bare file name, whose parent is the empty path.
    let output = Command::new(env!("CARGO_BIN_EXE_memguard-reports"))
        .current_dir(dir.path())
        .args(["render".as_ref(), example().as_os_str()])
        .args(["--out", "page.md"])
        .output()
        .unwrap();
    assert_code(&output, 0);
    assert!(output.stdout.is_empty());
    assert_eq!(fs::read(dir.path().join("page.md")).unwrap(), fs::read(data("stress.md")).unwrap());
}

/// A folder of reports with the example in it.
fn published() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    publish_file(&example(), dir.path()).unwrap();
    dir
}

fn checked(reports: &Path) -> Output {
    run(["check".as_ref(), "--reports-dir".as_ref(), reports.as_os_str()])
}

#[test]
fn a_fresh_page_passes() {
    assert_code(&checked(published().path()), 0);
}

#[test]
fn a_stale_page_fails_and_the_cure_works() {
    let page = fs::read_to_string(data("stress.md")).unwrap();
    let dir = published();
    let path = dir.path().join("stress.md");
    let edits = [
        (page.replacen("# Stress run: pass", "# Stress run: fine", 1), "from line 3 on"),
        (format!("{page}\n"), "differs from the rendering of its record"),
        (page.trim_end().to_owned(), "differs from the rendering of its record"),
        (page.replace('\n', "\r\n"), "from line 1 on"),
        (String::new(), "from line 1 on"),
    ];
    for (edited, message) in edits {
        assert_ne!(edited, page);
        fs::write(&path, edited).unwrap();
        let output = checked(dir.path());
        assert_code(&output, 1);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(message), "{stderr}");
        assert!(stderr.contains("run: memguard-reports render"), "{stderr}");
        assert_code(&run(["render".as_ref(), "--reports-dir".as_ref(), dir.path().as_os_str()]), 0);
        assert_code(&checked(dir.path()), 0);
    }
}

#[test]
fn evidence_that_does_not_hold_fails_every_task() {
    for json in [
        example_with("/schema", json!("memguard-other/1")),
        example_with("/scenarios/0/ops", json!(0)),
        example_with("/seed", json!("one")),
    ] {
        let (dir, record) = stored(&json);
        let out = dir.path().join("page.md");
        let render = run(["render".as_ref(), record.as_os_str(), "--out".as_ref(), out.as_os_str()]);
        assert_code(&render, 1);
        assert!(!out.exists());
        let reports = published();
        let publish =
            run(["publish".as_ref(), record.as_os_str(), "--reports-dir".as_ref(), reports.path().as_os_str()]);
        assert_code(&publish, 1);
        assert_code(&checked(reports.path()), 0);
        fs::copy(&record, reports.path().join("records/stress.json")).unwrap();
        assert_code(&checked(reports.path()), 1);
    }
}

#[test]
fn publishes_into_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let output = run(["publish".as_ref(), example().as_os_str(), "--reports-dir".as_ref(), dir.path().as_os_str()]);
    assert_code(&output, 0);
    assert_eq!(fs::read(dir.path().join("stress.md")).unwrap(), fs::read(data("stress.md")).unwrap());
    assert_code(&checked(dir.path()), 0);
}

#[test]
fn wrong_usage_is_2() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing.json");
    let example = example();
    let (missing, example) = (missing.to_str().unwrap(), example.to_str().unwrap());
    let directory = dir.path().to_str().unwrap();
    let cases: &[&[&str]] = &[
        &[],
        &["paint"],
        &["publish"],
        &["check", example],
        &["render", "--out", "page.md"],
        &["render", example, "--colour"],
        &["render", missing],
        &["publish", missing],
        &["check", "--reports-dir", missing],
        &["render", example, "--out", directory],
        &["render", "--reports-dir", directory],
    ];
    for arguments in cases {
        assert_code(&run(*arguments), 2);
    }
}

#[test]
fn output_that_cannot_be_written_is_4() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let out = file.join("page.md");
    let output = run(["render".as_ref(), example().as_os_str(), "--out".as_ref(), out.as_os_str()]);
    assert_code(&output, 4);
}
