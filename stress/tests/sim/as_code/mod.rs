//! A case is printed as a test that compiles. `kept.rs` is one, as it was printed.

use memguard_stress::sim::Case;
use std::path::Path;

mod kept;

/// A case with most kinds of operations.
const SEED: u64 = 9;

#[test]
fn a_case_is_printed_as_the_checked_in_test() {
    let checked_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sim/as_code/kept.rs");
    let printed = Case::drawn(SEED).to_code();
    if std::env::var_os("MEMGUARD_REFRESH").is_some() {
        std::fs::write(&checked_in, &printed).expect("the checked-in test");
    }
    let found = std::fs::read_to_string(&checked_in).expect("the checked-in test");
    assert!(found == printed, "it is stale; refresh it with MEMGUARD_REFRESH=1. It is printed as\n{printed}");
}
