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
        bad("backend_takes_what_the_client_holds", backend_takes_what_the_client_holds::<T>).needs(CHANNEL),
        good("backend_takes_it_after_its_answer", backend_takes_it_after_its_answer::<T>).needs(CHANNEL),
        good("server_needs_no_lock", server_needs_no_lock::<T>).needs(CHANNEL),
        bad("last_sender_is_dropped_late", last_sender_is_dropped_late::<T>).needs(CHANNEL),
        bad("receiver_takes_what_the_sender_holds", receiver_takes_what_the_sender_holds::<T>).needs(CHANNEL),
        good("channel_with_room", channel_with_room::<T>).needs(CHANNEL),
        good("message_orders_two_threads", message_orders_two_threads::<T>).needs(CHANNEL),
        good("sender_takes_it_afterwards", sender_takes_it_afterwards::<T>).needs(CHANNEL),
        good("sender_lives_on", sender_lives_on::<T>).needs(CHANNEL),
        good("worker_prepares", worker_prepares::<T>).needs(CHANNEL),
        good("worker_prepares_and_streams", worker_prepares_and_streams::<T>).needs(CHANNEL),
        bad("second_message_needs_the_lock", second_message_needs_the_lock::<T>).needs(CHANNEL),
        good("first_message_needs_no_lock", first_message_needs_no_lock::<T>).needs(CHANNEL),
        bad("close_needs_the_lock", close_needs_the_lock::<T>).needs(CHANNEL),
        good("other_sender_needs_no_lock", other_sender_needs_no_lock::<T>).needs(CHANNEL),
        bad("one_of_both_needs_the_lock", one_of_both_needs_the_lock::<T>).needs(CHANNEL),
        bad("either_needs_the_lock", either_needs_the_lock::<T>).needs(CHANNEL),
        bad("room_needs_the_lock", room_needs_the_lock::<T>).needs(CHANNEL),
        good("room_needs_no_lock", room_needs_no_lock::<T>).needs(CHANNEL),
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

/// Asks a server that asks another one. The client holds the mutex as it waits.
fn ask_a_backend<T: Tool>(served: impl Fn(&T::Mutex) + Send + 'static, after: impl Fn(&T::Mutex) + Send + 'static) {
    let (ask, asked) = T::Channels::channel();
    let (answer, answered) = T::Channels::channel();
    let shared = Arc::new((T::mutex(), Steps::new::<T>()));
    let inside = shared.clone();
    let backend = T::Threads::spawn(move || {
        served(&inside.0);
        inside.1.done();
        T::Channels::send(&ask, 1);
        after(&inside.0);
    });
    let server = T::Threads::spawn(move || {
        let number = T::Channels::receive(&asked);
        T::Channels::send(&answer, number.unwrap_or(0));
    });
    shared.1.after(1);
    let held = T::lock(&shared.0);
    assert_eq!(T::Channels::receive(&answered), Some(1));
    drop(held);
    T::Threads::join(backend);
    T::Threads::join(server);
}

/// Bad: the server waits for a thread that needs the client's lock.
fn backend_takes_what_the_client_holds<T: Tool>() {
    ask_a_backend::<T>(|mutex| *T::lock(mutex) += 1, |_| ());
}

