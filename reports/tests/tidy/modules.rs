//! A module with files of its own is `x/mod.rs`, never `x.rs` beside `x/`.

use crate::tree::{Tree, is_rust};

fn rule(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for (path, _) in tree.files(is_rust) {
        let stem = path.trim_end_matches(".rs");
        let is_root = ["lib", "main", "mod"].iter().any(|root| stem.ends_with(&format!("/{root}")));
        let has_modules = tree.files(|other| is_rust(other) && other.starts_with(&format!("{stem}/"))).next().is_some();
        if !is_root && has_modules {
            breaches.push(format!("{path}: has files of its own, so it is {stem}/mod.rs"));
        }
    }
    breaches
}

#[test]
fn the_workspace_keeps_the_rule() {
    crate::kept(rule);
}

#[test]
fn a_file_beside_its_folder_is_found() {
    let files = [("a/src/lib.rs", ""), ("a/src/x.rs", ""), ("a/src/x/y.rs", ""), ("a/src/z/mod.rs", "")];
    crate::breaches(rule, &files, &["a/src/x.rs: has files of its own, so it is a/src/x/mod.rs"]);
}
