//! What the binary prints and how it exits before a scenario runs.

use crate::command::{assert_code, run_binary, stdout};

#[test]
fn list_names_the_scenarios() {
    let output = run_binary(&["list"]);
    assert_code(&output, 0);
    let text = stdout(&output);
    let names: Vec<&str> =
        text.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(
        names,
        [
            "churn",
            "crowded",
            "enclaves",
            "nested",
            "purge-storm",
            "rekey-storm",
            "mixed",
            "readers-writers",
            "streams",
            "sessions",
            "isolations",
            "thread-exit",
            "long-holders",
            "panics",
            "limits",
            "fault-storm",
            "foreign-code",
            "fork-storm",
            "exit-storm",
            "other-limits",
            "oversubscribed"
        ]
    );
}

#[test]
fn help_explains_the_exit_codes_and_the_seed() {
    for arguments in [&["--help"] as &[&str], &["run", "--help"]] {
        let output = run_binary(arguments);
        assert_code(&output, 0);
        for code in ["0", "1", "2", "3", "4", "130, 143"] {
            assert!(stdout(&output).contains(&format!("\n  {code}  ")), "exit code {code} is not explained");
        }
        assert!(stdout(&output).contains("not how the threads interleave"));
    }
}
