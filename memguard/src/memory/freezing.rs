//! How a buffer that lets no writer in is protected.

use std::sync::atomic::{AtomicU8, Ordering};

/// What keeps the bytes of a frozen buffer from being written.
///
/// Either way [`Buffer::write`](crate::Buffer::write) and everything that writes through it return
/// [`Error::Frozen`](crate::Error::Frozen). Safe code cannot write the bytes otherwise.
///
/// ```
/// use memguard::{Freezing, Session};
/// let session = Session::builder().freezing(Freezing::InHardware).build()?;
/// let key = session.buffer_random(32)?;
/// assert!(matches!(key.write(), Err(memguard::Error::Frozen)));
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Freezing {
    /// The buffer lets no writer in. A stray pointer could still write the bytes. This takes no system call.
    #[default]
    ByAccess,
    /// The pages are read-only as well, so a stray write faults. This takes two system calls for each buffer, each of
    /// which stops the other threads of the process for a moment. A packed buffer shares its page with others, so it is
    /// frozen [`ByAccess`](Self::ByAccess).
    InHardware,
}

/// Whether a buffer is frozen, and how.
#[derive(Debug, Default)]
pub(crate) struct Frozen(AtomicU8);

const MUTABLE: u8 = 0;
const BY_ACCESS: u8 = 1;
const IN_HARDWARE: u8 = 2;

impl Frozen {
    pub(crate) fn get(&self) -> Option<Freezing> {
        match self.0.load(Ordering::Relaxed) {
            MUTABLE => None,
            BY_ACCESS => Some(Freezing::ByAccess),
            _ => Some(Freezing::InHardware),
        }
    }

    pub(crate) fn set(&self, frozen: Option<Freezing>) {
        let mark = match frozen {
            None => MUTABLE,
            Some(Freezing::ByAccess) => BY_ACCESS,
            Some(Freezing::InHardware) => IN_HARDWARE,
        };
        self.0.store(mark, Ordering::Relaxed);
    }
}
