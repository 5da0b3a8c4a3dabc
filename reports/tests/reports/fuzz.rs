//! The fuzzing record is made from the scripts' output, and everything wrong with it is reported.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use memguard_reports::fuzz::{self, FuzzSummary, Lines, Part};
use memguard_reports::{ReportError, Verdict, load, publish, render_file};
use tempfile::TempDir;

const LOG: &str = "\
INFO: Running with entropic power schedule (0xFF, 100).
#8\tINITED cov: 1669 ft: 2407 corp: 6/42b exec/s: 0 rss: 52Mb
#9\tNEW    cov: 1670 ft: 2408 corp: 7/50b lim: 10 exec/s: 0 rss: 52Mb L: 8/10 MS: 1 CrossOver-
#5797\tDONE   cov: 1723 ft: 2557 corp: 56/608b lim: 28 exec/s: 966 rss: 352Mb
###### Recommended dictionary. ######
\"\\377\\377\" # Uses: 13
###### End of recommended dictionary. ######
Done 5797 runs in 6 second(s)
stat::number_of_executed_units: 5797
stat::average_exec_per_sec:     966
stat::peak_rss_mb:              352
";

const LCOV: &str = "\
TN:
SF:/anywhere/memguard/src/a.rs
DA:1,7
DA:2,0
LF:2
LH:1
end_of_record
SF:/anywhere/elsewhere/src/b.rs
DA:1,0
end_of_record
SF:/anywhere/memguard/src/a.rs
DA:2,1
end_of_record
SF:/anywhere/memguard/src/b.rs
DA:1,3
DA:2,0
end_of_record
";

const EXCEPTIONS: &str = "\
# for people

memguard/src/b.rs 50 Half of it is for another system.
memguard/src/c.rs 0 Declarations only.
";

/// The output of all three scripts. Nothing is wrong with it.
struct Output(TempDir);

impl Output {
    fn new() -> Self {
        let output = Self(tempfile::tempdir().unwrap());
        let provenance = r#"{"commit": "abc123", "started_unix_s": 1795433891, "host": {"os": "Debian", "kernel": "6.1",
            "arch": "x86_64", "cpu_model": "made up", "cores": 2, "memory_bytes": 1073741824, "rustc": "rustc 1.95.0",
            "memlock_limit": "8 MiB"}}"#;
        for part in ["campaign", "planted", "coverage"] {
            output.write(&format!("{part}/command"), &format!("fuzz/{part}\n--total\n10m\n"));
            output.write(&format!("{part}/provenance.json"), provenance);
            output.write(&format!("{part}/duration_s"), "612\n");
        }
        output.write("campaign/one_target/run.log", LOG);
        output.write("campaign/one_target/corpus", "41\n");
        output.write("campaign/one_target/lcov.info", LCOV);
        output.write("planted/limit_s", "60\n");
        output.write("planted/one_target.bug/target", "one_target\n");
        output.write("planted/one_target.bug/what", "It forgets to wipe.\n");
        output.write(
            "planted/one_target.bug/attempts",
            "1\t2.50\tfound\tWIPED: not\n2\t70.10\tfound\tx\n3\t1.00\tfound\tx\n",
        );
        output.write("planted/one_target.bug/replays", "20\t20\n");
        output.write("planted/one_target.bug/kept", "fails\n");
        output.write("coverage/lcov.info", LCOV);
        output.write("coverage/files", "memguard/src/a.rs\nmemguard/src/b.rs\nmemguard/src/c.rs\n");
        output.write("coverage/exceptions", EXCEPTIONS);
        output
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The record that is made from the output.
    fn record(&self) -> PathBuf {
        self.path("reports/records/fuzz.json")
    }

    /// Makes one part of the record. Returns what is wrong with that part.
    fn collect(&self, part: Part) -> Result<Vec<String>, ReportError> {
        let folder = match part {
            Part::Campaign => "campaign",
            Part::Planted => "planted",
            Part::Coverage => "coverage",
        };
        let summary = part.collect(&self.path(folder), &self.record())?;
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

const PARTS: [Part; 3] = [Part::Campaign, Part::Planted, Part::Coverage];

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
    assert_eq!(summary.planted.as_ref().unwrap().bugs[0].median_s(), Some(2.5));
    let lines = Lines { all: 4, executed: 3 };
    assert_eq!(
        summary.coverage.as_ref().unwrap().total(),
        lines,
        "lines of one file are put together, others left out"
    );
    assert_eq!(target.lines, Some(lines));

    let page = render_file(&output.record()).unwrap();
    for text in [
        "# Fuzzing: pass",
        "`one_target`",
        "5,797",
        "1,723",
        "2.5, 70.1, 1.0",
        "20 of 20",
        "It forgets to wipe.",
        "WIPED: not",
        "`memguard/src/a.rs`",
        "Half of it is for another system.",
        "75.0",
        "`fuzz/coverage --total 10m`",
        "abc123",
        "612 s",
    ] {
        assert!(page.contains(text), "no '{text}' in:\n{page}");
    }
}

#[test]
fn a_part_is_replaced_alone_and_a_missing_one_is_named() {
    let output = Output::new();
    output.collect(Part::Campaign).unwrap();
    let page = render_file(&output.record()).unwrap();
    assert!(page.contains("Not measured yet. `fuzz/planted/run` measures it."), "{page}");
    output.collect(Part::Coverage).unwrap();
    output.write("campaign/one_target/corpus", "42");
    output.collect(Part::Campaign).unwrap();
    let summary = output.summary();
    assert_eq!(summary.campaign.unwrap().targets[0].corpus, 42);
    assert!(summary.coverage.is_some() && summary.planted.is_none());
}

