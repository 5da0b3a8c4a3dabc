//! No test is left out silently. A `needs!` of the same file names each test that a feature gates, and lists it as
//! ignored.

use std::path::Path;

/// Modules and tests behind a feature that are named in no `needs!` of the text.
fn unnamed(text: &str) -> Vec<String> {
    let needs = text.split("needs!(").skip(1).filter_map(|rest| rest.split(");").next());
    let named: Vec<&str> = needs.flat_map(|names| names.split([':', ',', ' ', '\n'])).collect();
    let mut unnamed = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if !line.starts_with("#[cfg(feature") {
            continue;
        }
        let gated = lines.by_ref().find(|line| !line.starts_with("///")).unwrap_or_default();
        let item = if gated == "#[test]" { lines.next().unwrap_or_default() } else { gated };
        let is_test = gated == "#[test]" || (item.starts_with("mod ") && item.ends_with(';'));
        let name = item.split([' ', '(', ';']).nth(1).unwrap_or_default();
        if is_test && !named.contains(&name) {
            unnamed.push(name.to_owned());
        }
    }
    unnamed
}

#[test]
fn what_a_feature_gates_is_listed_as_ignored() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let unnamed = unnamed(&std::fs::read_to_string(&path).unwrap());
                assert!(unnamed.is_empty(), "{}: no needs! names {unnamed:?}", path.display());
                read += 1;
            }
        }
    }
    assert!(read > 25, "only {read} files: the tests have moved");
}

#[test]
fn a_test_that_is_not_named_is_found() {
    let text =
        "mod always;\n#[cfg(feature = \"sim\")]\nmod gated;\n#[cfg(feature = \"sim\")]\n#[test]\nfn alone() {}\n";
    assert_eq!(unnamed(text), ["gated", "alone"]);
    assert_eq!(unnamed(&format!("{text}needs!(sim: gated);\nneeds!(sim: alone);\n")), [""; 0]);
}
