//! Every checked-in seed passes, on stable Rust, with the targets as they are built for replaying.

use std::path::Path;
use std::process::Command;

#[test]
fn every_seed_passes() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds/enclave_tamper");
    let files: Vec<_> = std::fs::read_dir(seeds).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 4, "the seeds are gone");
    let output = Command::new(env!("CARGO_BIN_EXE_enclave_tamper")).args(&files).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), files.len());
}

#[test]
fn no_files_is_wrong_usage() {
    let output = Command::new(env!("CARGO_BIN_EXE_enclave_tamper")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
