//! A value that one thread visits, and whose owner can end the visits.
//!
//! | state | meaning |
//! |---|---|
//! | `FREE` | no thread is inside |
//! | `INSIDE` | the visitor is inside |
//! | `ENDED` | the visits have ended. If the visitor was inside, its owner waits for it to leave |
//! | `LEFT` | the visitor is inside and has ended the visits itself. It drops the value as it leaves |
//! | `OVER` | the visits have ended, and the visitor has left since |

use super::drop::{OnDrop, impl_drop};
use super::leaf::{self, Futex, cell};
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

const FREE: u32 = 0;
const INSIDE: u32 = 1;
const ENDED: u32 = 2;
const LEFT: u32 = 3;
const OVER: u32 = 4;

/// The value and its state. Only one thread visits it, and only its owner ends the visits, once.
pub(crate) struct Visited<T> {
    state: Futex,
    /// The visitor reaches it while it is inside, the owner when the visits are over.
    value: cell::UnsafeCell<Option<T>>,
    /// The number of the thread that is inside, else 0. A thread compares it with its own number only.
    visitor: AtomicU32,
}

// SAFETY: `state` decides which thread reaches the value: the visitor as `&T`, or one thread as its owner.
unsafe impl<T: Send + Sync> Sync for Visited<T> {}
// SAFETY: sending it sends the value.
unsafe impl<T: Send> Send for Visited<T> {}

impl<T> Visited<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { state: Futex::new(FREE), value: cell::UnsafeCell::new(Some(value)), visitor: AtomicU32::new(0) }
    }

    /// Visits the value, unless the visits are over.
    pub(crate) fn visit(&self, look: impl FnOnce(&T)) {
        if self.state.compare_exchange(FREE, INSIDE, Ordering::Acquire, Ordering::Relaxed).is_err() {
            return;
        }
        self.visitor.store(leaf::thread_number(), Ordering::Relaxed);
        // Dropped last: the owner may take the value as soon as this thread has left.
        let _inside = Inside(self);
        let value = self.value.get();
        // SAFETY: this thread is inside, so the owner takes the value only when it has left.
        if let Some(value) = unsafe { value.deref() } {
            look(value);
        }
    }

    /// Ends the visits, and waits until the visitor has left. Returns the value. `None` if the visitor itself calls
    /// this: then it drops the value as it leaves. To be called once.
    pub(crate) fn end(&self) -> Option<T> {
        if self.state.swap(ENDED, Ordering::AcqRel) == INSIDE {
            if self.visitor.load(Ordering::Relaxed) == leaf::thread_number() {
                self.state.swap(LEFT, Ordering::Relaxed);
                return None;
            }
            // Not a load: a load may be late, and this thread would look again without a sleep.
            while self.state.fetch_add(0, Ordering::Acquire) == ENDED {
                self.state.wait_while(ENDED, None);
            }
        }
        let value = self.value.get_mut();
        // SAFETY: no visitor is inside, and none comes. No other thread is here, because there is one owner.
        unsafe { value.deref() }.take()
    }
}

/// The visitor is inside until this is dropped.
struct Inside<'v, T>(&'v Visited<T>);

impl<T> OnDrop for Inside<'_, T> {
    fn on_drop(&mut self) {
        let Visited { state, value, visitor } = self.0;
        visitor.store(0, Ordering::Relaxed);
        // It fails only if the visits have ended, and by this thread only if it was `LEFT`.
        match state.compare_exchange(INSIDE, FREE, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => {}
            Err(LEFT) => {
                let value = value.get_mut();
                // SAFETY: this thread ended the visits while it was inside, so it has the value of the owner.
                drop(unsafe { value.deref() }.take());
            }
            Err(_) => {
                state.swap(OVER, Ordering::Release);
                state.wake(1);
            }
        }
    }
}

impl_drop!(Inside<'_, T>, T);

impl<T> fmt::Debug for Visited<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Visited")
    }
}

#[cfg(all(test, not(all(feature = "models", any(loom, shuttle)))))]
mod tests {
    use super::{ENDED, Ordering, Visited};
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use std::thread;

    /// The value stays until the visitor has left, and no visit comes later.
    #[test]
    fn an_end_waits_for_the_visitor() {
        let value = Arc::new(());
        let visited = Visited::new(Arc::clone(&value));
        let (entered, may_leave) = (channel(), channel());
        let (visited, entered_sender) = (&visited, entered.0);
        thread::scope(|scope| {
            scope.spawn(move || {
                visited.visit(|value| {
                    entered_sender.send(()).unwrap();
                    may_leave.1.recv().unwrap();
                    while visited.state.load(Ordering::Relaxed) != ENDED {
                        thread::yield_now();
                    }
                    // An owner that does not wait takes the value now.
                    (0..1000).for_each(|_| thread::yield_now());
                    assert_eq!(Arc::strong_count(value), 2, "the value was taken during a visit");
                });
            });
            entered.1.recv().unwrap();
            let ends = scope.spawn(|| visited.end().map(drop));
            may_leave.0.send(()).unwrap();
            assert!(ends.join().unwrap().is_some());
        });
        assert_eq!(Arc::strong_count(&value), 1);
        visited.visit(|_| panic!("a visit after the end"));
    }

    /// The visitor can end the visits itself. It does not wait for itself, and the value goes when it leaves.
    #[test]
    fn the_visitor_may_end_its_visits() {
        let value = Arc::new(());
        let visited = Visited::new(Arc::clone(&value));
        visited.visit(|inside| {
            assert!(visited.end().is_none());
            assert_eq!(Arc::strong_count(inside), 2, "the value was dropped during a visit");
        });
        assert_eq!(Arc::strong_count(&value), 1);
        visited.visit(|_| panic!("a visit after the end"));
    }
}
