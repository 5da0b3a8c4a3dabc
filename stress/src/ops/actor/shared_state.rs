//! What the actors of a session share: buffers, enclaves and streams, each in one of a few places.
//!
//! Every secret in here is [tagged](crate::ops::tagged): its bytes say what they must be.

use crate::places::Places;
use memguard::{Buffer, Enclave, Stream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The length of each shared secret. It is a multiple of every integer's size, and less than a page, so that there is a
/// canary.
pub(super) const LEN: usize = 32;

/// Buffers, enclaves and streams that all actors of a session may use, change and destroy.
#[derive(Debug, Default)]
pub struct SharedState {
    pub(super) buffers: Places<SharedBuffer, 3>,
    pub(super) enclaves: Places<SharedEnclave, 4>,
    pub(super) streams: Places<Stream, 2>,
    next_id: AtomicU64,
}

/// A shared buffer.
#[derive(Debug)]
pub(super) struct SharedBuffer {
    pub(super) buffer: Buffer,
    /// Whether it was frozen when it was made, or any thread has frozen it since.
    pub(super) frozen: AtomicBool,
}

/// A shared enclave.
#[derive(Debug)]
pub(super) struct SharedEnclave {
    pub(super) enclave: Enclave,
    /// The id of its secret. `None` if it was sealed from a buffer that other threads could write.
    pub(super) id: Option<u64>,
}

/// An access of this thread to a shared buffer.
#[derive(Debug)]
pub(super) struct Entered {
    pub(super) shared: Arc<SharedBuffer>,
    pub(super) writes: bool,
}

impl SharedState {
    /// Drops everything.
    pub fn clear(&self) {
        self.buffers.clear();
        self.enclaves.clear();
        self.streams.clear();
    }

    /// The id of a new secret.
    pub(super) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }
}

impl SharedBuffer {
    pub(super) fn new(buffer: Buffer, frozen: bool) -> Arc<Self> {
        Arc::new(Self { buffer, frozen: AtomicBool::new(frozen) })
    }
}
