//! The example run, ways to change one thing in it, and folders of reports.

use std::fs;
use std::path::{Path, PathBuf};

use memguard_reports::stress::StressRun;
use memguard_reports::{Finding, check_reports, publish_file};
use serde_json::Value;
use tempfile::TempDir;

/// The checked-in record of a stress run. It is made up, and a pass.
pub fn example() -> PathBuf {
    data("stress.json")
}

pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

pub fn example_json() -> Value {
    serde_json::from_str(&fs::read_to_string(example()).unwrap()).unwrap()
}

/// The example with `value` at the JSON pointer `at`. The pointer must exist. Otherwise a test would check nothing
/// after a field was renamed.
pub fn example_with(at: &str, value: Value) -> Value {
    let mut json = example_json();
    *json.pointer_mut(at).unwrap_or_else(|| panic!("no {at}")) = value;
    json
}

pub fn as_run(json: Value) -> StressRun {
    serde_json::from_value(json).unwrap()
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

/// A directory, and the path of a file in it that holds `json`.
pub fn stored(json: &Value) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.json");
    fs::write(&path, json.to_string()).unwrap();
    (dir, path)
}

/// A folder of reports with the example in it, in which nothing is wrong.
pub struct Reports(TempDir);

impl Reports {
    pub fn new() -> Self {
        let reports = Self(tempfile::tempdir().unwrap());
        publish_file(&example(), reports.path()).unwrap();
        assert!(reports.check().is_empty());
        reports
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn page(&self) -> PathBuf {
        self.path().join("stress.md")
    }

    pub fn record(&self) -> PathBuf {
        self.path().join("records/stress.json")
    }

    pub fn check(&self) -> Vec<Finding> {
        check_reports(self.path()).unwrap()
    }
}
