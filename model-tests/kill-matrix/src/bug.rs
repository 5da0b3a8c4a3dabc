//! A bug: a patch with a header.
//!
//! ```text
//! Kind: lost-hand-over
//! Guarantee: WIPED
//! Fuzz-target: concurrent_program
//!
//! The last thread to leave does not wipe. More sentences may follow.
//!
//! diff --git …
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use memguard_reports::Guarantee;
use memguard_reports::kill_matrix::{Detector, Kind};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as Unknown;

use crate::error::MatrixError;

/// A bug to plant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bug {
    /// The name of the patch, without its ending.
    pub name: String,
    /// What goes wrong.
    pub kind: Kind,
    /// What is broken.
    pub guarantee: Guarantee,
    /// The fuzz target that must find it.
    pub fuzz_target: Option<String>,
    /// What the bug does: the first sentence of the story.
    pub title: String,
    /// Where the patch is.
    pub path: PathBuf,
    /// The files that it changes, from the top of the workspace.
    pub files: Vec<PathBuf>,
    /// A hash of the change. The words above it may be changed without a new run.
    pub hash: String,
}

impl Bug {
    /// Whether a detector can run on it. A fuzzer needs a target.
    pub fn concerns(&self, detector: Detector) -> bool {
        detector != Detector::Fuzz || self.fuzz_target.is_some()
    }

    /// The bug in a patch.
    ///
    /// # Errors
    /// [`MatrixError::Header`] says what is missing or unknown.
    pub fn parse(name: &str, path: &Path, patch: &str) -> Result<Self, MatrixError> {
        let wrong = |what: String| MatrixError::Header { path: path.to_owned(), what };
        let start =
            patch.find("diff --git ").ok_or_else(|| wrong("has no change: no line begins with `diff --git`".into()))?;
        let (header, change) = patch.split_at(start);
        let (fields, story) = header.split_once("\n\n").ok_or_else(|| {
            wrong("has no story: put an empty line after the fields, and say in a sentence what the bug does".into())
        })?;
        let (mut kind, mut guarantee, mut fuzz_target) = (None, None, None);
        for line in fields.lines() {
            let (field, value) = line
                .split_once(": ")
                .ok_or_else(|| wrong(format!("begins with `{line}`, which is no field such as `Kind: inversion`")))?;
            let given_before = match field {
                "Kind" => kind.replace(known::<Kind>(value).map_err(|error| wrong(error.to_string()))?).is_some(),
                "Guarantee" => {
                    guarantee.replace(known::<Guarantee>(value).map_err(|error| wrong(error.to_string()))?).is_some()
                }
                "Fuzz-target" => fuzz_target.replace(value.to_owned()).is_some(),
                _ => return Err(wrong(format!("has a field `{field}`; known are Kind, Guarantee and Fuzz-target"))),
            };
            if given_before {
                return Err(wrong(format!("has the field `{field}` twice")));
            }
        }
        let title = first_sentence(story);
        if title.is_empty() {
            return Err(wrong("has no story: say in a sentence what the bug does".into()));
        }
        let files: Vec<PathBuf> =
            change.lines().filter_map(|line| line.strip_prefix("+++ b/")).map(PathBuf::from).collect();
        if files.is_empty() {
            return Err(wrong("changes no file".into()));
        }
        let mut hash = blake3::Hasher::new();
        hash.update(change.as_bytes());
        hash.update(fuzz_target.as_deref().unwrap_or_default().as_bytes());
        Ok(Self {
            name: name.to_owned(),
            kind: kind.ok_or_else(|| wrong("lacks `Kind: `; model-tests/README.md lists the kinds".into()))?,
            guarantee: guarantee.ok_or_else(|| wrong("lacks `Guarantee: `, such as WIPED".into()))?,
            fuzz_target,
            title,
            path: path.to_owned(),
            files,
            hash: hash.finalize().to_hex()[..16].to_owned(),
        })
    }
}

/// A value of an enum by its name. The error lists all names.
fn known<'n, T: Deserialize<'n>>(name: &'n str) -> Result<T, Unknown> {
    T::deserialize(IntoDeserializer::<Unknown>::into_deserializer(name))
}

/// Up to the first full stop that ends a sentence, on one line.
fn first_sentence(story: &str) -> String {
    let words = story.split_whitespace();
    let mut sentence = String::new();
    for word in words {
        if !sentence.is_empty() {
            sentence.push(' ');
        }
        sentence.push_str(word);
        if word.ends_with('.') {
            break;
        }
    }
    sentence
}

/// All bugs in a folder whose names contain one of `names`, or all of them. They are sorted by name.
///
/// # Errors
/// If a header is wrong, if there is no bug, or if one of `names` is in no name.
pub fn bugs_in(folder: &Path, names: &[String]) -> Result<Vec<Bug>, MatrixError> {
    let unread = |cause| MatrixError::Read { path: folder.to_owned(), cause };
    let mut bugs = Vec::new();
    for entry in fs::read_dir(folder).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        if path.extension().is_some_and(|extension| extension == "patch") {
            let patch = fs::read_to_string(&path).map_err(|cause| MatrixError::Read { path: path.clone(), cause })?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            bugs.push(Bug::parse(&name, &path, &patch)?);
        }
    }
    bugs.sort_by(|a, b| a.name.cmp(&b.name));
    if bugs.is_empty() {
        return Err(MatrixError::NoBugs { folder: folder.to_owned() });
    }
    if let Some(name) = names.iter().find(|name| !bugs.iter().any(|bug| bug.name.contains(*name))) {
        return Err(MatrixError::NoSuchBug { name: name.clone(), folder: folder.to_owned() });
    }
    Ok(bugs.into_iter().filter(|bug| names.is_empty() || names.iter().any(|name| bug.name.contains(name))).collect())
}
