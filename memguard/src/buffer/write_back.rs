//! A copy of a buffer's bytes that is written back to the buffer when the user's function ends.

use super::guard::WriteGuard;
use super::handle::Buffer;
use crate::memory::Scratch;
use crate::sync::{OnDrop, impl_drop};
use crate::{Result, clear};

impl Buffer {
    /// Copies as many of the first bytes as `take` says to locked memory, inside a write, and calls `user` with the
    /// copy. When `user` returns or panics, the copy is written back, and then the write ends.
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub(super) fn with_copy_mut<R>(
        &self,
        take: impl FnOnce(usize) -> usize,
        user: impl FnOnce(&mut [u8]) -> R,
    ) -> Result<R> {
        let _door = self.core.door();
        let bytes = self.write()?;
        let len = take(bytes.len());
        if len == 0 {
            return Ok(user(&mut []));
        }
        let mut copy = self.core.pool.scratch(len)?;
        clear::copy(&bytes[..len], &mut copy);
        let mut back = WriteBack { buffer: self, copy, bytes };
        Ok(user(&mut back.copy))
    }
}

/// The access lasts as long as the copy. So a purge meanwhile counts one use of the buffer, and the copy is wiped
/// before that use ends.
struct WriteBack<'b> {
    buffer: &'b Buffer,
    // Fields are dropped in this order: the copy is wiped inside the access.
    copy: Scratch<'b>,
    bytes: WriteGuard<'b>,
}

impl OnDrop for WriteBack<'_> {
    fn on_drop(&mut self) {
        // In a child that `user` forked, the pages of the parent may not be there.
        if self.buffer.core.is_here() {
            let len = self.copy.len();
            clear::copy(&self.copy, &mut self.bytes[..len]);
        }
    }
}

impl_drop!(WriteBack<'_>);
