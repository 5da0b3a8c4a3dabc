//! A lock that a thread holds while others work under it: a gate for them, if it is held until they are done.

use super::threads::{Pair, back, forth, pair};
use crate::program::{Program, bad, good};
use crate::schedule::{Steps, in_turn};
use crate::tool::{Barriers, Channels, Need, Task, Threads, Tool};
use std::sync::Arc;

const THREADS: &[Need] = &[Need::Threads];
const CHANNEL: &[Need] = &[Need::Channel];
const BARRIER: &[Need] = &[Need::Barrier, Need::Threads];

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        good("joined_under_it", joined_under_it::<T>).needs(THREADS),
        good("scope_under_it", scope_under_it::<T>).needs(THREADS),
        good("grandchild_under_it", grandchild_under_it::<T>).needs(THREADS),
        good("other_thread_takes_it_itself", other_thread_takes_it_itself::<T>).needs(THREADS),
        good("written_and_read", written_and_read::<T>).needs(THREADS),
        good("one_of_two_is_kept", one_of_two_is_kept::<T>).needs(THREADS),
        good("many_one_after_the_other", many_one_after_the_other::<T>).needs(THREADS),
        good("joined_by_another_that_is_joined", joined_by_another_that_is_joined::<T>).needs(THREADS),
        good("answered_under_it", answered_under_it::<T>).needs(CHANNEL),
        good("closed_under_it", closed_under_it::<T>).needs(&[Need::Channel, Need::Threads]),
        good("between_two_rounds", between_two_rounds::<T>).needs(BARRIER),
        bad("released_before_the_join", released_before_the_join::<T>),
        bad("released_in_the_scope", released_in_the_scope::<T>),
        bad("released_in_between", released_in_between::<T>),
        bad("released_by_a_wait", released_by_a_wait::<T>),
        bad("could_be_released_by_a_wait", could_be_released_by_a_wait::<T>).needs(&[Need::Condvar]),
        bad("taken_after_the_spawn", taken_after_the_spawn::<T>),
        bad("read_by_both", read_by_both::<T>),
        bad("other_instances", other_instances::<T>),
        bad("two_under_one_holder", two_under_one_holder::<T>),
        bad("holder_and_child", holder_and_child::<T>),
        bad("never_joined", never_joined::<T>),
        bad("joined_by_another", joined_by_another::<T>),
        bad("answer_comes_after_the_release", answer_comes_after_the_release::<T>).needs(CHANNEL),
        bad("works_on_after_the_answer", works_on_after_the_answer::<T>).needs(CHANNEL),
        bad("worked_before_the_question", worked_before_the_question::<T>).needs(CHANNEL),
        bad("after_the_last_round", after_the_last_round::<T>),
    ]
}

type Order<T> = fn(&Pair<T>);

/// What two parents share.
struct Shared<T: Tool> {
    gate: T::Mutex,
    pair: Pair<T>,
    steps: Steps,
}

impl<T: Tool> Shared<T> {
    fn new() -> Arc<Self> {
        Arc::new(Self { gate: T::mutex(), pair: pair::<T>(), steps: Steps::new::<T>() })
    }
}

/// A thread that takes the pair.
fn worker<T: Tool>(pair: &Pair<T>, order: Order<T>) -> <T::Threads as Threads>::Handle {
    let pair = pair.clone();
    T::Threads::spawn(move || order(&pair))
}

/// A thread that takes the pair, and lets the schedule go on then.
fn worker_with_step<T: Tool>(shared: &Arc<Shared<T>>, order: Order<T>) -> <T::Threads as Threads>::Handle {
    let shared = shared.clone();
    T::Threads::spawn(move || {
        order(&shared.pair);
        shared.steps.done();
    })
}

/// Takes the gate, and joins a worker under it.
fn join_under_gate<T: Tool>(gate: &T::Mutex, pair: &Pair<T>, order: Order<T>) {
    let _gate = T::lock(gate);
    T::Threads::join(worker::<T>(pair, order));
}

/// Good: the worker ends before the gate is released.
fn joined_under_it<T: Tool>() {
    let shared = Shared::<T>::new();
    let under_gate = |order| join_under_gate::<T>(&shared.gate, &shared.pair, order);
    in_turn::<T>(&[&|| under_gate(forth::<T>), &|| under_gate(back::<T>)]);
}

/// Good: the threads of a scope end before it does.
fn scope_under_it<T: Tool>() {
    let (gate, pair) = (T::mutex(), pair::<T>());
    let under_gate = |order: Order<T>| {
        let _gate = T::lock(&gate);
        let thread: Task<'_> = Box::new(|| order(&pair));
        T::Threads::scope(vec![thread], || ());
    };
    in_turn::<T>(&[&|| under_gate(forth::<T>), &|| under_gate(back::<T>)]);
}

