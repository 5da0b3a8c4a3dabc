//! The canary right before a buffer's bytes, lent to a call that needs locked memory for a key.

use super::guard::WriteGuard;
use super::handle::Buffer;
use crate::crypto::KEY_LEN;
use crate::memory::Access;
use crate::sync::{OnDrop, impl_drop};

/// Room for a key before the bytes of a buffer that this thread writes. When this is dropped, the room is canary again
/// and the key is gone. The buffer's wiper wipes it too.
pub(crate) struct Lent<'g, 'b>(&'g mut WriteGuard<'b>);

impl<'b> WriteGuard<'b> {
    /// Lends room for a key. `None` if there is less canary, as on a packed page. `None` too if the canary was
    /// overwritten, which the end of the buffer will tell.
    pub(crate) fn lend(&mut self) -> Option<Lent<'_, 'b>> {
        let Buffer { node, core } = self.buffer();
        let offset = node.pad().checked_sub(KEY_LEN)?;
        // SAFETY: there is as much canary.
        let room = unsafe { self.before() };
        core.pool.backend().is_canary(offset, room).then_some(Lent(self))
    }

    /// As many bytes before those of the buffer as a key has.
    ///
    /// # Safety
    /// The buffer must have as much canary there.
    unsafe fn before(&mut self) -> &mut [u8; KEY_LEN] {
        let Buffer { node, core } = self.buffer();
        core.pool.backend().begin(node.span(), Access::Write);
        // SAFETY: this thread is inside alone, and the pages are writable. The bytes are the slot's own, by the
        // caller's promise, and no other reference of this guard reaches them. `&mut self` excludes a second call.
        unsafe { node.data().sub(KEY_LEN).cast::<[u8; KEY_LEN]>().as_mut() }
    }
}

impl Lent<'_, '_> {
    /// The room, and the bytes of the buffer.
    pub(crate) fn parts(&mut self) -> (&mut [u8; KEY_LEN], &mut [u8]) {
        // SAFETY: `lend` has looked that there is as much canary.
        let room: *mut [u8; KEY_LEN] = unsafe { self.0.before() };
        // SAFETY: the room ends where the bytes of the buffer begin, so the two references do not overlap.
        (unsafe { &mut *room }, self.0)
    }
}

impl OnDrop for Lent<'_, '_> {
    fn on_drop(&mut self) {
        let Buffer { node, core } = self.0.buffer();
        // SAFETY: `lend` has looked that there is as much canary.
        let room = unsafe { self.0.before() };
        core.pool.backend().write_canary(node.pad() - KEY_LEN, room);
    }
}

impl_drop!(Lent<'_, '_>);
