//! The typed secrets of a session. Each constructor is the twin of one of [`Secret`], which uses the default session.

use crate::session::Session;
use crate::{Error, Result, Secret};
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
        self.secret_try_new_with(|value| {
            fill(value);
            Ok(())
        })
    }

    /// A frozen secret that `fill` writes, unless it fails: [`Secret::try_new_with`] in this session.
    ///
    /// # Errors
    /// As [`Secret::try_new_with`].
    ///
    /// # Panics
    /// If `fill` panics. What it has written is wiped.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// let refused = session.secret_try_new_with(|_: &mut u64| Err("no key".into()));
    /// assert_eq!(refused.map_err(|error: Box<dyn std::error::Error>| error.to_string()).unwrap_err(), "no key");
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn secret_try_new_with<T, E: From<Error>>(
        &self,
        fill: impl FnOnce(&mut T) -> Result<(), E>,
    ) -> Result<Secret<T>, E>
    where
        T: FromBytes + IntoBytes + Immutable,
    {
        let core = self.core()?;
        let _door = core.door();
        Secret::create_with(core, fill)
    }
}
