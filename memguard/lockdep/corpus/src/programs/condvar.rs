//! Waits for a notification while another lock is held.

use crate::program::{Program, bad, good};
use crate::schedule::Steps;
use crate::tool::{Need, Task, Threads, Tool};
use std::sync::Arc;
use std::time::Duration;

const CONDVAR: &[Need] = &[Need::Condvar];

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        bad("notifier_takes_what_the_waiter_holds", notifier_takes_what_the_waiter_holds::<T>).needs(CONDVAR),
        good("notifier_needs_no_lock", notifier_needs_no_lock::<T>).needs(CONDVAR),
        good("waiter_releases_first", waiter_releases_first::<T>).needs(CONDVAR),
        good("timed_wait", timed_wait::<T>).needs(CONDVAR),
        good("notifier_takes_it_afterwards", notifier_takes_it_afterwards::<T>).needs(CONDVAR),
        good("notifier_took_it_before_the_waiter_began", notifier_took_it_before_the_waiter_began::<T>)
            .needs(&[Need::Condvar, Need::Threads]),
        bad("notifier_inverts_the_mutex_itself", notifier_inverts_the_mutex_itself::<T>),
        bad("mutex_taken_again_under_an_inner_lock", mutex_taken_again_under_an_inner_lock::<T>),
        good("producer_and_consumer", producer_and_consumer::<T>).needs(CONDVAR),
        bad("waiter_reads_what_the_notifier_writes", waiter_reads_what_the_notifier_writes::<T>).needs(CONDVAR),
        good("both_read", both_read::<T>).needs(CONDVAR),
        bad("notifier_takes_many_locks_before", notifier_takes_many_locks_before::<T>).needs(CONDVAR),
        bad("both_notifiers_must_come", both_notifiers_must_come::<T>).needs(CONDVAR),
        good("second_notifier_needs_no_lock", second_notifier_needs_no_lock::<T>).needs(CONDVAR),
        bad("number_was_set_before", number_was_set_before::<T>).needs(CONDVAR),
        good("number_was_set_before_without_a_lock", number_was_set_before_without_a_lock::<T>).needs(CONDVAR),
        good("number_was_set_before_the_waiter_began", number_was_set_before_the_waiter_began::<T>)
            .needs(&[Need::Condvar, Need::Threads]),
        bad("mutex_could_be_taken_again_under_an_inner_lock", mutex_could_be_taken_again_under_an_inner_lock::<T>)
            .needs(CONDVAR),
    ]
}

/// A number to wait for.
pub(super) struct Number<T: Tool> {
    mutex: T::Mutex,
    changed: T::Condvar,
}

impl<T: Tool> Number<T> {
    #[track_caller]
    pub(super) fn new() -> Self {
        Self { mutex: T::mutex(), changed: T::condvar() }
    }

    /// Waits until the number is not 0. `ready` is called when nothing can get lost any more.
    pub(super) fn wait(&self, ready: impl Fn()) {
        let mut number = T::lock(&self.mutex);
        ready();
        while *number == 0 {
            number = T::wait(&self.changed, number);
        }
    }

    /// The same. In this run the number is set by now.
    pub(super) fn wait_while_unset(&self) {
        drop(T::wait_while(&self.changed, T::lock(&self.mutex), |number| number == 0));
    }

    pub(super) fn set(&self) {
        *T::lock(&self.mutex) = 1;
        T::notify_all(&self.changed);
    }
}

fn run<'a, T: Tool>(one: impl FnOnce() + Send + 'a, other: impl FnOnce() + Send + 'a) {
    let threads: Vec<Task<'a>> = vec![Box::new(one), Box::new(other)];
    T::Threads::scope(threads, || ());
}

/// Bad: the waiter keeps the outer lock as it waits, and the notifier needs it before it notifies.
fn notifier_takes_what_the_waiter_holds<T: Tool>() {
    let (outer, number, steps) = (T::mutex(), Number::<T>::new(), Steps::new::<T>());
    run::<T>(
        || {
            *T::lock(&outer) += 1;
            steps.done();
            steps.after(2);
            number.set();
        },
        || {
            steps.after(1);
            let _outer = T::lock(&outer);
            number.wait(|| steps.done());
        },
    );
}

/// Bad: the same, where the notifier takes two hundred other locks before it notifies.
fn notifier_takes_many_locks_before<T: Tool>() {
    let (outer, number, steps) = (T::mutex(), Number::<T>::new(), Steps::new::<T>());
    let others: Vec<T::Mutex> = (0..200).map(|_| T::mutex()).collect();
    run::<T>(
        || {
            *T::lock(&outer) += 1;
            others.iter().for_each(|other| *T::lock(other) += 1);
            steps.done();
            steps.after(2);
            number.set();
        },
        || {
            steps.after(1);
            let _outer = T::lock(&outer);
            number.wait(|| steps.done());
        },
    );
}

