//! An `io::Error` inside an error that can be cloned and compared.

use crate::memory::Ignored;
use std::fmt;
use std::io;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

/// An [`io::Error`] that several clones of an [`Error`](crate::Error) share.
///
/// It dereferences to the `io::Error`. Two are equal if their [`kind`](io::Error::kind) and
/// [`raw_os_error`](io::Error::raw_os_error) are equal. `Display` and `Debug` show only these two: the text of a
/// reader's own error may hold secrets. `Display` also shows that a system says yes and does nothing.
///
/// ```
/// use memguard::SharedIoError;
/// use std::io::{self, ErrorKind};
/// let error = SharedIoError::from(io::Error::new(ErrorKind::NotFound, "no such key: hunter2"));
/// assert_eq!(error.kind(), ErrorKind::NotFound);
/// assert_eq!(error.to_string(), "entity not found");
/// assert_eq!(error, SharedIoError::from(io::Error::from(ErrorKind::NotFound)));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct SharedIoError(Arc<io::Error>);

/// The error is shared read-only and is no part of the library's state, so a panic leaves nothing half done in it.
impl UnwindSafe for SharedIoError {}
impl RefUnwindSafe for SharedIoError {}

impl From<io::Error> for SharedIoError {
    fn from(error: io::Error) -> Self {
        Self(Arc::new(error))
    }
}

impl Deref for SharedIoError {
    type Target = io::Error;

    fn deref(&self) -> &io::Error {
        &self.0
    }
}

impl PartialEq for SharedIoError {
    fn eq(&self, other: &Self) -> bool {
        (self.kind(), self.raw_os_error()) == (other.kind(), other.raw_os_error())
    }
}

impl Eq for SharedIoError {}

impl fmt::Display for SharedIoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.raw_os_error() {
            Some(_) => self.0.fmt(f),
            None if self.get_ref().is_some_and(|error| error.is::<Ignored>()) => self.0.fmt(f),
            None => self.kind().fmt(f),
        }
    }
}

impl fmt::Debug for SharedIoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SharedIoError");
        shown.field("kind", &self.kind());
        if let Some(errno) = self.raw_os_error() {
            shown.field("errno", &errno);
        }
        shown.finish()
    }
}
