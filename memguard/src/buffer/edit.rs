//! Changing and comparing a buffer's bytes without seeing them.

use super::handle::Buffer;
use super::together::with_buffers;
use crate::sync::Site;
use crate::{Error, Result, clear};
use std::ops::Range;
use zeroize::Zeroize;

impl Buffer {
    /// Copies `source` to the start of the buffer.
    ///
    /// # Errors
    /// As [`copy_from_at`](Self::copy_from_at).
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(4)?;
    /// buffer.copy_from(&[1, 2])?;
    /// assert!(buffer.equals(&[1, 2, 0, 0])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn copy_from(&self, source: &[u8]) -> Result<()> {
        self.copy_from_at(0, source)
    }

    /// Copies `source` into the buffer, `offset` bytes from its start.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] if `source` does not fit there, and as [`write`](Self::write). Nothing is changed then.
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(4)?;
    /// buffer.copy_from_at(2, &[1, 2])?;
    /// assert!(matches!(buffer.copy_from_at(3, &[1, 2]), Err(memguard::Error::OutOfRange { .. })));
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn copy_from_at(&self, offset: usize, source: &[u8]) -> Result<()> {
        let mut bytes = self.enter_to_write(Site::BufferWrite)?;
        let range = range_inside(bytes.len(), offset, source.len())?;
        clear::copy(source, &mut bytes[range]);
        Ok(())
    }

    /// Copies `source` to the start of the buffer and wipes it.
    ///
    /// # Errors
    /// As [`copy_from_at`](Self::copy_from_at); `source` is then unchanged.
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(4)?;
    /// let mut source = [1, 2];
    /// buffer.move_from(&mut source)?;
    /// assert_eq!(source, [0, 0]);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn move_from(&self, source: &mut [u8]) -> Result<()> {
        self.move_from_at(0, source)
    }

    /// Copies `source` into the buffer, `offset` bytes from its start, and wipes it.
    ///
    /// # Errors
    /// As [`copy_from_at`](Self::copy_from_at); `source` is then unchanged.
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(4)?;
    /// buffer.move_from_at(3, &mut [9])?;
    /// assert!(buffer.equals(&[0, 0, 0, 9])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn move_from_at(&self, offset: usize, source: &mut [u8]) -> Result<()> {
        self.copy_from_at(offset, source)?;
        source.zeroize();
        Ok(())
    }

    /// Overwrites the bytes with zeros. The buffer stays alive.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    ///
    /// ```
    /// let buffer = memguard::Buffer::random(4)?;
    /// buffer.melt()?;
    /// buffer.wipe()?;
    /// assert!(buffer.equals(&[0; 4])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn wipe(&self) -> Result<()> {
        self.enter_to_write(Site::BufferWrite)?.zeroize();
        Ok(())
    }

    /// Overwrites the bytes with random bytes.
    ///
    /// # Errors
    /// As [`write`](Self::write), and [`Error::System`] if the system gives no randomness. Some bytes may be changed
    /// then.
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(16)?;
    /// buffer.scramble()?;
    /// assert!(!buffer.equals(&[0; 16])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn scramble(&self) -> Result<()> {
        self.scramble_at(Site::BufferWrite)
    }

    #[cfg_attr(feature = "lockdep", track_caller)]
    pub(crate) fn scramble_at(&self, site: Site) -> Result<()> {
        let mut bytes = self.enter_to_write(site)?;
        Ok(clear::after_copy(|| self.core.pool.backend().random(&mut bytes))?)
    }

    /// Whether the bytes equal `other`. The time depends on the lengths only. For two buffers, use
    /// [`equals_buffer`](Self::equals_buffer).
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(2)?;
    /// assert!(buffer.equals(&[0, 0])? && !buffer.equals(&[0])? && !buffer.equals(&[0, 1])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn equals(&self, other: &[u8]) -> Result<bool> {
        Ok(clear::equal(&self.read()?, other))
    }

    /// Whether the bytes equal those of `other`. The time depends on the lengths only. Waits for both buffers, as
    /// [`with_buffers`] does.
    ///
    /// # Errors
    /// As [`with_buffers`].
    ///
    /// ```
    /// let (a, b) = (memguard::Buffer::new(2)?, memguard::Buffer::new(2)?);
    /// assert!(a.equals_buffer(&b)? && a.equals_buffer(&a)?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn equals_buffer(&self, other: &Self) -> Result<bool> {
        with_buffers(&[self, other], &[], |bytes, _| clear::equal(bytes[0], bytes[1]))
    }
}

/// The range of `len` bytes at `offset`, if it lies inside `buffer_len` bytes.
fn range_inside(buffer_len: usize, offset: usize, len: usize) -> Result<Range<usize>> {
    match offset.checked_add(len) {
        Some(end) if end <= buffer_len => Ok(offset..end),
        _ => Err(Error::OutOfRange { offset, len, buffer_len }),
    }
}