/// Good: the worker joins the thread that works for it.
fn grandchild_under_it<T: Tool>() {
    let shared = Shared::<T>::new();
    let under_gate = |order| {
        let _gate = T::lock(&shared.gate);
        let pair = shared.pair.clone();
        T::Threads::join(T::Threads::spawn(move || T::Threads::join(worker::<T>(&pair, order))));
    };
    in_turn::<T>(&[&|| under_gate(forth::<T>), &|| under_gate(back::<T>)]);
}

/// Good: one thread works under the gate of its parent, the other takes the gate.
fn other_thread_takes_it_itself<T: Tool>() {
    let shared = Shared::<T>::new();
    in_turn::<T>(&[&|| join_under_gate::<T>(&shared.gate, &shared.pair, forth::<T>), &|| {
        let _gate = T::lock(&shared.gate);
        back::<T>(&shared.pair);
    }]);
}

/// Good: a reader and a writer of the gate are never behind it together.
fn written_and_read<T: Tool>() {
    let (gate, pair) = (T::rwlock(), pair::<T>());
    in_turn::<T>(&[
        &|| {
            let _gate = T::read(&gate);
            T::Threads::join(worker::<T>(&pair, forth::<T>));
        },
        &|| {
            let _gate = T::write(&gate);
            T::Threads::join(worker::<T>(&pair, back::<T>));
        },
    ]);
}

/// Good: one of two gates is released early, and the other one is kept.
fn one_of_two_is_kept<T: Tool>() {
    let (early, shared) = (T::mutex(), Shared::<T>::new());
    let under_gates = |order| {
        let early = T::lock(&early);
        let _gate = T::lock(&shared.gate);
        let worker = worker::<T>(&shared.pair, order);
        drop(early);
        T::Threads::join(worker);
    };
    in_turn::<T>(&[&|| under_gates(forth::<T>), &|| under_gates(back::<T>)]);
}

/// Good: the gate is taken anew for each of many workers.
fn many_one_after_the_other<T: Tool>() {
    let shared = Shared::<T>::new();
    let under_gate = |order| (0..20).for_each(|_| join_under_gate::<T>(&shared.gate, &shared.pair, order));
    in_turn::<T>(&[&|| under_gate(forth::<T>), &|| under_gate(back::<T>)]);
}

/// Good: the thread that joins the worker is joined under the gate.
fn joined_by_another_that_is_joined<T: Tool>() {
    let shared = Shared::<T>::new();
    let under_gate = |order| {
        let _gate = T::lock(&shared.gate);
        let worker = worker::<T>(&shared.pair, order);
        T::Threads::join(T::Threads::spawn(move || T::Threads::join(worker)));
    };
    in_turn::<T>(&[&|| under_gate(forth::<T>), &|| under_gate(back::<T>)]);
}

/// A server that takes the pair for each question.
fn server<T: Tool>(
    pair: &Pair<T>,
    order: Order<T>,
    asked: <T::Channels as Channels>::Receiver,
    answer: <T::Channels as Channels>::Sender,
) -> <T::Threads as Threads>::Handle {
    let pair = pair.clone();
    T::Threads::spawn(move || {
        while let Some(number) = T::Channels::receive(&asked) {
            order(&pair);
            T::Channels::send(&answer, number);
        }
    })
}

/// Good: each client keeps the gate until its server has answered.
fn answered_under_it<T: Tool>() {
    let shared = Shared::<T>::new();
    let ask_under_gate = |order| {
        let (ask, asked) = T::Channels::channel();
        let (answer, answered) = T::Channels::channel();
        let server = server::<T>(&shared.pair, order, asked, answer);
        for round in 0..3 {
            let _gate = T::lock(&shared.gate);
            T::Channels::send(&ask, round);
            assert_eq!(T::Channels::receive(&answered), Some(round));
        }
        drop(ask);
        T::Threads::join(server);
    };
    in_turn::<T>(&[&|| ask_under_gate(forth::<T>), &|| ask_under_gate(back::<T>)]);
}

/// Good: the worker drops its sender when it is done, and the holder waits for that.
fn closed_under_it<T: Tool>() {
    let shared = Shared::<T>::new();
    let under_gate = |order: Order<T>| {
        let (done, is_done) = T::Channels::channel();
        let gate = T::lock(&shared.gate);
        let pair = shared.pair.clone();
        let worker = T::Threads::spawn(move || {
            order(&pair);
            drop(done);
        });
        assert_eq!(T::Channels::receive(&is_done), None);
        drop(gate);
        T::Threads::join(worker);
    };
    in_turn::<T>(&[&|| under_gate(forth::<T>), &|| under_gate(back::<T>)]);
}

