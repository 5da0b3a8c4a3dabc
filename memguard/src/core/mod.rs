//! The core: what a session's handles share. A handle keeps the core alive. Nothing in the core refers back to a handle
//! or to the core.

mod coffer;
mod config;
mod counters;
mod everywhere;
mod node;
mod outcome;
mod purge;
mod registry;
mod tell;
mod wipers;

pub use coffer::Rekey;
pub use counters::Degraded;
pub use outcome::{Disposal, PurgeReport};

pub(crate) use coffer::KeyId;
pub(crate) use config::Config;
pub(crate) use counters::Counters;
pub(crate) use everywhere::{Listed, NEIGHBOURS, purge_all, purge_all_untold};
pub(crate) use node::Node;
pub(crate) use registry::Moment;

use crate::crypto::{Cipher, KEY_LEN};
use crate::memory::{Audit, Freezing, Neighbours, Pool, Scratch};
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{OnDrop, Process, impl_drop};
use crate::{Error, Result};
use coffer::Coffer;
use registry::Registry;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;
use wipers::{Wiper, Wipers};

#[derive(Debug)]
pub(crate) struct Core {
    /// The process that made it. A forked child has a snapshot that may be inconsistent, so it never uses or drops it.
    process: Process,
    pub(crate) registry: ManuallyDrop<Registry>,
    pub(crate) coffer: ManuallyDrop<Coffer>,
    pub(crate) counters: Arc<Counters>,
    wipers: Wipers,
    pub(crate) pool: ManuallyDrop<Pool>,
    cipher: Cipher,
    acquire_timeout: Duration,
    stream_chunk: usize,
    freezing: Freezing,
    ended: AtomicBool,
}

// User code never runs under a lock of the library, so its panics leave the core as it was. A panic inside the library
// marks the locks that it unwinds over. The data behind a marked lock is checked and repaired before its next use.
impl UnwindSafe for Core {}
impl RefUnwindSafe for Core {}

impl Core {
    pub(crate) fn new(config: &Config, neighbours: Neighbours) -> Result<Self> {
        let counters = Arc::new(Counters::new(config.shards));
        let core = Self::with(config, neighbours, Arc::clone(&counters));
        if core.is_err() {
            Self::tell_last(&counters);
        }
        core
    }

    fn with(config: &Config, neighbours: Neighbours, counters: Arc<Counters>) -> Result<Self> {
        let cipher = config.cipher;
        if !cipher.is_available() {
            return Err(Error::CipherUnavailable { cipher });
        }
        let (backend, memory) = (Arc::clone(&config.backend), Arc::clone(&counters.memory));
        let (isolation, shards) = (config.isolation, config.shards);
        let pool = Pool::new(backend, config.controls, isolation, config.pool_pages, shards, neighbours, memory)?;
        let coffer = Coffer::new(&pool, Arc::clone(&counters))?;
        // From here on nothing fails, because nobody would drop what is dropped by hand.
        Ok(Self {
            process: Process::current(),
            registry: ManuallyDrop::new(Registry::new(config.shards, &counters)),
            coffer: ManuallyDrop::new(coffer),
            counters,
            wipers: Wipers::default(),
            pool: ManuallyDrop::new(pool),
            cipher,
            acquire_timeout: config.acquire_timeout,
            stream_chunk: config.stream_chunk,
            freezing: config.freezing,
            ended: AtomicBool::new(false),
        })
    }

    /// Copies the key into a locked slot for the caller, who [clears](crate::clear) the stack when the slot is dropped.
    /// The slot has so much room behind the key. With `wanted`, copies only the key of that name.
    pub(crate) fn view_key(&self, wanted: Option<KeyId>, room: usize) -> Result<(KeyId, Private<'_>)> {
        let mut slot = self.private(KEY_LEN + room)?;
        let id = self.copy_key(wanted, &mut slot[..KEY_LEN])?;
        Ok((id, slot))
    }

    /// The same, into locked memory that the caller has and wipes.
    pub(crate) fn copy_key(&self, wanted: Option<KeyId>, out: &mut [u8]) -> Result<KeyId> {
        self.coffer.view(wanted, self.acquire_timeout, self.pool.backend(), out)
    }

    /// A slot for a secret that is in no buffer. A purge cannot wipe it, but counts it.
    pub(crate) fn private(&self, len: usize) -> Result<Private<'_>> {
        let slot = self.pool.scratch(len)?;
        let wiper = self.wipers.note();
        self.counters.uses().private_secrets.bump();
        Ok(Private { slot, end: PrivateEnd(&self.counters, wiper) })
    }

    /// Checks every byte of all free memory.
    pub(crate) fn audit(&self) -> Audit {
        let audit = self.pool.audit();
        self.tell();
        audit
    }

    /// What the key of this session is for. No other cipher uses it.
    pub(crate) fn cipher(&self) -> Cipher {
        self.cipher
    }

    pub(crate) fn acquire_timeout(&self) -> Duration {
        self.acquire_timeout
    }

    pub(crate) fn stream_chunk(&self) -> usize {
        self.stream_chunk
    }

    /// How buffers are frozen that are made frozen.
    pub(crate) fn freezing(&self) -> Freezing {
        self.freezing
    }

    /// Whether the core belongs to this process. A forked child inherits the core of its parent, and must not use it.
    #[inline]
    pub(crate) fn is_here(&self) -> bool {
        self.process.is_current()
    }

    #[inline]
    pub(crate) fn check_process(&self) -> Result<()> {
        if self.is_here() { Ok(()) } else { Err(Error::Forked) }
    }

    pub(crate) fn check_running(&self) -> Result<()> {
        self.check_process()?;
        if self.ended.load(Ordering::Acquire) { Err(Error::SessionEnded) } else { Ok(()) }
    }
}

/// A secret that is in no buffer: the key while a call uses it, or bytes that are sealed as soon as they are drawn.
pub(crate) struct Private<'c> {
    /// Wiped before the end is counted.
    slot: Scratch<'c>,
    end: PrivateEnd<'c>,
}

impl Private<'_> {
    /// Calls `user` with the bytes from this one on. A purge meanwhile counts them as handed over.
    pub(crate) fn show_from<R>(&self, start: usize, user: impl FnOnce(&[u8]) -> R) -> R {
        let _shown = Shown::new(self.end.0);
        user(&self[start..])
    }
}

struct Shown<'c>(&'c Counters);

impl<'c> Shown<'c> {
    fn new(counters: &'c Counters) -> Self {
        counters.uses().shown.bump();
        Self(counters)
    }
}

impl OnDrop for Shown<'_> {
    fn on_drop(&mut self) {
        self.0.uses().shown.take_back();
    }
}

impl_drop!(Shown<'_>);

struct PrivateEnd<'c>(&'c Counters, #[expect(dead_code, reason = "dropped")] Wiper<'c>);

impl OnDrop for PrivateEnd<'_> {
    fn on_drop(&mut self) {
        self.0.uses().private_secrets.take_back();
    }
}

impl_drop!(PrivateEnd<'_>);

impl Deref for Private<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.slot
    }
}

impl DerefMut for Private<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.slot
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        if !self.is_here() {
            return;
        }
        // SAFETY: each is dropped once, here, and not used afterwards. What the coffer has returns to the backend or to
        // the pools that sessions share, not to the pool.
        unsafe {
            ManuallyDrop::drop(&mut self.registry);
            ManuallyDrop::drop(&mut self.coffer);
            ManuallyDrop::drop(&mut self.pool);
        }
        Self::tell_last(&self.counters);
    }
}
