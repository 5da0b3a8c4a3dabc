//! The checks: what a lock does as it is asked for, taken and released.

use crate::class::{Class, Kind, Name, Origin};
use crate::messages::Rule;
use crate::mode::{Mode, Wait};
use crate::place::Place;
use crate::statistics::switch;
use crate::statistics::table::Outcome;
use crate::threads::record::Record;
use crate::threads::{local, own};
use crate::time;
use crate::word::Word;
use crate::world::{self, notification};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The identity of a lock, or of something else to wait for.
#[derive(Debug)]
pub(crate) struct Tracker {
    kind: Kind,
    /// Its class is named so. If not known, its class is named after the place where it is first taken.
    name: Option<Name>,
    /// Its class and its number, set when it is first taken. No other lock of the process ever has the number; an
    /// address would be used again. Stored with a release and loaded with an acquire, so that a thread that has it
    /// finds its class.
    word: AtomicU64,
    /// The checker itself takes it as it allocates.
    of_allocator: AtomicBool,
}

impl Tracker {
    const fn new(kind: Kind, name: Option<Name>) -> Self {
        Self { kind, name, word: AtomicU64::new(0), of_allocator: AtomicBool::new(false) }
    }

    pub(crate) const fn made_at(kind: Kind, place: Place) -> Self {
        Self::new(kind, Some(Name::Place(place)))
    }

    pub(crate) const fn unplaced(kind: Kind) -> Self {
        Self::new(kind, None)
    }

    pub(crate) const fn named(kind: Kind, name: &'static str) -> Self {
        Self::new(kind, Some(Name::Given(name)))
    }

    /// What identifies it to threads that come from this place.
    #[inline]
    fn word(&self, place: Place) -> Word {
        match self.word.load(Ordering::Acquire) {
            0 => self.first_use(place),
            word => Word(word),
        }
    }

    #[cold]
    fn first_use(&self, place: Place) -> Word {
        let word = Word::of(self.class(place, 0), world::next_instance()).0;
        // Another thread may be first.
        let _ = self.word.compare_exchange(0, word, Ordering::SeqCst, Ordering::SeqCst);
        if self.of_allocator.load(Ordering::SeqCst) {
            self.mark_word();
        }
        Word(self.word.load(Ordering::Relaxed))
    }

