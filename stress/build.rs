//! Compiles in the commit that the binary is built from, so that no run asks git.

use std::path::Path;

#[path = "../reports/src/schema/commit.rs"]
mod commit;

/// What the binary is built from. cargo asks again when something below one of these changes.
const SOURCES: [&str; 6] = ["Cargo.toml", "Cargo.lock", "memguard", "model-tests/expect", "reports/src", "stress"];

fn main() {
    let top = Path::new("..");
    println!("cargo::rustc-env=MEMGUARD_COMMIT={}", commit::describe(top));
    let sources = SOURCES.map(|source| top.join(source));
    // git writes to these when another commit is checked out or made.
    let heads = ["HEAD", "logs/HEAD"].into_iter().filter_map(|name| commit::git_path(top, name));
    for path in sources.into_iter().chain(heads).filter(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}
