//! The system's limit on locked memory.

use caps::{CapSet, Capability};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;

/// Keeps `RLIMIT_MEMLOCK` lowered until it is dropped.
#[derive(Debug)]
pub struct LoweredLimit {
    before: Rlimit,
    soft: u64,
}

impl LoweredLimit {
    /// Lowers the soft limit to this many bytes. A limit that is already lower stays.
    ///
    /// # Errors
    /// The system's error if it refuses.
    pub fn to(bytes: u64) -> io::Result<Self> {
        let before = getrlimit(Resource::Memlock);
        let soft = before.current.map_or(bytes, |current| current.min(bytes));
        setrlimit(Resource::Memlock, Rlimit { current: Some(soft), maximum: before.maximum })?;
        Ok(Self { before, soft })
    }

    /// The limit in force, in bytes.
    pub fn limit(&self) -> u64 {
        self.soft
    }

    /// Puts the limit back.
    ///
    /// # Errors
    /// The system's error if it refuses.
    pub fn restore(self) -> io::Result<()> {
        setrlimit(Resource::Memlock, self.before)?;
        std::mem::forget(self);
        Ok(())
    }
}

impl Drop for LoweredLimit {
    fn drop(&mut self) {
        if let Err(error) = setrlimit(Resource::Memlock, self.before) {
            eprintln!("memguard-stress: RLIMIT_MEMLOCK could not be put back: {error}");
        }
    }
}

/// Drops the calling thread's right to lock memory beyond the limit (`CAP_IPC_LOCK`). The thread cannot get it back.
/// Other threads keep it, because capabilities belong to threads.
///
/// # Errors
/// The system's error if it refuses.
pub fn drop_ipc_lock() -> Result<(), caps::errors::CapsError> {
    if caps::has_cap(None, CapSet::Effective, Capability::CAP_IPC_LOCK)? {
        caps::drop(None, CapSet::Effective, Capability::CAP_IPC_LOCK)?;
    }
    Ok(())
}
