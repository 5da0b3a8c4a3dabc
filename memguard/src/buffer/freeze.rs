//! Freezing a buffer, so that no writer enters it, and melting it again.

use super::handle::Buffer;
use crate::sync::{Mode, Site};
use crate::{Error, Freezing, Result};

impl Buffer {
    /// Lets no writer in any more and makes the pages read-only in hardware, until [`melt`](Self::melt). May be called
    /// inside a read of the same buffer.
    ///
    /// The buffer may be frozen already, as those with contents are. Then only the pages change: see [`Freezing`].
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
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn freeze(&self) -> Result<()> {
        self.set_frozen(Some(Freezing::InHardware))
    }

    /// Lets writers in again. May be called inside a read of the same buffer.
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
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn melt(&self) -> Result<()> {
        self.set_frozen(None)
    }

    /// Freezes a buffer that code of the user has filled.
    pub(crate) fn finish_new(&self, freezing: Freezing) -> Result<()> {
        // A purge meanwhile has reached it, because it is in the registry from the start.
        if self.is_alive() { self.freeze_new(freezing) } else { Err(Error::Destroyed) }
    }

    /// Freezes a buffer that this thread has made and filled.
    pub(crate) fn freeze_new(&self, freezing: Freezing) -> Result<()> {
        match freezing {
            Freezing::ByAccess => self.node.frozen.set(Some(freezing)),
            Freezing::InHardware => self.freeze()?,
        }
        Ok(())
    }

    #[cfg_attr(feature = "lockdep", track_caller)]
    fn set_frozen(&self, frozen: Option<Freezing>) -> Result<()> {
        let _no_writer = self.enter(Mode::Shared, Site::BufferProtect)?;
        let changed = {
            let mut state = self.node.state(Site::StateProtect, &self.core.counters);
            let changed = state.slot.as_mut().ok_or(Error::Destroyed)?.set_read_only(frozen.is_some());
            if changed.is_ok() {
                self.node.frozen.set(frozen);
            }
            changed
        };
        // An error looks for the limit behind it, which takes system calls.
        Ok(changed.map_err(|fault| self.core.pool.refused(fault))?)
    }
}
