//! Freezing makes the pages of a buffer read-only. Melting makes them writable again.

use super::handle::Buffer;
use crate::sync::{Mode, Site};
use crate::{Error, Result};
use std::sync::atomic::Ordering;

impl Buffer {
    /// Makes the pages read-only in hardware, until [`melt`](Self::melt). May be called inside a read of the same
    /// buffer.
    ///
    /// # Errors
    /// As [`read`](Self::read), and [`Error::System`] or [`Error::Limit`] if the system refuses.
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(3)?;
    /// buffer.freeze()?;
    /// assert!(matches!(buffer.write(), Err(memguard::Error::Frozen)));
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn freeze(&self) -> Result<()> {
        self.protect(true)
    }

    /// Makes the pages writable again. May be called inside a read of the same buffer.
    ///
    /// # Errors
    /// As [`freeze`](Self::freeze).
    ///
    /// ```
    /// let buffer = memguard::Buffer::random(3)?;
    /// buffer.melt()?;
    /// buffer.write()?.fill(1);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn melt(&self) -> Result<()> {
        self.protect(false)
    }

    fn protect(&self, frozen: bool) -> Result<()> {
        let _no_writer = self.enter(Mode::Shared, Site::BufferProtect)?;
        let changed = {
            let mut state = self.node.state(Site::StateProtect, &self.core.counters);
            let changed = state.slot.as_mut().ok_or(Error::Destroyed)?.set_frozen(frozen);
            if changed.is_ok() {
                self.node.frozen.store(frozen, Ordering::Relaxed);
            }
            changed
        };
        // An error looks for the limit behind it, which takes system calls.
        Ok(changed.map_err(|fault| self.core.pool.refused(fault))?)
    }
}
