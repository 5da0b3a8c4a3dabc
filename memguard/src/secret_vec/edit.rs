//! Appending to a growable secret and shortening it. Each change holds `&mut self`, so no other access is there.

use super::SecretVec;
use crate::sync::Site;
use crate::{Result, clear};
use std::io;
use zeroize::Zeroize;

impl SecretVec {
    /// Appends one byte.
    ///
    /// # Errors
    /// As [`extend_from_slice`](Self::extend_from_slice).
    ///
    /// ```
    /// let mut secret = memguard::SecretVec::new()?;
    /// secret.push(7)?;
    /// assert!(secret.as_buffer().equals(&[7])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn push(&mut self, byte: u8) -> Result<()> {
        let mut one = [byte];
        let pushed = self.extend_from_slice(&one);
        one.zeroize();
        pushed
    }

    /// Appends all of `source`.
    ///
    /// # Errors
    /// As [`Buffer::write`](crate::Buffer::write) and [`reserve`](Self::reserve). Nothing is appended then.
    ///
    /// ```
    /// let mut secret = memguard::SecretVec::new()?;
    /// secret.extend_from_slice(&[1, 2])?;
    /// secret.extend_from_slice(&[3])?;
    /// assert!(secret.as_buffer().equals(&[1, 2, 3])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn extend_from_slice(&mut self, source: &[u8]) -> Result<()> {
        self.make_room(source.len())?;
        let node = &self.buffer.node;
        let mut bytes = self.buffer.enter_to_write(Site::BufferWrite)?;
        let len = bytes.len();
        node.set_len(len + source.len());
        clear::copy(source, &mut bytes[len..]);
        Ok(())
    }

    /// Appends all of `source` and wipes it.
    ///
    /// # Errors
    /// As [`extend_from_slice`](Self::extend_from_slice). `source` is then unchanged.
    ///
    /// ```
    /// let mut secret = memguard::SecretVec::new()?;
    /// let mut source = [1, 2];
    /// secret.move_from(&mut source)?;
    /// assert_eq!((secret.len(), source), (2, [0, 0]));
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn move_from(&mut self, source: &mut [u8]) -> Result<()> {
        self.extend_from_slice(source)?;
        source.zeroize();
        Ok(())
    }

    /// Shortens the secret to its first `len` bytes and wipes the others. Does nothing if there are no more. The room
    /// stays.
    ///
    /// # Errors
    /// As [`Buffer::write`](crate::Buffer::write).
    ///
    /// ```
    /// let mut secret = memguard::SecretVec::new()?;
    /// secret.extend_from_slice(&[1, 2, 3])?;
    /// secret.truncate(1)?;
    /// assert!(secret.as_buffer().equals(&[1])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn truncate(&mut self, len: usize) -> Result<()> {
        let mut bytes = self.buffer.enter_to_write(Site::BufferWrite)?;
        if let Some(rest) = bytes.get_mut(len..) {
            rest.zeroize();
            self.buffer.node.set_len(len);
        }
        Ok(())
    }
}

impl io::Write for SecretVec {
    /// Appends all of `source`, which is not changed. [`SecretVec::move_from`] wipes it.
    fn write(&mut self, source: &[u8]) -> io::Result<usize> {
        self.extend_from_slice(source)?;
        Ok(source.len())
    }

    /// Does nothing: no written byte is held back.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
