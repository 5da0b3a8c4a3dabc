//! One thread holds an access for as long as another thread waits for the buffer. The wait must end by itself, with an
//! error that names the holder.

use crate::mutex::lock;
use crate::ops::tagged;
use crate::scenario::shared::stamped_buffer;
use crate::scenario::timeouts::LongHolder;
use crate::scenario::{RunContext, ScenarioError, Worker};
use crate::{Guarantee, Violation};
use memguard::sync::{Class, Site};
use memguard::{Buffer, Error};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// The session's acquire timeout. Short, because the waits here are made to reach it.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(100);

/// The buffer, and how the two threads tell each other about it. Neither has a timeout. If one thread ends, its ends of
/// the channels are dropped and the other thread notices.
pub(super) struct HeldBuffer {
    buffer: Buffer,
    /// The holder's ends of the channels. It says that it holds the buffer, and is told to release it.
    holder: Mutex<Option<(Sender<LongHolder>, Receiver<()>)>>,
    /// The waiter's ends.
    waiter: Mutex<Option<(Receiver<LongHolder>, Sender<()>)>>,
}

/// A call that waits for the buffer, and the site at which it waits.
type Wait = (Site, fn(&Buffer) -> memguard::Result<()>);
const WAITS: &[Wait] = &[
    (Site::BufferRead, |buffer| buffer.read().map(drop)),
    (Site::BufferRead, |buffer| buffer.with_data(|_| ())),
    (Site::BufferRead, |buffer| buffer.uint16_slice(|_| ())),
    (Site::BufferWrite, |buffer| buffer.write().map(drop)),
    (Site::BufferProtect, |buffer| buffer.freeze()),
];

impl HeldBuffer {
    pub(super) fn new(context: &RunContext<'_>) -> Result<Self, ScenarioError> {
        let buffer = context.require("Session::buffer", stamped_buffer(context.session, context.seed, 1, 64))?;
        let ((held, is_held), (release, is_released)) = (channel(), channel());
        let (holder, waiter) = (Mutex::new(Some((held, is_released))), Mutex::new(Some((is_held, release))));
        Ok(Self { buffer, holder, waiter })
    }

    /// Holds the buffer again and again until the waiter ends.
    pub(super) fn hold(&self, worker: &mut Worker<'_>) {
        let Some((held, release)) = lock(&self.holder).take() else { return };
        while worker.should_continue() {
            match self.hold_once(worker, &held, &release) {
                Ok(true) => {}
                Ok(false) => return,
                Err(violation) => worker.check(Err(violation)),
            }
        }
    }

    /// Holds the buffer until the waiter has given up. Returns whether there was a waiter.
    fn hold_once(
        &self,
        worker: &mut Worker<'_>,
        held: &Sender<LongHolder>,
        release: &Receiver<()>,
    ) -> Result<bool, Violation> {
        let this_thread = LongHolder::this_thread(Site::BufferWrite);
        let (seed, id) = (worker.seed(), worker.next_id());
        let answer = worker.op("holding a write access", || {
            self.buffer.with_data_mut(|bytes| {
                let before = tagged::check(seed, bytes);
                let waiter_came = held.send(this_thread).is_ok() && release.recv().is_ok();
                let after = tagged::check(seed, bytes);
                tagged::write(seed, id, bytes);
                (waiter_came, before.is_ok() && before == after)
            })
        });
        let (waiter_came, is_same) = Violation::unless_ok("entering a buffer that is not in use", answer)?;
        Guarantee::Exact.ensure(is_same, || "another thread wrote while this thread was inside")?;
        Ok(waiter_came)
    }

    /// Tries to enter the buffer in every way while the other thread holds it.
    pub(super) fn wait(&self, worker: &mut Worker<'_>) {
        let Some((held, release)) = lock(&self.waiter).take() else { return };
        while worker.should_continue() {
            let Ok(holder) = held.recv() else { return };
            let results =
                [self.try_once(worker), self.read_inside_another(worker), self.wait_at_top_level(worker, holder)];
            results.into_iter().for_each(|result| worker.check(result));
            if release.send(()).is_err() {
                return;
            }
        }
    }

    /// A try returns at once.
    fn try_once(&self, worker: &mut Worker<'_>) -> Result<(), Violation> {
        match worker.op("try_read of a held buffer", || self.buffer.try_read().map(drop)) {
            Err(Error::WouldBlock { lock, site, .. }) if lock == Class::Access && site == Site::BufferTryRead => Ok(()),
            answer => Err(wrong("try_read of a held buffer", &answer)),
        }
    }

    /// A thread that is inside another access does not wait.
    fn read_inside_another(&self, worker: &mut Worker<'_>) -> Result<(), Violation> {
        let own = worker.session().buffer_from_bytes(&mut worker.next_content().bytes(32));
        let own = Violation::unless_ok("creating a buffer", own)?;
        let answer =
            worker.op("reading a held buffer inside another", || own.with_data(|_| self.buffer.read().map(drop)));
        match answer {
            Ok(Err(error @ Error::WouldDeadlock { lock, site, .. }))
                if lock == Class::Access && site == Site::BufferRead =>
            {
                worker.tally().error(&error);
                Ok(())
            }
            answer => Err(wrong("reading a held buffer inside another", &answer)),
        }
    }

    /// A thread that is inside no access waits for exactly the acquire timeout and learns who held the buffer.
    fn wait_at_top_level(&self, worker: &mut Worker<'_>, holder: LongHolder) -> Result<(), Violation> {
        let (site, wait) = worker.choices.pick(WAITS);
        let began = Instant::now();
        let answer = worker.op("waiting for a held buffer", || wait(&self.buffer));
        let waited = began.elapsed();
        let Err(error) = answer else { return Err(wrong("waiting for a held buffer", &answer)) };
        worker.tally().error(&error);
        let is_right = holder.is_named_by(&error, site, ACQUIRE_TIMEOUT) && waited >= ACQUIRE_TIMEOUT;
        Guarantee::Progress.ensure(is_right, || {
            format!("a wait at {site} for a buffer that {holder} held ended after {waited:?}: {error}")
        })
    }
}

fn wrong(what: &str, answer: &dyn std::fmt::Debug) -> Violation {
    Violation::new(Guarantee::Progress, format!("{what} gave {answer:?}"))
}
