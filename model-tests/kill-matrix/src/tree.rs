//! The files of the workspace, and copies of them in which bugs are planted.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bug::Bug;
use crate::error::MatrixError;

/// The files of the workspace, without those that git ignores.
#[derive(Debug, Clone)]
pub struct Source {
    top: PathBuf,
    files: BTreeSet<PathBuf>,
}

impl Source {
    /// Those of the checkout at `top`. Changes that are not committed count, and so do new files.
    ///
    /// # Errors
    /// If `top` is no checkout.
    pub fn of(top: &Path) -> Result<Self, MatrixError> {
        let listed = git(top, &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
        let names = listed.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from);
        // A file that was removed and not committed is in the list.
        let files = names.filter(|name| top.join(name).is_file()).collect();
        Ok(Self { top: top.to_owned(), files })
    }

    /// A hash of everything that the detectors are built from and read. Prose, records, patches and this program do not
    /// count.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn hash(&self) -> Result<String, MatrixError> {
        let mut hash = blake3::Hasher::new();
        for name in self.files.iter().filter(|name| counts(name)) {
            let content = read(&self.top.join(name))?;
            let path = name.as_os_str().as_encoded_bytes();
            for part in [path, &content] {
                hash.update(&part.len().to_le_bytes()).update(part);
            }
        }
        Ok(hash.finalize().to_hex()[..16].to_owned())
    }

    /// Makes `copy` equal to these files. A file that is equal already stays as it is, so that cargo builds nothing for
    /// it. Other files are removed, because a detector may have left them, except those in `target`.
    ///
    /// # Errors
    /// If a file cannot be read or written.
    pub fn restore(&self, copy: &Path) -> Result<(), MatrixError> {
        let mut there = Vec::new();
        files_below(copy, Path::new(""), &mut there)?;
        for name in there.iter().filter(|name| !self.files.contains(*name)) {
            let path = copy.join(name);
            fs::remove_file(&path).map_err(|cause| MatrixError::Write { path, cause })?;
        }
        for name in &self.files {
            let (from, to) = (self.top.join(name), copy.join(name));
            if fs::read(&to).ok().as_deref() == Some(&read(&from)?) {
                continue;
            }
            let refused = |cause| MatrixError::Write { path: to.clone(), cause };
            fs::create_dir_all(to.parent().unwrap_or(copy)).map_err(refused)?;
            fs::copy(&from, &to).map_err(refused)?;
        }
        Ok(())
    }
}

/// Plants a bug in a copy. Returns why its patch does not apply, if it does not.
///
/// # Errors
/// If git cannot be run.
pub fn plant(bug: &Bug, copy: &Path) -> Result<Option<String>, MatrixError> {
    let applied = Command::new("git")
        .args(["apply", "--whitespace=nowarn"])
        .arg(&bug.path)
        .current_dir(copy)
        // In a repository around the copy, git would skip every file without a message.
        .env("GIT_CEILING_DIRECTORIES", copy.parent().unwrap_or(copy))
        .output()
        .map_err(|cause| MatrixError::Start { program: "git".to_owned(), cause })?;
    let said = String::from_utf8_lossy(&applied.stderr);
    let why = || said.lines().next().unwrap_or("git does not say why").trim_start_matches("error: ").to_owned();
    Ok((!applied.status.success()).then(why))
}

fn counts(name: &Path) -> bool {
    let left_out = ["reports/records", "model-tests/seeded-bugs", "model-tests/kill-matrix", ".ci", ".github"];
    name.extension().is_none_or(|extension| extension != "md")
        && !left_out.iter().any(|folder| name.starts_with(folder))
}

fn files_below(top: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), MatrixError> {
    let path = top.join(folder);
    if !path.is_dir() {
        return Ok(());
    }
    let unread = |cause| MatrixError::Read { path: path.clone(), cause };
    for entry in fs::read_dir(&path).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        let name = folder.join(entry.file_name());
        if !entry.file_type().map_err(unread)?.is_dir() {
            found.push(name);
        } else if name != Path::new("target") {
            files_below(top, &name, found)?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, MatrixError> {
    fs::read(path).map_err(|cause| MatrixError::Read { path: path.to_owned(), cause })
}

fn git(top: &Path, arguments: &[&str]) -> Result<String, MatrixError> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(top)
        .output()
        .map_err(|cause| MatrixError::Start { program: "git".to_owned(), cause })?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(MatrixError::Git { what: String::from_utf8_lossy(&output.stderr).trim().to_owned() })
    }
}
