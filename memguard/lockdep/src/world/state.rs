//! What the checker knows, and how a step on it is made.

use super::past::Past;
use crate::acquisition::Acquisition;
use crate::class::Class;
use crate::class::Kind;
use crate::graph::Blocks;
use crate::graph::Context;
use crate::graph::Graph;
use crate::graph::blocks;
use crate::graph::cycle;
use crate::graph::cycle::Cycle;
use crate::graph::cycle::Found;
use crate::kernel;
use crate::mode::Mode;
use crate::mode::Wait;
use crate::order;
use crate::per_process::PerProcess;
use crate::report::Debt;
use crate::report::Report;
use crate::report::Step;
use crate::report::Verdict;
use crate::threads::clock::Moment;
use crate::threads::later;
use crate::threads::later::Later;
use crate::threads::leaf::CROWD;
use crate::threads::own;
use crate::threads::record::Record;
use std::collections::HashMap;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

static WORLD: PerProcess<World> = PerProcess::new();

/// Whether there are cycles that order keeps from hanging.
pub(super) static ORDERED: AtomicBool = AtomicBool::new(false);

/// Numbers of locks. 0 is none.
static NEXT_INSTANCE: AtomicU64 = AtomicU64::new(1);

/// How many contexts of a class are kept until a writer is seen.
const WAITING: usize = 64;

#[derive(Default)]
pub(super) struct World {
    pub(super) records: Vec<&'static Record>,
    pub(super) threads: HashMap<usize, Thread>,
    pub(super) next_thread: u64,
    pub(super) graph: Graph,
    pub(super) reports: Vec<Report>,
    /// Those that the observer does not know yet.
    pub(super) untold: Vec<Report>,
    /// A reader that came twice. A deadlock once a writer of the class is seen.
    pub(super) read_twice: HashMap<u32, Vec<Context>>,
    /// For each class, contexts that close a cycle once a writer of the class is seen.
    pub(super) lack_writers: HashMap<u32, Vec<Arc<Context>>>,
    /// Cycles that order, or a lock that was lent, keeps from hanging.
    pub(super) ordered: Vec<Cycle>,
    /// Locks that were released for the thread that had taken them: its record, and the lock.
    pub(super) released: Vec<(usize, u64)>,
    /// Counts what threads took, to tell what came before a notification and what after.
    pub(super) time: u64,
}

/// A thread, in words and in time.
pub(super) struct Thread {
    pub(super) name: Arc<str>,
    /// Its number in the kernel.
    pub(super) number: Option<u32>,
    pub(super) moment: Moment,
    /// Only destructors of its thread-locals are left.
    pub(super) has_worked: bool,
    pub(super) past: Past,
}

impl World {
    pub(super) fn thread(&mut self, record: &'static Record) -> &mut Thread {
        if !self.threads.contains_key(&record.index) {
            if !self.records.iter().any(|known| known.index == record.index) {
                // Its thread is the one that forked this process. It knows what the parent had learned.
                self.records.push(record);
                record.outdate();
            }
            self.next_thread += 1;
            let number = self.next_thread;
            record.set_number(number);
            let current = std::thread::current();
            let name = current.name().map_or(format!("#{number}"), |name| format!("{name} (#{number})")).into();
            let moment = if CROWD { Moment::of_the_crowd() } else { Moment::first(number) };
            let number = kernel::own_number();
            let thread = Thread { name, number, moment, has_worked: false, past: Past::default() };
            self.threads.insert(record.index, thread);
        }
        self.threads.get_mut(&record.index).expect("it was just inserted")
    }

    /// Adds a context to the graph and returns the reports that follow.
    pub(super) fn add(&mut self, context: Context) -> Vec<Report> {
        match self.graph.add(context) {
            // Most programs have no cycle of classes at all.
            Some((context, true)) => self.reports_through(&context),
            Some((_, false)) | None => Vec::new(),
        }
    }

    pub(super) fn reports_through(&mut self, context: &Arc<Context>) -> Vec<Report> {
        let Found { cycles, lack_writers } = cycle::through(&self.graph, context);
        for class in lack_writers {
            keep(self.lack_writers.entry(class).or_default(), context.clone());
        }
        let reports = cycles.iter().filter_map(|cycle| self.report(Report::of(cycle))).collect();
        for cycle in cycles.into_iter().filter(Cycle::is_provisional) {
            if !self.ordered.iter().any(|known| known.has_same_contexts(&cycle)) {
                keep(&mut self.ordered, cycle);
                ORDERED.store(true, Ordering::Relaxed);
            }
        }
        reports
    }

