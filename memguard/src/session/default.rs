//! Configures the default session.

use crate::session::{Session, SessionBuilder};
use crate::{Result, global};

impl SessionBuilder {
    /// Builds the default session, which [`Buffer::new`](crate::Buffer::new), [`Enclave::new`](crate::Enclave::new),
    /// [`Stream::new`](crate::Stream::new) and the free functions of the crate use.
    ///
    /// Call it once, at the start of `main`, before anything else uses the default session. It never waits. If several
    /// threads configure it or use it first at the same moment, one of them wins, and the others get an error or use
    /// the session of the winner. A forked child has a default session of the same configuration.
    ///
    /// A library should not call this: the default session belongs to the program. A library builds a session of its
    /// own with [`build`](Self::build).
    ///
    /// # Errors
    /// [`Error::AlreadyConfigured`](crate::Error::AlreadyConfigured) if the default session exists: it was configured
    /// before, or it was used. Otherwise as [`build`](Self::build). Then there is no default session yet, and the next
    /// call may build it.
    ///
    /// Nothing has changed after an error, with one exception: core dumps may be forbidden if the builder forbids them.
    ///
    /// ```
    /// use memguard::{Buffer, Error, MlockPolicy, Session};
    ///
    /// let session = Session::builder().mlock(MlockPolicy::Prefer).build_default()?;
    /// let buffer = Buffer::new(32)?; // in this session: not even a limit of 0 on locked memory stops it
    /// assert!(session.exists(&buffer));
    ///
    /// let too_late = Session::builder().build_default();
    /// assert!(matches!(too_late, Err(Error::AlreadyConfigured)));
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn build_default(self) -> Result<&'static Session> {
        global::set_default(|| self.build())
    }
}
