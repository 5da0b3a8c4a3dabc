//! The part of a session's configuration that its core uses.

use crate::crypto::Cipher;
use crate::memory::{Backend, Freezing, Isolation, Os, Policies};
use crate::sync::leaf;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

/// Filled by [`SessionBuilder`](crate::SessionBuilder), whose methods say what each field means.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) cipher: Cipher,
    pub(crate) acquire_timeout: Duration,
    pub(crate) controls: Policies,
    pub(crate) isolation: Isolation,
    pub(crate) freezing: Freezing,
    pub(crate) pool_pages: usize,
    pub(crate) stream_chunk: usize,
    pub(crate) shards: usize,
    pub(crate) backend: Arc<dyn Backend>,
}

// The fields are plain values. A backend keeps its own state valid when one of its calls panics.
impl UnwindSafe for Config {}
impl RefUnwindSafe for Config {}

impl Default for Config {
    fn default() -> Self {
        Self {
            cipher: Cipher::default(),
            acquire_timeout: Duration::from_secs(5),
            controls: Policies::default(),
            isolation: Isolation::default(),
            freezing: Freezing::default(),
            pool_pages: 512,
            stream_chunk: 16 * 1024,
            shards: leaf::shards(),
            backend: Arc::new(Os::new()),
        }
    }
}

impl Config {
    /// The same configuration for a forked child.
    pub(crate) fn in_child(&self) -> Self {
        Self { backend: self.backend.renewed(), ..self.clone() }
    }
}
