//! A path that a comment or a document names exists. It may be written from the top of the workspace, or from any
//! folder above the file that it means. `*` and the words in [`ANY`] stand for any name.

use crate::findings::{Findings, breaches};
use crate::source;
use crate::tree::{Tree, is_page, is_rust};
use regex::Regex;

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

pub fn rule(tree: &Tree, found: &mut Findings) {
    let known = Known::of(tree);
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
                    found.judged += 1;
                    if !known.exists(word) {
                        found.breaches.push(format!("{path}:{number}: {word} does not exist"));
                    }
                }
            }
        }
    }
}

/// A changelog and the pages of past runs speak of what was. The rules of this folder name what they plant.
fn is_judged(path: &str) -> bool {
    let judged = is_rust(path) || path.ends_with(".md") || path.ends_with(".sh") || path.ends_with(".toml");
    judged && !is_page(path) && path != "CHANGELOG.md" && !path.starts_with("reports/tests/tidy/")
}

struct Known<'a> {
    /// The path of every file, one a line, each with a slash in front.
    paths: String,
    elsewhere: Vec<&'a str>,
    /// The letters of a path.
    letters: Regex,
}

impl<'a> Known<'a> {
    fn of(tree: &'a Tree) -> Self {
        let ignored = tree.text(".gitignore").unwrap_or_default().lines();
        let ignored = ignored.filter_map(|line| line.strip_prefix('/')).map(|line| line.trim_end_matches('/'));
        let elsewhere = ELSEWHERE.into_iter().chain(ignored).collect();
        let paths = tree.files(|_| true).map(|(path, _)| format!("/{path}\n")).collect();
        Self { paths, elsewhere, letters: Regex::new(r"^[a-zA-Z0-9_/][a-zA-Z0-9_./*-]*$").expect("it is a pattern") }
    }

    /// Whether a word is meant as a path: it ends like a file, or it begins with a folder and goes on below it.
    fn is_path(&self, word: &str) -> bool {
        if self.elsewhere.iter().any(|start| word.starts_with(start)) || word.contains("..") {
            return false;
        }
        let is_file = ENDINGS.iter().any(|end| word.len() > end.len() && word.ends_with(end));
        let begins_with_folder =
            |(first, below): (&str, &str)| below.len() > 1 && self.paths.contains(&format!("/{first}/"));
        self.letters.is_match(word) && (is_file || word.split_once('/').is_some_and(begins_with_folder))
    }

    /// Whether the parts of the word are neighbours in some path, the last one whole or without `.rs`.
    fn exists(&self, word: &str) -> bool {
        let word = ANY.iter().fold(word.trim_end_matches('/').to_owned(), |word, any| word.replace(any, "*"));
        let word = regex::escape(&word).replace(r"\*", r"[^/\n]*");
        Regex::new(&format!(r"(?m)/{word}(?:\.rs)?(?:/|$)")).expect("it is a pattern").is_match(&self.paths)
    }
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
    breaches(rule, &files, &wanted);
}
