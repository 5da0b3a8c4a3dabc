//! A shared buffer with counts of who asks for it and who is inside. The counts judge the lock, which does not know
//! them.

use crate::ops::tagged;
use crate::scenario::Worker;
use crate::scenario::shared::{stamp_of, stamped_buffer};
use crate::{Guarantee, Violation, thread};
use memguard::sync::{Class, Site};
use memguard::{Buffer, Error, Session};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Long enough that a copy of it takes several steps of the processor.
const LEN: usize = 256;

/// A buffer and what its users say of themselves.
pub(super) struct Watched {
    buffer: Buffer,
    /// Threads that are inside to read, by their own account. Each counts itself only while it is inside.
    readers: AtomicUsize,
    /// Threads that are inside to write.
    writers: AtomicUsize,
    /// Threads that ask for a read or are inside.
    reads: Calls,
    /// Threads that ask for a write or are inside.
    writes: Calls,
}

impl Watched {
    pub(super) fn new(session: &Session, seed: u64, id: u64) -> memguard::Result<Self> {
        let buffer = stamped_buffer(session, seed, id, LEN)?;
        let (readers, writers) = Default::default();
        Ok(Self { buffer, readers, writers, reads: Calls::default(), writes: Calls::default() })
    }

    /// Reads, by a call that waits.
    pub(super) fn read(&self, worker: &mut Worker<'_>) -> Result<(), Violation> {
        let (seed, by_guard) = (worker.seed(), worker.choices.one_in(2));
        let read = worker.op("reading a shared buffer", || {
            self.reads.during(|| match by_guard {
                true => self.buffer.read().map(|bytes| self.look(seed, &bytes, thread::yield_now)),
                false => self.buffer.with_data(|bytes| self.look(seed, bytes, thread::yield_now)),
            })
        });
        granted("reading a shared buffer", read)
    }

    /// Reads without waiting. Returns whether it was let in.
    pub(super) fn try_read(&self, worker: &mut Worker<'_>) -> Result<bool, Violation> {
        let seed = worker.seed();
        worker.op("try_read of a shared buffer", || self.try_read_and(seed, thread::yield_now))
    }

    /// Reads without waiting, and calls `inside` there. Returns whether it was let in.
    pub(super) fn try_read_and(&self, seed: u64, inside: impl FnOnce()) -> Result<bool, Violation> {
        self.reads.during(|| {
            // Readers do not exclude each other. Only a writer, or one that waits, is a reason to refuse.
            let before = self.writes.now();
            match self.buffer.try_read() {
                Ok(bytes) => self.look(seed, &bytes, inside).map(|()| true),
                Err(error) => {
                    let is_true = self.writes.has_any_since(before);
                    refused(&error, Site::BufferTryRead, is_true).map(|()| false)
                }
            }
        })
    }

    /// Writes, by a call that waits.
    pub(super) fn write(&self, worker: &mut Worker<'_>) -> Result<(), Violation> {
        let (seed, id) = (worker.seed(), worker.next_id());
        let by_guard = worker.choices.one_in(2);
        let written = worker.op("writing a shared buffer", || {
            self.writes.during(|| match by_guard {
                true => self.buffer.write().map(|mut bytes| self.change(seed, id, &mut bytes)),
                false => self.buffer.with_data_mut(|bytes| self.change(seed, id, bytes)),
            })
        });
        granted("writing a shared buffer", written)
    }

    /// Writes without waiting.
    pub(super) fn try_write(&self, worker: &mut Worker<'_>) -> Result<(), Violation> {
        let (seed, id) = (worker.seed(), worker.next_id());
        worker.op("try_write of a shared buffer", || {
            // Looked at before this call counts itself.
            let (reads, writes) = (self.reads.now(), self.writes.now());
            self.writes.during_counted(|itself| match self.buffer.try_write() {
                Ok(mut bytes) => self.change(seed, id, &mut bytes),
                Err(error) => {
                    let is_true = self.reads.has_any_since(reads) || self.writes.has_any_but(writes, itself);
                    refused(&error, Site::BufferTryWrite, is_true)
                }
            })
        })
    }