/// Good: the notifier takes another lock.
fn notifier_needs_no_lock<T: Tool>() {
    let (outer, other, number, steps) = (T::mutex(), T::mutex(), Number::<T>::new(), Steps::new::<T>());
    run::<T>(
        || {
            *T::lock(&other) += 1;
            steps.after(1);
            number.set();
        },
        || {
            let _outer = T::lock(&outer);
            number.wait(|| steps.done());
        },
    );
}

/// Good: the waiter releases the outer lock before it waits.
fn waiter_releases_first<T: Tool>() {
    let (outer, number, steps) = (T::mutex(), Number::<T>::new(), Steps::new::<T>());
    run::<T>(
        || {
            *T::lock(&outer) += 1;
            steps.after(1);
            number.set();
        },
        || {
            *T::lock(&outer) += 1;
            number.wait(|| steps.done());
        },
    );
}

/// Good: the wait ends at its timeout, and the notifier gets the outer lock.
fn timed_wait<T: Tool>() {
    let (outer, number, steps) = (T::mutex(), Number::<T>::new(), Steps::new::<T>());
    run::<T>(
        || {
            *T::lock(&outer) += 1;
            steps.done();
            number.set();
        },
        || {
            steps.after(1);
            let _outer = T::lock(&outer);
            let guard = T::lock(&number.mutex);
            drop(T::wait_for(&number.changed, guard, Duration::from_millis(1)));
        },
    );
}

/// Good: the notifier needs the outer lock only when it has notified.
fn notifier_takes_it_afterwards<T: Tool>() {
    let (outer, number, steps) = (T::mutex(), Number::<T>::new(), Steps::new::<T>());
    run::<T>(
        || {
            steps.after(1);
            number.set();
            *T::lock(&outer) += 1;
        },
        || {
            let _outer = T::lock(&outer);
            number.wait(|| steps.done());
        },
    );
}

/// Good: the notifier had released the outer lock before it made the waiter.
fn notifier_took_it_before_the_waiter_began<T: Tool>() {
    let shared = Arc::new((T::mutex(), Number::<T>::new(), Steps::new::<T>()));
    *T::lock(&shared.0) += 1;
    let waiter = shared.clone();
    let thread = T::Threads::spawn(move || {
        let (outer, number, steps) = &*waiter;
        let _outer = T::lock(outer);
        number.wait(|| steps.done());
    });
    shared.2.after(1);
    shared.1.set();
    T::Threads::join(thread);
}

/// Bad: the waiter takes the outer lock first, the notifier takes it under the mutex of the number.
fn notifier_inverts_the_mutex_itself<T: Tool>() {
    let (outer, number, steps) = (T::mutex(), Number::<T>::new(), Steps::new::<T>());
    run::<T>(
        || {
            let mut guard = T::lock(&number.mutex);
            let _outer = T::lock(&outer);
            *guard = 1;
            T::notify_all(&number.changed);
            steps.done();
        },
        || {
            steps.after(1);
            let _outer = T::lock(&outer);
            number.wait(|| ());
        },
    );
}

/// Bad: as the wait ends, the mutex is taken under the inner lock. Elsewhere the inner lock is taken under the mutex.
fn mutex_taken_again_under_an_inner_lock<T: Tool>() {
    let (inner, number, steps) = (T::mutex(), Number::<T>::new(), Steps::new::<T>());
    let threads: Vec<Task<'_>> = vec![
        Box::new(|| {
            let _number = T::lock(&number.mutex);
            let _inner = T::lock(&inner);
            steps.done();
        }),
        Box::new(|| {
            steps.after(1);
            let mut guard = T::lock(&number.mutex);
            let _inner = T::lock(&inner);
            steps.done();
            while *guard == 0 {
                guard = T::wait(&number.changed, guard);
            }
        }),
        Box::new(|| {
            steps.after(2);
            number.set();
        }),
    ];
    T::Threads::scope(threads, || ());
}

/// Good: nobody holds anything but the mutex that the wait releases.
fn producer_and_consumer<T: Tool>() {
    let (full, not_full, not_empty) = (T::mutex(), T::condvar(), T::condvar());
    run::<T>(
        || {
            for _ in 0..20 {
                let mut full = T::lock(&full);
                while *full == 1 {
                    full = T::wait(&not_full, full);
                }
                *full = 1;
                T::notify_all(&not_empty);
            }
        },
        || {
            for _ in 0..20 {
                let mut full = T::lock(&full);
                while *full == 0 {
                    full = T::wait(&not_empty, full);
                }
                *full = 0;
                T::notify_all(&not_full);
            }
        },
    );
}

