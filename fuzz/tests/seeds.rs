//! Every checked-in input passes on stable Rust, with the targets built for replays.
//!
//! `MEMGUARD_CORPUS` names a folder with one folder for each target. Its files are replayed as well.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How many files go on one command line.
const AT_A_TIME: usize = 500;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All targets, by the names of their files.
fn targets() -> Vec<String> {
    let mut names: Vec<_> = files(&here().join("fuzz_targets"))
        .iter()
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// The program that replays files. It is in the folder of a program whose path cargo gives.
fn program(target: &str) -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_enclave_tamper")).with_file_name(format!("{target}{}", std::env::consts::EXE_SUFFIX))
}

/// The files in a folder, or none if there is no folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
}

/// Replays all files of a folder and returns how many there are.
fn replay(target: &str, folder: &Path) -> usize {
    let files = files(folder);
    for some in files.chunks(AT_A_TIME) {
        let output = Command::new(program(target)).args(some).output().unwrap();
        assert!(output.status.success(), "{target}, {folder:?}:\n{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), some.len());
    }
    files.len()
}

#[test]
fn every_seed_and_every_past_crash_passes() {
    let corpus = std::env::var_os("MEMGUARD_CORPUS");
    let targets = targets();
    assert!(targets.len() >= 8, "the targets are gone: {targets:?}");
    for target in targets {
        let seeds = replay(&target, &here().join("seeds").join(&target));
        assert!(seeds >= 4, "{target} has only {seeds} seeds; CONTRIBUTING.md says how to make more");
        replay(&target, &here().join("regressions").join(&target));
        if let Some(corpus) = &corpus {
            let found = replay(&target, &Path::new(corpus).join(&target));
            assert!(found > 0, "{corpus:?} has nothing of {target}");
        }
    }
}

#[test]
fn no_files_is_wrong_usage() {
    let output = Command::new(program("enclave_tamper")).args([] as [OsString; 0]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
