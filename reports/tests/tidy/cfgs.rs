//! A script that sets a cfg of a model checker says that it expects it, so that the build fails if the cfg is lost.

use crate::tree::Tree;

const EXPECTS: &str = "MEMGUARD_EXPECTS";

fn rule(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut judged = 0;
    for (path, text) in tree.files(is_script) {
        for (number, line) in commands(text) {
            let sets = line.contains("cargo") && line.contains("--cfg");
            if sets {
                judged += 1;
                if !line.contains(EXPECTS) {
                    breaches.push(format!("{path}:{number}: sets a cfg without {EXPECTS}"));
                }
            }
        }
    }
    if judged == 0 {
        breaches.push("no script sets a cfg, so this rule judges nothing".to_owned());
    }
    breaches
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
fn the_workspace_keeps_the_rule() {
    crate::kept(rule);
}

#[test]
fn a_cfg_that_is_not_expected_is_found() {
    let script = "# cargo test --cfg loom\nMEMGUARD_EXPECTS=loom RUSTFLAGS='--cfg loom' cargo test\n\
        RUSTFLAGS='--cfg loom' cargo test \\\n    --release\ncargo test \\\n    --config \"x=['--cfg','loom']\"\n";
    let wanted = ["a/run:3: sets a cfg without MEMGUARD_EXPECTS", "a/run:5: sets a cfg without MEMGUARD_EXPECTS"];
    crate::breaches(rule, &[("a/run", script)], &wanted);
}
