//! The hooks when lockdep is compiled in, and the questions it answers.

use super::Mode;
use super::observer::{self, Event};
use super::report::{Acquisition, Edge, Rule, ThreadSnapshot, Violation, WaitGraph};
use crate::sync::leaf::{self, per_thread};
use crate::sync::{Class, Instrument, Kind, Outcome, Site, serial};
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const SITES: usize = Site::ALL.len();

/// Everything lockdep has learned in this process. Outside every model: an instrument observes, it takes no part.
static EDGES: [[AtomicU64; SITES]; SITES] = [const { [const { AtomicU64::new(0) }; SITES] }; SITES];
static OUTCOMES: [[AtomicU64; Outcome::ALL.len()]; SITES] =
    [const { [const { AtomicU64::new(0) }; Outcome::ALL.len()] }; SITES];
static GOOD_CHAINS: Instrument<Option<HashSet<u64>>> = Instrument::new();
static VIOLATIONS: Instrument<Vec<Violation>> = Instrument::new();
static THREADS: Instrument<Vec<&'static Thread>> = Instrument::new();

/// The identity of one lock.
pub(crate) struct Lock {
    class: Class,
    instance: u64,
}

impl Lock {
    pub(crate) fn new(class: Class) -> Self {
        Self::numbered(class, serial::next())
    }

    /// For a lock that has a number already.
    pub(crate) fn numbered(class: Class, instance: u64) -> Self {
        Self { class, instance }
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.class, self.instance)
    }
}

/// The record of one thread. Records are never freed, only handed on to the next thread: a watchdog may look at any time.
struct Thread {
    in_use: AtomicBool,
    /// The thread is past its last words, so nobody will return the record: it is returned as soon as it is empty.
    orphan: AtomicBool,
    state: Instrument<State>,
}

#[derive(Default)]
struct State {
    name: String,
    holds: Vec<(u64, Acquisition)>,
    waits: Vec<(u64, Acquisition)>,
    next_serial: u64,
}

impl State {
    fn serial(&mut self) -> u64 {
        self.next_serial += 1;
        self.next_serial
    }
}

per_thread! {
    static CURRENT: Cell<Option<&'static Thread>> = Cell::new(None);
}

fn current() -> &'static Thread {
    CURRENT.with(|current| {
        current.get().unwrap_or_else(|| {
            let thread = adopt_record();
            thread.orphan.store(!leaf::at_thread_exit(return_record), Ordering::Relaxed);
            thread.state.with(|state| state.name = leaf::thread_name());
            current.set(Some(thread));
            thread
        })
    })
}

fn adopt_record() -> &'static Thread {
    THREADS.with(|threads| {
        let free = threads.iter().find(|thread| !thread.in_use.swap(true, Ordering::AcqRel));
        free.copied().unwrap_or_else(|| {
            let thread: &'static Thread = Box::leak(Box::new(Thread {
                in_use: AtomicBool::new(true),
                orphan: AtomicBool::new(false),
                state: Instrument::new(),
            }));
            threads.push(thread);
            thread
        })
    })
}

/// Hands the record of the current thread on, unless it still holds something: then the record stays, as the evidence.
fn return_record() {
    CURRENT.with(|current| {
        if let Some(thread) = current.get()
            && thread.state.with(|state| state.holds.is_empty() && state.waits.is_empty())
        {
            current.set(None);
            thread.in_use.store(false, Ordering::Release);
        }
    });
}

impl Thread {
    fn settle(&self) {
        if self.orphan.load(Ordering::Relaxed) {
            return_record();
        }
    }
}

/// Called before a lock is asked for: checks the order.
pub(crate) fn want(lock: &Lock, site: Site, mode: Mode, waits: bool) -> Wanted<'_> {
    let thread = current();
    let wanted = Acquisition { class: lock.class, instance: lock.instance, site, mode };
    thread.state.with(|state| check(state, wanted, waits));
    Wanted { thread, wanted, lock: PhantomData }
}

