//! Whether what protects a buffer is still in place.

use super::handle::Buffer;
use crate::memory::Slot;
use crate::sync::Site;
use crate::{Error, Protected, Result};

/// What [`Buffer::verify`] has found.
///
/// ```
/// let found = memguard::Buffer::new(8)?.verify()?;
/// assert!(found.canary_is_intact && found.is_intact());
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the buffer may be damaged: check is_intact"]
#[non_exhaustive]
pub struct Verified {
    /// Whether each byte of canary around the buffer is as it was laid out. If not, code of this process wrote out of
    /// bounds. [`destroy`](Buffer::destroy) will return [`Error::Corrupted`] then.
    pub canary_is_intact: bool,
    /// Whether the pages before and behind the buffer's own refuse to be read. `Some(false)` if other code changed
    /// them, or if the session goes [without guards](crate::ControlKind::Guard). `None` where the system does not tell:
    /// outside Linux, and for simulated pages.
    pub guards_stop: Option<bool>,
}

impl Verified {
    /// Whether nothing is wrong, as far as it can be told.
    ///
    /// ```
    /// assert!(memguard::Buffer::new(8)?.verify()?.is_intact());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[must_use]
    pub fn is_intact(self) -> bool {
        self.canary_is_intact && self.guards_stop != Some(false)
    }
}

impl Buffer {
    /// Checks now what [`destroy`](Self::destroy) checks at the end: the canary before the bytes, up to the start of
    /// their page, and on a packed page the canary on both sides. Asks the kernel besides whether the two guards
    /// around the pages refuse to be read.
    ///
    /// It does not check the bytes themselves, which any code of this process can change, and changes nothing. It is
    /// an access to read, and takes two system calls.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// ```
    /// let buffer = memguard::Buffer::random(32)?;
    /// if !buffer.verify()?.is_intact() {
    ///     memguard::safe_panic("something writes out of bounds");
    /// }
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn verify(&self) -> Result<Verified> {
        let _inside = self.enter_to_read(Site::BufferRead)?;
        let (canary_is_intact, pages) = self.look(|slot| (slot.canary_intact(), slot.pages()))?;
        // The access keeps the pages where they are.
        Ok(Verified { canary_is_intact, guards_stop: self.core.pool.backend().guards_stop(pages) })
    }

    /// Asks the kernel what protects this buffer now. What the session wanted may not work here, or other code of the
    /// process may have changed it. [`Health::degraded`](crate::Health::degraded) counts the former for a whole
    /// session.
    ///
    /// For reports and checks at the start: the kernel goes through the mappings of the process, which can take
    /// milliseconds. It is an access to read.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// ```
    /// let protection = memguard::Buffer::random(32)?.protection()?;
    /// if protection.absent_in_children == Some(false) {
    ///     eprintln!("do not fork without exec here");
    /// }
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn protection(&self) -> Result<Protected> {
        let _inside = self.enter_to_read(Site::BufferRead)?;
        let pages = self.look(Slot::pages)?;
        Ok(self.core.pool.backend().protection(pages))
    }

    /// What is seen of the slot. This thread is inside.
    fn look<R>(&self, see: impl FnOnce(&Slot) -> R) -> Result<R> {
        let state = self.node.state(Site::StateProtect, &self.core.counters);
        state.slot.as_ref().map(see).ok_or(Error::Destroyed)
    }
}
