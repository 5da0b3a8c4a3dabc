//! The library's public items, read from its source, for tests of all items.

use std::path::{Path, PathBuf};

/// One `pub` item.
pub struct Item {
    /// Its file, below `src`.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// `fn`, `struct` and the like.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The comment above it.
    pub docs: String,
}

/// Every item that users can reach, without fields and variants. Items that only models can reach (`sync/leaf`) are
/// left out.
pub fn public_items() -> Vec<Item> {
    let files = source_files().into_iter().filter(|(file, _)| !file.starts_with("sync/leaf"));
    let items: Vec<_> = files.flat_map(|(file, text)| items_of(&file, &text)).collect();
    assert!(items.len() > 150, "only {} public items found: the source has moved", items.len());
    items
}

/// Every source file, by its name below `src`, with its text.
pub fn source_files() -> Vec<(String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&source, &mut files);
    let named = |file: &PathBuf| {
        let name = file.strip_prefix(&source).expect("below the source").display().to_string();
        (name, std::fs::read_to_string(file).expect("a source file"))
    };
    files.iter().map(named).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the source is there") {
        let path = entry.expect("a folder that can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn items_of(file: &str, text: &str) -> Vec<Item> {
    let lines: Vec<&str> = text.lines().collect();
    let above = |at: usize| {
        let mut docs: Vec<_> =
            lines[..at].iter().rev().map(|line| line.trim_start()).take_while(|line| is_above(line)).collect();
        docs.reverse();
        docs.join("\n")
    };
    lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| {
            let mut words = line.trim_start().strip_prefix("pub ")?.split([' ', '(', '<', '{', ';', ':']);
            let kind = words.find(|word| !["const", "unsafe"].contains(word))?;
            let name_of = words.next().unwrap_or_default();
            ["fn", "struct", "enum", "trait", "type"].contains(&kind).then(|| Item {
                file: file.to_owned(),
                line: at + 1,
                kind: kind.to_owned(),
                name: name_of.to_owned(),
                docs: above(at),
            })
        })
        .collect()
}

fn is_above(line: &str) -> bool {
    line.starts_with("///") || line.starts_with("#[") || line.starts_with(")]")
}
