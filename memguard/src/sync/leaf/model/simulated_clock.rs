//! The clock of a simulated run on shuttle, and the threads that sleep until a moment of it.
//!
//! It stands still until the run moves it. So the run decides when a wait times out, and the same run makes the same
//! waits time out. Without a clock, waits are as [`Timed`](super::model_control::Timed) says.
//!
//! All threads of a run are on one thread of the system, so the clock is one of that thread.

use super::on_shuttle::Sleeper;
use std::cell::RefCell;
use std::time::Duration;

std::thread_local! { static CLOCK: RefCell<Option<Clock>> = const { RefCell::new(None) }; }

#[derive(Default)]
struct Clock {
    now: Moment,
    asleep: Vec<(Moment, Sleeper)>,
}

/// Time since the start of the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(Duration);

impl Moment {
    /// None if there is no clock, or if the moment never comes.
    pub(super) fn after(timeout: Duration) -> Option<Self> {
        CLOCK.with_borrow(|clock| clock.as_ref()?.now.0.checked_add(timeout).map(Self))
    }

    /// Sleeps until it is woken, or until the clock has come to this moment.
    pub(super) fn sleep(self, sleeper: Sleeper) {
        with(|clock| clock.asleep.push((self, sleeper.clone())));
        sleeper.clone().sleep();
        with(|clock| clock.asleep.retain(|(_, other)| *other != sleeper));
    }
}

/// Starts a clock for the models that run on this thread of the system from now on.
pub fn start() {
    CLOCK.set(Some(Clock::default()));
}

/// There is no clock any more. Threads that sleep until a moment sleep until they are woken.
pub fn stop() {
    CLOCK.set(None);
}

/// Moves the clock by this much. Wakes nobody: see [`expire`].
pub fn pass(time: Duration) {
    with(|clock| clock.now.0 = clock.now.0.saturating_add(time));
}

/// How long it is until the first thread that sleeps must be woken. Zero if its moment has come. None if no thread
/// sleeps until a moment.
pub fn until_first() -> Option<Duration> {
    with(|clock| {
        let first = clock.asleep.iter().map(|&(moment, _)| moment).min()?;
        Some(first.0.saturating_sub(clock.now.0))
    })
}

/// Wakes all threads whose moment has come. Call it in a thread of the model.
pub fn expire() {
    with(|clock| {
        let due = clock.asleep.extract_if(.., |(moment, _)| *moment <= clock.now);
        due.for_each(|(_, sleeper)| sleeper.wake());
    });
}

/// There is no step inside, so no other thread of the model comes in between.
fn with<T: Default>(then: impl FnOnce(&mut Clock) -> T) -> T {
    CLOCK.with_borrow_mut(|clock| clock.as_mut().map(then).unwrap_or_default())
}
