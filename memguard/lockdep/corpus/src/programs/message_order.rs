//! Two threads take two locks in both orders, and messages keep them apart, or seem to.

use super::condvar::Number;
use super::threads::{Pair, back, forth, pair};
use crate::program::{Program, bad, good};
use crate::schedule::{Steps, in_turn};
use crate::tool::{Barriers, Channels, Need, Task, Threads, Tool};
use std::sync::Arc;

const CHANNEL: &[Need] = &[Need::Channel];
const BARRIER: &[Need] = &[Need::Barrier];
const CONDVAR: &[Need] = &[Need::Condvar];

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        good("relay", relay::<T>).needs(CHANNEL),
        bad("relay_that_is_told_first", relay_that_is_told_first::<T>).needs(CHANNEL),
        good("made_after_the_message", made_after_the_message::<T>).needs(&[Need::Channel, Need::Threads]),
        bad("again_after_the_message", again_after_the_message::<T>).needs(CHANNEL),
        good("ping_pong", ping_pong::<T>).needs(CHANNEL),
        bad("answer_comes_too_late", answer_comes_too_late::<T>).needs(CHANNEL),
        good("all_workers_are_done", all_workers_are_done::<T>).needs(CHANNEL),
        bad("one_worker_is_done", one_worker_is_done::<T>).needs(CHANNEL),
        bad("one_worker_says_it_twice", one_worker_says_it_twice::<T>).needs(CHANNEL),
        good("channel_is_closed", channel_is_closed::<T>).needs(CHANNEL),
        bad("channel_is_closed_first", channel_is_closed_first::<T>).needs(CHANNEL),
        bad("message_is_not_awaited", message_is_not_awaited::<T>).needs(CHANNEL),
        good("rendezvous", rendezvous::<T>).needs(CHANNEL),
        bad("room_for_one", room_for_one::<T>).needs(CHANNEL),
        good("room_for_one_of_two", room_for_one_of_two::<T>).needs(CHANNEL),
        good("round_of_a_barrier", round_of_a_barrier::<T>).needs(BARRIER),
        good("phases_between_rounds", phases_between_rounds::<T>).needs(BARRIER),
        bad("round_without_the_other", round_without_the_other::<T>).needs(BARRIER),
        good("condition_that_is_awaited", condition_that_is_awaited::<T>).needs(CONDVAR),
        bad("condition_that_another_makes_hold", condition_that_another_makes_hold::<T>).needs(CONDVAR),
        bad("mutex_taken_in_between", mutex_taken_in_between::<T>),
    ]
}

type Sender<T> = <<T as Tool>::Channels as Channels>::Sender;

/// A thread that takes the pair forth, and then tells so.
fn worker<T: Tool>(pair: &Pair<T>, done: Sender<T>, steps: &Arc<Steps>) -> <T::Threads as Threads>::Handle {
    let (pair, steps) = (pair.clone(), steps.clone());
    T::Threads::spawn(move || {
        forth::<T>(&pair);
        steps.done();
        T::Channels::send(&done, 1);
    })
}

fn start<T: Tool>() -> (Pair<T>, Arc<Steps>) {
    (pair::<T>(), Arc::new(Steps::new::<T>()))
}

/// Good: the message comes by way of a thread that takes no lock.
fn relay<T: Tool>() {
    let (pair, steps) = start::<T>();
    let (tell, told) = T::Channels::channel();
    let (pass, passed) = T::Channels::channel();
    let one = worker::<T>(&pair, tell, &steps);
    let other = T::Threads::spawn(move || {
        let number = T::Channels::receive(&told);
        T::Channels::send(&pass, number.unwrap_or(0));
    });
    assert_eq!(T::Channels::receive(&passed), Some(1));
    back::<T>(&pair);
    T::Threads::join(one);
    T::Threads::join(other);
}

/// Bad: the first thread sends before it takes the locks.
fn relay_that_is_told_first<T: Tool>() {
    let (pair, steps) = start::<T>();
    let (tell, told) = T::Channels::channel();
    let (pass, passed) = T::Channels::channel();
    let (inside, done) = (pair.clone(), steps.clone());
    let one = T::Threads::spawn(move || {
        T::Channels::send(&tell, 1);
        forth::<T>(&inside);
        done.done();
    });
    let other = T::Threads::spawn(move || {
        let number = T::Channels::receive(&told);
        T::Channels::send(&pass, number.unwrap_or(0));
    });
    assert_eq!(T::Channels::receive(&passed), Some(1));
    steps.after(1);
    back::<T>(&pair);
    T::Threads::join(one);
    T::Threads::join(other);
}

/// Good: the thread that takes the pair back is made when the message has come.
fn made_after_the_message<T: Tool>() {
    let (pair, steps) = start::<T>();
    let (tell, told) = T::Channels::channel();
    let one = worker::<T>(&pair, tell, &steps);
    assert_eq!(T::Channels::receive(&told), Some(1));
    let inside = pair.clone();
    let other = T::Threads::spawn(move || back::<T>(&inside));
    T::Threads::join(one);
    T::Threads::join(other);
}

