//! The files that the rules read: the workspace's, or those of a test.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Files by their path from the top of the workspace, with `/` between its parts.
pub struct Tree {
    files: BTreeMap<String, String>,
    executable: BTreeSet<String>,
}

impl Tree {
    /// Every text file of the workspace that git would not ignore.
    pub fn of_workspace() -> Self {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace");
        let mut walk = ignore::WalkBuilder::new(top);
        // Hidden folders count (.ci, .github), git's own does not. A clone without `.git` is read as well.
        walk.hidden(false).require_git(false).filter_entry(|entry| entry.file_name() != ".git");
        let (mut files, mut executable) = (BTreeMap::new(), BTreeSet::new());
        for entry in walk.build() {
            let entry = entry.expect("the workspace can be read");
            if entry.file_type().is_some_and(|kind| kind.is_file()) {
                let path = entry.path().strip_prefix(top).expect("the walk began at the top");
                let bytes = std::fs::read(entry.path()).expect("the file can be read");
                // The inputs of fuzz targets are bytes. Their paths count, their content does not.
                let text = String::from_utf8(bytes).unwrap_or_default();
                let path = path.to_string_lossy().replace('\\', "/");
                if entry.metadata().is_ok_and(|file| file.permissions().mode() & 0o111 != 0) {
                    executable.insert(path.clone());
                }
                files.insert(path, text);
            }
        }
        assert!(files.contains_key("Cargo.toml"), "{} is not the top of the workspace", top.display());
        Self { files, executable }
    }

    /// These files, as a test writes them.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect();
        Self { files, executable: BTreeSet::new() }
    }

    /// With this file executable.
    pub fn with_executable(mut self, path: &str) -> Self {
        self.executable.insert(path.to_owned());
        self
    }

    /// Whether the file may be run.
    pub fn is_executable(&self, path: &str) -> bool {
        self.executable.contains(path)
    }

    /// Paths and texts of the files that `wanted` accepts, in the order of their paths.
    pub fn files(&self, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).filter(move |(path, _)| wanted(path))
    }

    /// The text of one file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }
}

/// Whether a program renders the file.
pub fn is_page(path: &str) -> bool {
    path.starts_with("reports/") && path.ends_with(".md") && path != "reports/README.md"
}

/// Whether the path is one of a Rust file.
pub fn is_rust(path: &str) -> bool {
    path.ends_with(".rs")
}

/// Whether the path is a source file of the library.
pub fn is_library(path: &str) -> bool {
    path.starts_with("memguard/src/") && is_rust(path)
}
