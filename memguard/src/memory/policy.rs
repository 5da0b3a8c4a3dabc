//! What a session's builder can ask of memory.

use std::fmt;

/// A control that the system provides for the pages of secrets.
///
/// `Display` gives the name of its row in [`preflight`](crate::preflight).
///
/// ```
/// use memguard::{ControlKind, ControlPolicy, Session};
/// let strict = Session::builder().control(ControlKind::Fork, ControlPolicy::Require).build();
/// if let Err(error) = strict {
///     eprintln!("{error}");
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ControlKind {
    /// Pages are locked into RAM (`mlock`).
    Lock,
    /// Pages are kept out of core dumps (`MADV_DONTDUMP`).
    Dump,
    /// Pages are zero in a forked child (`MADV_WIPEONFORK`).
    Fork,
    /// Pages lie between guard pages, and freezing and concealing change them in hardware (`mprotect`).
    Guard,
    /// Pages are hidden from the kernel (`memfd_secret`), in a session of [`Isolation::Secret`]. Without it, they are
    /// ordinary pages, and the other controls hold for them.
    Hide,
}

impl ControlKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Lock => "mlock",
            Self::Dump => "kept out of core dumps (MADV_DONTDUMP)",
            Self::Fork => "zero in child processes (MADV_WIPEONFORK)",
            Self::Guard => "guard pages (mprotect)",
            Self::Hide => "hidden from the kernel (memfd_secret)",
        }
    }

    /// What else to do where the control does not work: the first of several remedies.
    pub(crate) const fn remedy(self) -> &'static str {
        match self {
            Self::Hide => {
                "boot Linux 5.14 or later, before 6.5 with the parameter secretmem.enable=1, choose another Isolation, "
            }
            _ => "",
        }
    }
}

impl fmt::Display for ControlKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What to do with a page for which a control does not work.
///
/// ```
/// use memguard::{MlockPolicy, Session};
/// let session = Session::builder().mlock(MlockPolicy::Prefer).build()?;
/// let _secret = session.buffer(32)?;
/// println!("{} pages may be swapped out", session.health().degraded.unlocked_pages);
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ControlPolicy {
    /// Fail with [`Error::Limit`](crate::Error::Limit) at a limit, and else with
    /// [`Error::Control`](crate::Error::Control). The default for `Lock`, `Guard` and `Hide`.
    Require,
    /// Use the page anyway. Each such page is counted in [`Degraded`](crate::Degraded) under its control, and logged.
    /// The default for `Dump` and `Fork`, which not every system has.
    Prefer,
}

/// The policy of [`ControlKind::Lock`], as [`SessionBuilder::mlock`](crate::SessionBuilder::mlock) takes it.
///
/// ```
/// use memguard::{MlockPolicy, Session};
/// let session = Session::builder().mlock(MlockPolicy::Prefer).build()?;
/// # Ok::<(), memguard::Error>(())
/// ```
pub type MlockPolicy = ControlPolicy;

/// A session's policy for each control, in the order of [`ControlKind`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policies([ControlPolicy; 5]);

impl Default for Policies {
    fn default() -> Self {
        use ControlPolicy::{Prefer, Require};
        Self([Require, Prefer, Prefer, Require, Require])
    }
}

impl Policies {
    /// Each control is required.
    pub(super) fn strict() -> Self {
        Self([ControlPolicy::Require; 5])
    }

    pub(crate) fn of(&self, control: ControlKind) -> ControlPolicy {
        self.0[control as usize]
    }

    pub(crate) fn set(&mut self, control: ControlKind, policy: ControlPolicy) {
        self.0[control as usize] = policy;
    }
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
    /// As [`Page`](Self::Page), on pages that the kernel takes out of its own map of memory (`memfd_secret`). No other
    /// process reads them, not even one of root: not through `/proc/PID/mem`, `ptrace`, `process_vm_readv` or a core
    /// dump. All pages of the session are hidden: those of buffers and streams, of the key, and of its working copies.
    /// A debugger that makes this process run other code still gets the bytes, and so does a module of the kernel.
    ///
    /// It needs Linux 5.14, and before 6.5 the boot parameter `secretmem.enable=1`. Elsewhere, building the session
    /// returns [`Error::Control`](crate::Error::Control) with [`ControlKind::Hide`]. With [`ControlPolicy::Prefer`] for
    /// it, ordinary pages are used instead, and each is counted in `Degraded::unhidden_pages`.
    ///
    /// - The pages are always locked and count against `RLIMIT_MEMLOCK`. The policy of [`ControlKind::Lock`] does not
    ///   change that.
    /// - A new page takes about 80 µs, three times as long as another. A page of the pool takes no system call, as any
    ///   other. The kernel splits its own large pages to hide one, which can slow the whole system down a little.
    /// - A new page needs a free descriptor for a moment. Without one, the call returns
    ///   [`Error::System`](crate::Error::System).
    /// - The system does not hibernate while there is such a page.
    /// - `read` and `write` work on the bytes. Calls that pin pages, such as those on files opened with `O_DIRECT`,
    ///   return `EFAULT`.
    /// - A forked child has no such page. If it touches the bytes of an inherited guard, it is killed by SIGSEGV, or
    ///   finds what it has mapped there since: see [`manual::fork`](crate::manual::fork).
    ///
    /// ```
    /// use memguard::{Error, Isolation, Session};
    /// match Session::builder().isolation(Isolation::Secret).build() {
    ///     Ok(session) => assert!(session.buffer_from_bytes(&mut [1, 2, 3])?.equals(&[1, 2, 3])?),
    ///     Err(Error::Control { .. } | Error::Limit(_)) => eprintln!("not here"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    Secret,
}
