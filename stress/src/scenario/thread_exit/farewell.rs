//! What a thread leaves in a thread-local. Its destructor uses the library in every way.

use crate::ops::{Content, Tally, tagged};
use crate::scenario::shared::stamp_of;
use crate::{Guarantee, Violation};
use memguard::sync::Site;
use memguard::{Buffer, Disposal, Enclave, Error, Session, Stream};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::mpsc::Sender;

const LEN: usize = 48;

/// Whether the thread-local was made before or after the thread's first call of the library.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Early,
    Late,
}

thread_local! {
    static EARLY: RefCell<Option<Farewell>> = const { RefCell::new(None) };
    static LATE: RefCell<Option<Farewell>> = const { RefCell::new(None) };
}

/// Handles, and what must be in them.
pub(super) struct Farewell {
    when: When,
    buffer: Buffer,
    enclave: Enclave,
    stream: Stream,
    /// A buffer of all threads, whose bytes are stamped.
    shared: Arc<Buffer>,
    seed: u64,
    /// The id of the stamp that this one writes.
    id: u64,
    content: Content,
    tell: Sender<Answers>,
}

/// What the calls of a destructor answered. A thread that ends has nobody to report to, so its worker judges them.
pub(super) struct Answers {
    when: When,
    reentered: memguard::Result<()>,
    nested: memguard::Result<Result<(), Violation>>,
    destroyed: memguard::Result<Disposal>,
    rest: Result<(), Violation>,
}

/// What a thread does while it lives: it puts each farewell in its place and uses the library in between.
pub(super) fn live(farewells: Vec<Farewell>) {
    for farewell in farewells {
        match farewell.when {
            When::Early => EARLY.set(Some(farewell)),
            When::Late => {
                // The thread's first call of the library. Its own thread-locals are made here. The destructor checks
                // the bytes again, so the answer is not needed.
                let _ = farewell.buffer.with_data(|_| farewell.enclave.open().map(drop));
                LATE.set(Some(farewell));
            }
        }
    }
}

impl Farewell {
    pub(super) fn new(
        when: When,
        session: &Session,
        shared: Arc<Buffer>,
        (seed, id): (u64, u64),
        content: Content,
        tell: Sender<Answers>,
    ) -> memguard::Result<Self> {
        let buffer = session.buffer_from_bytes(&mut content.bytes(LEN))?;
        buffer.melt()?;
        let enclave = session.enclave(&mut content.bytes(LEN))?;
        let stream = session.stream()?;
        stream.move_from(&mut content.bytes(LEN))?;
        Ok(Self { when, buffer, enclave, stream, shared, seed, id, content, tell })
    }

    /// Calls that must succeed, no matter what other threads do.
    fn use_all(&self) -> Result<(), Violation> {
        let Self { buffer, enclave, stream, shared, seed, id, content, .. } = self;
        let bytes = content.bytes(LEN);
        let same = |call: &str, is_same: memguard::Result<bool>| {
            let is_same = Violation::unless_ok(call, is_same)?;
            Violation::unless(is_same, Guarantee::Exact, || format!("{call} gave other bytes"))
        };
        same("try_clone", buffer.try_clone().and_then(|clone| clone.equals(&bytes)))?;
        same("open", enclave.open().and_then(|opened| opened.equals(&bytes)))?;
        same(
            "seal and open",
            buffer.try_clone().and_then(|clone| clone.seal()).and_then(|sealed| sealed.open()?.equals(&bytes)),
        )?;
        let read = stream.move_from(&mut content.next().bytes(LEN)).and_then(|()| stream.next());
        same("Stream::next", read.and_then(|chunk| chunk.map_or(Ok(false), |chunk| chunk.equals(&bytes))))?;
        // Other threads are inside now and then, so this waits.
        let written = shared.with_data_mut(|bytes| {
            let before = stamp_of(*seed, bytes);
            tagged::write(*seed, *id, bytes);
            before.map(drop)
        });
        Violation::unless_ok("writing a shared buffer", written)?
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        let rest = self.use_all();
        let Self { when, buffer, shared, seed, content, .. } = self;
        let inside = buffer.with_data(|_| {
            let nested = shared.with_data(|bytes| stamp_of(*seed, bytes).map(drop));
            (buffer.with_data_mut(|_| ()), nested)
        });
        let (reentered, nested) = inside.unwrap_or_else(|error| (Err(error.clone()), Err(error)));
        let destroyed = buffer.with_data(|bytes| (buffer.destroy(), content.check(bytes)));
        let (destroyed, kept) = destroyed.unwrap_or_else(|error| (Err(error), Ok(())));
        let kept =
            kept.map_err(|how| Violation::new(Guarantee::Exact, format!("bytes changed inside an access: {how}")));
        // The worker that waits for the answers reports one that is missing.
        let _ = self.tell.send(Answers { when: *when, reentered, nested, destroyed, rest: rest.and(kept) });
    }
}

impl Answers {
    /// Judges the answers, and counts the degraded outcomes among them.
    pub(super) fn judge(self, tally: &Tally) -> Result<(), Violation> {
        let Self { when, reentered, nested, destroyed, rest } = self;
        [reentered.as_ref().err(), nested.as_ref().err()].into_iter().flatten().for_each(|error| tally.error(error));
        destroyed.iter().for_each(|&disposal| tally.disposal(disposal));
        let named = |Violation { guarantee, message }| {
            Violation::new(guarantee, format!("in the destructor of a thread-local ({when:?}): {message}"))
        };
        let reentrant = Error::Reentrant { site: Site::BufferWrite.into() };
        let refused = Violation::unless(reentered == Err(reentrant), Guarantee::Progress, || {
            format!("a write inside a read of the same buffer gave {reentered:?}")
        });
        let nested = match nested {
            Ok(seen) => seen,
            Err(Error::WouldDeadlock { .. }) => Ok(()),
            Err(error) => Err(Violation::unexpected("a nested read", &error)),
        };
        let handed_over = Violation::unless(destroyed == Ok(Disposal::HandedOver), Guarantee::Wiped, || {
            format!("destroying a buffer inside an access gave {destroyed:?}")
        });
        rest.and(refused).and(nested).and(handed_over).map_err(named)
    }
}
