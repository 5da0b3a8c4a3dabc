//! A small workspace under version control, and patches for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

pub struct Workspace(TempDir);

impl Workspace {
    /// One with `lib.txt`, which says `right`, and what the program reads of a workspace.
    pub fn new() -> Self {
        let workspace = Self(tempfile::tempdir().unwrap());
        workspace.write("lib.txt", "right\n");
        workspace.write("other.txt", "one\n");
        workspace.write(".gitignore", "/target\nignored.txt\n");
        let baseline = Path::new(env!("CARGO_MANIFEST_DIR")).join("../baseline.json");
        workspace.write("model-tests/baseline.json", &fs::read_to_string(baseline).unwrap());
        workspace.git(&["init", "-q"]);
        workspace.git(&["add", "."]);
        workspace.git(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "first"]);
        workspace
    }

    pub fn top(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.top().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// A bug that replaces the one line of a file.
    pub fn bug(&self, name: &str, kind: &str, file: &str, from: &str, to: &str) {
        let header = format!("Kind: {kind}\nGuarantee: WIPED\n\nIt is {to}. And so on.\n\n");
        let diff = format!("diff --git a/{file} b/{file}\n--- a/{file}\n+++ b/{file}\n@@ -1 +1 @@\n-{from}\n+{to}\n");
        self.write(&format!("model-tests/seeded-bugs/{name}.patch"), &(header + &diff));
    }

    pub fn git(&self, arguments: &[&str]) {
        assert!(Command::new("git").args(arguments).current_dir(self.top()).status().unwrap().success());
    }
}
