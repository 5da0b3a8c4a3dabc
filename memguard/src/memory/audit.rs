//! What an audit reports.

/// What a check of every free slot found.
///
/// ```
/// let session = memguard::Session::new()?;
/// drop(session.buffer_from_bytes(&mut [7; 32])?);
/// let audit = session.audit();
/// assert!(audit.free_slots > 0);
/// assert_eq!(audit.dirty_slots, 0);
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audit {
    /// Free slots checked.
    pub free_slots: u64,
    /// Free places on packed pages checked.
    pub free_places: u64,
    /// How many of these had a byte that is not zero. Each is a fault of this library, or of code that writes to freed
    /// memory. They were wiped and withdrawn.
    pub dirty_slots: u64,
}

impl Audit {
    /// Counts one free slot or place.
    pub(super) fn saw(&mut self, whole_pages: bool, clean: bool) {
        *(if whole_pages { &mut self.free_slots } else { &mut self.free_places }) += 1;
        self.dirty_slots += u64::from(!clean);
    }
}