    /// The record of this thread. None inside the checker, which takes the lock unchecked.
    #[inline]
    fn record(&self) -> Option<&'static Record> {
        match local::current() {
            Some(record) => Some(record),
            None => self.taken_by_checker(),
        }
    }

    /// If the checker takes the lock, then as it allocates.
    #[cold]
    fn taken_by_checker(&self) -> Option<&'static Record> {
        if own::is_checking() && !self.of_allocator.swap(true, Ordering::SeqCst) {
            self.mark_word();
        }
        None
    }

    fn mark_word(&self) {
        let word = self.word.load(Ordering::SeqCst);
        if word != 0 {
            self.word.fetch_or(Word(word).of_allocator().0, Ordering::Relaxed);
        }
    }

    fn class(&self, place: Place, subclass: u32) -> &'static Class {
        let name = match self.name {
            // Made by a function that was passed to one of the standard library, as in `map(Mutex::new)`.
            Some(Name::Place(made)) if made.file().starts_with("/rustc/") => Name::Place(place),
            Some(name) => name,
            None => Name::Place(place),
        };
        let in_allocator = || own::record().is_some_and(Record::is_in_allocator);
        let allocate = !self.of_allocator.load(Ordering::Relaxed) && !in_allocator();
        own::unwatched(|| Class::of(Origin { kind: self.kind, name, subclass }, allocate))
    }

    /// Takes the lock with `try_now` if it is free. Otherwise waits for it with `block`.
    #[inline(always)]
    pub(crate) fn acquire(&self, mode: Mode, place: Place, try_now: impl FnOnce() -> bool, block: impl FnOnce()) {
        match self.record() {
            Some(record) => {
                let lock = self.word(place).held(mode);
                let outcome = acquire_as(record, lock, place, false, try_now, block);
                take(record, lock, place, outcome);
            }
            None => block(),
        }
    }

    /// The same, for a lock whose class is told apart from that of other locks made at the same place.
    pub(crate) fn acquire_nested(
        &self,
        subclass: u32,
        mode: Mode,
        place: Place,
        try_now: impl FnOnce() -> bool,
        block: impl FnOnce(),
    ) {
        let Some(record) = self.record() else { return block() };
        let lock = self.word(place).held(mode).with_class(self.class(place, subclass));
        let outcome = acquire_as(record, lock, place, false, try_now, block);
        take(record, lock, place, outcome);
    }

    /// A try in steps, for locks whose guards are values.
    #[inline]
    pub(crate) fn ask_to_try(&self, mode: Mode, place: Place) -> Asked {
        // Before the lock is taken, as both may allocate, and the lock may be that of the allocator.
        Asked(self.record().map(|record| (record, self.word(place).held(mode), place)))
    }

    /// The same in steps, for locks whose guards are values.
    #[inline(always)]
    pub(crate) fn ask_to_take(&self, subclass: u32, mode: Mode, place: Place) -> Asked {
        let Some(record) = self.record() else { return Asked(None) };
        let mut lock = self.word(place).held(mode);
        if subclass > 0 {
            lock = lock.with_class(self.class(place, subclass));
        }
        ask(record, lock, place, Wait::Block, false);
        Asked(Some((record, lock, place)))
    }

    /// Takes the lock with `try_now` if it is free. Otherwise waits for it with `wait`, which may give up.
    #[inline]
    pub(crate) fn acquire_timed(
        &self,
        mode: Mode,
        place: Place,
        try_now: impl FnOnce() -> bool,
        wait: impl FnOnce() -> bool,
    ) -> bool {
        let Some(record) = self.record() else { return wait() };
        let lock = self.word(place).held(mode);
        ask(record, lock, place, Wait::Timed, false);
        let (taken, outcome) = if try_now() { (true, Outcome::Acquired) } else { sleep(record, lock, place, wait) };
        match outcome {
            _ if taken => take(record, lock, place, outcome),
            Outcome::Contended(waited) if switch::is_on() => {
                count(record, lock, place, Outcome::TimedOut(waited));
            }
            _ => {}
        }
        local::settle(record);
        taken
    }

    /// Takes the lock with `try_now`, if it is free.
    #[inline]
    pub(crate) fn try_acquire(&self, mode: Mode, place: Place, try_now: impl FnOnce() -> bool) -> bool {
        let asked = self.ask_to_try(mode, place);
        let taken = try_now();
        if taken {
            asked.taken();
        } else {
            asked.failed();
        }
        taken
    }

    /// Becomes the only holder of a lock that this thread holds upgradable.
    pub(crate) fn upgrade(&self, place: Place, try_now: impl FnOnce() -> bool, block: impl FnOnce()) {
        let Some(record) = local::current() else { return block() };
        let lock = self.word(place).held(Mode::Exclusive);
        acquire_as(record, lock, place, true, try_now, block);
        self.changed(Mode::Upgradable, Mode::Exclusive, place);
    }

    /// The same with a wait that may give up.
    pub(crate) fn upgrade_timed(&self, place: Place, wait: impl FnOnce() -> bool) -> bool {
        let Some(record) = local::current() else { return wait() };
        let lock = self.word(place).held(Mode::Exclusive);
        ask(record, lock, place, Wait::Timed, true);
        let asleep = Asleep::new(Some(record), lock, place);
        let upgraded = wait();
        drop(asleep);
        if upgraded {
            self.changed(Mode::Upgradable, Mode::Exclusive, place);
        }
        upgraded
    }

    /// Notes that this thread has taken the lock.
    #[inline]
    pub(crate) fn held(&self, mode: Mode, place: Place) {
        if let Some(record) = local::current() {
            take(record, self.word(place).held(mode), place, Outcome::Acquired);
        }
    }

    /// The same, for those that release a lock that they cannot reach.
    #[inline]
    pub(crate) fn taken(&self, mode: Mode, place: Place) -> Taken {
        let Some(record) = local::current() else { return Taken(None) };
        let lock = self.word(place).held(mode);
        let slept = if switch::is_on() { record.take_sleep(lock) } else { None };
        take(record, lock, place, slept.map_or(Outcome::Acquired, Outcome::Contended));
        Taken(Some(lock))
    }

    /// Notes that this thread has asked for the lock and does not get it.
    pub(crate) fn given_up(&self, mode: Mode, place: Place) {
        if switch::is_on()
            && let Some(record) = local::current()
        {
            let lock = self.word(place).held(mode);
            count(record, lock, place, record.take_sleep(lock).map_or(Outcome::Failed, Outcome::TimedOut));
            local::settle(record);
        }
    }

    /// To be called before the lock is released.
    #[inline]
    pub(crate) fn release(&self, mode: Mode) {
        Taken(Some(Word(self.word.load(Ordering::Relaxed)).held(mode))).release();
    }

    /// The same for a lock that was taken in either of the two modes of readers.
    #[inline]
    pub(crate) fn release_shared(&self) {
        if let Some(record) = local::current() {
            let lock = Word(self.word.load(Ordering::Relaxed));
            if switch::is_on() {
                count_hold(record, lock.held(Mode::Shared));
                count_hold(record, lock.held(Mode::Recursive));
            }
            if !record.pop(lock.held(Mode::Shared)) && !record.pop(lock.held(Mode::Recursive)) {
                released_for_another(lock);
            }
            local::settle(record);
        }
    }

    /// The thread holds the lock in another mode now.
    pub(crate) fn changed(&self, from: Mode, to: Mode, place: Place) {
        self.release(from);
        if let Some(record) = local::current() {
            // It was counted as it was taken.
            record.push(self.word(place).held(to), place);
        }
    }

    /// Waits with `wait` until another thread brings the event about.
    pub(crate) fn wait<R>(&self, how: Wait, place: Place, wait: impl FnOnce() -> R) -> R {
        let Some(record) = local::current() else { return wait() };
        let event = self.word(place).held(Mode::Exclusive);
        ask(record, event, place, how, false);
        let mut asleep = Asleep::new(Some(record), event, place);
        let result = wait();
        asleep.wake();
        result
    }

    /// Waits with `wait`, which releases the lock and takes it again. The class stays the one that it is held under.
    pub(crate) fn released_during<R>(&self, mode: Mode, place: Place, wait: impl FnOnce() -> R) -> R {
        let Some(record) = self.record() else { return wait() };
        let lock = self.word(place).held(mode);
        let lock = record.last_hold_of(lock.instance()).unwrap_or(lock);
        Taken(Some(lock)).release();
        self.ask_again(lock, place);
        let result = wait();
        if let Some(record) = self.record() {
            take(record, lock, place, Outcome::Acquired);
        }
        result
    }

    fn ask_again(&self, lock: Word, place: Place) {
        if let Some(record) = self.record() {
            ask(record, lock, place, Wait::Block, false);
        }
    }

    /// Lets threads that wait for the lock have it in between, with `bump`, which takes it again.
    pub(crate) fn bump(&self, mode: Mode, place: Place, bump: impl FnOnce()) {
        self.released_during(mode, place, || {
            let mut asleep = self.sleep(mode, place);
            bump();
            asleep.wake();
        });
    }

    /// The thread sleeps for the lock until the value returned is dropped.
    pub(crate) fn sleep(&self, mode: Mode, place: Place) -> Asleep {
        Asleep::new(local::current(), self.word(place).held(mode), place)
    }

    /// To be called before this thread waits, as long as it takes, to be the only holder of a lock that has readers. A
    /// writer that gives up lets the readers behind it go on.
    #[inline]
    pub(crate) fn writes(&self, place: Place) {
        if let Some(record) = local::current() {
            let lock = self.word(place).held(Mode::Exclusive);
            // Each lock of its own only where readers nest them: a map of many locks has a writer for each.
            let nests = lock.class().is_some_and(Class::nests);
            let wanted = if nests { lock.0 } else { lock.without_instance() };
            let chain = Chain::new(record, wanted, WRITES).and_held(record, record.depth());
            if !record.knows(chain.0) && !record.is_in_allocator() {
                world::learn_writer(record, lock, place);
                record.learn(chain.0);
            }
            local::settle(record);
        }
    }

    /// To be called before this thread waits for something of which the checker sees no more.
    #[inline]
    pub(crate) fn ask(&self, mode: Mode, how: Wait, place: Place) {
        if how != Wait::Try
            && let Some(record) = local::current()
        {
            ask(record, self.word(place).held(mode), place, how, false);
            local::settle(record);
        }
    }

    /// The time of the checker, for [`notify_since`](Self::notify_since).
    pub(crate) fn now() -> u64 {
        local::current().map_or(0, notification::now)
    }

    /// To be called before this thread brings the event about.
    pub(crate) fn notify(&self, place: Place) {
        self.notify_since(0, place);
    }

    /// The same for an event that was made at a time. What a thread took before is of no matter to those that wait.
    /// Returns whether that was new.
    pub(crate) fn notify_since(&self, since: u64, place: Place) -> bool {
        let Some(record) = local::current() else { return false };
        let event = self.word(place).held(Mode::Exclusive);
        let chain = Chain::new(record, event.0, NOTIFIES).and_held(record, record.depth());
        let chain = record.recent().fold(chain, Chain::and);
        let is_new = !record.knows(chain.0) && !record.is_in_allocator();
        if is_new {
            notification::learn_notification(record, event, place, since);
            record.learn(chain.0);
        }
        local::settle(record);
        is_new
    }
}

