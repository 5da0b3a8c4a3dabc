//! Waits for an initialisation that another thread does.

use crate::plain::unpoisoned;
use crate::program::{Program, bad, good};
use crate::schedule::in_turn;
use crate::tool::{Channels, Need, Onces, Threads, Tool};
use std::array;
use std::sync::{Arc, Mutex};

const ONCE: &[Need] = &[Need::Once];

type Once<T> = <<T as Tool>::Onces as Onces>::Once;

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        bad("initialiser_takes_what_the_caller_holds", initialiser_takes_what_the_caller_holds::<T>).needs(ONCE),
        good("initialiser_needs_no_lock", initialiser_needs_no_lock::<T>).needs(ONCE),
        good("caller_releases_first", caller_releases_first::<T>).needs(ONCE),
        bad("each_initialises_the_other", each_initialises_the_other::<T>).needs(ONCE),
        good("nested_in_one_order", nested_in_one_order::<T>).needs(ONCE),
        good("already_initialised", already_initialised::<T>).needs(ONCE),
        bad("initialiser_inverts_two_locks", initialiser_inverts_two_locks::<T>).needs(ONCE),
        good("passed_before_the_inversion", passed_before_the_inversion::<T>).needs(ONCE),
        good("passed_by_the_maker", passed_by_the_maker::<T>).needs(&[Need::Once, Need::Threads]),
        good("passed_by_the_sender_of_a_message", passed_by_the_sender_of_a_message::<T>)
            .needs(&[Need::Once, Need::Channel]),
        good("thread_works_for_the_initialiser", thread_works_for_the_initialiser::<T>)
            .needs(&[Need::Once, Need::Threads]),
        good("asked_for_again_under_the_lock", asked_for_again_under_the_lock::<T>).needs(ONCE),
        bad("inverted_before_it_passed", inverted_before_it_passed::<T>).needs(ONCE),
        bad("inverted_after_a_look", inverted_after_a_look::<T>).needs(ONCE),
        good("inverted_only_if_it_was_there", inverted_only_if_it_was_there::<T>).needs(ONCE),
        bad("another_one_was_passed", another_one_was_passed::<T>).needs(ONCE),
        bad("two_of_many_were_passed", two_of_many_were_passed::<T>).needs(&[Need::Once, Need::Threads]),
        bad("inverted_outside_of_the_initialiser", inverted_outside_of_the_initialiser::<T>).needs(ONCE),
        bad("made_before_it_was_passed", made_before_it_was_passed::<T>).needs(ONCE),
        good("initialiser_tries", initialiser_tries::<T>).needs(ONCE),
    ]
}

/// Bad: one thread holds the lock and waits for the initialiser, which waits for the lock.
fn initialiser_takes_what_the_caller_holds<T: Tool>() {
    let fields: [Once<T>; 2] = array::from_fn(|_| T::Onces::once());
    let mutex = T::mutex();
    in_turn::<T>(&[
        &|| {
            let _held = T::lock(&mutex);
            T::Onces::call_once(&fields[T::pick(2, 0) as usize], || ());
        },
        &|| T::Onces::call_once(&fields[T::pick(2, 1) as usize], || *T::lock(&mutex) += 1),
    ]);
}

/// Good: the initialiser takes no lock.
fn initialiser_needs_no_lock<T: Tool>() {
    let once = T::Onces::once();
    let mutex = T::mutex();
    let call = || {
        let _held = T::lock(&mutex);
        T::Onces::call_once(&once, || ());
    };
    in_turn::<T>(&[&call, &call]);
}

/// Good: nobody holds the lock as it waits for the initialiser.
fn caller_releases_first<T: Tool>() {
    let fields: [Once<T>; 2] = array::from_fn(|_| T::Onces::once());
    let mutex = T::mutex();
    in_turn::<T>(&[
        &|| {
            *T::lock(&mutex) += 1;
            T::Onces::call_once(&fields[T::pick(2, 0) as usize], || *T::lock(&mutex) += 1);
        },
        &|| T::Onces::call_once(&fields[T::pick(2, 1) as usize], || *T::lock(&mutex) += 1),
    ]);
}

