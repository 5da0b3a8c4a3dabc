//! One thread: what it holds, what it draws next, and which errors have a reason.

use super::super::draw;
use super::operations::EAGAIN;
use super::shared::Shared;
use super::tally::Tally;
use crate::saw;
use memguard::sync::model_control::{Timed, set_timed_here};
use memguard::{Error, Result, Session};
use std::sync::Arc;

/// How many buffers of each kind, enclaves and streams are put into places before the start.
const PREPARED: usize = 4;

/// How deep accesses and callbacks nest.
const DEEPEST: usize = 2;

pub(super) struct Worker {
    /// Given back before the last operations where the session ends in use.
    pub(super) session: Option<Arc<Session>>,
    pub(super) shared: Arc<Shared>,
    pub(super) tally: Tally,
    /// Accesses that this thread is inside.
    pub(super) inside: usize,
    /// Operations that this one is part of.
    depth: usize,
    /// Waits of this thread give up.
    impatient: bool,
}

impl Worker {
    pub(super) fn new(session: Arc<Session>, shared: Arc<Shared>) -> Self {
        Self { session: Some(session), shared, tally: Tally::default(), inside: 0, depth: 0, impatient: false }
    }

    /// Puts something into most places, before the others start.
    pub(super) fn prepare(mut self) -> Tally {
        for _ in 0..PREPARED {
            self.create_from_bytes();
            self.create();
            self.seal_bytes();
            self.make_stream();
        }
        self.tally
    }

    /// The life of the thread.
    pub(super) fn work(mut self, operations: usize, quiet: bool) -> Tally {
        self.impatient = draw(3) == 0;
        set_timed_here(if self.impatient { Timed::Expires } else { Timed::Strict });
        let with_session = if quiet { operations } else { operations / 2 + draw(operations / 2) };
        (0..with_session).for_each(|_| self.operation());
        if !quiet {
            self.give_session_back();
            (with_session..operations).for_each(|_| self.operation());
        }
        self.tally
    }

    /// The last to give the session back ends it, while the others still use what it gave them.
    fn give_session_back(&mut self) {
        self.shared.begin_end();
        let before = self.shared.buffers.all();
        let Some(session) = self.session.take().and_then(Arc::into_inner) else { return };
        assert_eq!(session.close().corrupted, 0, "the end of the session found overwritten memory");
        assert!(before.iter().all(|buffer| !buffer.is_alive()), "WIPED: a buffer outlives its session");
        self.shared.note_end();
    }

    /// One operation, drawn at random. Inside others it is one that does not nest deeper.
    pub(super) fn operation(&mut self) {
        self.depth += 1;
        let nests = self.depth < DEEPEST;
        match draw(if nests { 29 } else { 25 }) {
            0 | 1 => self.create(),
            2 => self.create_from_bytes(),
            3 => self.random(),
            4 | 5 => self.read(),
            6 | 7 => self.write(),
            8 => self.try_either(),
            9 => self.protect(),
            10 => self.clone_one(),
            11 => self.seal_shared(),
            12 => self.seal_bytes(),
            13 => self.open(),
            14 => self.bring_back(),
            15 => self.destroy(),
            16 => self.purge(),
            17 => self.rekey(),
            18 => self.ask(),
            19 => self.typed(),
            20 => self.trouble(),
            21 | 22 => self.together(),
            23 => self.pour(),
            24 => self.drink(),
            25 | 26 => self.nested_in_read(),
            27 => self.nested_in_write(),
            _ => self.nested_in_callback(),
        }
        self.depth -= 1;
    }

    /// The value, or `None` if there was a reason for the error. `may` are those that this kind of operation can have besides
    /// what any can have.
    pub(super) fn judge<T>(&mut self, what: &str, result: Result<T>, may: &[May]) -> Option<T> {
        let error = match result {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let excused = match &error {
            Error::Destroyed => true,
            Error::SessionEnded => self.shared.is_ending(),
            Error::Frozen => may.contains(&May::BeFrozen),
            Error::KeyGone => may.contains(&May::HaveNoKey),
            Error::WouldBlock { .. } => may.contains(&May::Block),
            Error::Reentrant { .. } | Error::WouldDeadlock { .. } => {
                self.tally.refused += 1;
                self.inside > 0
            }
            // Nothing but what was planted.
            Error::System { call: "getrandom", source } => source.raw_os_error() == Some(EAGAIN),
            Error::Timeout { .. } => {
                self.tally.timeouts += 1;
                self.impatient
            }
            _ => false,
        };
        let Self { inside, impatient, .. } = self;
        assert!(excused, "PROGRESS: {what}, inside {inside} accesses, impatient {impatient}: {error}");
        saw(name_of(&error));
        None
    }
}

/// An error that only some operations have a reason for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum May {
    BeFrozen,
    HaveNoKey,
    Block,
}

fn name_of(error: &Error) -> &'static str {
    match error {
        Error::Destroyed => "destroyed",
        Error::SessionEnded => "session ended",
        Error::Frozen => "frozen",
        Error::KeyGone => "key gone",
        Error::WouldBlock { .. } => "would block",
        Error::Reentrant { .. } => "re-entrant",
        Error::WouldDeadlock { .. } => "would deadlock",
        Error::Timeout { .. } => "timed out",
        Error::System { .. } => "no randomness",
        _ => "another error",
    }
}
