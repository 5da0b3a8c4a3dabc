//! What a session's builder can ask of memory.

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
#[non_exhaustive]
pub enum MlockPolicy {
    /// Fail with [`Error::Limit`](crate::Error::Limit). The default.
    #[default]
    Require,
    /// Use the page anyway. It may be swapped out. Each such page is counted in `Degraded::unlocked_pages` and logged.
    Prefer,
}

/// How secrets are spread over pages.
///
/// ```
/// use memguard::{Isolation, Session};
/// let session = Session::builder().isolation(Isolation::Packed).build()?;
/// let tokens = (0..1000).map(|_| session.buffer_random(32)).collect::<Result<Vec<_>, _>>()?;
/// assert!(session.health().footprint.data_bytes < 1000 * 32 * 2);
/// # drop(tokens);
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isolation {
    /// Every secret has pages of its own between guard pages, and freezing is enforced in hardware. The default.
    #[default]
    Page,
    /// Secrets of less than a quarter of a page share pages, about 124 of 32 bytes on a page of 4096. Longer ones have
    /// pages of their own. For processes with thousands of secrets.
    ///
    /// It gives up some protection. An overrun into a neighbour does not fault. It is found, as
    /// [`Error::Corrupted`](crate::Error::Corrupted), when either neighbour is destroyed, and the page is then
    /// withdrawn. Freezing is a mark that this library checks, not a protection of the page. A wiped place stays on a
    /// mapped page until its neighbours are gone too.
    Packed,
    /// As [`Page`](Self::Page), and concealed at rest: while no thread is inside a buffer, its pages allow no access at
    /// all, so a stray read faults too. The first thread to enter reveals them and the last one to leave conceals them.
    /// That costs two system calls, and more in a process with many threads.
    ///
    /// Pages that the system refuses to conceal again are counted in `Degraded::unconcealed`. The session's key is kept
    /// split, not concealed.
    ///
    /// ```
    /// use memguard::{Isolation, Session};
    /// let session = Session::builder().isolation(Isolation::Concealed).build()?;
    /// let secret = session.buffer_from_bytes(&mut [1, 2, 3])?; // PROT_NONE from here
    /// assert!(secret.equals(&[1, 2, 3])?); // readable inside, and PROT_NONE again
    /// # Ok::<(), memguard::Error>(())
    /// ```
    Concealed,
}
