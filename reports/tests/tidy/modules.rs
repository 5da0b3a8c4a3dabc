//! A module with files of its own is `x/mod.rs`, never `x.rs` beside `x/`.

use crate::findings::{Findings, breaches};
use crate::tree::{Tree, is_rust};

pub fn rule(tree: &Tree, found: &mut Findings) {
    for (path, _) in tree.files(is_rust) {
        found.judged += 1;
        let stem = path.trim_end_matches(".rs");
        let is_root = ["lib", "main", "mod"].iter().any(|root| stem.ends_with(&format!("/{root}")));
        let has_modules = tree.files(|other| is_rust(other) && other.starts_with(&format!("{stem}/"))).next().is_some();
        if !is_root && has_modules {
            found.breaches.push(format!("{path}: has files of its own, so it is {stem}/mod.rs"));
        }
    }
}

#[test]
fn a_file_beside_its_folder_is_found() {
    let files = [("a/src/lib.rs", ""), ("a/src/x.rs", ""), ("a/src/x/y.rs", ""), ("a/src/z/mod.rs", "")];
    breaches(rule, &files, &["a/src/x.rs: has files of its own, so it is a/src/x/mod.rs"]);
}
