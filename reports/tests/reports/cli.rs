//! The output and the exit codes of the binary.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::{Reports, data, example, example_with, stored};
use serde_json::json;

/// Runs the binary with these words. The paths come behind them, each after its option if it has one.
fn run(task: &str, paths: &[(&str, &Path)]) -> Output {
    run_in(Path::new("."), task, paths)
}

/// Like [`run`], in this folder.
fn run_in(folder: &Path, task: &str, paths: &[(&str, &Path)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_memguard-reports"));
    command.current_dir(folder).args(task.split_whitespace());
    for (option, path) in paths {
        command.args(option.split_whitespace()).arg(path);
    }
    command.output().unwrap()
}

#[track_caller]
fn assert_code(output: &Output, code: i32) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert_eq!(stderr.is_empty(), code == 0, "a failure says why, a success is quiet: {stderr}");
}

fn checked(reports: &Path) -> Output {
    run("check", &[("--reports-dir", reports)])
}

#[test]
fn renders_to_the_standard_output() {
    let output = run("render", &[("", &example())]);
    assert_code(&output, 0);
    assert_eq!(output.stdout, fs::read(data("stress.md")).unwrap());
}

#[test]
fn renders_to_a_file() {
    let dir = tempfile::tempdir().unwrap();
    // A bare file name, whose parent is the empty path.
    let output = run_in(dir.path(), "render", &[("", &example()), ("--out", Path::new("page.md"))]);
    assert_code(&output, 0);
    assert!(output.stdout.is_empty());
    assert_eq!(fs::read(dir.path().join("page.md")).unwrap(), fs::read(data("stress.md")).unwrap());
}

#[test]
fn a_stale_page_fails_and_the_cure_works() {
    let page = fs::read_to_string(data("stress.md")).unwrap();
    let reports = Reports::new();
    assert_code(&checked(reports.path()), 0);
    let edits = [
        (page.replacen("# Stress run: pass", "# Stress run: fine", 1), "from line 3 on"),
        (format!("{page}\n"), "differs from the rendering of its record"),
        (page.trim_end().to_owned(), "differs from the rendering of its record"),
        (page.replace('\n', "\r\n"), "from line 1 on"),
        (String::new(), "from line 1 on"),
    ];
    for (edited, message) in edits {
        assert_ne!(edited, page);
        fs::write(reports.page(), edited).unwrap();
        let output = checked(reports.path());
        assert_code(&output, 1);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(message) && stderr.contains("run: memguard-reports render"), "{stderr}");
        assert_code(&run("render", &[("--reports-dir", reports.path())]), 0);
        assert_code(&checked(reports.path()), 0);
    }
}

#[test]
fn evidence_that_does_not_hold_fails_every_task() {
    for (at, value) in [("/schema", json!("memguard-other/1")), ("/scenarios/0/ops", json!(0)), ("/seed", json!("one"))]
    {
        let (dir, record) = stored(&example_with(at, value));
        let out = dir.path().join("page.md");
        assert_code(&run("render", &[("", &record), ("--out", &out)]), 1);
        assert!(!out.exists());
        let reports = Reports::new();
        assert_code(&run("publish", &[("", &record), ("--reports-dir", reports.path())]), 1);
        assert_code(&checked(reports.path()), 0);
        fs::copy(&record, reports.record()).unwrap();
        assert_code(&checked(reports.path()), 1);
    }
}

#[test]
fn publishes_into_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    assert_code(&run("publish", &[("", &example()), ("--reports-dir", dir.path())]), 0);
    assert_eq!(fs::read(dir.path().join("stress.md")).unwrap(), fs::read(data("stress.md")).unwrap());
    assert_code(&checked(dir.path()), 0);
}

#[test]
fn wrong_usage_is_2() {
    let dir = tempfile::tempdir().unwrap();
    let (missing, example) = (dir.path().join("missing.json"), example());
    for task in ["", "paint", "publish", "render --out page.md"] {
        assert_code(&run(task, &[]), 2);
    }
    for (task, path) in
        [("check", &example), ("render --colour", &example), ("render", &missing), ("publish", &missing)]
    {
        assert_code(&run(task, &[("", path)]), 2);
    }
    assert_code(&checked(&missing), 2);
    assert_code(&run("render", &[("", &example), ("--out", dir.path())]), 2);
    assert_code(&run("render", &[("--reports-dir", dir.path())]), 2);
}

#[test]
fn output_that_cannot_be_written_is_4() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    assert_code(&run("render", &[("", &example()), ("--out", &file.join("page.md"))]), 4);
}