    /// Learns that a thread with these locks wants one more.
    pub(super) fn learn(
        &mut self,
        record: &'static Record,
        all: &[Acquisition],
        wanted: Acquisition,
        wait: Wait,
        upgrades: bool,
        takes: (u64, u64),
    ) -> Vec<Report> {
        record.set_news(true);
        let thread = self.thread(record);
        thread.past.in_use = true;
        let (name, moment) = (thread.name.clone(), thread.moment.clone());
        self.note_onces(all);
        let mut reports = Vec::new();
        for (at, held) in all.iter().enumerate() {
            let own = upgrades && held.instance == wanted.instance && held.mode == Mode::Upgradable;
            if own {
                continue;
            }
            let beside =
                |(other, lock): (usize, &Acquisition)| (other != at && !lock.class.kind().is_event()).then_some(*lock);
            let context = Context {
                thread: name.clone(),
                moment: moment.clone(),
                held: *held,
                wanted,
                wait,
                takes,
                gives: (0, 0),
                is_timely: true,
                gates: all.iter().enumerate().filter_map(beside).collect(),
            };
            if context.is_within_family() {
                Class::by_index(wanted.class.family).into_iter().for_each(Class::note_nesting);
            }
            if held.instance == wanted.instance {
                reports.extend(self.taken_twice(context));
                continue;
            }
            if World::breaks_order(held, &wanted) {
                let report = Report { verdict: Verdict::Order, steps: vec![Step::of(&context)], gate: None };
                reports.extend(self.report(report));
            }
            reports.extend(self.add(context));
        }
        reports
    }

    /// Something is learned inside of initialisers, if some of these are.
    pub(super) fn note_onces(&mut self, held: &[Acquisition]) {
        let onces = held.iter().filter(|held| held.class.kind() == Kind::Once);
        onces.for_each(|once| self.graph.onces.note(once.instance));
    }

    /// Learns what threads could not learn themselves.
    pub(super) fn catch_up(&mut self) {
        if !later::is_any() {
            return;
        }
        for record in self.records.clone() {
            for (held, wanted, wait) in record.later.iter().filter_map(Later::take) {
                let reports = self.learn(record, &held, wanted, wait, false, (0, 0));
                self.untold.extend(reports);
            }
        }
    }

    /// Keeps a report, unless the same or a worse one about the cycle is there.
    pub(super) fn report(&mut self, new: Report) -> Option<Report> {
        match self.reports.iter_mut().find(|known| known.same(&new)) {
            Some(known) if known.verdict.is_deadlock() || !new.verdict.is_deadlock() => return None,
            Some(known) => *known = new.clone(),
            None => self.reports.push(new.clone()),
        }
        Some(new)
    }

    /// Takes the locks that other threads released out of what this thread holds.
    pub(super) fn settle_releases(&mut self, record: &Record) {
        self.released.retain(|&(holder, instance)| {
            let is_own = holder == record.index;
            if is_own {
                record.forget_first(instance);
            }
            !is_own
        });
    }

    /// The holds of a lock of which no other thread has released as many.
    pub(super) fn holds(&self, record: &Record, instance: u64) -> bool {
        let held = record.snapshot().iter().filter(|held| held.instance == instance).count();
        let released = self.released.iter().filter(|&&released| released == (record.index, instance)).count();
        held > released
    }

    /// A thread wants a lock that it holds.
    pub(super) fn taken_twice(&mut self, context: Context) -> Option<Report> {
        let (held, wanted) = (&context.held, &context.wanted);
        let verdict = match blocks(held.mode, wanted.mode) {
            Blocks::No => return None,
            Blocks::BehindWriter if !self.graph.has_writers_for(&[&context], &[&context]) => {
                let step = Step::of(&context);
                let waiting = self.read_twice.entry(wanted.class.index).or_default();
                if !waiting.iter().any(|known| known.moment.same(&context.moment) && Step::of(known) == step) {
                    keep(waiting, context);
                }
                return None;
            }
            _ if context.wait == Wait::Timed => Verdict::Debt(Debt::Timed),
            _ => Verdict::SelfDeadlock,
        };
        self.report(Report { verdict, steps: vec![Step::of(&context)], gate: None })
    }

