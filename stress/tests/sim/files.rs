//! Files with cases.

use memguard_stress::sim::{Case, Saved};
use std::fs;

#[test]
fn a_saved_case_is_read_back() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join("made/by/write.json");
    let saved = Saved::new(Some(7), Case::drawn(7), "WIPED: all of it");
    saved.write(&file).expect("a file");
    assert_eq!(Saved::read(&file).expect("a case"), saved);
}

#[test]
fn a_file_without_a_case_is_refused() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join("case.json");
    let good = serde_json::to_string(&Saved::new(None, Case::drawn(7), "")).expect("JSON");
    let cut = &good[..good.len() - 2];
    let other = good.replace("memguard-sim/2", "memguard-sim/1");
    let more = good.replacen('{', "{\"more\":1,", 1);
    let long = " ".repeat(2 << 20) + &good;
    for text in ["", "junk", "{}", cut, &other, &more, &long] {
        fs::write(&file, text).expect("a file");
        let start: String = text.trim_start().chars().take(40).collect();
        assert!(Saved::read(&file).is_err(), "{start:?} was read as a case");
    }
    fs::write(&file, good).expect("a file");
    assert!(Saved::read(&file).is_ok());
}