    /// Looks at the bytes twice, from inside a read.
    fn look(&self, seed: u64, bytes: &[u8], between: impl FnOnce()) -> Result<(), Violation> {
        self.readers.fetch_add(1, Ordering::SeqCst);
        let writers = self.writers.load(Ordering::SeqCst);
        let before = stamp_of(seed, bytes);
        between();
        let after = stamp_of(seed, bytes);
        self.readers.fetch_sub(1, Ordering::SeqCst);
        Violation::unless(
            writers == 0,
            Guarantee::Exact,
            || "a reader and a writer were inside a buffer at the same time",
        )?;
        let (before, after) = (before?, after?);
        Violation::unless(before == after, Guarantee::Exact, || {
            format!("a shared buffer changed during a read, from {before:#x} to {after:#x}")
        })
    }

    /// Changes the bytes in two steps, from inside a write.
    fn change(&self, seed: u64, id: u64, bytes: &mut [u8]) -> Result<(), Violation> {
        let writers = self.writers.fetch_add(1, Ordering::SeqCst);
        let readers = self.readers.load(Ordering::SeqCst);
        let before = stamp_of(seed, bytes);
        bytes[..LEN / 2].fill(0);
        thread::yield_now();
        tagged::write(seed, id, bytes);
        self.writers.fetch_sub(1, Ordering::SeqCst);
        Violation::unless((readers, writers) == (0, 0), Guarantee::Exact, || {
            format!("a writer is not alone: {readers} readers and {writers} writers are inside")
        })?;
        before.map(drop)
    }
}

/// Checks that a `try_` call was refused with the right words, and for a reason.
fn refused(error: &Error, at: Site, is_true: bool) -> Result<(), Violation> {
    match error {
        Error::WouldBlock { lock, site, .. } if *lock == Class::Access && *site == at => {
            Violation::unless(is_true, Guarantee::Progress, || {
                format!("{at} was refused, and no other thread was in its way")
            })
        }
        error => Err(Violation::unexpected(at, error)),
    }
}

/// How many calls have begun (upper half), and how many run now (lower half). One word, so that both change in one
/// step.
#[derive(Default)]
struct Calls(AtomicU64);

/// What [`Calls`] said at one moment.
#[derive(Clone, Copy)]
struct Seen(u64);

impl Calls {
    fn during<R>(&self, call: impl FnOnce() -> R) -> R {
        self.during_counted(|_| call())
    }

    /// Also tells the call what was counted just before it.
    fn during_counted<R>(&self, call: impl FnOnce(Seen) -> R) -> R {
        const ONE: u64 = 1;
        let before = Seen(self.0.fetch_add(ONE << 32 | ONE, Ordering::SeqCst));
        let result = call(before);
        self.0.fetch_sub(ONE, Ordering::SeqCst);
        result
    }

    fn now(&self) -> Seen {
        Seen(self.0.load(Ordering::SeqCst))
    }

    /// Whether any call ran at any time since then.
    fn has_any_since(&self, then: Seen) -> bool {
        then.running() > 0 || self.now().begun() != then.begun()
    }

    /// Whether any call but the one that began when `itself` was counted ran at any time since then.
    fn has_any_but(&self, then: Seen, itself: Seen) -> bool {
        let begun_between = itself.begun() != then.begun();
        then.running() > 0 || begun_between || self.now().begun() != itself.begun().wrapping_add(1)
    }
}

impl Seen {
    fn begun(self) -> u32 {
        (self.0 >> 32) as u32
    }

    fn running(self) -> u32 {
        self.0 as u32
    }
}

/// The result of a call that may wait, and must then be granted.
fn granted<R>(call: &str, result: memguard::Result<Result<R, Violation>>) -> Result<R, Violation> {
    Violation::unless_ok(call, result)?
}
