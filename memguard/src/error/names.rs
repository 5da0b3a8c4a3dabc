//! Names of locks, places and threads, as errors show them. Their content is private, so the locks can change without
//! breaking a caller.

use crate::sync::{self, Class, Site};
use std::fmt;

/// The name of a kind of lock, such as `ACCESS`.
///
/// For people: `Display` gives the name that `LOCK_ORDERING.md` uses. New names may appear in any release.
///
/// ```
/// use memguard::{Buffer, Error};
/// let buffer = Buffer::new(8)?;
/// let _inside = buffer.write()?;
/// let refused = std::thread::scope(|scope| scope.spawn(|| buffer.try_read().map(drop)).join().unwrap());
/// let Err(Error::WouldBlock { lock, .. }) = refused else { panic!("{refused:?}") };
/// assert_eq!(lock.to_string(), "ACCESS");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct LockName(pub(super) Class);

/// The name of the operation that takes or wants a lock, such as `BufferRead`.
///
/// For people: `Display` gives the name that `LOCK_ORDERING.md` uses. New names may appear in any release.
///
/// ```
/// use memguard::{Buffer, Error};
/// let buffer = Buffer::new(8)?;
/// let _inside = buffer.read()?;
/// let Err(Error::Reentrant { site }) = buffer.write().map(drop) else { panic!("a write inside a read") };
/// assert_eq!(site.to_string(), "BufferWrite");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SiteName(pub(super) Site);

/// The thread that holds a lock, and the operation that took it.
///
/// ```
/// use memguard::{Buffer, Error};
/// let buffer = Buffer::new(8)?;
/// let _inside = buffer.write()?;
/// let refused = std::thread::scope(|scope| scope.spawn(|| buffer.try_read().map(drop)).join().unwrap());
/// let Err(Error::WouldBlock { holder: Some(holder), .. }) = refused else { panic!("{refused:?}") };
/// assert_eq!(holder.site.to_string(), "BufferWrite");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Holder {
    /// The kernel's number of the thread, as debuggers, `top -H` and `/proc/PID/task` show it.
    pub thread: u32,
    /// The operation in which the thread took the lock.
    pub site: SiteName,
}

impl LockName {
    pub(crate) const fn of(class: Class) -> Self {
        Self(class)
    }
}

impl SiteName {
    pub(crate) const fn of(site: Site) -> Self {
        Self(site)
    }
}

impl Holder {
    /// The holder, unless its thread has ended.
    pub(crate) fn of(noted: Option<sync::Holder>) -> Option<Self> {
        let holder = noted.filter(sync::Holder::lives)?;
        Some(Self { thread: holder.thread, site: SiteName(holder.site) })
    }
}

impl fmt::Display for LockName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.label())
    }
}

impl fmt::Debug for LockName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.label())
    }
}

impl fmt::Display for SiteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.label())
    }
}

impl fmt::Debug for SiteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.label())
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "thread {} at {}", self.thread, self.site)
    }
}
