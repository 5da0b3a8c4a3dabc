//! How a session is configured.

use crate::core::Config;
use crate::crypto::Cipher;
use crate::memory::{ControlKind, ControlPolicy, Freezing, Isolation, MlockPolicy};
use std::time::Duration;

/// Configures a [`Session`](crate::Session), or the default one.
///
/// ```
/// use memguard::{MlockPolicy, Session};
/// use std::time::Duration;
/// let session = Session::builder()
///     .rekey_interval(Some(Duration::from_secs(1)))
///     .acquire_timeout(Duration::from_millis(200))
///     .mlock(MlockPolicy::Prefer)
///     .build()?;
/// # drop(session);
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct SessionBuilder {
    pub(super) rekey_interval: Option<Duration>,
    pub(super) forbid_core_dumps: bool,
    pub(super) config: Config,
}

impl SessionBuilder {
    pub(super) fn new() -> Self {
        Self { rekey_interval: Some(Duration::from_millis(500)), forbid_core_dumps: false, config: Config::default() }
    }

    /// How often the rekey thread splits the key anew, at most once a millisecond. `None` means that it never does.
    /// Default: 500 ms, as in Go memguard.
    ///
    /// One thread serves all sessions of the process. It starts with the first session that has an interval, and stays.
    /// It splits at each interval the key of
    ///
    /// - every session whose key was used since it was last split, and
    /// - at most 128 sessions of the same interval whose key was not used. If there are more of these, they take turns:
    ///   the key of one among 10,000 idle sessions is split at every 79th interval, and at the next one after a use.
    ///
    /// ```
    /// use std::time::Duration;
    /// let builder = memguard::Session::builder();
    /// let often = builder.clone().rekey_interval(Some(Duration::from_millis(50))).build()?;
    /// let never = builder.rekey_interval(None).build()?; // call `rekey` yourself
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn rekey_interval(mut self, interval: Option<Duration>) -> Self {
        self.rekey_interval = interval.map(|interval| interval.max(Duration::from_millis(1)));
        self
    }

    /// What the session seals its enclaves and streams with. Default: [`Cipher::XChaCha20Poly1305`].
    ///
    /// [`build`](Self::build) answers [`Error::CipherUnavailable`](crate::Error::CipherUnavailable) if this processor
    /// cannot use the cipher. [`Cipher::fastest`] is never refused.
    ///
    /// ```
    /// use memguard::{Cipher, Error, Session};
    /// match Session::builder().cipher(Cipher::Aegis256).build() {
    ///     Ok(session) => assert_eq!(session.enclave(&mut [1, 2, 3])?.len(), 3),
    ///     Err(Error::CipherUnavailable { cipher }) => assert!(!cipher.is_available()),
    ///     Err(other) => return Err(other),
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn cipher(mut self, cipher: Cipher) -> Self {
        self.config.cipher = cipher;
        self
    }

