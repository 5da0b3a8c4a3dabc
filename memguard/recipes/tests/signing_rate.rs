//! `signing_rate` runs. What it measures in so few requests says nothing, so the test does not judge it.

use std::process::Command;

#[test]
fn it_compares_both_keys() {
    let output = Command::new(env!("CARGO_BIN_EXE_signing_rate")).args(["32", "1"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}: {said}", output.status);
    assert_eq!(said.lines().count(), 4, "{said}");
    assert!(said.lines().last().unwrap().starts_with("share: "), "{said}");
}

#[test]
fn no_requests_are_refused() {
    let status = Command::new(env!("CARGO_BIN_EXE_signing_rate")).arg("0").status().unwrap();
    assert_eq!(status.code(), Some(2));
}