fn check(state: &State, wanted: Acquisition, waits: bool) {
    if waits {
        for (_, held) in &state.holds {
            EDGES[held.site as usize][wanted.site as usize].fetch_add(1, Ordering::Relaxed);
            observer::tell(Event::Edge(held.site, wanted.site));
        }
    }
    let mut hasher = DefaultHasher::new();
    state.holds.iter().for_each(|(_, held)| (held.class, held.site, held.mode).hash(&mut hasher));
    (wanted.class, wanted.site, wanted.mode, waits).hash(&mut hasher);
    let chain = hasher.finish();
    // Where instances must ascend, the chain of classes and sites does not tell good from bad.
    let ascends = waits && wanted.site.kind() == Kind::Ordered;
    if !ascends && GOOD_CHAINS.with(|chains| chains.get_or_insert_default().contains(&chain)) {
        return;
    }
    let mut good = true;
    let mut broken = |rule, held: Option<Acquisition>| {
        good = false;
        record(Violation { rule, thread: state.name.clone(), held, wanted, count: 1 });
    };
    if wanted.site.class() != wanted.class {
        broken(Rule::WrongSite, None);
    }
    let as_stated = match wanted.site.kind() {
        Kind::Block | Kind::Timed => waits,
        Kind::Try => !waits,
        Kind::Lease | Kind::Ordered => true,
    };
    if !as_stated {
        broken(Rule::WrongKind, None);
    }
    for &(_, held) in &state.holds {
        if waits && held.instance == wanted.instance {
            broken(Rule::SelfDeadlock, Some(held));
        } else if ascends && held.class == wanted.class {
            if held.site.kind() != Kind::Ordered || held.instance > wanted.instance {
                broken(Rule::Sequence, Some(held));
            }
        } else if waits && held.class.rank() >= wanted.class.rank() {
            broken(Rule::Rank, Some(held));
        } else if !wanted.site.may_hold().contains(&held.class) {
            broken(Rule::HeldSet, Some(held));
        }
    }
    if good {
        GOOD_CHAINS.with(|chains| chains.get_or_insert_default().insert(chain));
    }
}

fn record(new: Violation) {
    VIOLATIONS.with(|violations| {
        let same = |old: &&mut Violation| {
            old.rule == new.rule
                && old.wanted.site == new.wanted.site
                && old.held.map(|held| held.site) == new.held.map(|held| held.site)
        };
        match violations.iter_mut().find(same) {
            Some(old) => old.count += 1,
            None => violations.push(new),
        }
    });
}

/// A lock that was asked for and not yet granted or refused.
pub(crate) struct Wanted<'a> {
    thread: &'static Thread,
    wanted: Acquisition,
    lock: PhantomData<&'a Lock>,
}

impl Wanted<'_> {
    /// The thread goes to sleep for the lock; it is awake again when the value returned is dropped.
    pub(crate) fn wait(&self) -> Waiting {
        sleep(self.thread, self.wanted)
    }

    pub(crate) fn refused(self, outcome: Outcome) {
        self.count(outcome);
        self.thread.settle();
    }

    fn count(&self, outcome: Outcome) {
        let site = self.wanted.site;
        OUTCOMES[site as usize][outcome as usize].fetch_add(1, Ordering::Relaxed);
        observer::tell(Event::Outcome(site, outcome));
        if !site.can(outcome) {
            let thread = self.thread.state.with(|state| state.name.clone());
            record(Violation { rule: Rule::WrongOutcome(outcome), thread, held: None, wanted: self.wanted, count: 1 });
        }
    }

    pub(crate) fn granted(self, outcome: Outcome) -> Ticket {
        self.count(outcome);
        let mut ticket = Ticket { thread: self.thread, held: self.wanted, serial: 0 };
        ticket.hold();
        observer::tell(Event::Held(self.wanted.site));
        ticket
    }
}

fn sleep(thread: &'static Thread, wanted: Acquisition) -> Waiting {
    let serial = thread.state.with(|state| {
        let serial = state.serial();
        state.waits.push((serial, wanted));
        serial
    });
    Waiting { thread, serial }
}

pub(crate) struct Waiting {
    thread: &'static Thread,
    serial: u64,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.thread.state.with(|state| state.waits.retain(|(serial, _)| *serial != self.serial));
    }
}

/// A lock that the thread holds.
pub(crate) struct Ticket {
    thread: &'static Thread,
    held: Acquisition,
    serial: u64,
}

pub(crate) struct Pause(Waiting);

impl Ticket {
    fn hold(&mut self) {
        self.serial = self.thread.state.with(|state| {
            let serial = state.serial();
            state.holds.push((serial, self.held));
            serial
        });
    }

