//! Plants what made gates pass without running anything, and sees each fail.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A program in place of cargo. It notes its arguments, one call a line, and answers `--list` with one line. It ends a
/// run of tests with a code.
struct FakeCargo {
    folder: TempDir,
}

impl FakeCargo {
    fn new(listed: &str, code: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = format!(
            "#!/bin/sh\necho \"$MEMGUARD_EXPECTS: $*\" >>'{}'\n\
             case \"$*\" in check*|*--no-run) ;; *--list) echo '{listed}' ;; *) exit {code} ;; esac\n",
            folder.path().join("calls").display()
        );
        let program = folder.path().join("cargo");
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_memguard-expect"));
        command.env("CARGO", self.folder.path().join("cargo")).args(arguments).output().unwrap()
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.folder.path().join("calls")).unwrap()
    }
}

#[test]
fn a_name_that_matches_nothing_fails_and_nothing_runs() {
    let cargo = FakeCargo::new("0 tests, 0 benchmarks", 0);
    let output = cargo.run(&["models", "loom", "test", "-p", "model-tests", "--target-dir", "t", "nosuch"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("would run nothing") && said.contains("cargo models -- --list"), "{said}");
    let calls = "loom: check --quiet --package memguard-expect --lib --target-dir t\n\
        loom: test -p model-tests --target-dir t nosuch --no-run\n\
        loom: test -p model-tests --target-dir t nosuch -- --list\n";
    assert_eq!(cargo.calls(), calls);
}

#[test]
fn a_name_that_matches_runs() {
    let cargo = FakeCargo::new("lease.waits: test", 0);
    let output = cargo.run(&["models", "loom", "test", "lease"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(cargo.calls().ends_with("loom: test lease\n"), "{}", cargo.calls());
}

#[test]
fn the_exit_code_is_that_of_cargo() {
    let cargo = FakeCargo::new("lease.waits: test", 7);
    assert_eq!(cargo.run(&["deep", "", "test", "lease"]).status.code(), Some(7));
    assert_eq!(cargo.run(&["deep"]).status.code(), Some(2));
}

/// Compiles the check as cargo would, with these arguments. A whole gate takes minutes.
fn compiled(expected: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--check-cfg=cfg(loom,shuttle)"]);
    command.arg("--out-dir").arg(folder.path()).arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs"));
    command.args(arguments).env("MEMGUARD_EXPECTS", expected).output().unwrap()
}

#[test]
fn a_lost_cfg_does_not_compile() {
    for cfg in ["loom", "shuttle"] {
        assert!(compiled(cfg, &["--cfg", cfg]).status.success());
        let output = compiled(cfg, &["-Cdebuginfo=0"]);
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("RUSTFLAGS") && said.contains(&format!("add `--cfg {cfg}` to it")), "{said}");
    }
}

/// Every alias that needs a cfg runs here, and expects that cfg.
#[test]
fn every_alias_expects_its_cfg() {
    let config = fs::read_to_string(top().join(".cargo/config.toml")).unwrap();
    let mut gates = 0;
    for alias in config.split("\n]").filter(|alias| alias.contains("= [")) {
        let words: Vec<&str> = alias.split('"').collect();
        let Some(flags) = words.iter().find(|word| word.starts_with("build.rustflags=")) else { continue };
        let cfg = flags.split('\'').nth(3).expect("['--cfg','NAME']");
        let name = alias.lines().find_map(|line| line.strip_suffix(" = [")).expect("the name of the alias");
        let expects = format!("\"--\", \"{name}\", \"{cfg}\",");
        let runs_here = alias.contains("\"run\", \"-q\", \"-p\", \"memguard-expect\",");
        assert!(runs_here && alias.contains(&expects), "the alias {name} must run memguard-expect with {expects}");
        gates += 1;
    }
    assert!(gates >= 4, "only {gates} aliases have a cfg: this test reads them wrongly");
}