/// Waits that say what comes before what.
impl Tracker {
    /// To be called before this thread wakes those that wait for a signal.
    pub(crate) fn signal(&self, place: Place) {
        if self.notify_since(0, place)
            && let Some(record) = local::current()
        {
            notification::signalled(record, self.word(place));
            local::settle(record);
        }
    }

    /// Waits with `wait` for a signal.
    pub(crate) fn wait_for_signal<R>(&self, how: Wait, place: Place, wait: impl FnOnce() -> R) -> R {
        let result = self.wait(how, place, wait);
        if how == Wait::Block {
            self.took(Rule::Signals, true, place);
        }
        result
    }

    /// To be called before this thread gives a thing of an event that was made at a time.
    pub(crate) fn give(&self, rule: Rule, since: u64, place: Place) {
        let Some(record) = local::current() else { return };
        notification::learn_giving(record, self.word(place).held(Mode::Exclusive), place, since, rule);
        local::settle(record);
    }

    /// Waits with `wait` for the next thing.
    pub(crate) fn wait_for_next<R>(&self, rule: Rule, how: Wait, place: Place, wait: impl FnOnce() -> R) -> R {
        let Some(record) = local::current() else { return wait() };
        let event = self.word(place).held(Mode::Exclusive);
        if record.depth() > 0 {
            notification::learn_turn(record, event, place, how, rule);
        }
        let asleep = Asleep::new(Some(record), event, place);
        let result = wait();
        drop(asleep);
        local::settle(record);
        result
    }

