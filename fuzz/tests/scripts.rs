//! Scripts that would run nothing, or something else than was asked for, refuse to start and say what to do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Runs a script of the workspace where cargo only fails. Returns the exit code and what the script said.
fn run(script: &str, arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let cargo = folder.path().join("cargo");
    fs::write(&cargo, "#!/bin/sh\nexit 99\n").unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new(top.join(script));
    command.args(arguments).env_remove("CARGO_ENCODED_RUSTFLAGS").env("PATH", path);
    let output = command.envs(variables.iter().copied()).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_name_that_matches_nothing_is_refused() {
    let wrong: &[(&str, &[&str])] = &[
        ("fuzz/nightly.sh", &["nosuch"]),
        ("fuzz/nightly.sh", &["--total", "1m", "layout", "nosuch"]),
        ("fuzz/smoke.sh", &["layout"]),
        ("fuzz/from-nothing", &["--build", "nosuch"]),
        ("fuzz/from-nothing", &["nosuch", "1", "60"]),
        ("fuzz/from-nothing", &["layout", "1"]),
    ];
    for (script, arguments) in wrong {
        let (code, said) = run(script, arguments, &[]);
        assert_eq!(code, Some(2), "{script} {arguments:?}: {said}");
        assert!(!said.is_empty(), "{script} {arguments:?} does not say what to do");
    }
}

#[test]
fn no_time_is_refused() {
    for (script, arguments) in [
        ("fuzz/smoke.sh", &["0"] as &[&str]),
        ("fuzz/nightly.sh", &["--total", "0s", "layout"]),
        ("fuzz/from-nothing", &["layout", "1", "0"]),
    ] {
        let (code, said) = run(script, arguments, &[]);
        assert_eq!(code, Some(2), "{script}: {said}");
    }
}

/// cargo prefers the variable to the one in which the scripts pass the fuzzer and the cfg of a target.
#[test]
fn hidden_flags_are_refused() {
    for script in ["fuzz/smoke.sh", "fuzz/nightly.sh", "fuzz/from-nothing", "fuzz/coverage.sh", "fuzz/oss-fuzz/check"] {
        let (code, said) = run(script, &[], &[("CARGO_ENCODED_RUSTFLAGS", "-Cdebuginfo=0")]);
        assert_eq!(code, Some(4), "{script}: {said}");
        assert!(said.contains("unset it"), "{script}: {said}");
    }
}