    pub(crate) fn release(&mut self) {
        self.thread.state.with(|state| state.holds.retain(|(serial, _)| *serial != self.serial));
        self.thread.settle();
    }

    /// The lock is released for the time of a wait on a condition variable.
    pub(crate) fn pause(&mut self) -> Pause {
        let serial = self.serial;
        let waiting = sleep(self.thread, self.held);
        self.thread.state.with(|state| state.holds.retain(|(held, _)| *held != serial));
        Pause(waiting)
    }

    pub(crate) fn resume(&mut self, pause: Pause) {
        self.hold();
        drop(pause.0);
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.held, f)
    }
}

/// Every violation seen in this process, each pair of sites once with its count.
///
/// ```
/// use memguard::sync::{Class, Mutex, Site, lockdep};
/// let (coffer, buffers) = (Mutex::new(Class::Coffer, ()), Mutex::new(Class::Buffers, ()));
/// let _first = buffers.lock(Site::RegistryPurge).unwrap();
/// let _second = coffer.lock(Site::CofferPurge).unwrap(); // downwards
/// assert!(lockdep::violations()[0].to_string().contains("COFFER has rank 2 and BUFFERS rank 3"));
/// ```
pub fn violations() -> Vec<Violation> {
    VIOLATIONS.with(|violations| violations.clone())
}

/// How many acquisitions broke a rule so far.
///
/// ```
/// memguard::Buffer::new(8)?.with_data(|_| memguard::purge())?;
/// assert_eq!(memguard::sync::lockdep::violation_count(), 0);
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn violation_count() -> u64 {
    VIOLATIONS.with(|violations| violations.iter().map(|violation| violation.count).sum())
}

/// Every pair of sites of which the second was waited for while the lock of the first was held.
///
/// ```
/// use memguard::sync::{Site, lockdep};
/// memguard::Buffer::new(8)?.with_data(|_| memguard::purge())?;
/// let purge = (Site::CofferPurge, Site::RegistryPurge);
/// assert!(lockdep::edges().iter().any(|edge| (edge.held, edge.wanted) == purge));
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn edges() -> Vec<Edge> {
    let count = |held: Site, wanted: Site| EDGES[held as usize][wanted as usize].load(Ordering::Relaxed);
    Site::ALL
        .iter()
        .flat_map(|&held| Site::ALL.iter().map(move |&wanted| Edge { held, wanted, count: count(held, wanted) }))
        .filter(|edge| edge.count > 0)
        .collect()
}

/// How often each site had each outcome, the zeros left out.
///
/// ```
/// use memguard::sync::{Outcome, Site, lockdep};
/// drop(memguard::Buffer::new(8)?);
/// assert!(lockdep::outcomes().iter().any(|&(site, outcome, _)| (site, outcome) == (Site::PoolTake, Outcome::Acquired)));
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn outcomes() -> Vec<(Site, Outcome, u64)> {
    let count = |site: Site, outcome: Outcome| OUTCOMES[site as usize][outcome as usize].load(Ordering::Relaxed);
    Site::ALL
        .iter()
        .flat_map(|&site| Outcome::ALL.iter().map(move |&outcome| (site, outcome, count(site, outcome))))
        .filter(|(_, _, count)| *count > 0)
        .collect()
}

/// Who holds what and waits for what right now. Threads go on while it is taken, so two entries may be a moment apart.
///
/// ```
/// use memguard::sync::{Site, lockdep};
/// let buffer = memguard::Buffer::new(8)?;
/// buffer.with_data(|_| {
///     let graph = lockdep::snapshot();
///     assert!(graph.threads.iter().any(|thread| thread.holds.iter().any(|held| held.site == Site::BufferRead)));
/// })?;
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn snapshot() -> WaitGraph {
    let records = THREADS.with(|threads| threads.clone());
    let acquisitions = |list: &[(u64, Acquisition)]| list.iter().map(|(_, acquisition)| *acquisition).collect();
    let threads = records.into_iter().filter_map(|thread| {
        thread.state.with(|state| {
            (!state.holds.is_empty() || !state.waits.is_empty()).then(|| ThreadSnapshot {
                thread: state.name.clone(),
                holds: acquisitions(&state.holds),
                waits: acquisitions(&state.waits),
            })
        })
    });
    WaitGraph { threads: threads.collect() }
}
