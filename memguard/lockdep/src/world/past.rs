//! What a thread took and brought about.

use crate::acquisition::Acquisition;
use crate::place::Place;
use crate::threads::clock::Moment;
use std::collections::HashMap;

/// How many locks a thread remembers that it took, at least, and how many events that it brought about.
const HISTORY: usize = 4096;
/// How many places at which a thread answers are remembered, and how many locks of each.
const ANSWERS: usize = 256;

/// What a thread took, and what it brought about.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// The latest last.
    history: Vec<Taken>,
    /// When it last gave each notification.
    notified: HashMap<u64, u64>,
    /// When it last got a message.
    pub(super) got_message: Option<u64>,
    /// For each event and place, what it took between a message and its answer there.
    answers: HashMap<(u64, Place), Vec<Acquisition>>,
    /// Something was learned of the stretch of its life that it is in.
    pub(super) in_use: bool,
    /// It got a message in this stretch.
    pub(super) knows_more: bool,
    /// How many stretches messages have ended.
    pub(super) ended: u32,
}

/// A lock that a thread took, or an event that it waited for, when, and in which stretch of its life.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) lock: Acquisition,
    /// Where things of a channel are counted, as in [`Context`].
    pub(super) takes: (u64, u64),
    pub(super) time: u64,
    pub(super) moment: Moment,
}

impl Past {
    pub(super) fn forget(&mut self) {
        self.history.clear();
        self.answers.clear();
    }

    pub(super) fn note(&mut self, lock: Acquisition, takes: (u64, u64), time: u64, moment: &Moment) {
        self.in_use = true;
        self.history.push(Taken { lock, takes, time, moment: moment.clone() });
        if self.history.len() > 2 * HISTORY {
            let mut latest: HashMap<u64, u64> = HashMap::new();
            for taken in &self.history {
                latest.insert(taken.lock.instance, taken.time);
            }
            self.history.retain(|taken| latest[&taken.lock.instance] == taken.time);
            let spare = self.history.len().saturating_sub(HISTORY);
            self.history.drain(..spare);
        }
    }

    /// What it took later than this. Of events, those that count.
    pub(super) fn taken_since(&self, time: u64) -> impl Iterator<Item = &Taken> {
        let first = self.history.partition_point(|taken| taken.time <= time);
        self.history[first..].iter().filter(|taken| taken.takes.0 > 0 || !taken.lock.class.kind().is_event())
    }

    /// Notes that it brings about an event now. Returns when it last did so.
    pub(super) fn notifies(&mut self, event: u64, now: u64) -> Option<u64> {
        if self.notified.len() > 2 * HISTORY {
            // Older than all that is remembered is as good as never.
            let oldest = self.history.first().map_or(now, |taken| taken.time);
            self.notified.retain(|_, known| *known >= oldest);
        }
        self.notified.insert(event, now)
    }

    /// What it needed here for an answer to an earlier message. It may need that for each answer. What it needs for
    /// this one is noted.
    pub(super) fn needed_for_answers(&mut self, event: u64, place: Place, last: u64) -> Vec<Acquisition> {
        let Some(got_message) = self.got_message else { return Vec::new() };
        if self.answers.len() == ANSWERS && !self.answers.contains_key(&(event, place)) {
            self.answers.clear();
        }
        let now: Vec<Acquisition> = self
            .taken_since(got_message.max(last))
            .filter(|taken| taken.takes.0 == 0)
            .map(|taken| taken.lock)
            .collect();
        let known = self.answers.entry((event, place)).or_default();
        let before = known.clone();
        for lock in now {
            if known.len() < ANSWERS && !known.iter().any(|also| also.instance == lock.instance) {
                known.push(lock);
            }
        }
        before
    }
}
