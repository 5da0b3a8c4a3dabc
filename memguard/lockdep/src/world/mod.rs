//! All that the checker knows: the threads, the graph, the reports. A thread comes here only with something new.

pub(crate) mod notification;
mod past;

use crate::acquisition::Acquisition;
use crate::asks;
use crate::class::{Class, Kind};
use crate::graph::cycle::{self, Cycle, Found, Grade};
use crate::graph::{Blocks, Context, Graph, blocks};
use crate::kernel;
use crate::mode::{Mode, Wait};
use crate::order;
use crate::per_process::PerProcess;
use crate::place::Place;
use crate::report::{Debt, Report, Step, Verdict};
use crate::statistics::switch;
use crate::threads::clock::{Before, Moment};
use crate::threads::later::{self, Later};
use crate::threads::leaf::CROWD;
use crate::threads::record::Record;
use crate::threads::{forked, own};
use crate::word::Word;
use once_cell::race::OnceBox;
use past::Past;
use std::collections::HashMap;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

static WORLD: PerProcess<World> = PerProcess::new();
/// Numbers of locks. 0 is none.
static NEXT_INSTANCE: AtomicU64 = AtomicU64::new(1);
static NEXT_RECORD: AtomicUsize = AtomicUsize::new(0);
static OBSERVER: OnceBox<fn(&Report)> = OnceBox::new();
/// Whether there are cycles that order keeps from hanging.
static ORDERED: AtomicBool = AtomicBool::new(false);

/// How many contexts of a class are kept until a writer is seen.
const WAITING: usize = 64;

#[derive(Default)]
struct World {
    records: Vec<&'static Record>,
    threads: HashMap<usize, Thread>,
    next_thread: u64,
    graph: Graph,
    reports: Vec<Report>,
    /// Those that the observer does not know yet.
    untold: Vec<Report>,
    /// A reader that came twice. A deadlock once a writer of the class is seen.
    read_twice: HashMap<u32, Vec<Context>>,
    /// For each class, contexts that close a cycle once a writer of the class is seen.
    lack_writers: HashMap<u32, Vec<Arc<Context>>>,
    /// Cycles that order, or a lock that was lent, keeps from hanging.
    ordered: Vec<Cycle>,
    /// Locks that were released for the thread that had taken them: its record, and the lock.
    released: Vec<(usize, u64)>,
    /// Counts what threads took, to tell what came before a notification and what after.
    time: u64,
}

/// A thread, in words and in time.
struct Thread {
    name: Arc<str>,
    /// Its number in the kernel.
    number: Option<u32>,
    moment: Moment,
    /// Only destructors of its thread-locals are left.
    has_worked: bool,
    past: Past,
}

