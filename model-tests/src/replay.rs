//! Saves failing executions, so that each can run again alone.
//!
//! loom can write a *checkpoint* of the execution that comes next, and start from it. A checkpoint before every
//! execution would cost more than the execution. So a failing model is explored once more, up to the failing execution,
//! and writes its checkpoint there. Exploration is deterministic, so this finds the same execution. If it does not, the
//! harness says so.

use crate::{deeper, record};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, fs, io};

/// Names the checkpoint to replay.
const VARIABLE: &str = "MEMGUARD_REPLAY";

/// Whether a model was the one that [`VARIABLE`] names.
static FOUND: AtomicBool = AtomicBool::new(false);

/// The checkpoint to replay, if the environment names one of this model.
pub(crate) fn wanted(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env::var_os(VARIABLE)?);
    // The path is as typed at the top of the repository, but cargo runs tests in the folder of their package.
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let path = if path.exists() { path } else { top.join(path) };
    let is_this = path.file_stem()? == name;
    FOUND.fetch_or(is_this, Ordering::Relaxed);
    is_this.then_some(path)
}

/// Why nothing was replayed, if the environment asks for a replay and no model that ran is the one.
pub(crate) fn missed() -> Option<String> {
    let path = PathBuf::from(env::var_os(VARIABLE)?);
    let why = format!(
        "{VARIABLE} is {}, and no model that ran has this name, so nothing was replayed: unset it, or name its model",
        path.display()
    );
    (!FOUND.load(Ordering::Relaxed)).then_some(why)
}

/// The one command that runs the failing execution again.
pub(crate) fn command(name: &str, deeper: usize) -> String {
    let path = record::checkpoint_of(name);
    let path = fs::canonicalize(&path).unwrap_or(path);
    let bounds = if deeper == 0 { String::new() } else { format!("{}={deeper} ", deeper::VARIABLE) };
    format!("{bounds}{VARIABLE}={} cargo models --test models -- --exact {name}", path.display())
}

/// A copy of the checkpoint, because loom writes to the file it starts from.
pub(crate) fn scratch_copy(checkpoint: &Path) -> io::Result<PathBuf> {
    let copy = checkpoint.with_extension("replaying");
    fs::copy(checkpoint, &copy)?;
    Ok(copy)
}

/// Makes loom write a checkpoint before execution `number`, and not start from one.
pub(crate) fn write_at(loom: &mut loom::model::Builder, number: u64, path: PathBuf) {
    loom.checkpoint_interval = usize::try_from(number).unwrap_or(usize::MAX);
    loom.checkpoint_file = Some(path);
}

/// Makes loom run only the execution of the checkpoint, with the source location of every step.
pub(crate) fn only(loom: &mut loom::model::Builder, checkpoint: PathBuf) {
    loom.checkpoint_file = Some(checkpoint);
    loom.location = true;
    // loom checks this before each execution, so the second does not begin.
    loom.checkpoint_interval = 1;
    loom.max_permutations = Some(2);
}