    /// This thread took a thing. `is_certain` says that it would not have gone on without.
    pub(crate) fn took(&self, rule: Rule, is_certain: bool, place: Place) {
        let Some(record) = local::current() else { return };
        notification::took(record, self.word(place).held(Mode::Exclusive), place, rule, is_certain);
        local::settle(record);
    }

    /// This thread gives up one of the ends that can give.
    pub(crate) fn leaves(&self, rule: Rule, place: Place) {
        let Some(record) = local::current() else { return };
        notification::left(record, self.word(place), rule);
        local::settle(record);
    }

    /// This thread was told that no end is left that can give.
    pub(crate) fn all_left(&self, rule: Rule, place: Place) {
        let Some(record) = local::current() else { return };
        notification::all_left(record, self.word(place), rule);
        local::settle(record);
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        let lock = Word(*self.word.get_mut());
        if lock.0 == 0 {
            return;
        }
        // A guard was leaked. Nothing can want the lock any more.
        if let Some(record) = own::record_at_hand()
            && record.depth() > 0
        {
            record.forget(lock.instance());
        }
        // Where instances count, what was learned of this one can be part of no further cycle.
        match lock.class() {
            Some(_) if lock.is_event() => world::end_event(lock.instance()),
            Some(class) if class.nests() => world::forget_lock(class, lock.instance()),
            _ => {}
        }
    }
}

