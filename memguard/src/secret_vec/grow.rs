//! How a growable secret gets more room.

use super::SecretVec;
use crate::sync::Site;
use crate::{Error, Result, clear};
use std::mem;

impl SecretVec {
    /// Makes room for `additional` more bytes. If there is less, the bytes move to a buffer with at least twice the
    /// room, or with just enough if there is no locked memory for more. The old one is wiped.
    ///
    /// # Errors
    /// As [`Buffer::write`](crate::Buffer::write). [`Error::TooLong`] and [`Error::Limit`] as
    /// [`Buffer::new`](crate::Buffer::new); the secret is as it was then. [`Error::Destroyed`] if a purge came in
    /// between: then both copies are wiped. [`Error::Corrupted`] and [`Error::Unwiped`] as
    /// [`Buffer::destroy`](crate::Buffer::destroy) of the old buffer: the secret has moved then.
    ///
    /// ```
    /// let mut secret = memguard::SecretVec::new()?;
    /// secret.push(1)?;
    /// secret.reserve(10_000)?;
    /// assert!(secret.capacity() > 10_000 && secret.as_buffer().equals(&[1])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn reserve(&mut self, additional: usize) -> Result<()> {
        drop(self.buffer.enter_to_write(Site::BufferWrite)?);
        self.make_room(additional)
    }

    #[cfg_attr(feature = "lockdep", track_caller)]
    pub(super) fn make_room(&mut self, additional: usize) -> Result<()> {
        let max = isize::MAX as usize;
        let wanted = self.buffer.node.len().checked_add(additional).filter(|&wanted| wanted <= max);
        let wanted = wanted.ok_or(Error::TooLong { len: usize::MAX, max })?;
        if wanted <= self.capacity {
            return Ok(());
        }
        let core = self.buffer.core.clone();
        let _door = core.door();
        match self.grow(wanted.max(2 * self.capacity)) {
            Err(Error::Limit(_)) if wanted < 2 * self.capacity => self.grow(wanted),
            other => other,
        }
    }

    #[cfg_attr(feature = "lockdep", track_caller)]
    fn grow(&mut self, wanted: usize) -> Result<()> {
        let registry = &self.buffer.core.registry;
        let before = registry.moment();
        // To write, because a frozen secret does not move.
        let bytes = self.buffer.enter_to_write(Site::BufferWrite)?;
        let larger = Self::create(&self.buffer.core, wanted)?;
        larger.buffer.node.set_len(bytes.len());
        clear::copy(&bytes, &mut larger.buffer.enter_to_write(Site::BufferFill)?);
        drop(bytes);
        // A purge before the copy was registered may have found only the old buffer, or none of them. What lived when
        // it came is gone afterwards.
        if registry.purged_since(&before) {
            let _destroyed_here_or_by_the_purge = self.buffer.destroy();
            return Err(Error::Destroyed);
        }
        let old = mem::replace(self, larger);
        let _wiped_now_or_when_a_leaked_access_ends = old.buffer.destroy()?;
        Ok(())
    }
}
