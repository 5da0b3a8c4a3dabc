//! What a message says about time, and what a wait for a message needs.
//!
//! One rule serves both. In a channel, the *k*-th receive needs the *j*-th message of a thread if all other messages
//! are too few: *k* > those of other threads + *j* - 1. Then that message is sent before the receive ends, in every
//! schedule. So:
//!
//! - What the thread did before it sent the message **comes before** what the receiver does next.
//! - What the thread has to take before it can send the message **keeps** the receiver waiting.
//!
//! The same holds the other way where a channel has a bound: a send needs that receives have made room. At a barrier,
//! the *k*-th round needs the *k*-th arrival of each thread, as long as no more threads come than belong to a round. A
//! receiver that finds its channel closed comes after the end of every sender. A thread that has waited for a condition
//! variable comes after the first notification, as long as only one thread notifies.
//!
//! An order that only this run has is none, and would hide deadlocks. So these order nothing:
//!
//! - A lock that is released and taken again: another thread could be first.
//! - A message of which another thread's could take the place. The rule above says so, and is asked again as threads
//!   send more.
//! - A receive that may give up, at once or at a timeout: then the thread goes on without the message.
//! - A condition that holds without a wait: nothing shows who made it hold. An [`Event`](crate::Event): it can be a
//!   semaphore, for which another thread's permit will do.
//!
//! A wait is reported as a deadlock although it was in order so far if each thread of the cycle then waits.

use crate::threads::clock::Moment;
use std::collections::BTreeMap;
use std::mem;

/// How many channels are remembered. Of others, nothing is said.
const FLOWS: usize = 1024;
/// Of how many lines of threads it is remembered what they received.
const LINES: usize = 4096;

/// How many things given, or taken, are remembered of a thread. Of more, every second one is forgotten.
const ENTRIES: usize = 512;

/// What can be counted on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// A thing taken is a thing given. So many can be taken before any is given.
    Things { spare: u64 },
    /// Threads meet in rounds of so many.
    Rounds { parties: u64 },
    /// A wait ends after a signal. Signals can be lost, so they do not count.
    Signals,
}

/// What threads gave to each other.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    /// The channels, in each direction, and the barriers, by instance.
    flows: BTreeMap<u64, Flow>,
    /// For each line of threads, what they took, in time.
    arrivals: BTreeMap<u64, Vec<Arrival>>,
}

#[derive(Debug)]
struct Flow {
    rule: Rule,
    given: BTreeMap<u64, Given>,
    taken: BTreeMap<u64, Taken>,
    /// What lies before the end of those that gave.
    left: BTreeMap<u64, u64>,
    /// The channel is gone.
    is_over: bool,
}

/// What one thread gave.
#[derive(Debug, Default)]
struct Given {
    total: u64,
    /// Numbers of things given, and what lies before each.
    departures: Vec<(u64, Moment)>,
}

/// What one thread took.
#[derive(Debug, Default)]
struct Taken {
    total: u64,
    /// Without those that it could have gone on without.
    certain: u64,
}

/// What a thread knows from a count of its life on.
#[derive(Debug)]
struct Arrival {
    count: u64,
    from: From,
}

#[derive(Debug)]
enum From {
    /// It took so many things of a flow, when it had given so many itself.
    Flow { flow: u64, taker: u64, taken: u64, own: u64 },
    /// All that gave are gone.
    Left(BTreeMap<u64, u64>),
}

impl From {
    fn is_same_flow(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Flow { flow, .. }, Self::Flow { flow: other, .. }) if flow == other)
    }
}

impl Flow {
    fn new(rule: Rule) -> Self {
        Self { rule, given: BTreeMap::new(), taken: BTreeMap::new(), left: BTreeMap::new(), is_over: false }
    }

    fn given_by(&self, thread: u64) -> u64 {
        self.given.get(&thread).map_or(0, |given| given.total)
    }

    fn taken_by(&self, thread: u64) -> u64 {
        self.taken.get(&thread).map_or(0, |taken| taken.total)
    }

    /// Those that give beside a thread and the one that takes.
    fn others(&self, giver: u64, taker: u64) -> impl Iterator<Item = (u64, u64)> {
        let is_other = move |thread: &u64| ![giver, taker].contains(thread);
        self.given.iter().filter(move |(thread, _)| is_other(thread)).map(|(&thread, given)| (thread, given.total))
    }

    /// How many things of the giver are among the first so many that another thread takes, at least.
    fn certainly_from(&self, giver: u64, taker: u64, taken: u64, own: u64) -> u64 {
        match self.rule {
            Rule::Things { .. } => {
                taken.saturating_sub(own + self.others(giver, taker).map(|(_, total)| total).sum::<u64>())
            }
            Rule::Rounds { parties } if self.given.len() as u64 <= parties => taken,
            Rule::Signals if self.given.len() == 1 => taken.min(1),
            Rule::Rounds { .. } | Rule::Signals => 0,
        }
    }
}

