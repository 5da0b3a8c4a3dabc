//! The system's limit on locked memory.

use caps::{CapSet, Capability};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;

/// `RLIMIT_MEMLOCK` is lower for as long as this lives.
#[derive(Debug)]
pub struct Lowered {
    before: Rlimit,
    soft: u64,
}

impl Lowered {
    /// Lowers the soft limit to this many bytes, or leaves it where it is if that is lower.
    ///
    /// # Errors
    /// What the system said when it refused.
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
    /// What the system said when it refused.
    pub fn restore(self) -> io::Result<()> {
        setrlimit(Resource::Memlock, self.before)?;
        std::mem::forget(self);
        Ok(())
    }
}

impl Drop for Lowered {
    fn drop(&mut self) {
        if let Err(error) = setrlimit(Resource::Memlock, self.before) {
            eprintln!("memguard-stress: RLIMIT_MEMLOCK could not be put back: {error}");
        }
    }
}

/// Takes the right to lock memory beyond the limit (`CAP_IPC_LOCK`) from the calling thread, for good. Other threads keep it:
/// capabilities belong to threads.
///
/// # Errors
/// What the system said when it refused.
pub fn heed_the_limit() -> Result<(), caps::errors::CapsError> {
    if caps::has_cap(None, CapSet::Effective, Capability::CAP_IPC_LOCK)? {
        caps::drop(None, CapSet::Effective, Capability::CAP_IPC_LOCK)?;
    }
    Ok(())
}