/// Bad: each initialiser can wait for the other.
fn each_initialises_the_other<T: Tool>() {
    let left: [Once<T>; 2] = array::from_fn(|_| T::Onces::once());
    let right: [Once<T>; 2] = array::from_fn(|_| T::Onces::once());
    in_turn::<T>(&[
        &|| {
            let right = &right[T::pick(2, 0) as usize];
            T::Onces::call_once(&left[T::pick(2, 0) as usize], || T::Onces::call_once(right, || ()));
        },
        &|| {
            let left = &left[T::pick(2, 1) as usize];
            T::Onces::call_once(&right[T::pick(2, 1) as usize], || T::Onces::call_once(left, || ()));
        },
    ]);
}

/// Good: left is initialised by way of right, never the other way.
fn nested_in_one_order<T: Tool>() {
    let (left, right) = (T::Onces::once(), T::Onces::once());
    let call = || T::Onces::call_once(&left, || T::Onces::call_once(&right, || ()));
    in_turn::<T>(&[&call, &call]);
}

/// Good: the value is there before anybody asks for it under the lock.
fn already_initialised<T: Tool>() {
    let once = T::Onces::once();
    let mutex = T::mutex();
    T::Onces::call_once(&once, || *T::lock(&mutex) += 1);
    let call = || {
        let _held = T::lock(&mutex);
        T::Onces::call_once(&once, || ());
    };
    in_turn::<T>(&[&call, &call]);
}

/// Bad: the initialiser takes B before A, another thread takes A before B.
fn initialiser_inverts_two_locks<T: Tool>() {
    let once = T::Onces::once();
    let (a, b) = (T::mutex(), T::mutex());
    in_turn::<T>(&[
        &|| {
            let _a = T::lock(&a);
            let _b = T::lock(&b);
        },
        &|| {
            T::Onces::call_once(&once, || {
                let _b = T::lock(&b);
                let _a = T::lock(&a);
            });
        },
    ]);
}

fn forth<T: Tool>(a: &T::Mutex, b: &T::Mutex) {
    let _a = T::lock(a);
    let _b = T::lock(b);
}

/// Good: the initialiser has run when the other order begins.
fn passed_before_the_inversion<T: Tool>() {
    let (once, a, b) = (T::Onces::once(), T::mutex(), T::mutex());
    let call = || T::Onces::call_once(&once, || forth::<T>(&b, &a));
    in_turn::<T>(&[&call, &|| {
        call();
        forth::<T>(&a, &b);
    }]);
}

/// Good: the thread that takes the other order is made when the initialiser has run.
fn passed_by_the_maker<T: Tool>() {
    let shared = Arc::new((T::Onces::once(), T::mutex(), T::mutex()));
    let call = || T::Onces::call_once(&shared.0, || forth::<T>(&shared.2, &shared.1));
    in_turn::<T>(&[&call, &|| {
        call();
        let inside = shared.clone();
        T::Threads::join(T::Threads::spawn(move || forth::<T>(&inside.1, &inside.2)));
    }]);
}

/// Good: the thread that takes the other order is told to by one that has passed.
fn passed_by_the_sender_of_a_message<T: Tool>() {
    let shared = Arc::new((T::Onces::once(), T::mutex(), T::mutex()));
    let (tell, told) = T::Channels::channel();
    let inside = shared.clone();
    let thread = T::Threads::spawn(move || {
        assert_eq!(T::Channels::receive(&told), Some(1));
        forth::<T>(&inside.1, &inside.2);
    });
    let call = || T::Onces::call_once(&shared.0, || forth::<T>(&shared.2, &shared.1));
    let tell = Mutex::new(tell);
    in_turn::<T>(&[&call, &|| {
        call();
        T::Channels::send(&*unpoisoned(tell.lock()), 1);
    }]);
    T::Threads::join(thread);
}

/// Good: the initialiser waits for a thread of its own.
fn thread_works_for_the_initialiser<T: Tool>() {
    let shared = Arc::new((T::Onces::once(), T::mutex(), T::mutex()));
    let call = || {
        T::Onces::call_once(&shared.0, || {
            let inside = shared.clone();
            T::Threads::join(T::Threads::spawn(move || forth::<T>(&inside.2, &inside.1)));
        });
    };
    in_turn::<T>(&[&call, &|| {
        call();
        forth::<T>(&shared.1, &shared.2);
    }]);
}

