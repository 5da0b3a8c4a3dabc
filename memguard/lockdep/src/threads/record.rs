//! The record of one thread: what it holds and waits for. Only the thread writes. Any thread may read.
//!
//! `state` counts the releases (upper bits) and the locks held (lower 8 bits). A slot below the number held is not
//! written until its lock is released, and a release counts up. So a reader that finds the same count before and after
//! has read what was held at one moment.

use crate::acquisition::Acquisition;
use crate::heap;
use crate::leaf::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::leaf::{CHAINS, DEPTH, RECENT, SET, SPILLED};
use crate::mode::Wait;
use crate::place::Place;
use crate::statistics::table::{Outcome, Table};
use crate::threads::attention::Attention;
use crate::threads::later::Later;
use crate::threads::slot::Slot;
use crate::time;
use crate::word::{Word, mixed};
use once_cell::race::OnceBox;
use std::array;

const RELEASE: u64 = 1 << 8;
/// One hold of so many is timed.
const TIMED: u64 = 64;

/// What one thread holds and waits for. Records are never freed, only handed on to the next thread.
#[derive(Debug)]
pub(crate) struct Record {
    /// Which record it is.
    pub(crate) index: usize,
    /// The number of its thread, which no other thread has.
    number: AtomicU64,
    /// Whether it is known what lies before the beginning of its thread.
    known_beginning: AtomicBool,
    /// Something was learned of its thread that the end of its work does not tell.
    news: AtomicBool,
    /// Whether a thread has it.
    pub(crate) in_use: AtomicBool,
    pub(crate) attention: Attention,
    /// Changed whenever what the thread knows is out of date. Chains of an older generation count as unknown.
    generation: AtomicU64,
    state: AtomicU64,
    held: [Slot; DEPTH],
    waits: Slot,
    /// Since when it waits, in nanoseconds.
    waits_since: AtomicU64,
    /// The lock that it slept for and has neither taken nor given up.
    slept_for: AtomicU64,
    /// How long it slept for that one, in nanoseconds.
    slept: AtomicU64,
    chains: Box<[AtomicU64; CHAINS]>,
    recent: [Slot; RECENT],
    /// Those that had to make way for others.
    spilled: Box<[Slot; SPILLED]>,
    /// How many had to, and how many of these had as the thread last looked.
    spills: AtomicU64,
    drained: AtomicU64,
    /// When each lock held was taken, in nanoseconds, for those that are timed. 0 for the others.
    since: [AtomicU64; DEPTH],
    /// Counts acquisitions, to choose those that are timed.
    ticks: AtomicU64,
    table: OnceBox<Table>,
    /// What it could not learn yet.
    pub(crate) later: [Later; 4],
}

impl Record {
    pub(crate) fn new(index: usize) -> Self {
        Self {
            index,
            number: AtomicU64::new(0),
            known_beginning: AtomicBool::new(false),
            news: AtomicBool::new(false),
            in_use: AtomicBool::new(true),
            attention: Attention::none(),
            generation: AtomicU64::new(1),
            state: AtomicU64::new(0),
            held: array::from_fn(|_| Slot::empty()),
            waits: Slot::empty(),
            waits_since: AtomicU64::new(0),
            slept_for: AtomicU64::new(0),
            slept: AtomicU64::new(0),
            chains: heap::array(|| AtomicU64::new(0)),
            recent: array::from_fn(|_| Slot::empty()),
            spilled: heap::array(Slot::empty),
            spills: AtomicU64::new(0),
            drained: AtomicU64::new(0),
            since: array::from_fn(|_| AtomicU64::new(0)),
            ticks: AtomicU64::new(0),
            table: OnceBox::new(),
            later: array::from_fn(|_| Later::empty()),
        }
    }

    /// The number of its thread.
    pub(crate) fn number(&self) -> u64 {
        self.number.load(Ordering::Relaxed)
    }

    /// A thread gets the record, and this number.
    pub(crate) fn set_number(&self, number: u64) {
        self.number.store(number, Ordering::Relaxed);
        self.known_beginning.store(false, Ordering::Relaxed);
    }

    /// Whether it is known what lies before the beginning of its thread.
    pub(crate) fn has_known_beginning(&self) -> bool {
        self.known_beginning.load(Ordering::Relaxed)
    }

