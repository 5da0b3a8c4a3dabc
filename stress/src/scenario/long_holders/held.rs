//! The buffer that is held, the thread that holds it, and the thread that needs it.

use super::holder::LongHolder;
use super::progress::Progress;
use crate::mutex::lock;
use crate::ops::tagged;
use crate::scenario::shared::stamped_buffer;
use crate::scenario::{RunContext, ScenarioError, Worker};
use crate::{Guarantee, Violation};
use memguard::sync::{Class, Site};
use memguard::{Buffer, Error, with_buffers};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

const LEN: usize = 64;

/// The buffer, and how the two threads tell each other about it. Neither has a timeout. If one thread ends, its ends of
/// the channels are dropped and the other thread notices.
pub(super) struct HeldBuffer {
    buffer: Buffer,
    acquire_timeout: Duration,
    /// A buffer that is made before the held one, and one that is made after it. `with_buffers` enters them in that
    /// order.
    neighbours: [Buffer; 2],
    /// The holder's ends of the channels. It says that it holds the buffer, and is told to release it.
    holder: Mutex<Option<(Sender<LongHolder>, Receiver<()>)>>,
    /// The waiter's ends.
    waiter: Mutex<Option<(Receiver<LongHolder>, Sender<()>)>>,
}

/// A call that needs the buffer, and the site at which it waits.
type Wait = (Site, fn(&HeldBuffer) -> memguard::Result<()>);

/// These wait for any holder.
const WRITES: &[Wait] = &[
    (Site::BufferWrite, |held| held.buffer.write().map(drop)),
    (Site::BufferWrite, |held| held.buffer.with_data_mut(|_| ())),
    (Site::BufferWrite, |held| held.buffer.copy_from(&[0])),
    (Site::BuffersWrite, |held| with_buffers(&[&held.neighbours[0]], &[&held.buffer], |_, _| ())),
    (Site::BuffersWrite, |held| with_buffers(&[], &[&held.buffer, &held.neighbours[1]], |_, _| ())),
];

/// These wait for a holder that writes.
const READS: &[Wait] = &[
    (Site::BufferRead, |held| held.buffer.read().map(drop)),
    (Site::BufferRead, |held| held.buffer.with_data(|_| ())),
    (Site::BufferRead, |held| held.buffer.uint16_slice(|_| ())),
    (Site::BufferRead, |held| held.buffer.equals(&[0]).map(drop)),
    (Site::BufferRead, |held| held.buffer.try_clone().map(drop)),
    (Site::BufferProtect, |held| held.buffer.freeze()),
    (Site::BuffersRead, |held| with_buffers(&[&held.buffer], &[&held.neighbours[0]], |_, _| ())),
    (Site::BuffersRead, |held| with_buffers(&[&held.neighbours[1], &held.buffer], &[], |_, _| ())),
];

impl HeldBuffer {
    pub(super) fn new(context: &RunContext<'_>) -> Result<Self, ScenarioError> {
        let make = |id| context.require("Session::buffer", stamped_buffer(context.session, context.seed, id, LEN));
        let (before, buffer, after) = (make(1)?, make(2)?, make(3)?);
        let ((held, is_held), (release, is_released)) = (channel(), channel());
        let (holder, waiter) = (Mutex::new(Some((held, is_released))), Mutex::new(Some((is_held, release))));
        let (acquire_timeout, neighbours) = (context.acquire_timeout, [before, after]);
        Ok(Self { buffer, acquire_timeout, neighbours, holder, waiter })
    }

    /// Holds the buffer again and again, each time until the others have completed this many operations and the waiter
    /// has waited.
    pub(super) fn hold(&self, worker: &mut Worker<'_>, progress: &Progress, ops: u64) {
        let Some((held, release)) = lock(&self.holder).take() else { return };
        while worker.should_continue() {
            let (seed, id) = (worker.seed(), worker.next_id());
            let stay = |site, bytes: &[u8]| {
                let before = tagged::check(seed, bytes);
                let waiter_came = held.send(LongHolder::this_thread(site)).is_ok();
                progress.wait_for(ops);
                let waiter_came = waiter_came && release.recv().is_ok();
                (waiter_came, before.is_ok() && before == tagged::check(seed, bytes))
            };
            let held = if worker.choices.one_in(2) {
                worker.op("holding a read access", || self.buffer.with_data(|bytes| stay(Site::BufferRead, bytes)))
            } else {
                worker.op("holding a write access", || {
                    self.buffer.with_data_mut(|bytes| {
                        let seen = stay(Site::BufferWrite, bytes);
                        tagged::write(seed, id, bytes);
                        seen
                    })
                })
            };
            match Violation::unless_ok("entering a buffer that is not in use", held) {
                Ok((waiter_came, is_same)) => {
                    let changed = || "another thread wrote while this thread was inside";
                    worker.check(Violation::unless(is_same, Guarantee::Exact, changed));
                    if !waiter_came {
                        return;
                    }
                }
                Err(violation) => worker.check(Err(violation)),
            }
        }
    }

