//! Every target has a row in the README, a planted bug and its crash. Every option file and every bug has a target.

use std::fs;
use std::path::{Path, PathBuf};

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The names of the files in a folder that end with `extension`, up to their first dot.
fn stems(folder: &str, extension: &str) -> Vec<String> {
    let names = fs::read_dir(here(folder)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let stem = |name: String| name.split('.').next().unwrap_or_default().to_owned();
    let stems: Vec<_> = names.filter(|name| name.ends_with(extension)).map(stem).collect();
    assert!(!stems.is_empty(), "fuzz/{folder} has no file that ends with {extension}");
    stems
}

#[test]
fn every_target_is_in_the_readme() {
    let readme = fs::read_to_string(here("README.md")).unwrap();
    for target in stems("fuzz_targets", ".rs") {
        assert!(readme.contains(&format!("| `{target}` |")), "fuzz/README.md has no row for {target}: add one");
    }
}

#[test]
fn every_target_has_a_planted_bug_and_every_bug_a_target() {
    let (targets, bugs) = (stems("fuzz_targets", ".rs"), stems("planted", ".patch"));
    for target in &targets {
        assert!(bugs.contains(target), "no fuzz/planted/{target}.patch: plant a bug that {target} must find");
    }
    for bug in &bugs {
        assert!(targets.contains(bug), "a patch in fuzz/planted begins with \"{bug}\", which is not a target");
    }
}

/// The crash is among the replayed inputs, so `cargo test` notices without a fuzzer if a planted bug returns.
#[test]
fn the_crash_of_every_planted_bug_is_kept() {
    for patch in fs::read_dir(here("planted")).unwrap().map(|file| file.unwrap().path()) {
        if patch.extension().is_some_and(|extension| extension == "patch") {
            let bug = patch.file_stem().unwrap().to_string_lossy().into_owned();
            let target = bug.split('.').next().unwrap();
            let kept = format!("regressions/{target}/planted-{bug}");
            assert!(
                here(&kept).exists(),
                "no fuzz/{kept}: fuzz/planted/run leaves it in target/fuzz/planted/{bug}/crash"
            );
        }
    }
}

/// libFuzzer and OSS-Fuzz silently ignore a file whose name is not a target.
#[test]
fn options_belong_to_targets() {
    let targets = stems("fuzz_targets", ".rs");
    for file in fs::read_dir(here("options")).unwrap() {
        let path = file.unwrap().path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        assert!(targets.contains(&stem), "{} is for no target", path.display());
    }
}
