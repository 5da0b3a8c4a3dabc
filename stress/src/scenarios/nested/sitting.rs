//! One thread sits in a buffer for as long as another one wants in: the wait must end by itself, with an error that names
//! the one who sits.

use super::ACQUIRE_TIMEOUT;
use crate::engine::{Setback, Stage, Worker};
use crate::ops::{Content, tagged};
use crate::{Guarantee, Violation};
use memguard::sync::{Class, Site};
use memguard::{Buffer, Error};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The buffer, and how the two threads talk about it. Neither waits for the other by the clock: when one of them ends, its
/// ends of the channels go with it, and the other one notices.
pub(super) struct Chair {
    buffer: Buffer,
    sitter: Mutex<Option<Sitter>>,
    guest: Mutex<Option<Guest>>,
}

struct Sitter {
    /// Says that the chair is taken, and by which thread, by the kernel's number.
    taken: Sender<u32>,
    leave: Receiver<()>,
}

struct Guest {
    taken: Receiver<u32>,
    leave: Sender<()>,
}

/// The ways to want in, with the site at which each one waits.
type Wish = (Site, fn(&Buffer) -> memguard::Result<()>);
const WISHES: &[Wish] = &[
    (Site::BufferRead, |buffer| buffer.read().map(drop)),
    (Site::BufferRead, |buffer| buffer.with_data(|_| ())),
    (Site::BufferRead, |buffer| buffer.uint16_slice(|_| ())),
    (Site::BufferWrite, |buffer| buffer.write().map(drop)),
    (Site::BufferProtect, |buffer| buffer.freeze()),
];

impl Chair {
    pub(super) fn new(stage: &Stage<'_>) -> Result<Self, Setback> {
        let buffer = stage.must("Session::buffer", stage.session().buffer(64))?;
        stage.must("with_data_mut", buffer.with_data_mut(|bytes| tagged::write(stage.seed(), 1, bytes)))?;
        let ((taken, is_taken), (leave, must_leave)) = (channel(), channel());
        Ok(Self {
            buffer,
            sitter: Mutex::new(Some(Sitter { taken, leave: must_leave })),
            guest: Mutex::new(Some(Guest { taken: is_taken, leave })),
        })
    }

    /// Sits down, again and again, until nobody wants in any more.
    pub(super) fn sit(&self, worker: &mut Worker<'_>) {
        let Some(sitter) = take(&self.sitter) else { return };
        let mut id = 1;
        while worker.goes_on() {
            id += 1;
            match self.sit_once(worker, &sitter, id) {
                Ok(true) => {}
                Ok(false) => return,
                Err(violation) => worker.report(Err(violation)),
            }
        }
    }

    /// Sits until the guest has given up. Returns whether there was one.
    fn sit_once(&self, worker: &mut Worker<'_>, sitter: &Sitter, id: u64) -> Result<bool, Violation> {
        let me = rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs();
        let seed = worker.stage().seed();
        let sat = worker.op("sitting in an access", || {
            self.buffer.with_data_mut(|bytes| {
                let before = tagged::check(seed, bytes);
                let a_guest_came = sitter.taken.send(me).is_ok() && sitter.leave.recv().is_ok();
                let after = tagged::check(seed, bytes);
                tagged::write(seed, id, bytes);
                (a_guest_came, before.is_ok() && before == after)
            })
        });
        match sat {
            Ok((a_guest_came, true)) => Ok(a_guest_came),
            Ok((_, false)) => Err(Violation::new(Guarantee::Exact, "somebody wrote while this thread sat inside")),
            Err(error) => Err(Violation::unexpected("sitting down in a free chair", &error)),
        }
    }

    /// Wants in while the other one sits, in every way.
    pub(super) fn wait(&self, worker: &mut Worker<'_>) {
        let Some(Guest { taken, leave }) = take(&self.guest) else { return };
        let mut id = (worker.index() as u64 + 1) << 40;
        while worker.goes_on() {
            let Ok(sitter) = taken.recv() else { return };
            id += 1;
            let judgements =
                [self.try_it(worker), self.want_it_inside_another(worker, id), self.wait_for_it(worker, sitter)];
            judgements.into_iter().for_each(|judgement| worker.report(judgement));
            if leave.send(()).is_err() {
                return;
            }
        }
    }

    /// A try answers at once.
    fn try_it(&self, worker: &mut Worker<'_>) -> Result<(), Violation> {
        match worker.op("try_read of a taken buffer", || self.buffer.try_read().map(drop)) {
            Err(Error::WouldBlock { class: Class::Access, site: Site::BufferTryRead, .. }) => Ok(()),
            answer => Err(wrong("try_read of a taken buffer", &answer)),
        }
    }

    /// A thread inside another access does not wait at all.
    fn want_it_inside_another(&self, worker: &mut Worker<'_>, id: u64) -> Result<(), Violation> {
        let (session, stage) = (worker.session(), worker.stage());
        let own = session.buffer_from_bytes(&mut Content::new(stage.seed(), id).bytes(32));
        let own = own.map_err(|error| Violation::unexpected("creating a buffer", &error))?;
        let answer =
            worker.op("reading a taken buffer inside another", || own.with_data(|_| self.buffer.read().map(drop)));
        match answer {
            Ok(Err(error @ Error::WouldDeadlock { class: Class::Access, site: Site::BufferRead, .. })) => {
                stage.tally().error(&error);
                Ok(())
            }
            answer => Err(wrong("reading a taken buffer inside another", &answer)),
        }
    }

    /// At top level it waits, exactly as long as the session says, and learns who sat there.
    fn wait_for_it(&self, worker: &mut Worker<'_>, sitter: u32) -> Result<(), Violation> {
        let (site, wish) = worker.choices.pick(WISHES);
        let began = Instant::now();
        let answer = worker.op("waiting for a taken buffer", || wish(&self.buffer));
        let waited = began.elapsed();
        let Err(error) = answer else { return Err(wrong("waiting for a taken buffer", &answer)) };
        worker.stage().tally().error(&error);
        let named = match &error {
            Error::Timeout { class: Class::Access, site: at, holder: Some(holder), timeout } => {
                *at == site
                    && holder.thread == sitter
                    && holder.site == Site::BufferWrite
                    && *timeout == ACQUIRE_TIMEOUT
            }
            _ => false,
        };
        if named && waited >= ACQUIRE_TIMEOUT {
            return Ok(());
        }
        let message =
            format!("a wait at {site} for a buffer in which thread {sitter} sat ended after {waited:?}: {error}");
        Err(Violation::new(Guarantee::Progress, message))
    }
}

fn take<T>(role: &Mutex<Option<T>>) -> Option<T> {
    role.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn wrong(what: &str, answer: &dyn std::fmt::Debug) -> Violation {
    Violation::new(Guarantee::Progress, format!("{what} gave {answer:?}"))
}
