//! The handle of a buffer: what it is, how it is made and how it ends.

use crate::core::{Core, Node};
use crate::memory::{MemoryError, Slot};
use crate::sync::ShardArc;
use crate::{Disposal, Error, Result};
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use zeroize::ZeroizeOnDrop;

/// A secret in locked pages between guard pages, wiped when it is dropped, destroyed or purged.
///
/// # Accesses
///
/// The bytes are reached inside an *access*. [`read`](Self::read) and [`write`](Self::write) give guards;
/// [`with_data`](Self::with_data) and [`with_data_mut`](Self::with_data_mut) call a closure. Any number of readers,
/// or one writer, are inside at a time. Inside an access, a thread may call anything in this crate:
///
/// - **The first access of a thread waits** for others to leave, at most for the session's acquire timeout.
/// - **If you already hold one, a second access may fail with [`Error::WouldDeadlock`]; use
///   [`with_buffers`](crate::with_buffers)**, in place of both. It enters several buffers at once, and waits. A second
///   access never waits, because waiting could close a cycle. So it fails if another thread is inside its buffer in a
///   way that excludes it. That depends on the moment, and a test with one thread never sees it. A thread holds an
///   access while it has a guard or what `fill_buf` of a [`Reader`](crate::Reader) returned. It also holds one in the
///   closures of `with_data`, `with_data_mut`, `uint64_slice_mut` and the like, `with_buffers`, `new_with` and
///   `try_new_with`, and in the reader or writer that `from_reader` and `write_to` call.
/// - **Within one thread**, a buffer that is read may be read again. An access that conflicts with one of the same
///   thread returns [`Error::Reentrant`].
/// - **Destroying or purging a buffer in use is handed over.** No new access starts, and the last thread inside wipes
///   the bytes as it leaves, even if a panic makes it leave.
///
/// # Copies
///
/// [`byte_array`](Self::byte_array), [`string_slice`](Self::string_slice) and the typed accessors, such as
/// [`uint64_slice`](Self::uint64_slice), show their closure a copy of the bytes. No access is held meanwhile, so the
/// closure may call anything on the same buffer. The copy lies in locked pages of its own, even if the session packs
/// its secrets, and is wiped when the closure returns or panics.
///
/// The accessors that change integers, such as [`uint64_slice_mut`](Self::uint64_slice_mut), hold a write from the time
/// they copy the bytes until they have written them back.
///
/// While the closure runs, the copy takes one more locked page, or as many as the bytes need. Copying also takes time:
/// `uint64_slice` of 32 bytes takes 402 ns, where `read` takes 29.2 ns (`reports/bench.md` of 2026-11-28). Once the
/// session keeps a free page, it takes no system call. [`with_data`](Self::with_data) copies nothing.
///
/// # Traits
///
/// A buffer is `Send` and `Sync`. [`manual::traits`](crate::manual::traits) lists the traits it has and the traits it
/// leaves out.
///
/// # Errors
///
/// Every method that needs the bytes returns [`Error::Destroyed`] after `destroy`, `purge` or the end of the session,
/// and [`Error::Forked`] in a forked child, which has no copy of the bytes.
///
/// ```
/// use memguard::Buffer;
/// let mut source = *b"correct horse battery staple";
/// let secret = Buffer::from_bytes(&mut source)?;
/// assert_eq!(source, [0; 28]);
/// assert_eq!(secret.with_data(|bytes| bytes.len())?, 28);
/// # Ok::<(), memguard::Error>(())
/// ```
pub struct Buffer {
    pub(crate) node: Arc<Node>,
    pub(crate) core: ShardArc<Core>,
}

impl Buffer {
    /// A registered buffer of zeros.
    pub(crate) fn create(core: &ShardArc<Core>, len: usize) -> Result<Self> {
        core.check_running()?;
        Self::register(core, len, core.pool.take(len))
    }