    /// It is known now.
    pub(crate) fn set_known_beginning(&self) {
        self.known_beginning.store(true, Ordering::Relaxed);
    }

    /// Whether the thread took or asked for a lock since that was last cleared.
    pub(crate) fn has_news(&self) -> bool {
        self.news.load(Ordering::Relaxed) || self.recent.iter().any(|slot| slot.word().0 != 0)
    }

    pub(crate) fn set_news(&self, news: bool) {
        self.news.store(news, Ordering::Relaxed);
    }

    /// How many locks the thread holds.
    #[inline]
    pub(crate) fn depth(&self) -> usize {
        (self.state.load(Ordering::Relaxed) % RELEASE) as usize
    }

    /// Notes a lock that the thread has taken.
    #[inline]
    pub(crate) fn push(&self, lock: Word, place: Place) {
        let state = self.state.load(Ordering::Relaxed);
        let Some(slot) = self.held.get((state % RELEASE) as usize) else { return self.push_beyond(lock, place) };
        slot.store(lock, place);
        self.state.store(state + 1, Ordering::Release);
    }

    /// Notes a lock for which there is no slot. One in the middle makes way: the outermost are gates, and the innermost
    /// are held as the next lock is wanted.
    #[cold]
    fn push_beyond(&self, lock: Word, place: Place) {
        self.take_out(DEPTH / 2);
        self.push(lock, place);
    }

    /// Notes that the thread has released a lock. Returns `false` if it does not hold it.
    #[inline]
    pub(crate) fn pop(&self, released: Word) -> bool {
        let state = self.state.load(Ordering::Relaxed);
        let depth = (state % RELEASE) as usize;
        if depth > 0 && self.held[depth - 1].word() == released {
            self.state.store(state + RELEASE - 1, Ordering::Release);
            return true;
        }
        // Its class can be another one by now: that of a subclass.
        self.take_out_last(|held| held.instance() == released.instance() && held.mode() == released.mode())
    }

    /// Takes out the last lock held that `wanted` accepts.
    #[cold]
    fn take_out_last(&self, wanted: impl Fn(Word) -> bool) -> bool {
        let at = (0..self.depth()).rev().find(|&at| wanted(self.held[at].word()));
        at.map(|at| self.take_out(at)).is_some()
    }

    /// Takes out the lock held at this depth.
    fn take_out(&self, at: usize) {
        let state = self.state.load(Ordering::Relaxed);
        let depth = (state % RELEASE) as usize;
        // Which lock of those above a time is of would no longer be known.
        self.since[at..].iter().for_each(|since| since.store(0, Ordering::Relaxed));
        // What lies above moves down. A reader sees the locks below meanwhile, and another count afterwards.
        self.state.store(state - state % RELEASE + RELEASE + at as u64, Ordering::Relaxed);
        for at in at + 1..depth {
            self.held[at - 1].move_from(&self.held[at]);
        }
        self.state.store(state + 2 * RELEASE - 1, Ordering::Release);
    }

    /// Forgets every hold of one lock.
    pub(crate) fn forget(&self, instance: u64) {
        while self.take_out_last(|held| held.instance() == instance) {}
    }

    /// Forgets the first hold of one lock, which another thread released.
    pub(crate) fn forget_first(&self, instance: u64) {
        if let Some(at) = (0..self.depth()).find(|&at| self.held[at].word().instance() == instance) {
            self.take_out(at);
        }
    }

    /// How the thread holds a lock, by its last hold of it.
    pub(crate) fn last_hold_of(&self, instance: u64) -> Option<Word> {
        (0..self.depth()).rev().map(|at| self.held[at].word()).find(|held| held.instance() == instance)
    }

    /// The release of one of the first so many locks that the thread holds is of interest from now on.
    pub(crate) fn watch(&self, depth: usize) {
        self.attention.watch(depth, self.mark(depth));
    }

    /// Whether the thread still holds the locks whose release is of interest.
    pub(crate) fn holds_watched(&self) -> bool {
        let (depth, mark) = self.attention.watched();
        self.depth() >= depth && self.mark(depth) == mark
    }

