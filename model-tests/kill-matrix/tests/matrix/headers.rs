//! Headers of patches. One that is wrong is an error that says what to write.

use std::path::Path;

use memguard_kill_matrix::bug::{Bug, bugs_in};
use memguard_kill_matrix::error::MatrixError;
use memguard_reports::Guarantee;
use memguard_reports::kill_matrix::Kind;

use crate::common::Workspace;

const CHANGE: &str = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";

fn parsed(header: &str) -> Result<Bug, MatrixError> {
    Bug::parse("01-a", Path::new("01-a.patch"), &format!("{header}{CHANGE}"))
}

#[test]
fn a_header_is_read() {
    let bug =
        parsed("Kind: lost-hand-over\nGuarantee: WIPED\nFuzz-target: layout\n\nNobody\nwipes. More.\n\n").unwrap();
    assert_eq!((bug.kind, bug.guarantee), (Kind::LostHandOver, Guarantee::Wiped));
    assert_eq!((bug.title.as_str(), bug.fuzz_target.as_deref()), ("Nobody wipes.", Some("layout")));
    assert_eq!(bug.files, [Path::new("x")]);
}

#[test]
fn every_kind_and_every_guarantee_can_be_written() {
    for kind in Kind::ALL {
        assert_eq!(parsed(&format!("Kind: {kind}\nGuarantee: EXACT\n\nA.\n\n")).unwrap().kind, kind);
    }
    for guarantee in Guarantee::ALL {
        let header = format!("Kind: inversion\nGuarantee: {guarantee}\n\nA.\n\n");
        assert_eq!(parsed(&header).unwrap().guarantee, guarantee);
    }
}

#[test]
fn a_wrong_header_is_an_error_that_says_what_is_wrong() {
    for (header, said) in [
        ("It is wrong.\n\n", "no field such as"),
        ("Kind: inversion\nGuarantee: ORDER\n", "has no story"),
        ("Kind: inversion\nGuarantee: ORDER\n\n\n", "has no story"),
        ("Guarantee: ORDER\n\nA.\n\n", "lacks `Kind: `"),
        ("Kind: inversion\n\nA.\n\n", "lacks `Guarantee: `"),
        ("Kind: inverted\nGuarantee: ORDER\n\nA.\n\n", "expected one of `inversion`"),
        ("Kind: inversion\nGuarantee: order\n\nA.\n\n", "expected one of `ORDER`"),
        ("Kind: inversion\nKind: inversion\nGuarantee: ORDER\n\nA.\n\n", "twice"),
        ("Kind: inversion\nGuarantee: ORDER\nColour: red\n\nA.\n\n", "has a field `Colour`"),
    ] {
        let error = parsed(header).expect_err(header).to_string();
        assert!(error.starts_with("01-a.patch ") && error.contains(said), "{header:?}: {error}");
    }
    let empty = Bug::parse("a", Path::new("a.patch"), "Kind: inversion\nGuarantee: ORDER\n\nA.\n").unwrap_err();
    assert!(empty.to_string().contains("has no change"), "{empty}");
}

/// The words above a change are no reason to run everything again.
#[test]
fn only_the_change_and_the_target_are_hashed() {
    let one = parsed("Kind: inversion\nGuarantee: ORDER\n\nA.\n\n").unwrap().hash;
    assert_eq!(parsed("Kind: copy-left\nGuarantee: CLEAN\n\nB.\n\n").unwrap().hash, one);
    assert_ne!(parsed("Kind: inversion\nGuarantee: ORDER\nFuzz-target: layout\n\nA.\n\n").unwrap().hash, one);
}

#[test]
fn every_bug_of_this_workspace_has_a_header() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeded-bugs");
    let bugs = bugs_in(&folder, &[]).unwrap();
    assert!(bugs.len() >= 46, "bugs are gone: {} are left", bugs.len());
    for bug in &bugs {
        assert!(bug.title.ends_with('.'), "the first sentence of {} does not end", bug.name);
    }
}

#[test]
fn a_name_in_no_bug_and_a_folder_without_bugs_are_refused() {
    let workspace = Workspace::new();
    let folder = workspace.top().join("model-tests/seeded-bugs");
    assert!(matches!(bugs_in(&folder, &[]), Err(MatrixError::Read { .. })));
    workspace.write("model-tests/seeded-bugs/readme", "");
    assert!(matches!(bugs_in(&folder, &[]), Err(MatrixError::NoBugs { .. })));
    workspace.bug("01-a", "copy-left", "lib.txt", "right", "wrong");
    workspace.bug("02-b", "copy-left", "lib.txt", "right", "worse");
    assert_eq!(bugs_in(&folder, &["02".to_owned()]).unwrap()[0].name, "02-b");
    assert!(matches!(bugs_in(&folder, &["01".to_owned(), "03".to_owned()]), Err(MatrixError::NoSuchBug { .. })));
}
