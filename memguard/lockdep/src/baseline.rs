//! The graph of a project, kept as a file. A test fails on an edge that the file does not have, until a person accepts
//! it.

use crate::class::Class;
use crate::graph::Context;
use crate::world;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::{env, fs, io};

/// The variable that accepts the new edges.
const ACCEPT: &str = "LOCKDEP_ACCEPT";

const HEADER: &str = "\
# Which kinds of locks were wanted while which were held. A test compares its run with this file, and fails on a new
# line.
# A new line can be half of a deadlock: review it, then accept it by running the test with LOCKDEP_ACCEPT=1.
# A class without a name is the place where its locks are made. Name the classes that shall not move with their lines.
";

/// For tests: compares the edges seen so far with those of a file, and ends the test if one is new.
///
/// With the environment variable `LOCKDEP_ACCEPT=1` it adds the new edges to the file instead. To forget edges that no
/// longer occur, delete the file and accept once.
///
/// # Panics
///
/// If an edge is new, with the places where the locks were taken. If the file cannot be read or written.
///
/// ```no_run
/// // at the end of a test that runs the whole program
/// memguard_lockdep::assert_baseline("locks.baseline");
/// ```
#[track_caller]
pub fn assert_baseline(path: impl AsRef<Path>) {
    let path = path.as_ref();
    let known = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => panic!("the baseline {} cannot be read: {error}", path.display()),
    };
    let mut lines: BTreeSet<&str> = known.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let seen = edges(&world::graph_and_reports().0);
    let new: Vec<&String> = seen.keys().filter(|line| !lines.contains(line.as_str())).collect();
    if new.is_empty() {
        return;
    }
    if env::var_os(ACCEPT).is_some_and(|value| value == "1") {
        lines.extend(seen.keys().map(String::as_str));
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        if let Err(error) = fs::write(path, format!("{HEADER}{text}")) {
            panic!("the baseline {} cannot be written: {error}", path.display());
        }
        return;
    }
    let new: Vec<String> = new.into_iter().map(|line| format!("  {line}\n{}", seen[line])).collect();
    let (path, new) = (path.display(), new.join("\n"));
    panic!("edges that {path} does not have:\n{new}\nreview them, then accept them: run this test with {ACCEPT}=1");
}

/// A class in a line of the file. A name alone could be that of locks of two kinds, and could begin as a comment does.
fn in_line(class: &Class) -> String {
    match class.name() {
        Some(_) => format!("{} {class}", class.kind()).escape_debug().to_string(),
        None => class.to_string(),
    }
}

/// Each edge as a line of the file, with the places of its first context.
fn edges(contexts: &[Arc<Context>]) -> BTreeMap<String, String> {
    let mut edges = BTreeMap::new();
    for context in contexts {
        let line = format!("{} -> {}", in_line(context.held.class), in_line(context.wanted.class));
        let places = || format!("    held at {}\n    wanted at {}", context.held.place, context.wanted.place);
        edges.entry(line).or_insert_with(places);
    }
    edges
}
