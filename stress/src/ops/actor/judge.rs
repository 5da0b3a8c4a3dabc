//! What the library may answer.

use super::Actor;
use crate::Violation;
use crate::guarantee::Guarantee;
use memguard::{Error, Limit, Sim};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What other threads and the system may do to an actor's buffers. By default nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hazards<'a> {
    /// Anybody may purge the session, under this watch.
    pub purges: Option<&'a PurgeWatch>,
    /// `RLIMIT_MEMLOCK` was lowered to this many bytes and may be reached.
    pub memlock: Option<u64>,
    /// Calls of this simulated system may be made to fail.
    pub faults: Option<&'a Sim>,
    /// Nobody else uses the session: what it says of itself as a whole can be foretold.
    pub alone: bool,
}

/// Which purges of a session have begun, run and ended.
///
/// Two at a time share the work: the first takes the buffers, the second finds none, and may return before the first has
/// wiped the last. So only a purge that was *alone* answers for everything that was made before it began.
#[derive(Debug, Default)]
pub struct PurgeWatch {
    /// In one word, so that both change in one step: how many have begun (upper half), how many are under way (lower half).
    begun_and_under_way: AtomicU64,
    /// The last one that was alone and has ended; they are counted from 1.
    ended_alone: AtomicU64,
    /// Held through every purge, if there is to be one at a time. Nobody who purges waits for what a caller may hold.
    turn: Option<Mutex<()>>,
}

impl PurgeWatch {
    /// A watch that lets through one purge at a time: each of them is alone.
    pub fn one_at_a_time() -> Self {
        Self { turn: Some(Mutex::new(())), ..Self::default() }
    }

    /// Runs a purge under the watch, and tells whether it was alone.
    pub fn during<R>(&self, purge: impl FnOnce() -> R) -> (R, bool) {
        const ONE: u64 = 1;
        let _turn = self.turn.as_ref().map(|turn| turn.lock().unwrap_or_else(PoisonError::into_inner));
        let before = self.begun_and_under_way.fetch_add(ONE << 32 | ONE, Ordering::SeqCst);
        let result = purge();
        let after = self.begun_and_under_way.fetch_sub(ONE, Ordering::SeqCst);
        let number = (before >> 32) + 1;
        let (nobody_was_there, nobody_came) = (before as u32 == 0, after >> 32 == number);
        let alone = nobody_was_there && nobody_came;
        if alone {
            self.ended_alone.fetch_max(number, Ordering::SeqCst);
        }
        (result, alone)
    }
}

impl Hazards<'_> {
    /// How many planted faults have fired.
    pub(super) fn faults_fired(&self) -> u64 {
        self.faults.map_or(0, |sim| sim.report().faults_fired)
    }

    /// How many purges have begun.
    pub(super) fn purges_begun(&self) -> u64 {
        self.purges.map_or(0, |watch| watch.begun_and_under_way.load(Ordering::SeqCst) >> 32)
    }

    /// Whether a purge that began after `born` purges had begun has ended, and answers for all there was then.
    pub(super) fn purged_since(&self, born: u64) -> bool {
        self.purges.is_some_and(|watch| watch.ended_alone.load(Ordering::SeqCst) > born)
    }
}

/// Which hazards concern a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct May {
    /// It may find its buffer purged.
    purged: bool,
    /// It may find the key purged.
    key_gone: bool,
    /// It needs new pages.
    limited: bool,
}

impl May {
    /// A call that reads or changes a buffer.
    pub(super) const BE_USED: Self = Self { purged: true, key_gone: false, limited: false };
    /// A call that makes a buffer, or reads one by way of a copy.
    pub(super) const BE_MADE: Self = Self { limited: true, ..Self::BE_USED };
    /// A call that seals bytes.
    pub(super) const BE_SEALED: Self = Self { purged: false, key_gone: false, limited: true };
    /// A call that opens an enclave.
    pub(super) const BE_OPENED: Self = Self { purged: true, key_gone: true, limited: true };
}

/// An answer that was to be expected.
#[derive(Debug)]
pub(super) enum Answer<T> {
    /// Done.
    Done(T),
    /// The error that the record foretold.
    Refused,
    /// A purge of somebody else came in between.
    Purged,
    /// A limit was reached, or a planted fault was met. Nothing was changed.
    Limited,
}

impl<T> Answer<T> {
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Answer<U> {
        match self {
            Self::Done(value) => Answer::Done(change(value)),
            Self::Refused => Answer::Refused,
            Self::Purged => Answer::Purged,
            Self::Limited => Answer::Limited,
        }
    }
}

impl Actor<'_> {
    /// Whether a planted fault has fired since the operation began that is under way, in whichever thread.
    pub(super) fn a_fault_fired(&self) -> bool {
        self.hazards.faults_fired() > self.fired_before
    }

    /// Compares an answer with what the record foretells: `wanted`, or success if that is `None`.
    pub(super) fn judge<T>(
        &self,
        call: &str,
        got: memguard::Result<T>,
        wanted: Option<Error>,
        may: May,
    ) -> Result<Answer<T>, Violation> {
        if let Err(error) = &got {
            self.tally.error(error);
        }
        match (got, wanted) {
            (Ok(value), None) => Ok(Answer::Done(value)),
            (Err(error), Some(wanted)) if error == wanted => Ok(Answer::Refused),
            (Err(Error::Destroyed), _) if may.purged && self.hazards.purges.is_some() => Ok(Answer::Purged),
            (Err(Error::KeyGone), _) if may.key_gone && self.hazards.purges.is_some() => Ok(Answer::Purged),
            (Err(Error::Limit(Limit::LockedMemory { limit, .. })), _)
                if may.limited && limit.is_some() && limit == self.hazards.memlock =>
            {
                Ok(Answer::Limited)
            }
            (Err(Error::System { .. } | Error::Limit(_)), _) if self.a_fault_fired() => Ok(Answer::Limited),
            (Ok(_), Some(wanted)) => {
                let guarantee = if wanted == Error::Destroyed { Guarantee::Wiped } else { Guarantee::Visible };
                Err(Violation::new(guarantee, format!("{call} succeeded where it must answer: {wanted}")))
            }
            (Err(error), _) => Err(Violation::unexpected(call, &error)),
        }
    }
}
