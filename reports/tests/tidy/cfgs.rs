//! A script that sets a cfg of a model checker says that it expects it, so that the build fails if the cfg is lost.

use crate::findings::{Findings, breaches};
use crate::tree::Tree;

const EXPECTS: &str = "MEMGUARD_EXPECTS";

pub fn rule(tree: &Tree, found: &mut Findings) {
    for (path, text) in tree.files(is_script) {
        for (number, line) in commands(text) {
            if !(line.contains("cargo") && line.contains("--cfg")) {
                continue;
            }
            found.judged += 1;
            if !line.contains(EXPECTS) {
                found.breaches.push(format!("{path}:{number}: sets a cfg without {EXPECTS}"));
            }
        }
    }
}

fn is_script(path: &str) -> bool {
    path.ends_with(".sh") || path.starts_with(".ci/") || path.ends_with("/run")
}

/// The commands without comments, each with the number of its first line. A backslash joins lines.
fn commands(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with('#')) {
        let part = line.strip_suffix('\\').unwrap_or(line);
        match found.last_mut().filter(|_| goes_on) {
            Some((_, command)) => command.push_str(part),
            None => found.push((number, part.to_owned())),
        }
        goes_on = line.ends_with('\\');
    }
    found
}

#[test]
fn a_cfg_that_is_not_expected_is_found() {
    let script = "# cargo test --cfg loom\nMEMGUARD_EXPECTS=loom RUSTFLAGS='--cfg loom' cargo test\n\
        RUSTFLAGS='--cfg loom' cargo test \\\n    --release\ncargo test \\\n    --config \"x=['--cfg','loom']\"\n";
    let wanted = ["a/run:3: sets a cfg without MEMGUARD_EXPECTS", "a/run:5: sets a cfg without MEMGUARD_EXPECTS"];
    breaches(rule, &[("a/run", script)], &wanted);
}
