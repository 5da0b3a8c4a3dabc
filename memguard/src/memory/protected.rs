//! What protects the pages of one buffer.

/// What protects a buffer now, as the kernel tells. [`Buffer::protection`](crate::Buffer::protection) returns it.
///
/// `None` means that nothing tells: outside Linux, without `/proc`, and for simulated pages.
///
/// ```
/// let protection = memguard::Buffer::new(8)?.protection()?;
/// assert_ne!(protection.locked, Some(false));
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "it changes nothing, and only tells"]
#[non_exhaustive]
pub struct Protected {
    /// Whether the first of its pages is locked into RAM.
    pub locked: Option<bool>,
    /// Whether that page is kept out of core dumps.
    pub kept_out_of_core_dumps: Option<bool>,
    /// Whether a forked child finds zeros in its place, or nothing.
    pub absent_in_children: Option<bool>,
    /// Whether the pages before and behind refuse to be read.
    pub guarded: Option<bool>,
}
