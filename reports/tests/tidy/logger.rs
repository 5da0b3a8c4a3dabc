//! The library calls the logger in one file, so that nothing is logged under a lock.

use crate::findings::{Findings, breaches};
use crate::source;
use crate::tree::{Tree, is_library};

/// The one file.
const TELLS: &str = "memguard/src/core/tell.rs";

pub fn rule(tree: &Tree, found: &mut Findings) {
    for (path, text) in tree.files(is_library) {
        for (number, _) in source::code(text).filter(|(_, line)| line.contains("log::")) {
            if path == TELLS {
                found.judged += 1;
            } else {
                found.breaches.push(format!("{path}:{number}: calls the logger, which only {TELLS} does"));
            }
        }
    }
}

#[test]
fn a_call_elsewhere_is_found() {
    let files = [(TELLS, "log::warn!(\"\")"), ("memguard/src/lib.rs", "// log::info!\nfn f() { log::info!(\"\") }\n")];
    let wanted = "memguard/src/lib.rs:2: calls the logger, which only memguard/src/core/tell.rs does";
    breaches(rule, &files, &[wanted]);
}
