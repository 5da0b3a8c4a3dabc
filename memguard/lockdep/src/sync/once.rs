//! Initialisation that happens once.

use super::OnceState;
use crate::class::Kind;
use crate::mode::{Mode, Wait};
use crate::place::Place;
use crate::tracker::{Initialised, Tracker};
use std::sync;

/// [`std::sync::Once`] with checks. The thread that initialises holds the `Once` meanwhile, as others wait for it.
///
/// ```
/// use memguard_lockdep::sync::Once;
/// static START: Once = Once::new();
/// START.call_once(|| println!("once"));
/// assert!(START.is_completed());
/// ```
#[derive(Debug)]
pub struct Once {
    tracker: Tracker,
    initialised: Initialised,
    inner: sync::Once,
}

impl Once {
    /// A `Once`. Its class is the place of this call.
    #[track_caller]
    #[allow(clippy::new_without_default, reason = "as in std")]
    pub const fn new() -> Self {
        Self {
            tracker: Tracker::made_at(Kind::Once, Place::caller()),
            initialised: Initialised::not_yet(),
            inner: sync::Once::new(),
        }
    }

    /// See [`std::sync::Once::call_once`].
    #[track_caller]
    pub fn call_once(&self, initialise: impl FnOnce()) {
        let place = Place::caller();
        self.call(place, || self.inner.call_once(|| self.during(place, initialise)));
    }

    /// See [`std::sync::Once::call_once_force`].
    #[track_caller]
    pub fn call_once_force(&self, initialise: impl FnOnce(&OnceState)) {
        let place = Place::caller();
        self.call(place, || self.inner.call_once_force(|state| self.during(place, || initialise(state))));
    }

    fn call(&self, place: Place, call: impl FnOnce()) {
        if self.initialised.could_wait() {
            self.tracker.ask(Mode::Exclusive, Wait::Block, place);
        }
        call();
        self.initialised.passed(&self.tracker);
    }

    fn during(&self, place: Place, initialise: impl FnOnce()) {
        during(&self.tracker, place, initialise);
        self.initialised.ends(&self.tracker);
    }

    /// See [`std::sync::Once::is_completed`].
    pub fn is_completed(&self) -> bool {
        self.inner.is_completed()
    }
}

/// [`std::sync::OnceLock`] with checks.
///
/// ```
/// use memguard_lockdep::sync::OnceLock;
/// static NAME: OnceLock<String> = OnceLock::new();
/// assert_eq!(NAME.get_or_init(|| "memguard".to_owned()), "memguard");
/// ```
#[derive(Debug)]
pub struct OnceLock<T> {
    tracker: Tracker,
    initialised: Initialised,
    inner: sync::OnceLock<T>,
}

impl<T> OnceLock<T> {
    /// A place for a value. Its class is the place of this call.
    #[track_caller]
    #[allow(clippy::new_without_default, reason = "the place of a default would be that of no caller")]
    pub const fn new() -> Self {
        Self {
            tracker: Tracker::made_at(Kind::Once, Place::caller()),
            initialised: Initialised::not_yet(),
            inner: sync::OnceLock::new(),
        }
    }

    /// See [`std::sync::OnceLock::get`].
    pub fn get(&self) -> Option<&T> {
        self.inner.get()
    }

    /// See [`std::sync::OnceLock::set`].
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        self.tracker.ask(Mode::Exclusive, Wait::Block, Place::caller());
        let result = self.inner.set(value).inspect(|()| self.initialised.ends(&self.tracker));
        self.initialised.passed(&self.tracker);
        result
    }

    /// See [`std::sync::OnceLock::get_or_init`].
    #[track_caller]
    pub fn get_or_init(&self, initialise: impl FnOnce() -> T) -> &T {
        let place = Place::caller();
        if self.initialised.could_wait() {
            self.tracker.ask(Mode::Exclusive, Wait::Block, place);
        }
        let value = self.inner.get_or_init(|| {
            let value = during(&self.tracker, place, initialise);
            self.initialised.ends(&self.tracker);
            value
        });
        self.initialised.passed(&self.tracker);
        value
    }

    /// See [`std::sync::OnceLock::into_inner`].
    pub fn into_inner(self) -> Option<T> {
        self.inner.into_inner()
    }
}

/// Runs the initialisation. The thread holds the lock meanwhile, also while a panic unwinds.
fn during<R>(tracker: &Tracker, place: Place, initialise: impl FnOnce() -> R) -> R {
    struct Release<'a>(&'a Tracker);
    impl Drop for Release<'_> {
        fn drop(&mut self) {
            self.0.release(Mode::Exclusive);
        }
    }
    tracker.held(Mode::Exclusive, place);
    let _release = Release(tracker);
    initialise()
}
