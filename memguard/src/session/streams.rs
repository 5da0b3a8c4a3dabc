//! The streams of a session: the twin of [`Stream::new`], which uses the default session.

use crate::session::Session;
use crate::{Result, Stream};

impl Session {
    /// An empty stream.
    ///
    /// # Errors
    /// [`Error::SessionEnded`](crate::Error::SessionEnded); in a forked child also as
    /// [`SessionBuilder::build`](crate::SessionBuilder::build).
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.stream()?.is_empty());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn stream(&self) -> Result<Stream> {
        Stream::create(self.core()?)
    }
}