    /// Needs the buffer while it is held.
    pub(super) fn wait(&self, worker: &mut Worker<'_>) {
        let Some((held, release)) = lock(&self.waiter).take() else { return };
        while worker.should_continue() {
            let Ok(holder) = held.recv() else { return };
            let results = [
                self.use_neighbours(worker),
                self.try_once(worker, holder),
                self.read_inside_another(worker, holder),
                self.wait_in_vain(worker, holder),
                self.use_neighbours(worker),
            ];
            results.into_iter().for_each(|result| worker.check(result));
            if release.send(()).is_err() {
                return;
            }
        }
    }

    /// The buffers beside the held one are free, also after a wait for all of them was given up.
    fn use_neighbours(&self, worker: &mut Worker<'_>) -> Result<(), Violation> {
        let [before, after] = &self.neighbours;
        let used = worker.op("using the buffers beside a held one", || with_buffers(&[before], &[after], |_, _| ()));
        Violation::unless_ok("with_buffers", used)
    }

    /// A try returns at once and names the kind of lock.
    fn try_once(&self, worker: &mut Worker<'_>, holder: LongHolder) -> Result<(), Violation> {
        let (site, answer) = if holder.reads() || worker.choices.one_in(2) {
            let answer = worker.op("try_write of a held buffer", || self.buffer.try_write().map(drop));
            (Site::BufferTryWrite, answer)
        } else {
            (Site::BufferTryRead, worker.op("try_read of a held buffer", || self.buffer.try_read().map(drop)))
        };
        match answer {
            Err(Error::WouldBlock { lock, site: at, .. }) if lock == Class::Access && at == site => Ok(()),
            answer => Err(wrong("a try of a held buffer", &answer)),
        }
    }

    /// A thread that is inside another access does not wait.
    fn read_inside_another(&self, worker: &mut Worker<'_>, holder: LongHolder) -> Result<(), Violation> {
        let [own, _] = &self.neighbours;
        let answer =
            worker.op("reading a held buffer inside another", || own.with_data(|_| self.buffer.read().map(drop)));
        match answer {
            Ok(Ok(())) if holder.reads() => Ok(()),
            Ok(Err(error @ Error::WouldDeadlock { lock, site, .. }))
                if lock == Class::Access && site == Site::BufferRead && !holder.reads() =>
            {
                worker.tally().error(&error);
                Ok(())
            }
            answer => Err(wrong("reading a held buffer inside another", &answer)),
        }
    }

    /// Waits for exactly the acquire timeout, and learns who held the buffer.
    fn wait_in_vain(&self, worker: &mut Worker<'_>, holder: LongHolder) -> Result<(), Violation> {
        let writes = holder.reads() || worker.choices.one_in(2);
        let (site, wait) = worker.choices.pick(if writes { WRITES } else { READS });
        let began = Instant::now();
        let answer = worker.op("waiting for a held buffer", || wait(self));
        let waited = began.elapsed();
        let Err(error) = answer else { return Err(wrong("waiting for a held buffer", &answer)) };
        worker.tally().error(&error);
        let is_right = holder.is_named_by(&error, site, self.acquire_timeout) && waited >= self.acquire_timeout;
        Violation::unless(is_right, Guarantee::Progress, || {
            format!("a wait at {site} for a buffer that {holder} held ended after {waited:?}: {error}")
        })
    }
}

fn wrong(what: &str, answer: &dyn std::fmt::Debug) -> Violation {
    Violation::new(Guarantee::Progress, format!("{what} gave {answer:?}"))
}