    /// Like [`create`](Self::create), with the bytes aligned. Their number is a multiple of `align`, which is at most a
    /// page.
    #[cfg(feature = "zerocopy")]
    pub(crate) fn create_aligned(core: &ShardArc<Core>, len: usize, align: usize) -> Result<Self> {
        core.check_running()?;
        Self::register(core, len, core.pool.take_aligned(len, align))
    }

    fn register(core: &ShardArc<Core>, len: usize, slot: Result<Slot, MemoryError>) -> Result<Self> {
        let slot = slot.inspect_err(|_| core.tell())?;
        let node = Arc::new(Node::new(slot, len, core.registry.shard_here()));
        let buffer = Self { node: Arc::clone(&node), core: core.clone() };
        core.counters.uses().created.bump();
        core.registry.add(node);
        core.tell();
        // The session may have ended since the first check, with a purge that came before this buffer was registered.
        core.check_running()?;
        Ok(buffer)
    }

    /// The length in bytes, or 0 once the buffer is destroyed. Never waits.
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(3)?;
    /// assert_eq!(buffer.len(), 3);
    /// let _ = buffer.destroy()?;
    /// assert_eq!(buffer.len(), 0);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        if self.is_alive() { self.node.len() } else { 0 }
    }

    /// Whether [`len`](Self::len) is 0. To ask whether the buffer is destroyed, use [`is_alive`](Self::is_alive).
    /// Never waits.
    ///
    /// ```
    /// assert!(!memguard::Buffer::new(3)?.is_empty());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the buffer is neither destroyed nor purged. Never waits.
    ///
    /// ```
    /// assert!(memguard::Buffer::new(3)?.is_alive());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn is_alive(&self) -> bool {
        self.core.is_here() && !self.node.lease.is_doomed()
    }

    /// Whether the buffer is alive and not frozen.
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(3)?;
    /// assert!(buffer.is_mutable());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn is_mutable(&self) -> bool {
        self.is_alive() && self.node.frozen.get().is_none()
    }

    /// Wipes the buffer for good. Dropping it does the same.
    ///
    /// If a thread is inside, or in a callback that looks at a copy of the bytes, the last thread to leave wipes what
    /// is left, and the result is [`Disposal::HandedOver`].
    ///
    /// # Errors
    /// [`Error::Destroyed`] if it was destroyed or purged before. [`Error::Corrupted`] if memory around the data was
    /// overwritten. The bytes are wiped in that case too.
    ///
    /// ```
    /// use memguard::{Buffer, Disposal};
    /// let buffer = Buffer::new(3)?;
    /// let inside = buffer.read()?;
    /// assert_eq!(buffer.destroy()?, Disposal::HandedOver);
    /// drop(inside); // wiped here
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn destroy(&self) -> Result<Disposal> {
        self.core.dispose(&self.node)?.ok_or(Error::Destroyed)
    }
}

/// A panic during an access leaves every buffer usable: the access ends as with any other return, and the bytes are
/// as the panicking code left them.
impl UnwindSafe for Buffer {}
impl RefUnwindSafe for Buffer {}

/// Dropping a buffer wipes it at once. No guard is alive then, because guards borrow the buffer.
///
/// A buffer given to [`std::mem::forget`] is not dropped. A purge, or the end of its session, still wipes it. A guard
/// given to `mem::forget` never ends its access, so its buffer is never wiped.
impl ZeroizeOnDrop for Buffer {}

impl Drop for Buffer {
    fn drop(&mut self) {
        if crate::sync::leaf::abandoned() {
            return;
        }
        if !self.core.is_here() {
            // The handle was inherited from a parent process. One more reference keeps the node as it is for ever.
            std::mem::forget(Arc::clone(&self.node));
            return;
        }
        // The pool counts corruption. A drop cannot return it.
        let _ = self.core.dispose(&self.node);
        if self.node.lease.is_in_use() {
            // Guards borrow the buffer, so this one was leaked, and its access never ends. The pages stay, and so does
            // the address by which its thread knows the lease: no other lease may be taken for it.
            std::mem::forget(Arc::clone(&self.node));
        }
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer").field("len", &self.len()).field("alive", &self.is_alive()).finish_non_exhaustive()
    }
}
