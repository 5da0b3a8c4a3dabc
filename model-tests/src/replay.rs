//! Failing executions, kept so that each can be run again alone.
//!
//! loom can write down which execution comes next (a *checkpoint*) and start from there. Doing so before every execution would
//! cost more than the execution, so a model that fails is explored once more, up to the execution that failed, and the checkpoint
//! is written there. That finds the same execution because exploration is deterministic; a model that is not is told so.

use crate::record;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Names the checkpoint to replay.
const VARIABLE: &str = "MEMGUARD_REPLAY";

/// The checkpoint that this model is to be replayed from, if it is.
pub(crate) fn wanted(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env::var_os(VARIABLE)?);
    // As typed at the top of the repository; cargo runs tests in the folder of their package.
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let path = if path.exists() { path } else { top.join(path) };
    (path.file_stem()? == name).then_some(path)
}

/// The one command that runs the failing execution again.
pub(crate) fn command(name: &str) -> String {
    let path = record::checkpoint_of(name);
    let path = fs::canonicalize(&path).unwrap_or(path);
    format!("{VARIABLE}={} cargo models --test models -- --exact {name}", path.display())
}

/// A copy of the checkpoint: loom writes to the file it starts from.
pub(crate) fn scratch_copy(checkpoint: &Path) -> io::Result<PathBuf> {
    let copy = checkpoint.with_extension("replaying");
    fs::copy(checkpoint, &copy)?;
    Ok(copy)
}

/// Has loom write a checkpoint before execution `number`, and not go on from one.
pub(crate) fn write_at(loom: &mut loom::model::Builder, number: u64, path: PathBuf) {
    loom.checkpoint_interval = usize::try_from(number).unwrap_or(usize::MAX);
    loom.checkpoint_file = Some(path);
}

/// Has loom run the execution of the checkpoint, with the place in the source of every step, and no further one.
pub(crate) fn only(loom: &mut loom::model::Builder, checkpoint: PathBuf) {
    loom.checkpoint_file = Some(checkpoint);
    loom.location = true;
    // Looked at before each execution: the second does not begin.
    loom.checkpoint_interval = 1;
    loom.max_permutations = Some(2);
}