    /// Whether a declared order says that what is wanted comes before what is held.
    pub(super) fn breaks_order(held: &Acquisition, wanted: &Acquisition) -> bool {
        let (Some(held), Some(wanted)) = (held.class.name(), wanted.class.name()) else { return false };
        order::comes_after(wanted, held)
    }

    /// Moves what the thread took last into its history.
    pub(super) fn note_history(&mut self, record: &'static Record) {
        let time = self.time + 1;
        self.time = time;
        let thread = self.thread(record);
        for lock in record.drain_recent() {
            thread.past.note(lock, (0, 0), time, &thread.moment);
        }
    }

    /// The moment of a thread that releases a lock now. What a message tells it later, it did not know then.
    pub(super) fn stretch_with_a_release(&mut self, record: &'static Record) -> Moment {
        let thread = self.thread(record);
        thread.past.in_use = true;
        thread.moment.clone()
    }

    /// Looks at what is kept apart by order again, as messages may say less by now.
    pub(super) fn look_again(&mut self) -> Vec<Report> {
        let ordered = mem::take(&mut self.ordered);
        if ordered.is_empty() {
            return Vec::new();
        }
        let reports = ordered.iter().flat_map(|cycle| self.reports_through(&cycle.contexts[0])).collect();
        ORDERED.store(!self.ordered.is_empty(), Ordering::Relaxed);
        reports
    }

    /// A thread makes or asks another one while it holds locks. The moment is the last that the other one knows of.
    pub(super) fn lend(&mut self, record: &'static Record, from: &Moment) {
        if CROWD || record.depth() == 0 {
            return;
        }
        let held = record.snapshot();
        self.graph.loans.lend(&held, from);
        self.note_onces(&held);
        record.watch(self.graph.loans.depth(&held, from.thread()));
        // A wait that was possible before ends the loan too.
        record.outdate();
    }

    /// These loans have ended. Looks again at what they kept apart.
    pub(super) fn look_at_loans(&mut self, ended: &[u64]) -> Vec<Report> {
        let (again, kept) =
            mem::take(&mut self.ordered).into_iter().partition(|it| it.rests_on(|it| ended.contains(&it)));
        self.ordered = kept;
        Vec::<Cycle>::into_iter(again).flat_map(|cycle| self.reports_through(&cycle.contexts[0])).collect()
    }

    /// Looks at all who wait for a thing again, as other threads may take more by now.
    pub(super) fn look_at_takers(&mut self, flow: u64) -> Vec<Report> {
        let waits: Vec<Arc<Context>> = self.graph.all().filter(|it| it.wanted.instance == flow).cloned().collect();
        waits.iter().flat_map(|context| self.reports_through(context)).collect()
    }

    /// Whether each thread of a cycle now waits as the cycle says.
    pub(super) fn has_come_true(&self, cycle: &Cycle) -> bool {
        cycle.contexts.iter().all(|step| {
            let is_there = |record: &&Record| {
                let is_it = self.threads.get(&record.index).is_some_and(|it| it.moment.same_thread(&step.moment));
                let holds = || record.snapshot().iter().any(|held| held.instance == step.held.instance);
                is_it
                    && record.waits().is_some_and(|waits| waits.instance == step.wanted.instance)
                    && (step.held.class.kind().is_event() || holds())
            };
            self.records.iter().copied().any(|record| is_there(&record))
        })
    }
}

/// Adds one more of those that wait for a writer. Of many, the latest stay.
fn keep<T>(waiting: &mut Vec<T>, one: T) {
    if waiting.len() == WAITING {
        waiting.remove(0);
    }
    waiting.push(one);
}

/// Runs a step on what the checker knows.
pub(super) fn inside<R: Default>(step: impl FnOnce(&mut World) -> R) -> R {
    if own::is_unwatched() {
        return R::default();
    }
    let record = own::record_at_hand();
    own::unwatched(|| {
        WORLD.with(|world| {
            // In a forked child, nothing is known of the thread at first.
            if let Some(record) = record {
                world.thread(record);
                world.settle_releases(record);
            }
            world.catch_up();
            step(world)
        })
    })
}

/// A number for a lock.
pub(crate) fn next_instance() -> u64 {
    NEXT_INSTANCE.fetch_add(1, Ordering::Relaxed)
}

/// Declares an order. It is checked from now on.
pub(crate) fn declare(first: &'static str, then: &'static str) {
    inside(|world| {
        if order::declare(first, then) {
            world.records.iter().for_each(|record| record.outdate());
        }
    });
}
