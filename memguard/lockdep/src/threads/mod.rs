//! What the checker knows about each thread.

pub(crate) mod attention;
pub(crate) mod clock;
pub(crate) mod forked;
pub(crate) mod later;
pub(crate) mod leaf;
pub(crate) mod local;
#[cfg(all(test, feature = "models", loom))]
mod models;
pub(crate) mod own;
pub(crate) mod record;
pub(crate) mod slot;