/// Bad: the worker takes the pair once more after its message.
fn again_after_the_message<T: Tool>() {
    let (pair, steps) = start::<T>();
    let (tell, told) = T::Channels::channel();
    let (inside, done) = (pair.clone(), steps.clone());
    let one = T::Threads::spawn(move || {
        forth::<T>(&inside);
        T::Channels::send(&tell, 1);
        forth::<T>(&inside);
        done.done();
    });
    assert_eq!(T::Channels::receive(&told), Some(1));
    steps.after(1);
    back::<T>(&pair);
    T::Threads::join(one);
}

/// Good: each takes the pair while the other waits.
fn ping_pong<T: Tool>() {
    let pair = pair::<T>();
    let (ask, asked) = T::Channels::channel();
    let (answer, answered) = T::Channels::channel();
    let inside = pair.clone();
    let one = T::Threads::spawn(move || {
        while let Some(number) = T::Channels::receive(&asked) {
            forth::<T>(&inside);
            T::Channels::send(&answer, number);
        }
    });
    for round in 0..3 {
        T::Channels::send(&ask, round);
        assert_eq!(T::Channels::receive(&answered), Some(round));
        back::<T>(&pair);
    }
    drop(ask);
    T::Threads::join(one);
}

/// Bad: the pair is taken back before the answer has come.
fn answer_comes_too_late<T: Tool>() {
    let (pair, steps) = start::<T>();
    let (ask, asked) = T::Channels::channel();
    let (answer, answered) = T::Channels::channel();
    let (inside, done) = (pair.clone(), steps.clone());
    let one = T::Threads::spawn(move || {
        let number = T::Channels::receive(&asked);
        forth::<T>(&inside);
        done.done();
        T::Channels::send(&answer, number.unwrap_or(0));
    });
    T::Channels::send(&ask, 1);
    steps.after(1);
    back::<T>(&pair);
    assert_eq!(T::Channels::receive(&answered), Some(1));
    T::Threads::join(one);
}

/// Good: each of the workers has told that it is done.
fn all_workers_are_done<T: Tool>() {
    let (pair, steps) = start::<T>();
    let (tell, told) = T::Channels::channel();
    let workers = [tell.clone(), tell].map(|tell| worker::<T>(&pair, tell, &steps));
    assert_eq!(T::Channels::receive(&told), Some(1));
    assert_eq!(T::Channels::receive(&told), Some(1));
    back::<T>(&pair);
    workers.into_iter().for_each(T::Threads::join);
}

/// Bad: one of the workers has told that it is done, and the other need not be.
fn one_worker_is_done<T: Tool>() {
    let (pair, steps) = start::<T>();
    let (tell, told) = T::Channels::channel();
    let workers = [tell.clone(), tell].map(|tell| worker::<T>(&pair, tell, &steps));
    steps.after(2);
    assert_eq!(T::Channels::receive(&told), Some(1));
    back::<T>(&pair);
    workers.into_iter().for_each(T::Threads::join);
}

/// Bad: two messages have come, and both can be of the thread that takes no lock.
fn one_worker_says_it_twice<T: Tool>() {
    let (pair, steps) = start::<T>();
    let (tell, told) = T::Channels::channel();
    let (twice, after) = (tell.clone(), steps.clone());
    let one = worker::<T>(&pair, tell, &steps);
    let other = T::Threads::spawn(move || {
        after.after(1);
        T::Channels::send(&twice, 1);
        T::Channels::send(&twice, 1);
    });
    assert_eq!(T::Channels::receive(&told), Some(1));
    assert_eq!(T::Channels::receive(&told), Some(1));
    back::<T>(&pair);
    T::Threads::join(one);
    T::Threads::join(other);
}

/// Good: no sender is left, so both workers are done.
fn channel_is_closed<T: Tool>() {
    let (pair, steps) = start::<T>();
    let (tell, told) = T::Channels::channel();
    let workers = [tell.clone(), tell].map(|tell| worker::<T>(&pair, tell, &steps));
    while T::Channels::receive(&told).is_some() {}
    back::<T>(&pair);
    workers.into_iter().for_each(T::Threads::join);
}

/// Bad: the worker drops its sender before it takes the locks.
fn channel_is_closed_first<T: Tool>() {
    let (pair, steps) = start::<T>();
    let (tell, told) = T::Channels::channel();
    let (inside, done) = (pair.clone(), steps.clone());
    let one = T::Threads::spawn(move || {
        drop(tell);
        forth::<T>(&inside);
        done.done();
    });
    assert_eq!(T::Channels::receive(&told), None);
    steps.after(1);
    back::<T>(&pair);
    T::Threads::join(one);
}

/// Bad: the message was there in this run, but nobody waits for it.
fn message_is_not_awaited<T: Tool>() {
    let (pair, steps) = start::<T>();
    let (tell, told) = T::Channels::channel();
    let (inside, done) = (pair.clone(), steps.clone());
    let one = T::Threads::spawn(move || {
        forth::<T>(&inside);
        T::Channels::send(&tell, 1);
        done.done();
    });
    steps.after(1);
    let _ = T::Channels::try_receive(&told);
    back::<T>(&pair);
    T::Threads::join(one);
}

