//! The binary: what it prints, and what it exits with.

use std::ffi::OsStr;
use std::fs;
use std::process::{Command, Output};

use crate::common::{data, example, example_json, example_with, stored};
use serde_json::json;

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

#[test]
fn a_fresh_page_passes() {
    let output = run(["check".as_ref(), example().as_os_str(), data("stress.md").as_os_str()]);
    assert_code(&output, 0);
}

#[test]
fn a_stale_page_fails_and_the_cure_is_printed() {
    let page = fs::read_to_string(data("stress.md")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stress.md");
    let edits = [
        (page.replacen("# Stress run: pass", "# Stress run: fine", 1), "is stale from line 3 on"),
        (format!("{page}\n"), "is stale"),
        (page.trim_end().to_owned(), "is stale"),
        (page.replace('\n', "\r\n"), "is stale from line 1 on"),
        (String::new(), "is stale from line 1 on"),
    ];
    for (edited, message) in edits {
        assert_ne!(edited, page);
        fs::write(&path, edited).unwrap();
        let output = run(["check".as_ref(), example().as_os_str(), path.as_os_str()]);
        assert_code(&output, 1);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(message), "{stderr}");
        assert!(stderr.contains("memguard-reports render"), "{stderr}");
    }
}

#[test]
fn a_page_is_stale_when_its_evidence_changes() {
    let (_dir, raw) = stored(&example_with("/scenarios/0/ops", json!(1_234_568)));
    let output = run(["check".as_ref(), raw.as_os_str(), data("stress.md").as_os_str()]);
    assert_code(&output, 1);
}

#[test]
fn a_missing_page_is_stale() {
    let (dir, raw) = stored(&example_json());
    let page = dir.path().join("missing.md");
    let output = run(["check".as_ref(), raw.as_os_str(), page.as_os_str()]);
    assert_code(&output, 1);
}

#[test]
fn evidence_that_does_not_hold_fails_both_tasks() {
    for json in [
        example_with("/schema", json!("memguard-other/1")),
        example_with("/scenarios/0/ops", json!(0)),
        example_with("/seed", json!("one")),
    ] {
        let (dir, raw) = stored(&json);
        let out = dir.path().join("page.md");
        let render = run(["render".as_ref(), raw.as_os_str(), "--out".as_ref(), out.as_os_str()]);
        assert_code(&render, 1);
        assert!(!out.exists());
        let page = data("stress.md");
        assert_code(&run(["check".as_ref(), raw.as_os_str(), page.as_os_str()]), 1);
    }
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
        &["render"],
        &["check", example],
        &["render", example, "--colour"],
        &["render", missing],
        &["check", missing, missing],
        &["render", example, "--out", directory],
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