impl Messages {
    fn flow(&mut self, flow: u64, rule: Rule) -> &mut Flow {
        if self.flows.len() == FLOWS && !self.flows.contains_key(&flow) {
            // A channel that is gone goes first: nobody waits for it.
            let over = self.flows.iter().find(|(_, flow)| flow.is_over).or(self.flows.iter().next());
            let over = over.map(|(&flow, _)| flow);
            over.and_then(|over| self.flows.remove(&over));
        }
        self.flows.entry(flow).or_insert_with(|| Flow::new(rule))
    }

    /// Nothing is given or taken any more. What threads know by it stays known.
    pub(crate) fn end(&mut self, flow: u64) {
        if let Some(flow) = self.flows.get_mut(&flow) {
            flow.is_over = true;
        }
    }

    /// Whether the thread has given a thing.
    pub(crate) fn has_given(&self, flow: u64, thread: &Moment) -> bool {
        self.flows.get(&flow).is_some_and(|flow| flow.given.contains_key(&thread.thread()))
    }

    /// The number of the next thing that a thread gives, and how many it has taken itself.
    pub(crate) fn next_to_give(&mut self, flow: u64, rule: Rule, thread: &Moment) -> (u64, u64) {
        let flow = self.flow(flow, rule);
        (flow.given_by(thread.thread()) + 1, flow.taken_by(thread.thread()))
    }

    /// A thread gives a thing. What is known of the moment lies before it.
    pub(crate) fn give(&mut self, flow: u64, rule: Rule, thread: &Moment, before: Option<Moment>) {
        let given = self.flow(flow, rule).given.entry(thread.thread()).or_default();
        given.total += 1;
        if let Some(before) = before
            && given.departures.last().is_none_or(|(_, last)| !last.same(&before))
        {
            thin(&mut given.departures);
            given.departures.push((given.total, before));
        }
    }

    /// The number of the next thing that a thread takes, and how many it has given itself.
    pub(crate) fn next_to_take(&mut self, flow: u64, rule: Rule, thread: &Moment) -> (u64, u64) {
        let flow = self.flow(flow, rule);
        let own = flow.given_by(thread.thread());
        match rule {
            Rule::Things { .. } => (flow.taken_by(thread.thread()) + 1, own),
            Rule::Rounds { .. } | Rule::Signals => (own, own),
        }
    }

    /// A thread took a thing. `is_certain` says that it could not have gone on without. Returns how many it took.
    pub(crate) fn take(&mut self, flow: u64, rule: Rule, thread: &Moment, is_certain: bool) -> u64 {
        let taken = self.flow(flow, rule).taken.entry(thread.thread()).or_default();
        taken.total += 1;
        taken.certain += u64::from(is_certain);
        taken.total
    }

    /// From this moment on, the thread knows what it took.
    pub(crate) fn arrive(&mut self, flow: u64, rule: Rule, now: &Moment) {
        let known = self.flow(flow, rule);
        let own = known.given_by(now.thread());
        let taken = known.taken.entry(now.thread()).or_default().certain;
        let needed = match rule {
            Rule::Things { spare } => taken.saturating_sub(spare),
            Rule::Rounds { .. } => taken,
            // All but the first say the same.
            Rule::Signals => u64::from(taken == 1),
        };
        if needed > 0 {
            self.note_arrival(now, From::Flow { flow, taker: now.thread(), taken: needed, own });
        }
    }

    /// A thread that could give is gone.
    pub(crate) fn leave(&mut self, flow: u64, rule: Rule, before: &Moment) {
        merge(&mut self.flow(flow, rule).left, &before.known());
    }

    /// From this moment on, the thread knows that all that could give are gone.
    pub(crate) fn arrive_last(&mut self, flow: u64, rule: Rule, now: &Moment) {
        let left = mem::take(&mut self.flow(flow, rule).left);
        self.note_arrival(now, From::Left(left));
    }

    fn note_arrival(&mut self, now: &Moment, from: From) {
        if self.arrivals.len() == LINES && !self.arrivals.contains_key(&now.line()) {
            self.arrivals.pop_first();
        }
        let arrivals = self.arrivals.entry(now.line()).or_default();
        match (arrivals.last_mut(), from) {
            // A stretch in which the thread took no lock can have many.
            (Some(Arrival { count, from: last @ From::Flow { .. } }), from @ From::Flow { .. })
                if *count == now.count() && last.is_same_flow(&from) =>
            {
                *last = from;
            }
            (_, from) => {
                thin(arrivals);
                arrivals.push(Arrival { count: now.count(), from });
            }
        }
    }

    /// Whether neither moment lies before the other.
    pub(crate) fn concurrent(&self, one: &Moment, other: &Moment) -> bool {
        one.concurrent(other) && !self.knows(one, other) && !self.knows(other, one)
    }

    /// Whether a moment lies before another one in every schedule.
    pub(crate) fn is_before(&self, earlier: &Moment, later: &Moment) -> bool {
        earlier.is_in(&later.known()) || self.knows(later, earlier)
    }

