//! The typed secrets of a session. Each constructor is the twin of one of [`Secret`], which uses the default session.

use crate::session::Session;
use crate::{Result, Secret};
use zerocopy::{FromBytes, Immutable, IntoBytes};

impl Session {
    /// A mutable secret of zeros: [`Secret::new`] in this session.
    ///
    /// # Errors
    /// As [`Secret::new`].
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert_eq!(*session.secret::<u64>()?.read()?, 0);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn secret<T: FromBytes + IntoBytes + Immutable>(&self) -> Result<Secret<T>> {
        Secret::create(self.core()?)
    }

    /// A frozen secret that `fill` writes: [`Secret::new_with`] in this session.
    ///
    /// # Errors
    /// As [`Secret::new_with`].
    ///
    /// # Panics
    /// If `fill` panics. What it has written is wiped.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert_eq!(*session.secret_new_with(|secret: &mut u64| *secret = 7)?.read()?, 7);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn secret_new_with<T>(&self, fill: impl FnOnce(&mut T)) -> Result<Secret<T>>
    where
        T: FromBytes + IntoBytes + Immutable,
    {
        let core = self.core()?;
        let _door = core.door();
        Secret::create_with(core, fill)
    }
}
