//! Waits for a message, and for room in a channel.

use crate::program::{Program, bad, good};
use crate::schedule::Steps;
use crate::tool::{Channels, Need, Threads, Tool};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const CHANNEL: &[Need] = &[Need::Channel];

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        bad("sender_takes_what_the_receiver_holds", sender_takes_what_the_receiver_holds::<T>).needs(CHANNEL),
        bad("sender_holds_it_as_it_sends", sender_holds_it_as_it_sends::<T>).needs(CHANNEL),
        good("sender_needs_no_lock", sender_needs_no_lock::<T>).needs(CHANNEL),
        good("receiver_releases_first", receiver_releases_first::<T>).needs(CHANNEL),
        bad("server_takes_what_the_client_holds", server_takes_what_the_client_holds::<T>).needs(CHANNEL),
        good("server_took_it_for_an_earlier_question", server_took_it_for_an_earlier_question::<T>).needs(CHANNEL),
        good("server_needs_no_lock", server_needs_no_lock::<T>).needs(CHANNEL),
        bad("last_sender_is_dropped_late", last_sender_is_dropped_late::<T>).needs(CHANNEL),
        bad("receiver_takes_what_the_sender_holds", receiver_takes_what_the_sender_holds::<T>).needs(CHANNEL),
        good("channel_with_room", channel_with_room::<T>).needs(CHANNEL),
        good("message_orders_two_threads", message_orders_two_threads::<T>).needs(CHANNEL),
        good("sender_takes_it_afterwards", sender_takes_it_afterwards::<T>).needs(CHANNEL),
    ]
}

/// Bad: the receiver keeps the lock as it waits, and the sender needs it before it sends.
fn sender_takes_what_the_receiver_holds<T: Tool>() {
    let (sender, receiver) = T::Channels::channel();
    let shared = Arc::new((T::mutex(), Steps::new::<T>()));
    let inside = shared.clone();
    let thread = T::Threads::spawn(move || {
        *T::lock(&inside.0) += 1;
        inside.1.done();
        inside.1.after(2);
        T::Channels::send(&sender, 1);
    });
    shared.1.after(1);
    let held = T::lock(&shared.0);
    shared.1.done();
    assert_eq!(T::Channels::receive(&receiver), Some(1));
    drop(held);
    T::Threads::join(thread);
}

/// Bad: the sender sends while it holds the lock that the receiver keeps.
fn sender_holds_it_as_it_sends<T: Tool>() {
    let (sender, receiver) = T::Channels::channel();
    let shared = Arc::new((T::mutex(), Steps::new::<T>()));
    let inside = shared.clone();
    let thread = T::Threads::spawn(move || {
        let number = T::lock(&inside.0);
        T::Channels::send(&sender, *number);
        drop(number);
        inside.1.done();
    });
    shared.1.after(1);
    let held = T::lock(&shared.0);
    assert_eq!(T::Channels::receive(&receiver), Some(0));
    drop(held);
    T::Threads::join(thread);
}

/// Good: the sender takes no lock.
fn sender_needs_no_lock<T: Tool>() {
    let (sender, receiver) = T::Channels::channel();
    let mutex = T::mutex();
    let thread = T::Threads::spawn(move || T::Channels::send(&sender, 1));
    let held = T::lock(&mutex);
    assert_eq!(T::Channels::receive(&receiver), Some(1));
    drop(held);
    T::Threads::join(thread);
}

/// Good: the receiver releases the lock before it waits.
fn receiver_releases_first<T: Tool>() {
    let (sender, receiver) = T::Channels::channel();
    let mutex = Arc::new(T::mutex());
    let inside = mutex.clone();
    let thread = T::Threads::spawn(move || T::Channels::send(&sender, *T::lock(&inside)));
    drop(T::lock(&mutex));
    assert_eq!(T::Channels::receive(&receiver), Some(0));
    T::Threads::join(thread);
}

/// Asks a server twice. The second time the client holds the mutex as it waits for the answer.
fn ask_a_server<T: Tool>(served: impl Fn(&T::Mutex) + Send + 'static) {
    let (ask, asked) = T::Channels::channel();
    let (answer, answered) = T::Channels::channel();
    let mutex = Arc::new(T::mutex());
    let inside = mutex.clone();
    let server = T::Threads::spawn(move || {
        while let Some(number) = T::Channels::receive(&asked) {
            served(&inside);
            T::Channels::send(&answer, number);
        }
    });
    T::Channels::send(&ask, 1);
    assert_eq!(T::Channels::receive(&answered), Some(1));
    let held = T::lock(&mutex);
    T::Channels::send(&ask, 2);
    assert_eq!(T::Channels::receive(&answered), Some(2));
    drop(held);
    drop(ask);
    T::Threads::join(server);
}