    /// What identifies the first so many locks that the thread holds.
    fn mark(&self, depth: usize) -> u64 {
        (0..depth).fold(0, |mark, at| mixed(mark, self.held(at).0))
    }

    /// Forgets all that the thread holds and waits for.
    pub(crate) fn clear(&self) {
        while self.take_out_last(|_| true) {}
        self.waits.clear();
    }

    /// The lock held at a depth below that of the thread, for the thread itself.
    #[inline]
    pub(crate) fn held(&self, at: usize) -> Word {
        self.held[at % DEPTH].word()
    }

    /// What the thread held at one moment.
    pub(crate) fn snapshot(&self) -> Vec<Acquisition> {
        let (mut held, mut whole) = self.read();
        // A thread that takes and releases without pause could be read for ever.
        for _ in 0..1000 {
            if whole {
                break;
            }
            (held, whole) = self.read();
        }
        held
    }

    /// What the thread held, and whether that was at one moment.
    pub(crate) fn read(&self) -> (Vec<Acquisition>, bool) {
        let before = self.state.load(Ordering::Acquire);
        let held = (0..(before % RELEASE) as usize).filter_map(|at| self.held[at].load()).collect();
        (held, self.state.load(Ordering::Relaxed) / RELEASE == before / RELEASE)
    }

    /// What the thread waits for, if it waits.
    pub(crate) fn waits(&self) -> Option<Acquisition> {
        self.waits.load()
    }

    /// Since when it waits.
    pub(crate) fn waits_since(&self) -> u64 {
        self.waits_since.load(Ordering::Relaxed)
    }

    /// Whether it waits.
    #[inline]
    pub(crate) fn is_waiting(&self) -> bool {
        self.waits.word().0 != 0
    }

    /// Notes what the thread goes to sleep for.
    pub(crate) fn set_waits(&self, lock: Word, place: Place, since: u64) {
        self.waits_since.store(since, Ordering::Relaxed);
        self.waits.store(lock, place);
    }

    /// Notes that the thread is awake again.
    pub(crate) fn clear_waits(&self) {
        self.waits.clear();
    }

    /// To be called where a sleep ends and the thread counts.
    pub(crate) fn note_sleep(&self, lock: Word, since: u64) {
        let again = self.slept_for.load(Ordering::Relaxed) == lock.0;
        let before = if again { self.slept.load(Ordering::Relaxed) } else { 0 };
        self.slept_for.store(lock.0, Ordering::Relaxed);
        self.slept.store(before + time::now().saturating_sub(since), Ordering::Relaxed);
    }

    /// How long the thread slept for this lock, if it did.
    pub(crate) fn take_sleep(&self, lock: Word) -> Option<u64> {
        let slept = self.slept_for.load(Ordering::Relaxed) == lock.0;
        slept.then(|| {
            self.slept_for.store(0, Ordering::Relaxed);
            self.slept.load(Ordering::Relaxed)
        })
    }

    /// Where hashes of chains begin.
    #[inline]
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// The thread must look at every chain again. Any thread may say so.
    pub(crate) fn outdate(&self) {
        // The golden ratio. Generations differ in many bits, so that no two hashes are equal by a plain shift.
        self.generation.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
    }

    /// What the thread counted, if it counted something.
    pub(crate) fn table(&self) -> Option<&Table> {
        self.table.get()
    }

    /// Makes the table of what the thread counts. Any thread may do so.
    pub(crate) fn make_table(&self) -> &Table {
        self.table.get_or_init(Box::default)
    }

    /// Whether the thread holds a lock of the allocator, so that it must not allocate.
    pub(crate) fn is_in_allocator(&self) -> bool {
        (0..self.depth()).any(|at| self.held(at).is_of_allocator())
    }

    /// Notes a chain for later. Returns `false` if there is no room for it. Then it is noted the next time.
    pub(crate) fn learn_later(&self, wanted: Word, place: Place, wait: Wait) -> bool {
        let held = &self.held[..self.depth()];
        self.later.iter().any(|later| later.note(held, wanted, place, wait))
    }

