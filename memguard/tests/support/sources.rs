//! The library's public items, read from its source: for tests that hold for every one of them.

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

/// Every item that users can reach, fields and variants left out. What the models alone can reach (`sync/leaf`) is none.
pub fn public_items() -> Vec<Item> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&source, &mut files);
    let items: Vec<_> = files.iter().flat_map(|file| items_of(&source, file)).collect();
    assert!(items.len() > 150, "only {} public items found: the source has moved", items.len());
    items
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the source is there") {
        let path = entry.expect("a folder that can be read").path();
        if path.is_dir() && !path.ends_with("sync/leaf") {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn items_of(source: &Path, file: &Path) -> Vec<Item> {
    let text = std::fs::read_to_string(file).expect("a source file");
    let lines: Vec<&str> = text.lines().collect();
    let name = file.strip_prefix(source).expect("below the source").display().to_string();
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
                file: name.clone(),
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
