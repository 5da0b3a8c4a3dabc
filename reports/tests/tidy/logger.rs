//! The library calls the logger in one file, so that nothing is logged under a lock.

use crate::source;
use crate::tree::{Tree, is_library};

/// The one file.
const TELLS: &str = "memguard/src/core/tell.rs";

fn rule(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for (path, text) in tree.files(|path| is_library(path) && path != TELLS) {
        for (number, line) in source::code(text) {
            if line.contains("log::") {
                breaches.push(format!("{path}:{number}: calls the logger, which only {TELLS} does"));
            }
        }
    }
    if !tree.text(TELLS).is_some_and(|text| text.contains("log::")) {
        breaches.push(format!("{TELLS}: calls no logger, so this rule judges nothing"));
    }
    breaches
}

#[test]
fn the_workspace_keeps_the_rule() {
    crate::kept(rule);
}

#[test]
fn a_call_elsewhere_is_found() {
    let files = [(TELLS, "log::warn!(\"\")"), ("memguard/src/lib.rs", "// log::info!\nfn f() { log::info!(\"\") }\n")];
    let wanted = "memguard/src/lib.rs:2: calls the logger, which only memguard/src/core/tell.rs does";
    crate::breaches(rule, &files, &[wanted]);
}
