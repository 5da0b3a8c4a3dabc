//! The bytes of a buffer in another form: sealed, or as a second buffer.

use super::handle::Buffer;
use crate::sync::Site;
use crate::{Enclave, Error, Result, clear};
use std::ops::Range;

impl Buffer {
    /// Encrypts the bytes into an enclave of the same session and destroys the buffer.
    ///
    /// # Errors
    /// As [`read`](Self::read) and [`Session::enclave`](crate::Session::enclave). The buffer is then unchanged.
    /// [`Error::Destroyed`] if a purge came in between, and [`Error::Corrupted`] as [`destroy`](Self::destroy).
    ///
    /// ```
    /// let enclave = memguard::Buffer::from_bytes(&mut [1, 2, 3])?.seal()?;
    /// assert!(enclave.open()?.equals(&[1, 2, 3])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn seal(&self) -> Result<Enclave> {
        self.seal_for(&[])
    }

    /// Like [`seal`](Self::seal), into an enclave that is bound to this associated data. [`Enclave::new_for`] says what
    /// associated data is for.
    ///
    /// # Errors
    /// As [`seal`](Self::seal), and [`Error::Limit`] if there is no memory for a copy of the data.
    ///
    /// ```
    /// use memguard::{Buffer, Enclave};
    /// let stored = Buffer::from_bytes(&mut [1, 2, 3])?.seal_for(b"row 12")?.sealed().to_vec();
    /// assert!(Enclave::from_sealed_for(&stored, b"row 12")?.open()?.equals(&[1, 2, 3])?);
    /// assert!(Enclave::from_sealed_for(&stored, b"row 13")?.open().is_err());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn seal_for(&self, associated_data: &[u8]) -> Result<Enclave> {
        let _door = self.core.door();
        let enclave = self.seal_copy(associated_data)?;
        self.end_sealed()?;
        Ok(enclave)
    }

    // These two are functions of their own because a step that encrypts overwrites much of a small stack, and the
    // frames above it must leave room.

    #[cfg_attr(feature = "lockdep", track_caller)]
    fn seal_copy(&self, associated_data: &[u8]) -> Result<Enclave> {
        Enclave::seal(&self.core, &self.read()?, associated_data)
    }

    #[cfg_attr(feature = "lockdep", track_caller)]
    fn end_sealed(&self) -> Result<()> {
        let _wiped_now_or_when_the_last_access_ends = self.destroy()?;
        Ok(())
    }

    /// A new buffer of the same session with the same bytes, frozen as this one is.
    ///
    /// # Errors
    /// As [`read`](Self::read) and [`new`](Self::new). [`Error::Destroyed`] if a purge came in between, even if it
    /// did not reach this buffer.
    ///
    /// ```
    /// let a = memguard::Buffer::random(8)?;
    /// let b = a.try_clone()?;
    /// assert!(a.equals_buffer(&b)?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn try_clone(&self) -> Result<Self> {
        self.copy_of(0..self.node.len())
    }

    /// A new buffer with a part of the bytes, frozen as this one is.
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub(crate) fn copy_of(&self, range: Range<usize>) -> Result<Self> {
        let _door = self.core.door();
        let before = self.core.registry.moment();
        let bytes = &self.enter_to_read(Site::BufferRead)?[range];
        let clone = Self::create(&self.core, bytes.len())?;
        let mut copy = clone.enter_to_write(Site::BufferFill)?;
        clear::copy(bytes, &mut copy);
        drop(copy);
        if let Some(freezing) = self.node.frozen.get() {
            clone.freeze_new(freezing)?;
        }
        // A purge before the clone was registered destroyed only this buffer. The clone must not outlive it.
        if self.core.registry.purged_since(&before) {
            return Err(Error::Destroyed);
        }
        Ok(clone)
    }
}
