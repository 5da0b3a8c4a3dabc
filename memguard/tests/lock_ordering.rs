//! ORDER: the tables of `LOCK_ORDERING.md` are generated from the code; this fails when they are stale.
//!
//! Refresh them with `MEMGUARD_REFRESH=1 cargo test -p memguard --test lock_ordering`.

use memguard::sync::{Class, Kind, Site};
use std::fmt::Write;
use std::path::Path;

fn ranks() -> String {
    let mut table = String::from("| rank | class | guards |\n|---|---|---|\n");
    for class in Class::ALL {
        writeln!(table, "| {} | {} | {} |", class.rank(), class.label(), class.guards()).unwrap();
    }
    table
}

fn sites() -> String {
    let mut table = String::from("| site | class | kind | may hold | on contention |\n|---|---|---|---|---|\n");
    for site in Site::ALL {
        let held: Vec<_> = site.may_hold().iter().map(|class| class.label()).collect();
        let held = if held.is_empty() { "nothing".to_owned() } else { held.join(", ") };
        let (class, kind) = (site.class(), site.kind().label());
        writeln!(table, "| {site} | {class} | {kind} | {held} | {} |", site.on_contention()).unwrap();
    }
    table
}

/// held class → class waited for, over all sites that wait.
fn picture() -> String {
    let mut edges: Vec<(Class, Class, bool)> = Site::ALL
        .iter()
        .filter(|site| matches!(site.kind(), Kind::Block | Kind::Timed | Kind::Ordered))
        .flat_map(|site| site.may_hold().iter().map(|&held| (held, site.class(), site.kind() == Kind::Ordered)))
        .collect();
    edges.sort();
    edges.dedup();
    let node = |class: Class| format!("{}[\"{} ({})\"]", class.label().replace('-', "_"), class, class.rank());
    let mut picture = String::from("```mermaid\nflowchart LR\n");
    for (held, wanted, ordered) in edges {
        let arrow = if ordered { "-->|in ascending order|" } else { "-->" };
        writeln!(picture, "    {} {arrow} {}", node(held), node(wanted)).unwrap();
    }
    picture + "```\n"
}

#[test]
fn the_tables_are_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../LOCK_ORDERING.md");
    let current = std::fs::read_to_string(&path).expect("LOCK_ORDERING.md at the top of the repository");
    let mut fresh = current.clone();
    for (name, table) in [("ranks", ranks()), ("sites", sites()), ("picture", picture())] {
        let (open, close) = (format!("<!-- generated: {name} -->\n"), format!("<!-- end: {name} -->"));
        let start = fresh.find(&open).unwrap_or_else(|| panic!("{open} is missing")) + open.len();
        let end = start + fresh[start..].find(&close).unwrap_or_else(|| panic!("{close} is missing"));
        fresh.replace_range(start..end, &table);
    }
    if std::env::var_os("MEMGUARD_REFRESH").is_some() {
        std::fs::write(&path, fresh).unwrap();
    } else {
        assert!(
            fresh == current,
            "LOCK_ORDERING.md is stale: MEMGUARD_REFRESH=1 cargo test -p memguard --test lock_ordering"
        );
    }
}