/// Bad: the waiter reads as it waits, and the notifier needs to write.
fn waiter_reads_what_the_notifier_writes<T: Tool>() {
    let (outer, number, steps) = (T::rwlock(), Number::<T>::new(), Steps::new::<T>());
    run::<T>(
        || {
            *T::write(&outer) += 1;
            steps.done();
            steps.after(2);
            number.set();
        },
        || {
            steps.after(1);
            let _outer = T::read(&outer);
            number.wait(|| steps.done());
        },
    );
}

/// Good: the waiter and the notifier both read, and nobody writes.
fn both_read<T: Tool>() {
    let (outer, number, steps) = (T::rwlock(), Number::<T>::new(), Steps::new::<T>());
    run::<T>(
        || {
            drop(T::read(&outer));
            steps.after(1);
            number.set();
        },
        || {
            let _outer = T::read(&outer);
            number.wait(|| steps.done());
        },
    );
}

/// The notifier takes a lock before it notifies. Then the waiter waits under the outer lock for what holds by then.
fn set_before<T: Tool>(outer: &T::Mutex, of_notifier: &T::Mutex) {
    let (number, steps) = (Number::<T>::new(), Steps::new::<T>());
    run::<T>(
        || {
            *T::lock(of_notifier) += 1;
            number.set();
            steps.done();
        },
        || {
            steps.after(1);
            let _outer = T::lock(outer);
            number.wait_while_unset();
        },
    );
}

/// Bad: in another run the waiter comes first, and keeps the outer lock as it waits.
fn number_was_set_before<T: Tool>() {
    let outer = T::mutex();
    set_before::<T>(&outer, &outer);
}

/// Good: the notifier needs another lock.
fn number_was_set_before_without_a_lock<T: Tool>() {
    let (outer, other) = (T::mutex(), T::mutex());
    set_before::<T>(&outer, &other);
}

/// Good: the number is set before the waiter is made.
fn number_was_set_before_the_waiter_began<T: Tool>() {
    let shared = Arc::new((T::mutex(), Number::<T>::new()));
    *T::lock(&shared.0) += 1;
    shared.1.set();
    let waiter = shared.clone();
    T::Threads::join(T::Threads::spawn(move || {
        let _outer = T::lock(&waiter.0);
        waiter.1.wait_while_unset();
    }));
}

/// Bad: a wait that this run does not need would take the mutex again under the inner lock.
fn mutex_could_be_taken_again_under_an_inner_lock<T: Tool>() {
    let (inner, number, steps) = (T::mutex(), Number::<T>::new(), Steps::new::<T>());
    let threads: Vec<Task<'_>> = vec![
        Box::new(|| {
            number.set();
            steps.done();
        }),
        Box::new(|| {
            steps.after(1);
            let _number = T::lock(&number.mutex);
            let _inner = T::lock(&inner);
            steps.done();
        }),
        Box::new(|| {
            steps.after(2);
            let guard = T::lock(&number.mutex);
            let _inner = T::lock(&inner);
            drop(T::wait_while(&number.changed, guard, |number| number == 0));
        }),
    ];
    T::Threads::scope(threads, || ());
}

/// Good: one notifier needs the outer lock, but the other, which needs none, always comes.
fn second_notifier_needs_no_lock<T: Tool>() {
    let (outer, number, steps) = (T::mutex(), Number::<T>::new(), Steps::new::<T>());
    let threads: Vec<Task<'_>> = vec![
        Box::new(|| {
            *T::lock(&outer) += 1;
            steps.done();
            steps.after(2);
            number.set();
        }),
        Box::new(|| {
            steps.after(2);
            number.set();
        }),
        Box::new(|| {
            steps.after(1);
            let _outer = T::lock(&outer);
            number.wait(|| steps.done());
        }),
    ];
    T::Threads::scope(threads, || ());
}

/// Bad: the waiter needs both notifiers, and one of them needs the outer lock.
fn both_notifiers_must_come<T: Tool>() {
    let (outer, number, changed, steps) = (T::mutex(), T::mutex(), T::condvar(), Steps::new::<T>());
    let add = || {
        *T::lock(&number) += 1;
        T::notify_all(&changed);
    };
    let threads: Vec<Task<'_>> = vec![
        Box::new(|| {
            *T::lock(&outer) += 1;
            steps.done();
            steps.after(2);
            add();
        }),
        Box::new(|| {
            steps.after(2);
            add();
        }),
        Box::new(|| {
            steps.after(1);
            let _outer = T::lock(&outer);
            let mut number = T::lock(&number);
            steps.done();
            while *number < 2 {
                number = T::wait(&changed, number);
            }
        }),
    ];
    T::Threads::scope(threads, || ());
}
