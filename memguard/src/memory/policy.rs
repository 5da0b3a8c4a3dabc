//! What to do when memory cannot be had as it should be.

/// What to do with a page that cannot be locked into RAM.
///
/// ```
/// use memguard::{MlockPolicy, Session};
/// let session = Session::builder().mlock(MlockPolicy::Prefer).build()?;
/// let _secret = session.buffer(32)?;
/// println!("{} pages may be swapped out", session.health().degraded.unlocked_pages);
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MlockPolicy {
    /// Fail with [`Error::Limit`](crate::Error::Limit). The default.
    #[default]
    Require,
    /// Use it all the same. Each such page is counted in `Degraded::unlocked_pages` and logged: it may be swapped out.
    Prefer,
}
