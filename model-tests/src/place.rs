//! Where results go.

use std::env;
use std::path::{Path, PathBuf};

/// The workspace's target folder. cargo runs tests in the folder of their package.
pub(crate) fn target() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target"))
}
