//! What happened before what, as far as threads are made and joined.
//!
//! Each thread counts the threads that it makes. A [`Moment`] is a thread, its count, and the counts of other threads
//! that are known to lie before it (a vector clock: Mattern, "Virtual Time and Global States of Distributed Systems",
//! 1989).
//!
//! A clock must not grow with every thread that is made. So it counts lines instead of threads. A line is a series of
//! threads of which each begins after the one before it has ended. A line on which no moment is left is dropped.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

/// A line that a thread is on has not ended.
const LIVES: u64 = u64::MAX;

/// A series of threads, one after the other.
#[derive(Debug)]
struct Line {
    /// The number of its first thread, which tells lines apart.
    first: u64,
    /// The count at which its last thread ended.
    ended: AtomicU64,
}

impl Line {
    /// Goes on after the end of its last thread, if that was at this count.
    fn go_on(&self, ended: u64) -> bool {
        self.ended.compare_exchange(ended, LIVES, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// What lies before a moment: for each line, the highest count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Before(Arc<BTreeMap<u64, (Weak<Line>, u64)>>);

impl Before {
    /// A line that ended before, and the next count on it.
    fn line_to_go_on(&self) -> Option<(Arc<Line>, u64)> {
        self.0.values().find_map(|(line, count)| {
            let line = line.upgrade()?;
            line.go_on(*count).then_some((line, count + 1))
        })
    }

    #[cfg(test)]
    fn lines(&self) -> usize {
        self.0.len()
    }
}

/// A stretch of a thread's life between two threads that it makes or joins.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    thread: u64,
    line: Arc<Line>,
    count: u64,
    before: Before,
}

/// The thread of a moment of the crowd: of any of the threads that are not told apart.
const ANY: u64 = 0;

impl Moment {
    /// A moment of the crowd.
    pub(crate) fn of_the_crowd() -> Self {
        Self::first(ANY)
    }

    /// The first moment of a thread of which nothing more is known.
    pub(crate) fn first(thread: u64) -> Self {
        let line = Arc::new(Line { first: thread, ended: AtomicU64::new(LIVES) });
        Self { thread, line, count: 0, before: Before::default() }
    }

    /// What the thread does from now on comes after what lies before.
    pub(crate) fn begins(&mut self, before: &Before) {
        // What the thread did already stays on the line where it is.
        if Arc::strong_count(&self.line) == 1
            && let Some((line, count)) = before.line_to_go_on()
        {
            (self.line, self.count) = (line, count);
        }
        self.joins(before);
    }

    /// The thread has ended. Another may go on with its line.
    pub(crate) fn ends(&self) {
        self.line.ended.store(self.count, Ordering::Relaxed);
    }

    /// Whether neither moment lies before the other.
    pub(crate) fn concurrent(&self, other: &Moment) -> bool {
        !self.same_line(other) && !self.before(other) && !other.before(self)
    }

    /// Whether only one thread had both.
    pub(crate) fn same_thread(&self, other: &Moment) -> bool {
        self.thread == other.thread && self.thread != ANY
    }

    fn same_line(&self, other: &Moment) -> bool {
        self.same_thread(other) || self.thread != ANY && Arc::ptr_eq(&self.line, &other.line)
    }

    fn before(&self, other: &Moment) -> bool {
        other.before.0.get(&self.line.first).is_some_and(|&(_, count)| count >= self.count)
    }

    /// Whether it is the same stretch of the same thread.
    pub(crate) fn same(&self, other: &Moment) -> bool {
        let any = self.thread == ANY && other.thread == ANY;
        let same_before = || Arc::ptr_eq(&self.before.0, &other.before.0);
        any || self.thread == other.thread && self.count == other.count && same_before()
    }

    /// What lies before a thread that begins or goes on after this moment.
    pub(crate) fn and_before(&self) -> Before {
        let mut before = self.before.clone();
        Arc::make_mut(&mut before.0).insert(self.line.first, (Arc::downgrade(&self.line), self.count));
        before
    }

    /// The number of the thread.
    pub(crate) fn thread(&self) -> u64 {
        self.thread
    }

    /// The number of its line.
    pub(crate) fn line(&self) -> u64 {
        self.line.first
    }

    /// How many stretches of its line lie before.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// This moment and what is known to lie before it: for each line, the highest count.
    pub(crate) fn known(&self) -> BTreeMap<u64, u64> {
        let before = self.before.0.iter().map(|(&line, &(_, count))| (line, count));
        before.chain([(self.line.first, self.count)]).collect()
    }

    /// Whether it is among what is known.
    pub(crate) fn is_in(&self, known: &BTreeMap<u64, u64>) -> bool {
        known.get(&self.line.first).is_some_and(|&count| count >= self.count)
    }

    /// What is known now, without this stretch itself.
    pub(crate) fn without_itself(&self) -> Option<Self> {
        Some(Self { count: self.count.checked_sub(1)?, ..self.clone() })
    }

    /// The thread has made another thread. What it does from now on does not lie before that one.
    pub(crate) fn forks(&mut self) {
        self.count += 1;
    }

    /// What lies before that now lies before this moment too.
    pub(crate) fn joins(&mut self, ended: &Before) {
        let before = Arc::make_mut(&mut self.before.0);
        for (&first, (line, count)) in &*ended.0 {
            if first != self.line.first {
                let known = before.entry(first).or_insert_with(|| (line.clone(), *count));
                known.1 = known.1.max(*count);
            }
        }
        before.retain(|_, (line, _)| line.strong_count() > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::{Before, Moment};

    /// A thread that another one makes.
    fn made(thread: u64, before: &Before) -> Moment {
        let mut moment = Moment::first(thread);
        moment.begins(before);
        moment
    }

    #[test]
    fn what_a_thread_did_before_it_made_another_lies_before_that_one() {
        let mut parent = Moment::first(1);
        let early = parent.clone();
        let child = made(2, &parent.and_before());
        parent.forks();
        assert!(!early.concurrent(&child));
        assert!(parent.concurrent(&child));
    }

    #[test]
    fn what_a_thread_did_lies_before_what_its_joiner_does_next() {
        let mut parent = Moment::first(1);
        let child = made(2, &parent.and_before());
        parent.forks();
        let beside = parent.clone();
        parent.joins(&child.and_before());
        assert!(beside.concurrent(&child));
        assert!(!parent.concurrent(&child));
    }

    #[test]
    fn siblings_are_concurrent_unless_joined_between() {
        let mut parent = Moment::first(1);
        let first = made(2, &parent.and_before());
        parent.forks();
        let second = made(3, &parent.and_before());
        parent.forks();
        assert!(first.concurrent(&second));
        parent.joins(&first.and_before());
        first.ends();
        let third = made(4, &parent.and_before());
        assert!(!first.concurrent(&third) && second.concurrent(&third));
    }

    #[test]
    fn threads_in_turn_share_a_line_and_a_sibling_has_its_own() {
        let mut parent = Moment::first(1);
        let mut all = Vec::new();
        for thread in 2..100 {
            let child = made(thread, &parent.and_before());
            parent.forks();
            child.ends();
            parent.joins(&child.and_before());
            all.push(child);
        }
        assert_eq!(parent.before.lines(), 1);
        let sibling = made(100, &parent.and_before());
        parent.forks();
        let other = made(101, &parent.and_before());
        assert!(sibling.concurrent(&other));
        assert!(all.iter().all(|one| !one.concurrent(&sibling) && !one.concurrent(&other) && !one.concurrent(&parent)));
    }

    #[test]
    fn a_line_goes_on_only_after_what_its_thread_did_last() {
        let mut parent = Moment::first(1);
        let mut child = made(2, &parent.and_before());
        parent.forks();
        parent.joins(&child.and_before());
        // As a destructor of the thread does after the join.
        child.forks();
        child.ends();
        let next = made(3, &parent.and_before());
        assert!(child.concurrent(&next));
    }

    #[test]
    fn a_line_without_a_moment_is_dropped() {
        let mut parent = Moment::first(1);
        for thread in 2..100 {
            let before = parent.and_before();
            parent.forks();
            let end = made(thread, &before).and_before();
            parent.joins(&end);
        }
        assert_eq!(parent.before.lines(), 0);
    }
}
