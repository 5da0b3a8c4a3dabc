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

/// The bugs with a fuzz target: the name of each, and its target.
fn bugs() -> Vec<(String, String)> {
    let folder = here("../model-tests/seeded-bugs");
    let patches = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let bug = |path: PathBuf| {
        let patch = fs::read_to_string(&path).unwrap();
        let target = patch.lines().find_map(|line| line.strip_prefix("Fuzz-target: "))?;
        Some((path.file_stem().unwrap().to_string_lossy().into_owned(), target.to_owned()))
    };
    patches.filter_map(bug).collect()
}

#[test]
fn every_target_has_a_planted_bug_and_every_bug_a_target() {
    let (targets, bugs) = (stems("fuzz_targets", ".rs"), bugs());
    for target in &targets {
        assert!(
            bugs.iter().any(|(_, found)| found == target),
            "no bug in model-tests/seeded-bugs has `Fuzz-target: {target}`: write one that it must find"
        );
    }
    for (bug, target) in &bugs {
        assert!(targets.contains(target), "model-tests/seeded-bugs/{bug}.patch names \"{target}\", which is no target");
    }
}

/// The crash is among the replayed inputs, so `cargo test` notices without a fuzzer if a planted bug returns.
#[test]
fn the_crash_of_every_planted_bug_is_kept() {
    for (bug, target) in bugs() {
        let kept = format!("regressions/{target}/planted-{bug}");
        assert!(
            here(&kept).exists(),
            "no fuzz/{kept}: `cargo kill-matrix --only fuzz {bug}` leaves a crash in \
             target/kill-matrix/0/tree/target/fuzz/from-nothing/{target}"
        );
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