/// Good: that thread takes the lock when it has answered.
fn backend_takes_it_after_its_answer<T: Tool>() {
    ask_a_backend::<T>(|_| (), |mutex| *T::lock(mutex) += 1);
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

/// Good: the same, where the sender goes at the end of its thread. The receiver does not wait for that.
fn sender_lives_on<T: Tool>() {
    let (sender, receiver) = T::Channels::channel();
    let mutex = Arc::new(T::mutex());
    let inside = mutex.clone();
    let thread = T::Threads::spawn(move || {
        T::Channels::send(&sender, 1);
        *T::lock(&inside) += 1;
    });
    let held = T::lock(&mutex);
    assert_eq!(T::Channels::receive(&receiver), Some(1));
    drop(held);
    T::Threads::join(thread);
}

/// Good: the worker needs the lock to prepare, and is done with that when it says that it is ready.
fn worker_prepares<T: Tool>() {
    let (ready, is_ready) = T::Channels::channel();
    let (result, has_result) = T::Channels::channel();
    let mutex = Arc::new(T::mutex());
    let inside = mutex.clone();
    let thread = T::Threads::spawn(move || {
        *T::lock(&inside) += 1;
        T::Channels::send(&ready, 1);
        T::Channels::send(&result, 2);
    });
    assert_eq!(T::Channels::receive(&is_ready), Some(1));
    let held = T::lock(&mutex);
    assert_eq!(T::Channels::receive(&has_result), Some(2));
    drop(held);
    T::Threads::join(thread);
}

/// Good: the worker needs the lock before its first result only, and the receiver holds it from the second on.
fn worker_prepares_and_streams<T: Tool>() {
    let (sender, receiver) = T::Channels::channel();
    let mutex = Arc::new(T::mutex());
    let inside = mutex.clone();
    let thread = T::Threads::spawn(move || {
        *T::lock(&inside) += 1;
        (0..3).for_each(|number| T::Channels::send(&sender, number));
    });
    assert_eq!(T::Channels::receive(&receiver), Some(0));
    let held = T::lock(&mutex);
    assert_eq!(T::Channels::receive(&receiver), Some(1));
    assert_eq!(T::Channels::receive(&receiver), Some(2));
    drop(held);
    T::Threads::join(thread);
}

/// A thread sends, takes the mutex, and sends again. The other holds the mutex as it receives so many.
fn lock_between_two<T: Tool>(under_the_lock: u32) {
    let (sender, receiver) = T::Channels::channel();
    let shared = Arc::new((T::mutex(), Steps::new::<T>()));
    let inside = shared.clone();
    let thread = T::Threads::spawn(move || {
        T::Channels::send(&sender, 0);
        *T::lock(&inside.0) += 1;
        inside.1.done();
        T::Channels::send(&sender, 1);
    });
    shared.1.after(1);
    let held = T::lock(&shared.0);
    for number in 0..under_the_lock {
        assert_eq!(T::Channels::receive(&receiver), Some(number));
    }
    drop(held);
    while T::Channels::receive(&receiver).is_some() {}
    T::Threads::join(thread);
}

/// Bad: the second message needs the lock that the receiver keeps.
fn second_message_needs_the_lock<T: Tool>() {
    lock_between_two::<T>(2);
}

/// Good: the receiver keeps the lock for the first message only.
fn first_message_needs_no_lock<T: Tool>() {
    lock_between_two::<T>(1);
}

/// Bad: the receiver keeps the lock until the channel is closed.
fn close_needs_the_lock<T: Tool>() {
    let (sender, receiver) = T::Channels::channel();
    let shared = Arc::new((T::mutex(), Steps::new::<T>()));
    let inside = shared.clone();
    let thread = T::Threads::spawn(move || {
        T::Channels::send(&sender, 0);
        *T::lock(&inside.0) += 1;
        inside.1.done();
    });
    shared.1.after(1);
    let held = T::lock(&shared.0);
    while T::Channels::receive(&receiver).is_some() {}
    drop(held);
    T::Threads::join(thread);
}

/// Two threads send. The receiver holds the mutex as it waits for so many messages.
fn two_senders<T: Tool>(needs_the_lock: [bool; 2], under_the_lock: u32) {
    let (sender, receiver) = T::Channels::channel();
    let shared = Arc::new((T::mutex(), Steps::new::<T>()));
    let threads = [(0, sender.clone()), (1, sender)].map(|(turn, sender)| {
        let inside = shared.clone();
        T::Threads::spawn(move || {
            inside.1.after(turn);
            if needs_the_lock[turn as usize] {
                *T::lock(&inside.0) += 1;
            }
            T::Channels::send(&sender, 1);
            inside.1.done();
        })
    });
    shared.1.after(2);
    let held = T::lock(&shared.0);
    for _ in 0..under_the_lock {
        assert_eq!(T::Channels::receive(&receiver), Some(1));
    }
    drop(held);
    while T::Channels::receive(&receiver).is_some() {}
    threads.into_iter().for_each(T::Threads::join);
}

/// Good: one sender needs the lock, and the message of the other is enough.
fn other_sender_needs_no_lock<T: Tool>() {
    two_senders::<T>([false, true], 1);
}

/// Bad: the receiver waits for the messages of both.
fn one_of_both_needs_the_lock<T: Tool>() {
    two_senders::<T>([false, true], 2);
}

/// Bad: one message is enough, and both senders need the lock.
fn either_needs_the_lock<T: Tool>() {
    two_senders::<T>([true, true], 1);
}

/// Bad: the third message has room only when the second was received, and the receiver needs the lock before that.
fn room_needs_the_lock<T: Tool>() {
    let (sender, receiver) = T::Channels::bounded(1);
    let shared = Arc::new((T::mutex(), Steps::new::<T>()));
    let inside = shared.clone();
    let thread = T::Threads::spawn(move || {
        assert_eq!(T::Channels::receive(&receiver), Some(0));
        *T::lock(&inside.0) += 1;
        inside.1.done();
        assert_eq!(T::Channels::receive(&receiver), Some(1));
        assert_eq!(T::Channels::receive(&receiver), Some(2));
    });
    T::Channels::send_bounded(&sender, 0);
    shared.1.after(1);
    let held = T::lock(&shared.0);
    T::Channels::send_bounded(&sender, 1);
    T::Channels::send_bounded(&sender, 2);
    drop(held);
    T::Threads::join(thread);
}

/// Good: the second message has room as soon as the first was received, and that needs no lock.
fn room_needs_no_lock<T: Tool>() {
    let (sender, receiver) = T::Channels::bounded(1);
    let mutex = Arc::new(T::mutex());
    let inside = mutex.clone();
    let thread = T::Threads::spawn(move || {
        assert_eq!(T::Channels::receive(&receiver), Some(0));
        *T::lock(&inside) += 1;
        assert_eq!(T::Channels::receive(&receiver), Some(1));
    });
    let held = T::lock(&mutex);
    T::Channels::send_bounded(&sender, 0);
    T::Channels::send_bounded(&sender, 1);
    drop(held);
    T::Threads::join(thread);
}