/// Good: the holder meets the worker before it works and after.
fn between_two_rounds<T: Tool>() {
    let (gate, pair) = (T::mutex(), pair::<T>());
    let under_gate = |order: Order<T>| {
        let barrier = T::Barriers::barrier(2);
        let worker: Task<'_> = Box::new(|| {
            T::Barriers::meet(&barrier);
            order(&pair);
            T::Barriers::meet(&barrier);
        });
        T::Threads::scope(vec![worker], || {
            let _gate = T::lock(&gate);
            T::Barriers::meet(&barrier);
            T::Barriers::meet(&barrier);
        });
    };
    in_turn::<T>(&[&|| under_gate(forth::<T>), &|| under_gate(back::<T>)]);
}

/// A bad program: one thread does `one` with the shared things, and then another one works under the gate.
fn and_one_under_gate<T: Tool>(one: impl Fn(&Arc<Shared<T>>) + Sync) {
    let shared = Shared::<T>::new();
    in_turn::<T>(&[&|| one(&shared), &|| join_under_gate::<T>(&shared.gate, &shared.pair, back::<T>)]);
}

/// Bad: the worker can still run when the gate is released.
fn released_before_the_join<T: Tool>() {
    and_one_under_gate::<T>(|shared| {
        let gate = T::lock(&shared.gate);
        let worker = worker_with_step::<T>(shared, forth::<T>);
        shared.steps.after(1);
        drop(gate);
        T::Threads::join(worker);
    });
}

/// Bad: the gate is released before the scope ends.
fn released_in_the_scope<T: Tool>() {
    and_one_under_gate::<T>(|shared| {
        let gate = T::lock(&shared.gate);
        let worker: Task<'_> = Box::new(|| {
            forth::<T>(&shared.pair);
            shared.steps.done();
        });
        T::Threads::scope(vec![worker], || {
            shared.steps.after(1);
            drop(gate);
        });
    });
}

/// Bad: the gate is held at the spawn and at the join, and not in between.
fn released_in_between<T: Tool>() {
    and_one_under_gate::<T>(|shared| {
        let gate = T::lock(&shared.gate);
        let worker = worker_with_step::<T>(shared, forth::<T>);
        shared.steps.after(1);
        drop(gate);
        let _again = T::lock(&shared.gate);
        T::Threads::join(worker);
    });
}

/// Bad: a wait for a condition releases the gate.
fn released_by_a_wait<T: Tool>() {
    and_one_under_gate::<T>(|shared| {
        let changed = Arc::new(T::condvar());
        let mut gate = T::lock(&shared.gate);
        let worker = worker_with_step::<T>(shared, forth::<T>);
        shared.steps.after(1);
        let (inside, notifies) = (shared.clone(), changed.clone());
        let notifier = T::Threads::spawn(move || {
            *T::lock(&inside.gate) = 1;
            T::notify_all(&notifies);
        });
        while *gate == 0 {
            gate = T::wait(&changed, gate);
        }
        T::Threads::join(worker);
        drop(gate);
        T::Threads::join(notifier);
    });
}

/// Bad: in another run the holder waits for the condition, and releases the gate.
fn could_be_released_by_a_wait<T: Tool>() {
    let changed = Arc::new(T::condvar());
    and_one_under_gate::<T>(|shared| {
        let (inside, notifies) = (shared.clone(), changed.clone());
        let notifier = T::Threads::spawn(move || {
            *T::lock(&inside.gate) = 1;
            T::notify_all(&notifies);
            inside.steps.done();
        });
        shared.steps.after(1);
        let gate = T::lock(&shared.gate);
        let worker = worker_with_step::<T>(shared, forth::<T>);
        shared.steps.after(2);
        let gate = T::wait_while(&changed, gate, |number| number == 0);
        T::Threads::join(worker);
        drop(gate);
        T::Threads::join(notifier);
    });
}

/// Bad: the worker can run before the gate is taken.
fn taken_after_the_spawn<T: Tool>() {
    and_one_under_gate::<T>(|shared| {
        let worker = worker_with_step::<T>(shared, forth::<T>);
        shared.steps.after(1);
        let _gate = T::lock(&shared.gate);
        T::Threads::join(worker);
    });
}

/// Bad: readers of the gate are behind it together.
fn read_by_both<T: Tool>() {
    let (gate, pair) = (T::rwlock(), pair::<T>());
    let under_gate = |order| {
        let _gate = T::read(&gate);
        T::Threads::join(worker::<T>(&pair, order));
    };
    in_turn::<T>(&[&|| under_gate(forth::<T>), &|| under_gate(back::<T>)]);
}

