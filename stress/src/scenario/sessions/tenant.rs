//! A session that several workers use, with secrets and a note of its purges.

use crate::ops::{Content, Tally};
use crate::scenario::Worker;
use crate::scenario::own_session::builder;
use crate::{Guarantee, Violation, thread};
use memguard::{Buffer, Enclave, Error, Session};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How many pages each session keeps.
pub(super) const POOL_PAGES: usize = 4;

const LEN: usize = 48;

/// A session, its secrets, and what was done to it.
pub(super) struct Tenant {
    session: Session,
    buffer: Buffer,
    enclave: Enclave,
    content: Content,
    tally: Tally,
    /// A purge of this session has begun. Before that, its secrets must be there.
    purge_began: AtomicBool,
    /// A purge of this session has ended. From then on, they must be gone.
    purge_ended: AtomicBool,
}

impl Tenant {
    /// Builds the session, with or without a rekey thread.
    pub(super) fn new(worker: &mut Worker<'_>) -> Result<Self, Violation> {
        let interval = worker.choices.one_in(2).then_some(Duration::from_millis(1));
        let content = worker.next_content();
        let made = worker.op("building a shared session", || {
            let session = builder(POOL_PAGES).rekey_interval(interval).build()?;
            let buffer = session.buffer_from_bytes(&mut content.bytes(LEN))?;
            let enclave = session.enclave(&mut content.bytes(LEN))?;
            Ok((session, buffer, enclave))
        });
        let (session, buffer, enclave) = Violation::unless_ok("building a shared session", made)?;
        let (tally, purge_began, purge_ended) = Default::default();
        Ok(Self { session, buffer, enclave, content, tally, purge_began, purge_ended })
    }

    /// Reads the buffer or opens the enclave.
    pub(super) fn visit(&self, worker: &mut Worker<'_>) -> Result<(), Violation> {
        let look = |bytes: &[u8]| {
            let before = self.content.check(bytes);
            thread::yield_now();
            before.and_then(|()| self.content.check(bytes))
        };
        let was_gone = self.purge_ended.load(Ordering::SeqCst);
        let (what, seen) = if worker.choices.one_in(2) {
            ("a buffer", worker.op("reading in a shared session", || self.buffer.with_data(look)))
        } else {
            let open = || self.enclave.open().and_then(|opened| opened.with_data(look));
            ("an enclave", worker.op("opening in a shared session", open))
        };
        match seen {
            Ok(_) if was_gone => {
                Err(Violation::new(Guarantee::Wiped, format!("{what} survived a purge of its session")))
            }
            Ok(bytes) => bytes.map_err(|how| Violation::new(Guarantee::Exact, format!("{what} of a session: {how}"))),
            Err(Error::Destroyed | Error::KeyGone) if self.purge_began.load(Ordering::SeqCst) => Ok(()),
            Err(error @ (Error::Destroyed | Error::KeyGone | Error::SessionEnded)) => {
                let seen = format!("{what} is gone, and no thread purged or ended its session: {error}");
                Err(Violation::new(Guarantee::Exact, seen))
            }
            Err(error) => Err(Violation::unexpected(what, &error)),
        }
    }

    /// Purges the session.
    pub(super) fn purge(&self, worker: &mut Worker<'_>) -> Result<(), Violation> {
        self.purge_began.store(true, Ordering::SeqCst);
        let report = worker.op("purging a shared session", || self.session.purge());
        self.purge_ended.store(true, Ordering::SeqCst);
        self.tally.purge(&report);
        Violation::unless(
            !self.buffer.is_alive(),
            Guarantee::Wiped,
            || "a purge returned and left a buffer of its session alive",
        )
    }

    /// Ends the session, which no other thread uses. Its handles outlive it and must say so.
    pub(super) fn end(self) -> Result<(), Violation> {
        let Self { session, buffer, enclave, tally, purge_began, .. } = self;
        let (alive, purged) = (buffer.is_alive(), purge_began.into_inner());
        Violation::unless(alive != purged, Guarantee::Exact, || {
            format!("purged: {purged}, and the session's buffer is alive: {alive}")
        })?;
        let wrong = tally.disagreements(&session.health().degraded);
        Violation::unless(wrong.is_empty(), Guarantee::Visible, || wrong.join("; "))?;
        let report = session.close();
        let is_right = (report.wiped, report.handed_over, report.corrupted) == (alive.into(), 0, 0);
        Violation::unless(is_right, Guarantee::Wiped, || {
            format!("the end of a session reported {report:?}; its one buffer was alive: {alive}")
        })?;
        let left = (buffer.with_data(|_| ()), enclave.open().map(drop));
        Violation::unless(left == (Err(Error::Destroyed), Err(Error::SessionEnded)), Guarantee::Wiped, || {
            format!("reading and opening after the end of a session gave {left:?}")
        })
    }
}