impl World {
    fn thread(&mut self, record: &'static Record) -> &mut Thread {
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
    fn add(&mut self, context: Context) -> Vec<Report> {
        match self.graph.add(context) {
            // Most programs have no cycle of classes at all.
            Some((context, true)) => self.reports_through(&context),
            Some((_, false)) | None => Vec::new(),
        }
    }

    fn reports_through(&mut self, context: &Arc<Context>) -> Vec<Report> {
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
    fn learn(
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
    fn note_onces(&mut self, held: &[Acquisition]) {
        let onces = held.iter().filter(|held| held.class.kind() == Kind::Once);
        onces.for_each(|once| self.graph.onces.note(once.instance));
    }

    /// Learns what threads could not learn themselves.
    fn catch_up(&mut self) {
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
    fn report(&mut self, new: Report) -> Option<Report> {
        match self.reports.iter_mut().find(|known| known.same(&new)) {
            Some(known) if known.verdict.is_deadlock() || !new.verdict.is_deadlock() => return None,
            Some(known) => *known = new.clone(),
            None => self.reports.push(new.clone()),
        }
        Some(new)
    }

    /// Takes the locks that other threads released out of what this thread holds.
    fn settle_releases(&mut self, record: &Record) {
        self.released.retain(|&(holder, instance)| {
            let is_own = holder == record.index;
            if is_own {
                record.forget_first(instance);
            }
            !is_own
        });
    }

    /// The holds of a lock of which no other thread has released as many.
    fn holds(&self, record: &Record, instance: u64) -> bool {
        let held = record.snapshot().iter().filter(|held| held.instance == instance).count();
        let released = self.released.iter().filter(|&&released| released == (record.index, instance)).count();
        held > released
    }

    /// A thread wants a lock that it holds.
    fn taken_twice(&mut self, context: Context) -> Option<Report> {
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
    fn breaks_order(held: &Acquisition, wanted: &Acquisition) -> bool {
        let (Some(held), Some(wanted)) = (held.class.name(), wanted.class.name()) else { return false };
        order::comes_after(wanted, held)
    }

    /// Moves what the thread took last into its history.
    fn note_history(&mut self, record: &'static Record) {
        let time = self.time + 1;
        self.time = time;
        let thread = self.thread(record);
        for lock in record.drain_recent() {
            thread.past.note(lock, (0, 0), time, &thread.moment);
        }
    }

    /// The moment of a thread that releases a lock now. What a message tells it later, it did not know then.
    fn stretch_with_a_release(&mut self, record: &'static Record) -> Moment {
        let thread = self.thread(record);
        thread.past.in_use = true;
        thread.moment.clone()
    }

    /// Looks at what is kept apart by order again, as messages may say less by now.
    fn look_again(&mut self) -> Vec<Report> {
        let ordered = mem::take(&mut self.ordered);
        if ordered.is_empty() {
            return Vec::new();
        }
        let reports = ordered.iter().flat_map(|cycle| self.reports_through(&cycle.contexts[0])).collect();
        ORDERED.store(!self.ordered.is_empty(), Ordering::Relaxed);
        reports
    }

    /// A thread makes or asks another one while it holds locks. The moment is the last that the other one knows of.
    fn lend(&mut self, record: &'static Record, from: &Moment) {
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
    fn look_at_loans(&mut self, ended: &[u64]) -> Vec<Report> {
        let (again, kept) =
            mem::take(&mut self.ordered).into_iter().partition(|it| it.rests_on(|it| ended.contains(&it)));
        self.ordered = kept;
        Vec::<Cycle>::into_iter(again).flat_map(|cycle| self.reports_through(&cycle.contexts[0])).collect()
    }

    /// Looks at all who wait for a thing again, as other threads may take more by now.
    fn look_at_takers(&mut self, flow: u64) -> Vec<Report> {
        let waits: Vec<Arc<Context>> = self.graph.all().filter(|it| it.wanted.instance == flow).cloned().collect();
        waits.iter().flat_map(|context| self.reports_through(context)).collect()
    }

    /// Whether each thread of a cycle now waits as the cycle says.
    fn has_come_true(&self, cycle: &Cycle) -> bool {
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
fn inside<R: Default>(step: impl FnOnce(&mut World) -> R) -> R {
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

fn tell(reports: Vec<Report>) {
    if let Some(observer) = OBSERVER.get() {
        reports.iter().for_each(observer);
    }
}

/// A number for a lock.
pub(crate) fn next_instance() -> u64 {
    NEXT_INSTANCE.fetch_add(1, Ordering::Relaxed)
}

/// The records of all threads, those that ended among them.
pub(crate) fn records() -> Vec<&'static Record> {
    inside(|world| world.records.clone())
}

/// What a thread held at one moment, without what others have released for it.
pub(crate) fn held(record: &Record) -> Vec<Acquisition> {
    inside(|world| {
        let mut held = record.snapshot();
        for (_, released) in world.released.iter().filter(|(holder, _)| *holder == record.index) {
            if let Some(at) = held.iter().position(|held| held.instance == *released) {
                held.remove(at);
            }
        }
        held
    })
}

/// Makes the tables of what threads count.
pub(crate) fn make_tables() {
    inside(|world| {
        for record in &world.records {
            record.make_table();
        }
    });
}

/// A record for a thread that begins.
pub(crate) fn adopt_record() -> &'static Record {
    let free = |record: &&&Record| !record.in_use.swap(true, Ordering::AcqRel);
    let new = || {
        let index = NEXT_RECORD.fetch_add(1, Ordering::Relaxed);
        if index == 0 {
            forked::expect_forks();
        }
        let record: &'static Record = Box::leak(Box::new(Record::new(index)));
        record
    };
    let adopted = inside(|world| {
        let record = world.records.iter().find(free).copied();
        // Where threads are not told apart, what one of them was is what the next one is.
        if let Some(record) = record
            && !CROWD
        {
            // Not as the thread ended: it may have been in the allocator then.
            if let Some(mut ended) = world.threads.remove(&record.index) {
                ended.end();
                ended.moment.ends();
            }
            record.drain_recent().for_each(drop);
            record.watch(0);
            record.outdate();
            world.released.retain(|(holder, _)| *holder != record.index);
        }
        let record = record.unwrap_or_else(new);
        // So that the thread has a name from the start.
        world.thread(record);
        if switch::is_on() {
            record.make_table();
        }
        Some(record)
    });
    // It is only called outside the checker.
    adopted.unwrap_or_else(new)
}

/// Takes the record of a thread that has ended.
pub(crate) fn return_record(record: &'static Record) {
    record.in_use.store(false, Ordering::Release);
}

/// Takes the record of a thread that is gone with all that it held.
pub(crate) fn abandon_record(record: &'static Record) {
    record.clear();
    return_record(record);
}

/// Learns that this thread, with all that it holds, wants a lock. `upgrades` says that it holds the lock already and
/// wants to be the only one that does. Returns whether the thread need not tell that again.
#[cold]
pub(crate) fn learn(record: &'static Record, wanted: Word, place: Place, wait: Wait, upgrades: bool) -> bool {
    learn_numbered(record, wanted, place, wait, upgrades, (0, 0))
}

/// The same for a thing of a channel.
fn learn_numbered(
    record: &'static Record,
    wanted: Word,
    place: Place,
    wait: Wait,
    upgrades: bool,
    takes: (u64, u64),
) -> bool {
    let Some(wanted) = wanted.at(place) else { return true };
    let (learns, is_known) = asks::tell(record, wanted, wait);
    if !learns {
        return is_known;
    }
    let reports = inside(|world| {
        let mut reports = mem::take(&mut world.untold);
        reports.extend(world.learn(record, &record.snapshot(), wanted, wait, upgrades, takes));
        reports
    });
    tell(reports);
    is_known
}

/// Learns that this thread could have released a lock, waited for an event, and taken the lock again. Returns whether
/// it need not tell that again.
#[cold]
pub(crate) fn learn_possible_wait(record: &'static Record, lock: Word, event: Word, place: Place, wait: Wait) -> bool {
    let (Some(lock), Some(event)) = (lock.at(place), event.at(place)) else { return true };
    let (learns, is_known) = asks::tell(record, event, wait);
    if learns {
        let reports = inside(|world| {
            let mut held = record.snapshot();
            held.retain(|held| held.instance != lock.instance);
            let mut reports = world.learn(record, &held, event, wait, false, (0, 0));
            reports.extend(world.learn(record, &held, lock, Wait::Block, false, (0, 0)));
            let now = world.stretch_with_a_release(record);
            let ended = world.graph.loans.release(record.number(), lock.instance, &now);
            reports.extend(world.look_at_loans(&ended));
            reports
        });
        tell(reports);
    }
    is_known
}

/// Learns that this thread wants to be the only holder of a lock that has readers.
#[cold]
pub(crate) fn learn_writer(record: &'static Record, lock: Word, place: Place) {
    let Some(lock) = lock.at(place) else { return };
    let reports = inside(|world| {
        record.set_news(true);
        let thread = world.thread(record);
        thread.past.in_use = true;
        let moment = thread.moment.clone();
        let class = lock.class.index;
        let mut held = record.snapshot();
        held.retain(|held| !held.class.kind().is_event() && held.instance != lock.instance);
        // Until the class nests, one write of a thread stands for its writes of all locks of the class.
        let instance = lock.class.nests().then_some(lock.instance);
        if !world.graph.add_writer(class, instance, &moment, held) {
            return Vec::new();
        }
        let mut reports = Vec::new();
        for context in world.lack_writers.remove(&class).unwrap_or_default() {
            reports.extend(world.reports_through(&context));
        }
        for context in world.read_twice.remove(&class).unwrap_or_default() {
            reports.extend(world.taken_twice(context));
        }
        reports
    });
    tell(reports);
}

/// Notes that this thread released a lock that it does not hold: another thread had taken it. That thread finds out
/// when it next asks for a lock while it holds one, because every chain is new to it then.
#[cold]
pub(crate) fn released_for_another(record: &'static Record, instance: u64) {
    let reports = inside(|world| {
        // A lock that made way for others is held by nobody.
        let Some(holder) = world.records.iter().copied().find(|record| world.holds(record, instance)) else {
            return Vec::new();
        };
        world.released.push((holder.index, instance));
        holder.outdate();
        let now = world.stretch_with_a_release(record);
        let ended = world.graph.loans.release(holder.number(), instance, &now);
        world.look_at_loans(&ended)
    });
    tell(reports);
}

/// This thread has released a lock that others worked under, or may have.
pub(crate) fn end_loans(record: &'static Record) {
    let reports = inside(|world| {
        let now = world.stretch_with_a_release(record);
        let held = record.snapshot();
        let ended = world.graph.loans.keep(&held, &now);
        record.watch(world.graph.loans.depth(&held, now.thread()));
        world.look_at_loans(&ended)
    });
    tell(reports);
}

/// A thread makes another. Returns what lies before that one.
pub(crate) fn fork_thread(record: &'static Record) -> Before {
    let before = inside(|world| {
        world.note_history(record);
        let now = world.thread(record).moment.clone();
        world.lend(record, &now);
        world.thread(record).moment.forks();
        now.and_before()
    });
    record.outdate();
    before
}

/// What this thread is for begins, after what lies before.
pub(crate) fn begin_thread(record: &'static Record, before: &Before) {
    inside(|world| world.thread(record).moment.begins(before));
    record.set_known_beginning();
    record.outdate();
}

/// What lay before the end of a thread that this thread joined lies before this thread now.
pub(crate) fn join_thread(record: &'static Record, ended: &Before) {
    inside(|world| {
        world.note_history(record);
        world.thread(record).moment.joins(ended);
    });
    record.outdate();
}

/// What this thread is for has ended. Destructors of its thread-locals can follow. Returns what lies before its end.
pub(crate) fn end_work(record: &'static Record) -> Before {
    let before = inside(|world| {
        world.note_history(record);
        record.set_news(false);
        world.thread(record).end_work()
    });
    record.outdate();
    before
}

/// What lies before the end of this thread.
pub(crate) fn end_thread(record: &'static Record) -> Before {
    inside(|world| {
        world.note_history(record);
        world.thread(record).end()
    })
}

/// Declares an order. It is checked from now on.
pub(crate) fn declare(first: &'static str, then: &'static str) {
    inside(|world| {
        if order::declare(first, then) {
            world.records.iter().for_each(|record| record.outdate());
        }
    });
}

/// To be called by a thread that is going to sleep. Order kept a cycle from hanging, and does so no more if each thread
/// sleeps where the cycle says.
#[inline]
pub(crate) fn falls_asleep() {
    if ORDERED.load(Ordering::Relaxed) {
        look_for_hangs();
    }
}

#[cold]
fn look_for_hangs() {
    let reports = inside(|world| {
        let come_true: Vec<Cycle> = world.ordered.iter().filter(|cycle| world.has_come_true(cycle)).cloned().collect();
        let as_deadlock = |cycle| Report::of(&Cycle { grade: Grade::Deadlock, ..cycle });
        come_true.into_iter().filter_map(|cycle| world.report(as_deadlock(cycle))).collect::<Vec<_>>()
    });
    tell(reports);
}

/// All contexts and all reports.
pub(crate) fn graph_and_reports() -> (Vec<Arc<Context>>, Vec<Report>) {
    inside(|world| (world.graph.all().cloned().collect(), world.reports.clone()))
}

/// Forgets the graph, the reports, and what threads took and released again.
pub(crate) fn forget() {
    inside(|world| {
        world.graph = Graph::default();
        world.reports.clear();
        world.read_twice.clear();
        world.lack_writers.clear();
        world.ordered.clear();
        world.threads.values_mut().for_each(|thread| thread.past.forget());
        for record in &world.records {
            record.outdate();
            if CROWD {
                // Its thread was given up with the execution of a model.
                abandon_record(record);
            }
        }
    });
}

/// A lock of a class that nests is gone.
#[cold]
pub(crate) fn forget_lock(class: &Class, instance: u64) {
    inside(|world| world.graph.forget_lock(class.index, instance));
}

/// An event is gone: nobody waits for it any more. What was learned of it can still be part of a cycle.
#[cold]
pub(crate) fn end_event(instance: u64) {
    inside(|world| world.graph.messages.end(instance));
}

/// All reports so far.
pub(crate) fn all_reports() -> Vec<Report> {
    inside(|world| world.reports.clone())
}

/// Has each new report told from now on. Returns `false` if there is an observer already.
pub(crate) fn observe(observer: fn(&Report)) -> bool {
    OBSERVER.set(Box::new(observer)).is_ok()
}

/// Every thread that holds or waits for something: its name, its number in the kernel, and its record.
pub(crate) fn threads() -> Vec<(String, Option<u32>, &'static Record)> {
    inside(|world| {
        let is_idle = |record: &Record| record.depth() == 0 && record.waits().is_none();
        let used = world.records.iter().filter(|record| record.in_use.load(Ordering::Acquire) && !is_idle(record));
        used.filter_map(|record| {
            let thread = world.threads.get(&record.index)?;
            Some((thread.name.to_string(), thread.number, *record))
        })
        .collect()
    })
}
