//! What the binary prints and how it exits before a scenario runs.

use crate::command::{assert_code, run_binary, run_with_reports, stdout};

#[test]
fn list_names_the_scenarios() {
    let output = run_binary(&["list"]);
    assert_code(&output, 0);
    let text = stdout(&output);
    let names: Vec<&str> =
        text.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, ["churn", "enclaves", "nested", "purge-storm", "rekey-storm", "panics", "limits"]);
}

#[test]
fn a_wrong_command_line_is_refused() {
    let wrong: &[&[&str]] = &[
        &["--scenario", "no-such-scenario"],
        &["run", "--threads", "0"],
        &["--duration", "0s"],
        &["--duration", "soon"],
        &["--seed", "-1"],
        &["--stall-after", "10ms"],
        &["--no-such-flag"],
        &["no-such-task"],
        &["list", "--seed", "1"],
    ];
    for arguments in wrong {
        let output = run_binary(arguments);
        assert_code(&output, 2);
        assert!(!output.stderr.is_empty(), "{arguments:?} is refused without a message");
    }
}

#[test]
fn help_explains_the_exit_codes_and_the_seed() {
    for arguments in [&["--help"] as &[&str], &["run", "--help"]] {
        let output = run_binary(arguments);
        assert_code(&output, 0);
        for code in 0..=4 {
            assert!(stdout(&output).contains(&format!("\n  {code}  ")), "exit code {code} is not explained");
        }
        assert!(stdout(&output).contains("not how the threads interleave"));
    }
}

#[test]
fn a_report_that_cannot_be_written_is_noticed_before_the_run() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("file");
    std::fs::write(&file, "").expect("a file");
    // A path below a file, and a directory in place of a file.
    for report in [file.join("report.json"), dir.path().to_owned()] {
        // The duration is the default one, because nothing must run.
        let (output, _reports) = run_with_reports(&["--report", report.to_str().expect("UTF-8")]);
        assert_code(&output, 4);
    }
    let output = run_binary(&["--reports-dir", file.to_str().expect("UTF-8")]);
    assert_code(&output, 4);
}