    /// How long an access or a key view waits before it gives up with [`Error::Timeout`](crate::Error::Timeout).
    /// Default: 5 s.
    ///
    /// ```
    /// use memguard::{Error, Session};
    /// let session = Session::builder().acquire_timeout(std::time::Duration::from_millis(20)).build()?;
    /// let buffer = session.buffer(8)?;
    /// let inside = buffer.write()?;
    /// std::thread::scope(|scope| {
    ///     let other = scope.spawn(|| buffer.read().map(drop));
    ///     assert!(matches!(other.join().unwrap(), Err(Error::Timeout { .. })));
    /// });
    /// # drop(inside);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.config.acquire_timeout = timeout;
        self
    }

    /// What to do with a page for which a control does not work: the system refuses it, or says yes and does nothing.
    /// Default: `Require` for `Lock`, `Guard` and `Hide`, and `Prefer` for `Dump` and `Fork`.
    ///
    /// ```
    /// use memguard::{ControlKind, ControlPolicy, Session};
    /// let session = Session::builder().control(ControlKind::Guard, ControlPolicy::Prefer).build()?;
    /// assert_eq!(session.health().degraded.unguarded_pages, 0, "where mprotect works");
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn control(mut self, control: ControlKind, policy: ControlPolicy) -> Self {
        self.config.controls.set(control, policy);
        self
    }

    /// What to do with a page that cannot be locked: [`control`](Self::control) for [`ControlKind::Lock`].
    ///
    /// ```
    /// use memguard::{MlockPolicy, Session};
    /// let session = Session::builder().mlock(MlockPolicy::Prefer).build()?;
    /// assert!(session.buffer(1 << 16).is_ok(), "with any RLIMIT_MEMLOCK");
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn mlock(self, policy: MlockPolicy) -> Self {
        self.control(ControlKind::Lock, policy)
    }

    /// How secrets are spread over pages. Default: [`Isolation::Page`]. The working copies of the session's key always
    /// have pages of their own. The key itself is split in two halves, which lie on pages with those of other sessions.
    ///
    /// ```
    /// use memguard::{Isolation, Session};
    /// let session = Session::builder().isolation(Isolation::Packed).build()?;
    /// assert!(session.buffer_from_bytes(&mut [1, 2, 3])?.equals(&[1, 2, 3])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.config.isolation = isolation;
        self
    }

    /// How buffers are frozen that are made frozen: those of bytes, of randomness and of readers, and those of opened
    /// enclaves. Default: [`Freezing::ByAccess`]. [`Buffer::freeze`](crate::Buffer::freeze) always protects the pages.
    ///
    /// ```
    /// use memguard::{Freezing, Session};
    /// let session = Session::builder().freezing(Freezing::InHardware).build()?;
    /// assert!(!session.buffer_from_bytes(&mut [1, 2, 3])?.is_mutable());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn freezing(mut self, freezing: Freezing) -> Self {
        self.config.freezing = freezing;
        self
    }

    /// Forbids core dumps: [`build`](Self::build) sets `RLIMIT_CORE` to 0, soft and hard, for the whole process and its
    /// children. A process without privileges cannot take that back. By default nothing changes.
    /// [`harden`](crate::harden()) does more.
    ///
    /// Secrets in buffers are kept out of core dumps in any case, where the system can do it. This call is for
    /// everything else.
    ///
    /// ```no_run
    /// let session = memguard::Session::builder().forbid_core_dumps().build()?;
    /// assert_eq!(memguard::preflight().core_limit, Some(0));
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn forbid_core_dumps(mut self) -> Self {
        self.forbid_core_dumps = true;
        self
    }

    /// How many wiped pages are kept mapped and locked for reuse. Default: 512, which is 2 MiB of 4 KiB pages and a
    /// quarter of the usual `RLIMIT_MEMLOCK`. At a limit that any session of the process reaches, they are given
    /// back before an error is returned.
    ///
    /// A purge wipes first and gives nothing back: it keeps what is more until the rekey thread gives it back, the
    /// session needs it again, or the session ends.
    ///
    /// ```
    /// let session = memguard::Session::builder().pool_pages(0).build()?;
    /// let before = session.health().footprint.slots;
    /// drop(session.buffer(8)?);
    /// assert_eq!(session.health().footprint.slots, before, "given back at once");
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn pool_pages(mut self, pages: usize) -> Self {
        self.config.pool_pages = pages;
        self
    }

    /// How many shards the registry, the counters and the spare pages have, at most 64. With one, all threads meet at
    /// the same locks. For tests and tools.
    ///
    /// ```
    /// let session = memguard::Session::builder().shards(1).build()?;
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg(feature = "internals")]
    pub fn shards(mut self, shards: usize) -> Self {
        self.config.shards = shards.clamp(1, 64);
        self
    }

    /// How many bytes of a [`Stream`](crate::Stream) are sealed together, at least 1. Default: 16 KiB, as in Go
    /// memguard with pages of 4 KiB. A reader opens one such chunk at a time in locked pages.
    ///
    /// ```
    /// let session = memguard::Session::builder().stream_chunk(4).build()?;
    /// let stream = session.stream()?;
    /// stream.move_from(&mut [1, 2, 3, 4, 5, 6])?;
    /// assert_eq!(stream.next()?.map(|chunk| chunk.len()), Some(4));
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn stream_chunk(mut self, bytes: usize) -> Self {
        self.config.stream_chunk = bytes.max(1);
        self
    }

    /// Uses simulated pages instead of real pages, for tests.
    ///
    /// ```
    /// let sim = memguard::Sim::new(4096);
    /// let session = memguard::Session::builder().simulated(&sim).build()?;
    /// let _buffer = session.buffer(32)?;
    /// assert!(sim.report().live_bytes > 0);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[cfg(feature = "sim")]
    pub fn simulated(mut self, sim: &crate::Sim) -> Self {
        self.config.backend = sim.backend();
        self
    }

    /// Uses real pages on a system that refuses calls, for tests.
    ///
    /// ```
    /// use memguard::{Error, Refusing, Reply, Session};
    /// let full = Refusing::new(|call| if call == "mmap" { Reply::Refuse(libc::ENOMEM) } else { Reply::Obey });
    /// assert!(matches!(Session::builder().refusing(&full).build().map(drop), Err(Error::Limit(_))));
    /// ```
    #[cfg(feature = "sim")]
    pub fn refusing(mut self, system: &crate::Refusing) -> Self {
        self.config.backend = system.backend();
        self
    }

    /// The same configuration for a forked child.
    pub(super) fn in_child(&self) -> Self {
        Self { config: self.config.in_child(), ..self.clone() }
    }
}