    /// Counts how an acquisition went. If the thread has the lock now, its hold may be timed. Returns `false` if there
    /// is no room and it may not allocate.
    pub(crate) fn count(&self, lock: Word, place: Place, outcome: Outcome, allocate: bool) -> bool {
        let table = if allocate { Some(self.make_table()) } else { self.table.get() };
        let Some(entry) = table.and_then(|table| table.entry(lock, place, allocate)) else { return false };
        entry.note(outcome, allocate);
        if !matches!(outcome, Outcome::Failed | Outcome::TimedOut(_)) {
            let ticks = self.ticks.load(Ordering::Relaxed);
            self.ticks.store(ticks + 1, Ordering::Relaxed);
            let now = if ticks.is_multiple_of(TIMED) { time::now() } else { 0 };
            if let Some(since) = self.depth().checked_sub(1).and_then(|at| self.since.get(at)) {
                since.store(now, Ordering::Relaxed);
            }
        }
        true
    }

    /// Since when the thread has held the lock that it took last, if it is this one and its hold is timed.
    #[inline]
    pub(crate) fn timed_since(&self, lock: Word) -> Option<u64> {
        let at = self.depth().checked_sub(1)?;
        let since = self.since[at].load(Ordering::Relaxed);
        if since == 0 {
            return None;
        }
        let held = self.held[at].word();
        // The class can be that of a subclass.
        (held.instance() == lock.instance() && held.mode() == lock.mode()).then_some(since)
    }

    /// To be called before the release of the lock that was taken last. Notes how long it was held.
    pub(crate) fn count_hold(&self, since: u64, allocate: bool) {
        let Some(at) = self.depth().checked_sub(1) else { return };
        self.since[at].store(0, Ordering::Relaxed);
        if let (Some(table), Some(place)) = (self.table.get(), self.held[at].place())
            && let Some(entry) = table.entry(self.held[at].word(), place, allocate)
        {
            entry.note_hold(time::now().saturating_sub(since), allocate);
        }
    }

    /// Whether the thread saw this chain before.
    #[inline]
    pub(crate) fn knows(&self, chain: u64) -> bool {
        self.set_of(chain).iter().any(|known| known.load(Ordering::Relaxed) == chain)
    }

    /// Notes that this chain needs no further look.
    pub(crate) fn learn(&self, chain: u64) {
        let set = self.set_of(chain);
        for at in (1..set.len()).rev() {
            set[at].store(set[at - 1].load(Ordering::Relaxed), Ordering::Relaxed);
        }
        set[0].store(chain, Ordering::Relaxed);
    }

    /// The places that the chain can have. Chains that are in use at the same time seldom fill all of them.
    #[inline]
    fn set_of(&self, chain: u64) -> &[AtomicU64] {
        let start = Self::place_of(chain) / SET * SET;
        &self.chains[start..start + SET]
    }

    /// Its upper bits, which the multiplications of the hash mix best.
    #[inline]
    fn place_of(chain: u64) -> usize {
        (chain >> (u64::BITS - CHAINS.ilog2())) as usize
    }

    /// Notes a lock that the thread took, for the notifications that it gives later. The first place stays.
    #[inline]
    pub(crate) fn note_recent(&self, lock: Word, place: Place) {
        let slot = &self.recent[lock.instance() as usize % RECENT];
        if slot.word() != lock {
            self.note_other(slot, lock, place);
        }
    }

    #[inline(never)]
    fn note_other(&self, slot: &Slot, lock: Word, place: Place) {
        let other = slot.word();
        if other != Word(0) && other.instance() != lock.instance() {
            self.spilled[other.instance() as usize % SPILLED].move_from(slot);
            self.spills.store(self.spills.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
        slot.store(lock, place);
    }

    /// What identifies the locks that the thread took since they were drained last. If they are many, that is never
    /// the same.
    pub(crate) fn recent(&self) -> impl Iterator<Item = u64> {
        self.recent.iter().map(|slot| slot.word().0).chain([self.spills.load(Ordering::Relaxed)])
    }

    /// The locks that the thread took since they were drained last.
    pub(crate) fn drain_recent(&self) -> impl Iterator<Item = Acquisition> {
        let spills = self.spills.load(Ordering::Relaxed);
        let spilled = if self.drained.swap(spills, Ordering::Relaxed) == spills { &[] } else { &self.spilled[..] };
        self.recent.iter().chain(spilled).filter_map(|slot| slot.load().inspect(|_| slot.clear()))
    }
}