/// Good: a thread asks under the lock that the initialiser needs, when it has passed.
fn asked_for_again_under_the_lock<T: Tool>() {
    let (once, mutex) = (T::Onces::once(), T::mutex());
    let call = || T::Onces::call_once(&once, || *T::lock(&mutex) += 1);
    in_turn::<T>(&[&call, &|| {
        call();
        let _held = T::lock(&mutex);
        call();
    }]);
}

/// Bad: the other order comes first, when the initialiser can still run.
fn inverted_before_it_passed<T: Tool>() {
    let (once, a, b) = (T::Onces::once(), T::mutex(), T::mutex());
    let call = || T::Onces::call_once(&once, || forth::<T>(&b, &a));
    in_turn::<T>(&[&call, &|| {
        forth::<T>(&a, &b);
        call();
    }]);
}

/// One thread initialises. The other one looks whether it has, and goes on to take the locks the other way or not.
fn after_a_look<T: Tool>(goes_on: fn(bool) -> bool) {
    let (once, a, b) = (T::Onces::once(), T::mutex(), T::mutex());
    in_turn::<T>(&[&|| T::Onces::call_once(&once, || forth::<T>(&b, &a)), &|| {
        if goes_on(T::Onces::is_initialised(&once)) {
            forth::<T>(&a, &b);
        }
    }]);
}

/// Bad: a look does not wait.
fn inverted_after_a_look<T: Tool>() {
    after_a_look::<T>(|_| true);
}

/// Good: the thread goes on only when the initialiser has run.
fn inverted_only_if_it_was_there<T: Tool>() {
    after_a_look::<T>(|is_there| is_there);
}

/// Bad: the initialiser that has run is another one of the same class.
fn another_one_was_passed<T: Tool>() {
    let onces: [Once<T>; 2] = array::from_fn(|_| T::Onces::once());
    let (a, b) = (T::mutex(), T::mutex());
    let call = |once| T::Onces::call_once(once, || forth::<T>(&b, &a));
    in_turn::<T>(&[&|| call(&onces[0]), &|| {
        call(&onces[1]);
        forth::<T>(&a, &b);
    }]);
}

/// Bad: of three initialisers of one class, the last one can still run.
fn two_of_many_were_passed<T: Tool>() {
    let onces: [Once<T>; 3] = array::from_fn(|_| T::Onces::once());
    let mutex = T::mutex();
    let call = |once: &Once<T>| T::Onces::call_once(once, || *T::lock(&mutex) += 1);
    in_turn::<T>(&[&|| onces.iter().for_each(call), &|| {
        onces[..2].iter().for_each(call);
        let _held = T::lock(&mutex);
        T::Onces::call_once(&onces[2], || ());
    }]);
}

/// Bad: what the thread of the initialiser does before and after is done by it alone.
fn inverted_outside_of_the_initialiser<T: Tool>() {
    let (once, a, b) = (T::Onces::once(), T::mutex(), T::mutex());
    let call = || T::Onces::call_once(&once, || *T::lock(&a) += 1);
    in_turn::<T>(&[
        &|| {
            forth::<T>(&b, &a);
            call();
        },
        &|| {
            call();
            forth::<T>(&a, &b);
        },
    ]);
}

/// Bad: the thread that takes the other order was made before its maker passed.
fn made_before_it_was_passed<T: Tool>() {
    let shared = Arc::new((T::Onces::once(), T::mutex(), T::mutex()));
    let call = || T::Onces::call_once(&shared.0, || forth::<T>(&shared.2, &shared.1));
    in_turn::<T>(&[&call, &|| {
        let inside = shared.clone();
        let thread = T::Threads::spawn(move || forth::<T>(&inside.1, &inside.2));
        call();
        T::Threads::join(thread);
    }]);
}

/// Good: the initialiser does not wait for the lock.
fn initialiser_tries<T: Tool>() {
    let fields: [Once<T>; 2] = array::from_fn(|_| T::Onces::once());
    let mutex = T::mutex();
    in_turn::<T>(&[
        &|| {
            let _held = T::lock(&mutex);
            T::Onces::call_once(&fields[T::pick(2, 0) as usize], || ());
        },
        &|| T::Onces::call_once(&fields[T::pick(2, 1) as usize], || drop(T::try_lock(&mutex))),
    ]);
}