    /// Whether a moment lies after another because of messages.
    fn knows(&self, later: &Moment, earlier: &Moment) -> bool {
        !self.arrivals.is_empty() && self.spread(later.known(), |known| earlier.is_in(known)).1
    }

    /// All that lies before a moment in every schedule: for each line, the highest count.
    pub(crate) fn known_at(&self, moment: &Moment) -> BTreeMap<u64, u64> {
        self.spread(moment.known(), |_| false).0
    }

    /// Adds what messages tell, until it is enough. Returns what is known then, and whether it was enough.
    fn spread(
        &self,
        mut known: BTreeMap<u64, u64>,
        is_enough: impl Fn(&BTreeMap<u64, u64>) -> bool,
    ) -> (BTreeMap<u64, u64>, bool) {
        // The lines to be looked at, and what was known of each when it was looked at last.
        let mut open: Vec<u64> = self.arrivals.keys().filter(|line| known.contains_key(line)).copied().collect();
        let mut looked: BTreeMap<u64, u64> = BTreeMap::new();
        while let Some(line) = open.pop() {
            let count = known[&line];
            let before = looked.insert(line, count);
            let is_new = |arrival: &&Arrival| arrival.count <= count && before.is_none_or(|it| arrival.count > it);
            for arrival in self.arrivals.get(&line).into_iter().flatten().filter(is_new) {
                let news = match &arrival.from {
                    From::Left(left) => merge(&mut known, left),
                    From::Flow { flow, taker, taken, own } => {
                        self.add_known_by(&mut known, *taker, *flow, *taken, *own)
                    }
                };
                open.extend(news.into_iter().filter(|line| self.arrivals.contains_key(line)));
            }
            if is_enough(&known) {
                return (known, true);
            }
        }
        (known, false)
    }

    /// Adds what a thread knows that took so many things of a flow. Returns the lines of which more is known now.
    fn add_known_by(&self, known: &mut BTreeMap<u64, u64>, taker: u64, flow: u64, taken: u64, own: u64) -> Vec<u64> {
        let mut news = Vec::new();
        let Some(flow) = self.flows.get(&flow) else { return news };
        for (&giver, given) in flow.given.iter().filter(|(giver, _)| **giver != taker) {
            let number = flow.certainly_from(giver, taker, taken, own);
            let departures = given.departures.partition_point(|(first, _)| *first <= number);
            if let Some((_, moment)) = departures.checked_sub(1).and_then(|at| given.departures.get(at)) {
                news.extend(merge(known, &moment.known()));
            }
        }
        news
    }

    /// Whether several threads give, so that more can change what was said of a flow.
    pub(crate) fn has_many_givers(&self, flow: u64) -> bool {
        self.flows.get(&flow).is_some_and(|flow| flow.given.len() > 1)
    }

    /// Whether several threads take.
    pub(crate) fn has_many_takers(&self, flow: u64) -> bool {
        self.flows.get(&flow).is_some_and(|flow| flow.taken.len() > 1)
    }

    /// Whether a thread that wants a thing can need the `given`-th thing of another thread. `without` says how many
    /// things of a further thread, of so many, can come all the same.
    pub(crate) fn needs(
        &self,
        flow: u64,
        (taker, (wanted, given_by_taker)): (&Moment, (u64, u64)),
        (giver, (given, taken_by_giver)): (&Moment, (u64, u64)),
        without: impl Fn(u64, u64) -> u64,
    ) -> bool {
        // Of a forgotten channel nothing can be said.
        let Some(flow) = self.flows.get(&flow) else { return false };
        match flow.rule {
            Rule::Things { spare } => {
                let (taker, giver) = (taker.thread(), giver.thread());
                let others = flow.others(giver, taker).map(|(other, total)| without(other, total));
                let come = given_by_taker + spare + others.sum::<u64>() + given - 1;
                let takers = flow.taken.iter().filter(|(other, _)| ![giver, taker].contains(other));
                let gone = taken_by_giver + takers.map(|(_, taken)| taken.total).sum::<u64>();
                wanted + gone > come
            }
            Rule::Rounds { parties } => flow.given.len() as u64 > parties || given <= wanted,
            Rule::Signals => true,
        }
    }
}

/// Drops every second entry of a list that is full. What is left says less, and is still true.
fn thin<T>(list: &mut Vec<T>) {
    if list.len() == ENTRIES {
        let mut keeps = false;
        list.retain(|_| {
            keeps = !keeps;
            keeps
        });
    }
}

/// Adds what is known. Returns the lines of which more is known now.
fn merge(known: &mut BTreeMap<u64, u64>, more: &BTreeMap<u64, u64>) -> Vec<u64> {
    let mut news = Vec::new();
    for (&line, &count) in more {
        if known.get(&line).is_none_or(|&old| old < count) {
            known.insert(line, count);
            news.push(line);
        }
    }
    news
}
