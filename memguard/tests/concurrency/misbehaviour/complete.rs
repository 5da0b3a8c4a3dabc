//! The table is complete: its places are those of ARCHITECTURE.md, and each test that it names is there.

use super::{Cell, TABLE};
use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::path::Path;

#[test]
fn the_places_are_those_of_the_architecture() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ARCHITECTURE.md");
    let page = read_to_string(page).expect("the map of the workspace");
    let (_, section) = page.split_once("\n## Code of others\n").expect("a section of that name");
    let rows = section.lines().take_while(|line| !line.starts_with("## ")).filter_map(|line| line.strip_prefix("| "));
    // The first row is the head.
    let described: BTreeSet<_> = rows.skip(1).filter_map(|row| row.split(" | ").next()).collect();
    let tested: BTreeSet<_> = TABLE.iter().map(|row| row.place).collect();
    assert_eq!(described, tested);
}

#[test]
fn every_cell_is_answered() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let is_there = |test: &str| {
        let (file, name) = test.split_once(": ").expect("a file and a name");
        let text = read_to_string(tests.join(file)).unwrap_or_default();
        // A test, or a row of its table.
        text.contains(&format!("fn {name}()")) || text.contains(&format!("(\"{name}\","))
    };
    for row in TABLE {
        for cell in row.cells {
            let is_answered = match cell {
                Cell::Is(_) => row.entry.is_some() || !cfg!(all(feature = "serde", feature = "zerocopy")),
                Cell::Test(test) => is_there(test),
                Cell::Cannot(why) => !why.is_empty(),
            };
            assert!(is_answered, "{} ({}): nothing answers {cell:?}", row.way_in, row.place);
        }
    }
}
