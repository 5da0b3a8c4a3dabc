//! The results of destroying one buffer and of purging all buffers.

use std::fmt;
use std::ops::AddAssign;

/// How a buffer's bytes end.
///
/// ```
/// use memguard::{Buffer, Disposal, FlatResult};
/// let buffer = Buffer::new(8)?;
/// let disposal = buffer.with_data(|_| buffer.destroy()).flat()?;
/// assert_eq!(disposal, Disposal::HandedOver, "this thread was inside, and wiped as it left");
/// assert_eq!(Buffer::new(8)?.destroy()?, Disposal::Wiped);
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a buffer in use is not wiped yet: check for HandedOver"]
#[non_exhaustive]
pub enum Disposal {
    /// The bytes are zero now.
    Wiped,
    /// A thread is inside an access, or in a callback that looks at a copy of the bytes. No new access starts, and the
    /// last thread to leave wipes what is left.
    HandedOver,
}

/// What a purge did. No new access to any of these buffers starts.
///
/// A purge has done its work whether its report is read or not, so ignoring it is no mistake.
///
/// ```
/// let session = memguard::Session::new()?;
/// let (used, _unused) = (session.buffer(8)?, session.buffer(8)?);
/// let report = used.with_data(|_| session.purge())?;
/// assert_eq!((report.wiped, report.handed_over, report.corrupted), (1, 1, 0));
/// assert!(report.to_string().starts_with("1 wiped, 1 handed over"));
/// # Ok::<(), memguard::Error>(())
/// ```
///
/// `Display` leaves out what did not happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PurgeReport {
    /// Buffers that are zero now.
    pub wiped: u64,
    /// Buffers in use, and the bytes of enclaves that closures look at. The last thread to leave each of them wipes it.
    pub handed_over: u64,
    /// Buffers around which memory had been overwritten. They are zero now, and their pages are withdrawn.
    pub corrupted: u64,
    /// Buffers whose bytes are still there, because the system refused to make their pages writable, to discard them
    /// and to unmap them. No later call tries again: end the process.
    pub failed: u64,
    /// Buffers destroyed or purged, by this call or by others, that were not zero yet when this call returned: a thread
    /// is still inside, or wipes them at that moment. A copy of the key counts too, while another thread seals or opens
    /// an enclave with it. If it and `failed` are 0, every secret that lived when the call began is gone.
    pub pending: u64,
    /// A thread that was about to wipe one of the `pending` when this call returned, by the kernel's number: it
    /// destroyed or purged a buffer, left a destroyed one, or used a copy of the key. `None` if there is none, or none
    /// is known: a thread that is only inside a buffer wipes it when it leaves.
    pub pending_thread: Option<u32>,
}

impl fmt::Display for PurgeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wiped, handed_over, corrupted, failed, pending, pending_thread } = *self;
        write!(f, "{wiped} wiped")?;
        let others =
            [(handed_over, "handed over"), (corrupted, "corrupted"), (failed, "not wiped"), (pending, "pending")];
        for (count, what) in others.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {count} {what}")?;
        }
        pending_thread.map_or(Ok(()), |thread| write!(f, " (thread {thread})"))
    }
}

/// The sum of the reports of two sessions.
impl AddAssign for PurgeReport {
    fn add_assign(&mut self, other: Self) {
        let Self { wiped, handed_over, corrupted, failed, pending, pending_thread } = other;
        self.wiped += wiped;
        self.handed_over += handed_over;
        self.corrupted += corrupted;
        self.failed += failed;
        self.pending += pending;
        self.pending_thread = self.pending_thread.or(pending_thread);
    }
}
