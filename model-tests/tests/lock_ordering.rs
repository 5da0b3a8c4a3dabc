//! ORDER: the tables of `LOCK_ORDERING.md` are generated from the code and the models' baseline. This test fails when
//! they are stale.
//!
//! Refresh them with `MEMGUARD_REFRESH=1 cargo test -p model-tests --test lock_ordering`.
//! `MEMGUARD_REFRESH=1 cargo models` refreshes them after it has written the baseline. Under loom the gate of the
//! models compares them instead of this test.

#![cfg(not(any(loom, shuttle)))]

use model_tests::lock_tables;
use std::path::Path;

#[test]
fn the_tables_are_fresh() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = top.join("LOCK_ORDERING.md");
    let current = std::fs::read_to_string(&page).expect("LOCK_ORDERING.md at the top of the repository");
    let baseline = std::fs::read_to_string(top.join("model-tests/baseline.json")).expect("the baseline of the models");
    let fresh = lock_tables::refreshed(&current, &baseline);
    if std::env::var_os("MEMGUARD_REFRESH").is_some() {
        std::fs::write(&page, fresh).unwrap();
    } else {
        assert!(
            fresh == current,
            "LOCK_ORDERING.md is stale: MEMGUARD_REFRESH=1 cargo test -p model-tests --test lock_ordering"
        );
    }
}

/// lockdep and the gate trust the table of outcomes, so this test pins its few exceptions.
#[test]
fn an_outcome_that_is_not_in_the_table_has_no_row() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../LOCK_ORDERING.md")).unwrap();
    assert!(page.contains("| BufferFill | ACCESS | try | acquired, destroyed |"));
    assert!(page.contains("| SessionJoin | REKEY-THREAD | block | acquired |"));
}