/// Bad: the server may need the client's lock for any question. In this run it needs it for the first one only.
fn server_takes_what_the_client_holds<T: Tool>() {
    let asked = AtomicU32::new(0);
    ask_a_server::<T>(move |mutex| {
        let first = asked.fetch_add(1, Ordering::Relaxed) == 0;
        if first || T::pick(2, 0) == 1 {
            *T::lock(mutex) += 1;
        }
    });
}

/// Good: the server takes the client's lock for the first question only, and for that one the client holds nothing.
fn server_took_it_for_an_earlier_question<T: Tool>() {
    let asked = AtomicU32::new(0);
    ask_a_server::<T>(move |mutex| {
        if asked.fetch_add(1, Ordering::Relaxed) == 0 {
            *T::lock(mutex) += 1;
        }
    });
}

/// Good: the server takes no lock.
fn server_needs_no_lock<T: Tool>() {
    ask_a_server::<T>(|_| ());
}

/// Bad: the receiver waits until the last sender is gone, and its thread needs the lock before it goes.
fn last_sender_is_dropped_late<T: Tool>() {
    let (sender, receiver) = T::Channels::channel();
    let shared = Arc::new((T::mutex(), Steps::new::<T>()));
    let inside = shared.clone();
    let thread = T::Threads::spawn(move || {
        *T::lock(&inside.0) += 1;
        inside.1.done();
        drop(sender);
    });
    shared.1.after(1);
    let held = T::lock(&shared.0);
    assert_eq!(T::Channels::receive(&receiver), None);
    drop(held);
    T::Threads::join(thread);
}

/// Bad: the sender keeps the lock as it waits for room, and the receiver needs it before it receives.
fn receiver_takes_what_the_sender_holds<T: Tool>() {
    let (sender, receiver) = T::Channels::bounded(0);
    let shared = Arc::new((T::mutex(), Steps::new::<T>()));
    let inside = shared.clone();
    let thread = T::Threads::spawn(move || {
        *T::lock(&inside.0) += 1;
        inside.1.done();
        assert_eq!(T::Channels::receive(&receiver), Some(1));
    });
    shared.1.after(1);
    let held = T::lock(&shared.0);
    T::Channels::send_bounded(&sender, 1);
    drop(held);
    T::Threads::join(thread);
}

/// Good: the channel has room for all that is sent under the lock.
fn channel_with_room<T: Tool>() {
    let (sender, receiver) = T::Channels::bounded(2);
    let mutex = Arc::new(T::mutex());
    let inside = mutex.clone();
    let thread = T::Threads::spawn(move || {
        *T::lock(&inside) += 1;
        assert_eq!(T::Channels::receive(&receiver), Some(1));
        assert_eq!(T::Channels::receive(&receiver), Some(2));
    });
    let held = T::lock(&mutex);
    T::Channels::send_bounded(&sender, 1);
    T::Channels::send_bounded(&sender, 2);
    drop(held);
    T::Threads::join(thread);
}

/// Good: the second thread takes the locks when the first one has told it that it is done with them.
fn message_orders_two_threads<T: Tool>() {
    let (sender, receiver) = T::Channels::channel();
    let locks = Arc::new((T::mutex(), T::mutex()));
    let inside = locks.clone();
    let thread = T::Threads::spawn(move || {
        let first = T::lock(&inside.0);
        drop(T::lock(&inside.1));
        drop(first);
        T::Channels::send(&sender, 1);
    });
    assert_eq!(T::Channels::receive(&receiver), Some(1));
    let second = T::lock(&locks.1);
    drop(T::lock(&locks.0));
    drop(second);
    T::Threads::join(thread);
}

/// Good: the sender needs the lock only when it has sent and dropped its end.
fn sender_takes_it_afterwards<T: Tool>() {
    let (sender, receiver) = T::Channels::channel();
    let mutex = Arc::new(T::mutex());
    let inside = mutex.clone();
    let thread = T::Threads::spawn(move || {
        T::Channels::send(&sender, 1);
        drop(sender);
        *T::lock(&inside) += 1;
    });
    let held = T::lock(&mutex);
    assert_eq!(T::Channels::receive(&receiver), Some(1));
    drop(held);
    T::Threads::join(thread);
}
