//! ORDER: the tables of `LOCK_ORDERING.md` are generated from the code and the models' baseline. This fails when they
//! are stale.
//!
//! `MEMGUARD_REFRESH=1 cargo test -p memguard --features internals --test lock_ordering` refreshes them. So does
//! `MEMGUARD_REFRESH=1 cargo models`, after it has written a new baseline.

#[path = "support/lock_tables.rs"]
mod lock_tables;

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
            "LOCK_ORDERING.md is stale. Run: \
             MEMGUARD_REFRESH=1 cargo test -p memguard --features internals --test lock_ordering"
        );
    }
}

/// lockdep and the gate check against the table of outcomes, so this pins its few exceptions.
#[test]
fn an_outcome_that_is_not_in_the_table_has_no_row() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../LOCK_ORDERING.md")).unwrap();
    assert!(page.contains("| BufferFill | ACCESS | try | ACCESS | acquired, destroyed |"));
    assert!(page.contains("| SessionJoin | REKEY-THREAD | block | ACCESS | acquired |"));
}
