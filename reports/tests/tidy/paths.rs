//! A path that a comment or a document names exists. It may be written from the top of the workspace, or from any
//! folder above the file that it means. `*` and the words in [`ANY`] stand for any name.

use crate::source;
use crate::tree::{Tree, is_rust};

/// What ends a name that is a file's.
const ENDINGS: [&str; 6] = [".rs", ".md", ".sh", ".toml", ".patch", ".options"];

/// What documents write for a part of a name.
const ANY: [&str; 6] = ["TARGET", "NAME", "FILE", "DATE", "KIND", "SOMETHING"];

/// Paths that begin like this belong to the system or to nobody. `.gitignore` adds where programs write.
const ELSEWHERE: [&str; 7] = [
    "/",
    "~/",
    "http:",
    "https:",
    "stress/tests/proptest-regressions",
    // A fuzzing campaign writes these two.
    "reports/fuzz.md",
    "reports/records/fuzz.json",
];

fn rule(tree: &Tree) -> Vec<String> {
    let known = Known::of(tree);
    let mut breaches = Vec::new();
    let mut judged = 0;
    for (path, text) in tree.files(is_judged) {
        let lines = if is_rust(path) {
            source::comments(text)
        } else if path.ends_with(".md") {
            source::prose(text)
        } else {
            (1..).zip(text.lines()).filter(|(_, line)| line.trim_start().starts_with('#')).collect()
        };
        for (number, line) in lines {
            for word in line.split([' ', '(', ')', '|', '`', '"', '\'', ',', ';', '[', ']', '<', '>']) {
                let word = word.trim_end_matches(['.', ':', '!', '?']).trim_start_matches("./");
                if known.is_path(word) {
                    judged += 1;
                    if !known.exists(word) {
                        breaches.push(format!("{path}:{number}: {word} does not exist"));
                    }
                }
            }
        }
    }
    if judged == 0 {
        breaches.push("no path was found, so this rule judges nothing".to_owned());
    }
    breaches
}

/// A changelog and the pages of past runs speak of what was. The rules of this folder name what they plant.
fn is_judged(path: &str) -> bool {
    let judged = is_rust(path) || path.ends_with(".md") || path.ends_with(".sh") || path.ends_with(".toml");
    let is_page = path.starts_with("reports/") && path.ends_with(".md") && path != "reports/README.md";
    judged && !is_page && path != "CHANGELOG.md" && !path.starts_with("reports/tests/tidy/")
}

/// Every file and folder, split into its parts.
struct Known<'a> {
    paths: Vec<Vec<&'a str>>,
    elsewhere: Vec<&'a str>,
}

impl<'a> Known<'a> {
    fn of(tree: &'a Tree) -> Self {
        let ignored = tree.text(".gitignore").unwrap_or_default().lines();
        let ignored = ignored.filter_map(|line| line.strip_prefix('/')).map(|line| line.trim_end_matches('/'));
        let paths = tree.files(|_| true).map(|(path, _)| path.split('/').collect()).collect();
        Self { paths, elsewhere: ELSEWHERE.into_iter().chain(ignored).collect() }
    }

    /// Whether a word is meant as a path: it ends like a file, or it begins with a folder and goes on below it.
    fn is_path(&self, word: &str) -> bool {
        if self.elsewhere.iter().any(|start| word.starts_with(start)) || word.contains("::") || word.contains("..") {
            return false;
        }
        let letters = |letter: char| letter.is_ascii_alphanumeric() || "_-./*".contains(letter);
        if !word.chars().all(letters) || word.starts_with(['.', '-', '*']) {
            return false;
        }
        let is_file = ENDINGS.iter().any(|end| word.len() > end.len() && word.ends_with(end));
        let first = word.split('/').next().unwrap_or_default();
        let is_below = word.contains('/') && self.is_folder(first) && word.len() > first.len() + 2;
        is_file || is_below
    }

    fn is_folder(&self, name: &str) -> bool {
        self.paths.iter().any(|parts| parts[..parts.len() - 1].contains(&name))
    }

    /// Whether the parts of the word are neighbours in some path, the last one whole or without `.rs`.
    fn exists(&self, word: &str) -> bool {
        let word = ANY.iter().fold(word.trim_end_matches('/').to_owned(), |word, any| word.replace(any, "*"));
        let wanted: Vec<&str> = word.split('/').collect();
        let is = |there: &str, wanted: &str| fits(there, wanted) || there.strip_suffix(".rs") == Some(wanted);
        let all = |window: &[&str]| window.iter().zip(&wanted).all(|(there, wanted)| is(there, wanted));
        self.paths.iter().any(|parts| parts.windows(wanted.len()).any(all))
    }
}

/// Whether a name fits a pattern in which `*` is any text.
fn fits(name: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return name == pattern };
    name.strip_prefix(start)
        .is_some_and(|name| (0..=name.len()).any(|at| name.is_char_boundary(at) && fits(&name[at..], rest)))
}

#[test]
fn the_workspace_keeps_the_rule() {
    crate::kept(rule);
}

#[test]
fn a_path_that_does_not_exist_is_found() {
    let code = "//! See `a/src/lib.rs`, src/gone.rs and `fuzz/seeds/TARGET`.\nfn f() {} // a/src/nothing\n";
    let page = "Here: [lib](a/src/lib.rs), a/lost.md.\n\n```\nnot/prose.md\n```\n";
    let files = [("a/src/lib.rs", code), ("fuzz/seeds/x/1", ""), ("README.md", page)];
    let wanted = [
        "README.md:1: a/lost.md does not exist",
        "a/src/lib.rs:1: src/gone.rs does not exist",
        "a/src/lib.rs:2: a/src/nothing does not exist",
    ];
    crate::breaches(rule, &files, &wanted);
}