/// Bad: each holder has a gate of its own.
fn other_instances<T: Tool>() {
    let (gates, pair) = ([(); 2].map(|()| T::mutex()), pair::<T>());
    let under_gate = |gate, order| join_under_gate::<T>(gate, &pair, order);
    in_turn::<T>(&[&|| under_gate(&gates[0], forth::<T>), &|| under_gate(&gates[1], back::<T>)]);
}

/// Bad: both work for one holder, at the same time.
fn two_under_one_holder<T: Tool>() {
    let shared = Shared::<T>::new();
    let _gate = T::lock(&shared.gate);
    let one = worker_with_step::<T>(&shared, forth::<T>);
    shared.steps.after(1);
    let other = worker::<T>(&shared.pair, back::<T>);
    T::Threads::join(one);
    T::Threads::join(other);
}

/// Bad: the holder does not wait for the worker before it takes the pair.
fn holder_and_child<T: Tool>() {
    let shared = Shared::<T>::new();
    let _gate = T::lock(&shared.gate);
    let worker = worker_with_step::<T>(&shared, forth::<T>);
    shared.steps.after(1);
    back::<T>(&shared.pair);
    T::Threads::join(worker);
}

/// Bad: nobody waits for the worker.
fn never_joined<T: Tool>() {
    and_one_under_gate::<T>(|shared| {
        let _gate = T::lock(&shared.gate);
        drop(worker_with_step::<T>(shared, forth::<T>));
        shared.steps.after(1);
    });
}

/// Bad: the worker is joined, but the holder does not wait for that.
fn joined_by_another<T: Tool>() {
    and_one_under_gate::<T>(|shared| {
        let gate = T::lock(&shared.gate);
        let worker = worker_with_step::<T>(shared, forth::<T>);
        let joiner = T::Threads::spawn(move || T::Threads::join(worker));
        shared.steps.after(1);
        drop(gate);
        T::Threads::join(joiner);
    });
}

/// Bad: the gate is released before the answer has come.
fn answer_comes_after_the_release<T: Tool>() {
    and_one_under_gate::<T>(|shared| {
        let (ask, asked) = T::Channels::channel();
        let (answer, answered) = T::Channels::channel();
        let inside = shared.clone();
        let server = T::Threads::spawn(move || {
            let number = T::Channels::receive(&asked);
            forth::<T>(&inside.pair);
            inside.steps.done();
            T::Channels::send(&answer, number.unwrap_or(0));
        });
        let gate = T::lock(&shared.gate);
        T::Channels::send(&ask, 1);
        shared.steps.after(1);
        drop(gate);
        assert_eq!(T::Channels::receive(&answered), Some(1));
        T::Threads::join(server);
    });
}

/// Bad: the server takes the pair when it has answered.
fn works_on_after_the_answer<T: Tool>() {
    and_one_under_gate::<T>(|shared| {
        let (ask, asked) = T::Channels::channel();
        let (answer, answered) = T::Channels::channel();
        let inside = shared.clone();
        let server = T::Threads::spawn(move || {
            let number = T::Channels::receive(&asked);
            T::Channels::send(&answer, number.unwrap_or(0));
            forth::<T>(&inside.pair);
            inside.steps.done();
        });
        let gate = T::lock(&shared.gate);
        T::Channels::send(&ask, 1);
        assert_eq!(T::Channels::receive(&answered), Some(1));
        shared.steps.after(1);
        drop(gate);
        T::Threads::join(server);
    });
}

/// Bad: the server takes the pair without waiting for the question.
fn worked_before_the_question<T: Tool>() {
    and_one_under_gate::<T>(|shared| {
        let (ask, asked) = T::Channels::channel();
        let (answer, answered) = T::Channels::channel();
        let inside = shared.clone();
        let server = T::Threads::spawn(move || {
            inside.steps.after(1);
            forth::<T>(&inside.pair);
            let number = T::Channels::receive(&asked);
            T::Channels::send(&answer, number.unwrap_or(0));
        });
        let gate = T::lock(&shared.gate);
        T::Channels::send(&ask, 1);
        shared.steps.done();
        assert_eq!(T::Channels::receive(&answered), Some(1));
        drop(gate);
        T::Threads::join(server);
    });
}

/// Bad: the holder does not meet the worker again when that is done.
fn after_the_last_round<T: Tool>() {
    and_one_under_gate::<T>(|shared| {
        let barrier = T::Barriers::barrier(2);
        let worker: Task<'_> = Box::new(|| {
            T::Barriers::meet(&barrier);
            forth::<T>(&shared.pair);
            shared.steps.done();
        });
        T::Threads::scope(vec![worker], || {
            let _gate = T::lock(&shared.gate);
            T::Barriers::meet(&barrier);
            shared.steps.after(1);
        });
    });
}