#[test]
fn a_crash_is_told_with_its_replay() {
    let output = Output::new();
    // A crash: no line `Done`.
    output.write("campaign/one_target/run.log", &LOG.replace("Done 5797", "none"));
    let replay = "cargo run -p memguard-fuzz --bin one_target -- fuzz/artifacts/one_target/crash-1";
    let wrong = output.wrong(Part::Campaign, "campaign/one_target/crashes", replay);
    assert!(wrong.contains(replay), "{wrong}");
    let page = render_file(&output.record()).unwrap();
    assert!(page.contains("# Fuzzing: fail") && page.contains("crash-1"), "{page}");
}

#[test]
fn a_campaign_that_shows_nothing_is_wrong() {
    let stopped = LOG.replace("Done 5797", "none");
    let idle = LOG.replace("executed_units: 5797", "executed_units: 0");
    for (log, expected) in [(stopped, "ended early"), (idle, "executed nothing")] {
        let wrong = Output::new().wrong(Part::Campaign, "campaign/one_target/run.log", &log);
        assert!(wrong.contains(expected), "{wrong}");
    }
    let output = Output::new();
    fs::remove_dir_all(output.path("campaign/one_target")).unwrap();
    assert_eq!(output.collect(Part::Campaign).unwrap(), ["no target was run"]);
}

#[test]
fn a_bug_that_is_found_late_or_not_at_all_is_wrong() {
    let attempts = "planted/one_target.bug/attempts";
    for (name, text, expected) in [
        (attempts, "1\t1.00\tfound\tx\n2\t60.20\tmissed\t\n3\t60.10\tmissed\t\n", "missed in 2 of 3"),
        (
            attempts,
            "1\t61.00\tfound\tx\n2\t62.00\tfound\tx\n3\t1.00\tfound\tx\n",
            "took 61.0 s (median), and 60 s are allowed",
        ),
        (attempts, "", "was not tried"),
        ("planted/one_target.bug/replays", "19\t20\n", "in 19 of 20 replays"),
        (
            "planted/one_target.bug/kept",
            "passes\n",
            "fuzz/regressions/one_target/planted-one_target.bug no longer shows its bug",
        ),
    ] {
        let wrong = Output::new().wrong(Part::Planted, name, text);
        assert!(wrong.contains(expected), "{wrong}");
    }
}

#[test]
fn every_file_is_covered_or_rightly_excused() {
    let exceptions = "coverage/exceptions";
    for (name, text, expected) in [
        (exceptions, EXCEPTIONS.replace(" 50 ", " 51 "), "its exception requires 51 %"),
        (exceptions, EXCEPTIONS.replace(" 50 ", " 0 "), "its exception says that it has none"),
        (exceptions, EXCEPTIONS.replace("c.rs 0", "c.rs 1"), "c.rs was not measured"),
        (exceptions, EXCEPTIONS.replace("/b.rs", "/a.rs"), "a.rs: 100.0 % of its lines are executed: remove"),
        (
            exceptions,
            EXCEPTIONS.replace("/b.rs", "/a.rs"),
            "memguard/src/b.rs: 50.0 % of its lines are executed, 90 % are required",
        ),
        (exceptions, EXCEPTIONS.replace("/b.rs", "/gone.rs"), "gone.rs has an exception and does not exist"),
        ("coverage/files", "memguard/src/a.rs\nmemguard/src/d.rs\n".to_owned(), "d.rs was not measured"),
    ] {
        let wrong = Output::new().wrong(Part::Coverage, name, &text);
        assert!(wrong.contains(expected), "{wrong}");
    }
}

#[test]
fn a_target_without_lines_is_said_to_have_none_and_one_that_executes_none_is_wrong() {
    let output = Output::new();
    let nothing = LCOV.replace(",7", ",0").replace(",1", ",0").replace(",3", ",0");
    let wrong = output.wrong(Part::Campaign, "campaign/one_target/lcov.info", &nothing);
    assert!(wrong.contains("executes no line"), "{wrong}");
    fs::remove_file(output.path("campaign/one_target/lcov.info")).unwrap();
    assert_eq!(output.collect(Part::Campaign).unwrap(), Vec::<String>::new());
    let page = render_file(&output.record()).unwrap();
    assert!(page.contains(" – |"), "{page}");
}

#[test]
fn a_record_that_is_not_as_the_script_leaves_it_is_refused() {
    for (part, name, text) in [
        (Part::Campaign, "campaign/duration_s", "long"),
        (Part::Campaign, "campaign/one_target/corpus", ""),
        (Part::Campaign, "campaign/one_target/run.log", "error: could not compile"),
        (Part::Planted, "planted/one_target.bug/attempts", "1 2.50 found x"),
        (Part::Planted, "planted/one_target.bug/attempts", "1\t2.50\tmaybe\tx"),
        (Part::Planted, "planted/one_target.bug/replays", "all"),
        (Part::Planted, "planted/one_target.bug/kept", "maybe"),
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
        let done = Command::new(env!("CARGO_BIN_EXE_memguard-reports"))
            .args(["fuzz", "coverage"])
            .arg(output.path("coverage"))
            .arg("--reports-dir")
            .arg(output.path("reports"))
            .output()
            .unwrap();
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
    assert!(matches!(output.collect(Part::Planted), Err(ReportError::UnknownSchema { .. })));
}
