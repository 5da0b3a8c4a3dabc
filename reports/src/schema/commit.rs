//! Which commit a run was built from.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The commit checked out in `dir`: its full hash, followed by `-dirty` if the tree has changes or untracked files, or
/// `unknown` if git is absent, fails, or `dir` is in no repository with a commit.
///
/// Records and pages in `reports/` are ignored: an earlier run may have written them, and nothing is built from them.
/// Any other file that a run writes into the tree makes it dirty, so ask before the run writes.
///
/// ```
/// assert_eq!(memguard_reports::commit::describe("/".as_ref()), "unknown");
/// ```
pub fn describe(dir: &Path) -> String {
    describe_by(|arguments| git(dir, arguments))
}

/// Where git keeps a file of the checkout at `dir`, such as `HEAD`. `None` if git is absent or `dir` is in no
/// repository.
///
/// ```
/// assert_eq!(memguard_reports::commit::git_path("/".as_ref(), "HEAD"), None);
/// ```
pub fn git_path(dir: &Path, name: &str) -> Option<PathBuf> {
    git(dir, &["rev-parse", "--git-path", name]).map(|path| dir.join(path.trim()))
}

/// `git` returns what the command printed, or `None` if it failed.
fn describe_by(git: impl Fn(&[&str]) -> Option<String>) -> String {
    let described = || {
        let head = git(&["rev-parse", "--verify", "HEAD"])?;
        // An untracked source file can be part of the build, so this overrides status.showUntrackedFiles.
        let status = ["status", "--porcelain", "--untracked-files=normal", "--"];
        let sources = [":(top)", ":(top,exclude,glob)reports/*.md", ":(top,exclude,glob)reports/records/*.json"];
        let changes = git(&[status.as_slice(), sources.as_slice()].concat())?;
        let suffix = if changes.trim().is_empty() { "" } else { "-dirty" };
        let head = head.trim();
        (!head.is_empty()).then(|| format!("{head}{suffix}"))
    };
    described().unwrap_or_else(|| "unknown".to_owned())
}

/// What git printed in `dir`, or `None` if it is absent or failed.
pub(crate) fn git(dir: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(dir)
        // A git hook sets these for its own repository. `dir` may be in another one.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        // Otherwise `status` may take index.lock, and a commit in another process fails.
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::describe_by;

    fn described(head: Option<&str>, changes: Option<&str>) -> String {
        describe_by(|arguments| {
            let answer = match arguments[0] {
                "rev-parse" => head,
                "status" => changes,
                other => panic!("unexpected git command {other}"),
            };
            answer.map(str::to_owned)
        })
    }

    #[test]
    fn a_clean_tree_is_its_hash() {
        assert_eq!(described(Some("abc123\n"), Some("")), "abc123");
    }

    #[test]
    fn a_changed_tree_is_dirty() {
        assert_eq!(described(Some("abc123\n"), Some(" M src/lib.rs\n")), "abc123-dirty");
    }

    #[test]
    fn what_git_cannot_tell_is_unknown() {
        assert_eq!(described(None, Some("")), "unknown");
        // The bare hash would claim that the tree is clean.
        assert_eq!(described(Some("abc123\n"), None), "unknown");
        assert_eq!(described(Some("\n"), Some("")), "unknown");
    }
}
