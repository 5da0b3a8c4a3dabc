//! The fuzzing record is made from the scripts' output, and everything wrong with it is reported.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::common::{copy, data};
use memguard_reports::fuzz::{self, FuzzSummary, Lines, Part};
use memguard_reports::{ReportError, Verdict, load, publish, render_file};
use tempfile::TempDir;

const LINES: &str = "campaign/one_target/lcov.info";
const LOG: &str = "campaign/one_target/run.log";

/// The checked-in output of both scripts, in a folder of the test. Nothing is wrong with it.
struct Output(TempDir);

impl Output {
    fn new() -> Self {
        let output = Self(tempfile::tempdir().unwrap());
        copy(&data("fuzz"), output.0.path());
        output
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// One file with something else in it.
    fn with(&self, name: &str, from: &str, to: &str) -> String {
        let text = fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{text}");
        text.replace(from, to)
    }

    /// The record that is made from the output.
    fn record(&self) -> PathBuf {
        self.path("reports/records/fuzz.json")
    }

    /// Makes one part of the record. Returns what is wrong with that part.
    fn collect(&self, part: Part) -> Result<Vec<String>, ReportError> {
        let folder = format!("{part:?}").to_lowercase();
        let summary = part.collect(&self.path(&folder), &self.record())?;
        publish(&summary, &self.path("reports"))?;
        Ok(summary.shortfalls_of(part))
    }

    /// What is wrong with a part after one file was changed.
    fn wrong(&self, part: Part, name: &str, text: &str) -> String {
        self.write(name, text);
        self.collect(part).unwrap().join("\n")
    }

    fn summary(&self) -> FuzzSummary {
        load::<FuzzSummary>(&self.record()).unwrap()
    }
}

const PARTS: [Part; 2] = [Part::Campaign, Part::Coverage];

#[test]
fn the_parts_come_together_and_nothing_is_wrong() {
    let output = Output::new();
    for part in PARTS {
        assert_eq!(output.collect(part).unwrap(), Vec::<String>::new());
    }
    let summary = output.summary();
    assert_eq!(summary.shortfalls(), Vec::<String>::new());

    let target = &summary.campaign.as_ref().unwrap().targets[0];
    assert_eq!((target.executions, target.executions_per_s), (5797, 966));
    assert_eq!((target.edges, target.features, target.corpus), (1723, 2557, 41));
    // Lines of one file are put together, others left out.
    let lines = Lines { all: 4, executed: 3 };
    assert_eq!((summary.coverage.as_ref().unwrap().total(), target.lines), (lines, Some(lines)));

    let page = render_file(&output.record()).unwrap();
    #[rustfmt::skip]
    let shown = [
        "# Fuzzing: pass", "`one_target`", "5,797", "1,723",
        "`memguard/src/a.rs`", "Half of it is for another system.", "75.0", "`fuzz/coverage --total 10m`",
        "abc123", "612 s",
    ];
    for text in shown {
        assert!(page.contains(text), "no '{text}' in:\n{page}");
    }
}

#[test]
fn a_part_is_replaced_alone_and_a_missing_one_is_named() {
    let output = Output::new();
    output.collect(Part::Campaign).unwrap();
    let page = render_file(&output.record()).unwrap();
    assert!(page.contains("Not measured yet. `fuzz/coverage.sh` measures it."), "{page}");
    output.collect(Part::Coverage).unwrap();
    output.write("campaign/one_target/corpus", "42");
    output.collect(Part::Campaign).unwrap();
    let summary = output.summary();
    assert_eq!(summary.campaign.unwrap().targets[0].corpus, 42);
    assert!(summary.coverage.is_some());
}

#[test]
fn a_crash_is_told_with_its_replay() {
    let output = Output::new();
    // A crash: no line `Done`.
    output.write(LOG, &output.with(LOG, "Done 5797", "none"));
    let replay = "cargo run -p memguard-fuzz --bin one_target -- fuzz/artifacts/one_target/crash-1";
    let wrong = output.wrong(Part::Campaign, "campaign/one_target/crashes", replay);
    assert!(wrong.contains(replay), "{wrong}");
    let page = render_file(&output.record()).unwrap();
    assert!(page.contains("# Fuzzing: fail") && page.contains("crash-1"), "{page}");
}

#[test]
fn a_campaign_that_shows_nothing_is_wrong() {
    for (from, to, expected) in
        [("Done 5797", "none", "ended early"), ("executed_units: 5797", "executed_units: 0", "executed nothing")]
    {
        let output = Output::new();
        let wrong = output.wrong(Part::Campaign, LOG, &output.with(LOG, from, to));
        assert!(wrong.contains(expected), "{wrong}");
    }
    let output = Output::new();
    fs::remove_dir_all(output.path("campaign/one_target")).unwrap();
    assert_eq!(output.collect(Part::Campaign).unwrap(), ["no target was run"]);
}

#[test]
fn every_file_is_covered_or_rightly_excused() {
    let exceptions = "coverage/exceptions";
    for (name, from, to, expected) in [
        (exceptions, " 50 ", " 51 ", "its exception requires 51 %"),
        (exceptions, " 50 ", " 0 ", "its exception says that it has none"),
        (exceptions, "c.rs 0", "c.rs 1", "c.rs was not measured"),
        (exceptions, "/b.rs", "/a.rs", "a.rs: 100.0 % of its lines are executed: remove"),
        (exceptions, "/b.rs", "/a.rs", "memguard/src/b.rs: 50.0 % of its lines are executed, 90 % are required"),
        (exceptions, "/b.rs", "/gone.rs", "gone.rs has an exception and does not exist"),
        ("coverage/files", "/b.rs", "/d.rs", "d.rs was not measured"),
    ] {
        let output = Output::new();
        let wrong = output.wrong(Part::Coverage, name, &output.with(name, from, to));
        assert!(wrong.contains(expected), "{wrong}");
    }
}

#[test]
fn a_target_without_lines_is_said_to_have_none_and_one_that_executes_none_is_wrong() {
    let output = Output::new();
    let nothing = output.with(LINES, ",7", ",0").replace(",1", ",0").replace(",3", ",0");
    let wrong = output.wrong(Part::Campaign, LINES, &nothing);
    assert!(wrong.contains("executes no line"), "{wrong}");
    fs::remove_file(output.path(LINES)).unwrap();
    assert_eq!(output.collect(Part::Campaign).unwrap(), Vec::<String>::new());
    let page = render_file(&output.record()).unwrap();
    assert!(page.contains(" – |"), "{page}");
}

#[test]
fn a_record_that_is_not_as_the_script_leaves_it_is_refused() {
    for (part, name, text) in [
        (Part::Campaign, "campaign/duration_s", "long"),
        (Part::Campaign, "campaign/one_target/corpus", ""),
        (Part::Campaign, LOG, "error: could not compile"),
        (Part::Coverage, "coverage/lcov.info", "TN:\n"),
        (Part::Coverage, "coverage/exceptions", "memguard/src/b.rs 50"),
        (Part::Coverage, "coverage/exceptions", "memguard/src/b.rs half of it"),
    ] {
        let output = Output::new();
        output.write(name, text);
        let error = output.collect(part).expect_err(name);
        assert!(matches!(error, ReportError::Script { .. }), "{name}: {error}");
        assert!(!output.record().exists(), "{name}");
    }
}

#[test]
fn the_command_ends_with_1_if_the_figures_are_bad() {
    let run = |output: &Output| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_memguard-reports"));
        command.args(["fuzz", "coverage"]).arg(output.path("coverage"));
        let done = command.arg("--reports-dir").arg(output.path("reports")).output().unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let output = Output::new();
    assert_eq!(run(&output), (Some(0), String::new()));
    output.write("coverage/exceptions", "");
    let (code, said) = run(&output);
    assert!(code == Some(1) && said.contains("memguard/src/b.rs"), "{code:?} {said}");
    assert!(output.record().exists(), "a record with bad figures is written");
}

/// The verdict covers all parts. The exit code of a script covers its own part.
#[test]
fn one_bad_part_fails_the_record_and_not_the_other_parts() {
    let output = Output::new();
    output.write("coverage/exceptions", "");
    assert_ne!(output.collect(Part::Coverage).unwrap(), Vec::<String>::new());
    assert_eq!(output.collect(Part::Campaign).unwrap(), Vec::<String>::new());
    assert_eq!(output.summary().verdict, Verdict::Fail);
}

#[test]
fn a_verdict_that_the_figures_deny_is_refused() {
    let output = Output::new();
    output.collect(Part::Campaign).unwrap();
    let json = fs::read_to_string(output.record()).unwrap();
    for (from, to) in
        [(r#""verdict": "pass""#, r#""verdict": "fail""#), (r#""executions": 5797"#, r#""executions": 0"#)]
    {
        assert!(json.contains(from), "{json}");
        output.write("reports/records/fuzz.json", &json.replace(from, to));
        let error = load::<FuzzSummary>(&output.record()).unwrap_err();
        assert!(matches!(error, ReportError::VerdictDisagrees { .. }), "{error}");
    }
}

#[test]
fn another_schema_or_an_unknown_field_is_refused() {
    let output = Output::new();
    output.collect(Part::Campaign).unwrap();
    let json = fs::read_to_string(output.record()).unwrap();
    output.write("reports/records/fuzz.json", &json.replacen('{', r#"{"more": 1,"#, 1));
    assert!(matches!(load::<FuzzSummary>(&output.record()), Err(ReportError::Malformed { .. })));
    output.write("reports/records/fuzz.json", &json.replace(fuzz::SCHEMA, "memguard-fuzz/0"));
    assert!(matches!(output.collect(Part::Coverage), Err(ReportError::UnknownSchema { .. })));
}