/// Good: the send ends when the receiver has come, and that was done with the locks then.
fn rendezvous<T: Tool>() {
    let pair = pair::<T>();
    let (sender, receiver) = T::Channels::bounded(0);
    let inside = pair.clone();
    let one = T::Threads::spawn(move || {
        forth::<T>(&inside);
        assert_eq!(T::Channels::receive(&receiver), Some(1));
    });
    T::Channels::send_bounded(&sender, 1);
    back::<T>(&pair);
    T::Threads::join(one);
}

/// A thread takes the pair forth before it receives. The other one takes it back after so many sends.
fn send_then_back<T: Tool>(sends: u32) {
    let (pair, steps) = start::<T>();
    let (sender, receiver) = T::Channels::bounded(1);
    let (inside, done) = (pair.clone(), steps.clone());
    let one = T::Threads::spawn(move || {
        forth::<T>(&inside);
        done.done();
        for number in 0..sends {
            assert_eq!(T::Channels::receive(&receiver), Some(number));
        }
    });
    steps.after(1);
    (0..sends).for_each(|number| T::Channels::send_bounded(&sender, number));
    back::<T>(&pair);
    T::Threads::join(one);
}

/// Bad: the channel has room for the message before anybody receives.
fn room_for_one<T: Tool>() {
    send_then_back::<T>(1);
}

/// Good: the second message has room only when the first one was received.
fn room_for_one_of_two<T: Tool>() {
    send_then_back::<T>(2);
}

/// Good: the locks are taken before the round and after it.
fn round_of_a_barrier<T: Tool>() {
    let (pair, barrier) = (pair::<T>(), T::Barriers::barrier(2));
    let threads: Vec<Task<'_>> = vec![
        Box::new(|| {
            forth::<T>(&pair);
            T::Barriers::meet(&barrier);
        }),
        Box::new(|| {
            T::Barriers::meet(&barrier);
            back::<T>(&pair);
        }),
    ];
    T::Threads::scope(threads, || ());
}

/// Good: the threads take the locks in turn, and meet in between.
fn phases_between_rounds<T: Tool>() {
    let (pair, barrier) = (pair::<T>(), T::Barriers::barrier(2));
    let (pair, barrier) = (&pair, &barrier);
    let phases = |first| {
        move || {
            for round in 0..4 {
                if round % 2 == first {
                    if first == 0 { forth::<T>(pair) } else { back::<T>(pair) }
                }
                T::Barriers::meet(barrier);
            }
        }
    };
    let threads: Vec<Task<'_>> = vec![Box::new(phases(0)), Box::new(phases(1))];
    T::Threads::scope(threads, || ());
}

/// Bad: four threads meet two by two, so the two with the locks need not be in one round.
fn round_without_the_other<T: Tool>() {
    let (pair, barrier, steps) = (pair::<T>(), T::Barriers::barrier(2), Steps::new::<T>());
    let threads: Vec<Task<'_>> = vec![
        Box::new(|| {
            forth::<T>(&pair);
            steps.done();
            T::Barriers::meet(&barrier);
        }),
        Box::new(|| {
            steps.after(1);
            T::Barriers::meet(&barrier);
            back::<T>(&pair);
        }),
        Box::new(|| T::Barriers::meet(&barrier)),
        Box::new(|| T::Barriers::meet(&barrier)),
    ];
    T::Threads::scope(threads, || ());
}

/// Good: the one thread that makes the condition hold is done with the locks then.
fn condition_that_is_awaited<T: Tool>() {
    let (pair, number, steps) = (pair::<T>(), Number::<T>::new(), Steps::new::<T>());
    let threads: Vec<Task<'_>> = vec![
        Box::new(|| {
            steps.after(1);
            forth::<T>(&pair);
            number.set();
        }),
        Box::new(|| {
            number.wait(|| steps.done());
            back::<T>(&pair);
        }),
    ];
    T::Threads::scope(threads, || ());
}

/// Bad: another thread can make the condition hold too.
fn condition_that_another_makes_hold<T: Tool>() {
    let (pair, number, steps) = (pair::<T>(), Number::<T>::new(), Steps::new::<T>());
    let threads: Vec<Task<'_>> = vec![
        Box::new(|| {
            steps.after(1);
            forth::<T>(&pair);
            steps.done();
            number.set();
        }),
        Box::new(|| {
            number.wait(|| steps.done());
            steps.after(2);
            back::<T>(&pair);
        }),
        Box::new(|| {
            steps.after(2);
            number.set();
        }),
    ];
    T::Threads::scope(threads, || ());
}

/// Bad: both threads take a third mutex, the one after its pair, the other before. That orders them in this run only.
fn mutex_taken_in_between<T: Tool>() {
    let (pair, third) = (pair::<T>(), T::mutex());
    in_turn::<T>(&[
        &|| {
            forth::<T>(&pair);
            *T::lock(&third) += 1;
        },
        &|| {
            *T::lock(&third) += 1;
            back::<T>(&pair);
        },
    ]);
}
