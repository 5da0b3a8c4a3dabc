//! Generates parts of `LOCK_ORDERING.md` from the code and from the models' committed baseline.
//!
//! A test and the models' gate fail if they are stale. The gate refreshes them with the baseline.

use memguard::sync::{Class, Kind, Outcome, Site};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The page with every part generated again. `baseline` is the text of `model-tests/baseline.json`.
///
/// # Panics
/// If the page lacks the marks of a part, or the baseline is not JSON.
pub fn refreshed(page: &str, baseline: &str) -> String {
    let baseline: Value = serde_json::from_str(baseline).expect("model-tests/baseline.json is JSON");
    let parts = [
        ("ranks", ranks()),
        ("sites", sites()),
        ("picture", picture(&baseline)),
        ("edges", edges(&baseline)),
        ("coverage", coverage(&baseline)),
    ];
    let mut fresh = page.to_owned();
    for (name, part) in parts {
        let (open, close) = (format!("<!-- generated: {name} -->\n"), format!("<!-- end: {name} -->"));
        let start = fresh.find(&open).unwrap_or_else(|| panic!("{open} is missing")) + open.len();
        let end = start + fresh[start..].find(&close).unwrap_or_else(|| panic!("{close} is missing"));
        fresh.replace_range(start..end, &part);
    }
    fresh
}

fn ranks() -> String {
    let mut table = String::from("| rank | class | guards |\n|---|---|---|\n");
    for class in Class::ALL {
        line(&mut table, format_args!("| {} | {} | {} |", class.rank(), class.label(), class.guards()));
    }
    table
}

fn sites() -> String {
    let mut table = String::from("| site | class | kind | outcomes | on contention |\n|---|---|---|---|---|\n");
    for site in Site::ALL {
        let outcomes: Vec<_> = site.outcomes().map(Outcome::label).collect();
        let (class, kind, outcomes) = (site.class(), site.kind().label(), outcomes.join(", "));
        line(&mut table, format_args!("| {site} | {class} | {kind} | {outcomes} | {} |", site.on_contention()));
    }
    table
}

/// The lock graph of the baseline, by site: where a lock was held, and where another was waited for.
fn graph(baseline: &Value) -> Vec<(Site, Site)> {
    let site = |name: &Value| Site::ALL.iter().copied().find(|site| name == site.label());
    let pairs = baseline["lock_graph"].as_array().into_iter().flatten();
    pairs.filter_map(|pair| Some((site(&pair[0])?, site(&pair[1])?))).collect()
}

/// held class → class waited for, as observed.
fn picture(baseline: &Value) -> String {
    let edge = |(held, wanted): (Site, Site)| (held.class(), wanted.class(), wanted.kind() == Kind::Ordered);
    let edges: BTreeSet<(Class, Class, bool)> = graph(baseline).into_iter().map(edge).collect();
    let node = |class: Class| format!("{}[\"{} ({})\"]", class.label().replace('-', "_"), class, class.rank());
    let mut picture = String::from("```mermaid\nflowchart LR\n");
    for (held, wanted, ordered) in edges {
        let arrow = if ordered { "-->|in ascending order|" } else { "-->" };
        line(&mut picture, format_args!("    {} {arrow} {}", node(held), node(wanted)));
    }
    picture + "```\n"
}

/// The lock graph: for each site that waits, and each class held there, the sites that took it.
fn edges(baseline: &Value) -> String {
    let mut held_at: BTreeMap<(usize, Class), Vec<&str>> = BTreeMap::new();
    for (held, wanted) in graph(baseline) {
        held_at.entry((wanted as usize, held.class())).or_default().push(held.label());
    }
    let mut table = String::from("| waits at | for | while holding | taken at |\n|---|---|---|---|\n");
    for ((wanted, class), held) in held_at {
        let site = Site::ALL[wanted];
        line(&mut table, format_args!("| {site} | {} | {class} | {} |", site.class(), held.join(", ")));
    }
    table
}

/// For each outcome of each site: the two models with the fewest executions that reach it, or the only one.
fn coverage(baseline: &Value) -> String {
    let mut head = String::from("| site |");
    let mut rule = String::from("|---|");
    for outcome in Outcome::ALL {
        head.push_str(&format!(" {} |", outcome.label()));
        rule.push_str("---|");
    }
    let mut table = format!("{head}\n{rule}\n");
    for site in Site::ALL {
        let cells: Vec<String> = Outcome::ALL.iter().map(|&outcome| cover(baseline, *site, outcome)).collect();
        line(&mut table, format_args!("| {site} | {} |", cells.join(" | ")));
    }
    table
}

fn cover(baseline: &Value, site: Site, outcome: Outcome) -> String {
    if !site.can(outcome) {
        return "–".to_owned();
    }
    let models = baseline["coverage"][site.label()][outcome.label()].as_array();
    let models: Vec<_> =
        models.into_iter().flatten().filter_map(Value::as_str).map(|name| format!("`{name}`")).collect();
    if models.is_empty() { "**no model**".to_owned() } else { models.join(", ") }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{text}");
}