/// A lock that a thread has asked for. Without a record it is inside the checker.
pub(crate) struct Asked(Option<(&'static Record, Word, Place)>);

impl Asked {
    /// It was free, and the thread has it.
    #[inline(always)]
    pub(crate) fn taken(self) {
        if let Some((record, lock, place)) = self.0 {
            take(record, lock, place, Outcome::Acquired);
        }
    }

    /// It was not free, and the thread does not wait.
    pub(crate) fn failed(self) {
        if let Some((record, lock, place)) = self.0 {
            if switch::is_on() {
                count(record, lock, place, Outcome::Failed);
            }
            local::settle(record);
        }
    }

    /// The thread has it after it has waited with `wait`.
    #[cold]
    pub(crate) fn taken_after<R>(self, wait: impl FnOnce() -> R) -> R {
        let Some((record, lock, place)) = self.0 else { return wait() };
        let (result, outcome) = sleep(record, lock, place, wait);
        take(record, lock, place, outcome);
        result
    }
}

/// A lock that a thread has taken. Without a word it was taken inside the checker.
#[derive(Debug)]
pub(crate) struct Taken(Option<Word>);

impl Taken {
    #[inline(always)]
    pub(crate) fn release(self) {
        if let (Some(lock), Some(record)) = (self.0, local::current()) {
            if switch::is_on() {
                count_hold(record, lock);
            }
            if !record.pop(lock) {
                released_for_another(lock);
            }
            local::settle(record);
        }
    }
}

#[inline(always)]
fn take(record: &'static Record, lock: Word, place: Place, outcome: Outcome) {
    record.push(lock, place);
    record.note_recent(lock, place);
    if switch::is_on() {
        count(record, lock, place, outcome);
    }
}

/// The thread releases what it does not hold.
#[cold]
fn released_for_another(lock: Word) {
    if !lock.is_of_allocator() {
        world::released_for_another(lock.instance());
    }
}

/// Counts how an acquisition went.
#[inline]
fn count(record: &'static Record, lock: Word, place: Place, outcome: Outcome) {
    let waited = matches!(outcome, Outcome::Contended(_) | Outcome::TimedOut(_));
    if waited || !record.count(lock, place, outcome, false) {
        count_with_memory(record, lock, place, outcome);
    }
}

/// The same where it may need memory.
#[cold]
fn count_with_memory(record: &'static Record, lock: Word, place: Place, outcome: Outcome) {
    let allocate = !record.is_in_allocator();
    own::unwatched(|| record.count(lock, place, outcome, allocate));
}

/// Notes how long the lock was held that is going to be released, if its hold is timed.
#[inline]
fn count_hold(record: &'static Record, lock: Word) {
    if let Some(since) = record.timed_since(lock) {
        count_hold_since(record, since);
    }
}

#[cold]
fn count_hold_since(record: &'static Record, since: u64) {
    let allocate = !record.is_in_allocator();
    own::unwatched(|| record.count_hold(since, allocate));
}

#[inline(always)]
fn acquire_as(
    record: &'static Record,
    lock: Word,
    place: Place,
    upgrades: bool,
    try_now: impl FnOnce() -> bool,
    block: impl FnOnce(),
) -> Outcome {
    ask(record, lock, place, Wait::Block, upgrades);
    if try_now() { Outcome::Acquired } else { sleep(record, lock, place, block).1 }
}

/// Waits with `wait`. Says how long that took, if threads count.
#[cold]
fn sleep<R>(record: &'static Record, lock: Word, place: Place, wait: impl FnOnce() -> R) -> (R, Outcome) {
    let begun = if switch::is_on() { time::now() } else { 0 };
    let asleep = Asleep::new(Some(record), lock, place);
    let result = wait();
    drop(asleep);
    let waited = if begun > 0 { time::now() - begun } else { 0 };
    (result, Outcome::Contended(waited))
}

/// The thread asks for a lock and is going to wait if it is not free.
#[inline(always)]
fn ask(record: &'static Record, lock: Word, place: Place, wait: Wait, upgrades: bool) {
    let depth = record.depth();
    if depth > 0 {
        // Where one lock is held, its class and the wanted class decide. The same classes can be other locks: that
        // matters where a further lock keeps threads apart, and where locks of one class or events are compared.
        let first = record.held(0);
        let differ = first.instance() != lock.instance() && !first.same_class(lock);
        let by_class = depth == 1 && differ && !first.is_event() && !lock.is_event();
        let how = wait as u64 | u64::from(upgrades) << 2;
        let chain = if by_class {
            Chain::new(record, lock.without_instance(), how).and(first.without_instance())
        } else {
            Chain::new(record, lock.0, how).and_held(record, depth)
        };
        if !record.knows(chain.0) {
            look(record, lock, place, wait, upgrades, chain);
        }
    }
}

/// Looks at a chain that the thread has not seen before.
#[cold]
fn look(record: &'static Record, lock: Word, place: Place, wait: Wait, upgrades: bool, chain: Chain) {
    if !record.is_in_allocator() {
        if !world::learn(record, lock, place, wait, upgrades) {
            return;
        }
    } else if upgrades || !record.learn_later(lock, place, wait) {
        return;
    }
    record.learn(chain.0);
}

/// What a chain is about, besides `wait` and `upgrades`.
const WRITES: u64 = 1 << 3;
const NOTIFIES: u64 = 1 << 4;

/// What a thread holds and wants, as one number.
struct Chain(u64);

impl Chain {
    #[inline]
    fn new(record: &Record, wanted: u64, how: u64) -> Self {
        Self(record.generation() ^ how).and(wanted)
    }

    /// One step of FxHash.
    #[inline]
    fn and(self, number: u64) -> Self {
        Self((self.0.rotate_left(26) ^ number).wrapping_mul(0x517c_c1b7_2722_0a95))
    }

    #[inline]
    fn and_held(mut self, record: &Record, depth: usize) -> Self {
        for at in 0..depth {
            self = self.and(record.held(at).0);
        }
        self
    }
}

/// A thread that sleeps. Without a record it is inside the checker.
#[derive(Debug)]
pub(crate) struct Asleep {
    record: Option<&'static Record>,
    lock: Word,
    since: u64,
    /// The thread sleeps for something else already, and for this on the way. The first one is shown.
    inner: bool,
}

impl Asleep {
    fn new(record: Option<&'static Record>, lock: Word, place: Place) -> Self {
        let (since, inner) = (time::now(), record.is_some_and(Record::is_waiting));
        if let Some(record) = record.filter(|_| !inner) {
            record.set_waits(lock, place, since);
            world::falls_asleep();
        }
        Self { record, lock, since, inner }
    }

    /// The thread is awake, and does not ask for the lock any more.
    pub(crate) fn wake(&mut self) {
        if let Some(record) = self.record {
            if switch::is_on() {
                record.note_sleep(self.lock, self.since);
            }
            self.end();
            local::settle(record);
        }
    }

    fn end(&mut self) {
        if let Some(record) = self.record.take().filter(|_| !self.inner) {
            record.clear_waits();
        }
    }
}

impl Drop for Asleep {
    fn drop(&mut self) {
        self.end();
    }
}
