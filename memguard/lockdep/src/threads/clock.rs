//! What happened before what, as far as threads are made and joined.
//!
//! Each thread counts the threads that it makes. A [`Moment`] is a thread, its count, and the counts of other threads
//! that are known to lie before it (a vector clock: Mattern, "Virtual Time and Global States of Distributed Systems",
//! 1989).

use std::collections::BTreeMap;
use std::sync::Arc;

/// A stretch of a thread's life between two threads that it makes or joins.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    thread: u64,
    count: u64,
    /// For each other thread, the highest count that lies before this moment.
    before: Arc<BTreeMap<u64, u64>>,
}

/// The thread of a moment of the crowd: of any of the threads that are not told apart.
const ANY: u64 = 0;

impl Moment {
    /// A moment of the crowd.
    pub(crate) fn of_the_crowd() -> Self {
        Self::first(ANY, Arc::default())
    }

    /// The first moment of a thread.
    pub(crate) fn first(thread: u64, before: Arc<BTreeMap<u64, u64>>) -> Self {
        Self { thread, count: 0, before }
    }

    /// Whether neither moment lies before the other.
    pub(crate) fn concurrent(&self, other: &Moment) -> bool {
        !self.same_thread(other) && !self.before(other) && !other.before(self)
    }

    /// Whether only one thread had both.
    pub(crate) fn same_thread(&self, other: &Moment) -> bool {
        self.thread == other.thread && self.thread != ANY
    }

    fn before(&self, other: &Moment) -> bool {
        other.before.get(&self.thread).is_some_and(|&count| count >= self.count)
    }

    /// Whether it is the same stretch of the same thread.
    pub(crate) fn same(&self, other: &Moment) -> bool {
        let any = self.thread == ANY && other.thread == ANY;
        any || self.thread == other.thread && self.count == other.count && Arc::ptr_eq(&self.before, &other.before)
    }

    /// What lies before a thread that begins or goes on after this moment.
    pub(crate) fn and_before(&self) -> Arc<BTreeMap<u64, u64>> {
        let mut before = self.before.clone();
        Arc::make_mut(&mut before).insert(self.thread, self.count);
        before
    }

    /// The thread has made another thread. What it does from now on does not lie before that one.
    pub(crate) fn forks(&mut self) {
        self.count += 1;
    }

    /// What lies before that now lies before this moment too.
    pub(crate) fn joins(&mut self, ended: &BTreeMap<u64, u64>) {
        let before = Arc::make_mut(&mut self.before);
        for (&thread, &count) in ended {
            if thread != self.thread {
                let known = before.entry(thread).or_insert(count);
                *known = count.max(*known);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn what_a_thread_did_before_it_made_another_lies_before_that_one() {
        let mut parent = Moment::first(1, Default::default());
        let early = parent.clone();
        let child = Moment::first(2, parent.and_before());
        parent.forks();
        assert!(!early.concurrent(&child));
        assert!(parent.concurrent(&child));
    }

    #[test]
    fn what_a_thread_did_lies_before_what_its_joiner_does_next() {
        let mut parent = Moment::first(1, Default::default());
        let child = Moment::first(2, parent.and_before());
        parent.forks();
        let beside = parent.clone();
        parent.joins(&child.and_before());
        assert!(beside.concurrent(&child));
        assert!(!parent.concurrent(&child));
    }

    #[test]
    fn siblings_are_concurrent_unless_joined_between() {
        let mut parent = Moment::first(1, Default::default());
        let first = Moment::first(2, parent.and_before());
        parent.forks();
        let second = Moment::first(3, parent.and_before());
        parent.forks();
        assert!(first.concurrent(&second));
        parent.joins(&first.and_before());
        let third = Moment::first(4, parent.and_before());
        assert!(!first.concurrent(&third) && second.concurrent(&third));
    }
}
