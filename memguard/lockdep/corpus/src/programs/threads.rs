//! Threads that come and go.

use crate::program::{Program, bad, good};
use crate::schedule::{Steps, in_turn};
use crate::tool::{Need, Task, Threads, Tool};
use std::cell::RefCell;
use std::sync::Arc;

const THREADS: &[Need] = &[Need::Threads];

pub(super) fn programs<T: Tool>() -> Vec<Program> {
    vec![
        good("many_in_one_order", many_in_one_order::<T>),
        bad("many_and_one_inverted", many_and_one_inverted::<T>),
        good("joined_between", joined_between::<T>).needs(THREADS),
        bad("ended_but_not_joined", ended_but_not_joined::<T>),
        good("chain_of_joins", chain_of_joins::<T>).needs(THREADS),
        good("before_the_spawn", before_the_spawn::<T>).needs(THREADS),
        bad("after_the_spawn", after_the_spawn::<T>),
        good("after_the_join", after_the_join::<T>).needs(THREADS),
        good("spawned_by_the_one_that_inverts", spawned_by_the_one_that_inverts::<T>).needs(THREADS),
        bad("grandchild_and_grandparent", grandchild_and_grandparent::<T>),
        bad("many_after_many", many_after_many::<T>),
        bad("one_of_many_still_runs", one_of_many_still_runs::<T>),
        bad("destructor_of_a_thread_local", destructor_of_a_thread_local::<T>),
        good("destructor_of_a_thread_local_in_order", destructor_of_a_thread_local_in_order::<T>),
        bad("destructor_takes_what_the_joiner_holds", destructor_takes_what_the_joiner_holds::<T>).needs(THREADS),
        good("destructor_takes_another_lock", destructor_takes_another_lock::<T>).needs(THREADS),
        good("destructor_ends_before_the_join", destructor_ends_before_the_join::<T>).needs(THREADS),
        good("destructor_under_a_lock_of_the_joiner", destructor_under_a_lock_of_the_joiner::<T>).needs(THREADS),
        good("scope_does_not_wait_for_a_destructor", scope_does_not_wait_for_a_destructor::<T>).needs(THREADS),
        bad("destructor_outlives_the_scope", destructor_outlives_the_scope::<T>).needs(THREADS),
        bad("destructor_outlives_a_lock_around_the_scope", destructor_outlives_a_lock_around_the_scope::<T>),
        good("scopes_one_after_the_other", scopes_one_after_the_other::<T>).needs(THREADS),
    ]
}

pub(super) type Pair<T> = Arc<(<T as Tool>::Mutex, <T as Tool>::Mutex)>;

pub(super) fn pair<T: Tool>() -> Pair<T> {
    Arc::new((T::mutex(), T::mutex()))
}

pub(super) fn forth<T: Tool>(pair: &Pair<T>) {
    let _first = T::lock(&pair.0);
    let _second = T::lock(&pair.1);
}

pub(super) fn back<T: Tool>(pair: &Pair<T>) {
    let _second = T::lock(&pair.1);
    let _first = T::lock(&pair.0);
}

/// A thread that takes the pair.
fn spawn<T: Tool>(pair: &Pair<T>, how: fn(&Pair<T>)) -> <T::Threads as Threads>::Handle {
    let pair = pair.clone();
    T::Threads::spawn(move || how(&pair))
}

/// Good: a hundred threads, all in one order.
fn many_in_one_order<T: Tool>() {
    let pair = pair::<T>();
    for _ in 0..50 {
        let (one, other) = (spawn::<T>(&pair, forth::<T>), spawn::<T>(&pair, forth::<T>));
        T::Threads::join(one);
        T::Threads::join(other);
    }
}

/// Bad: of a hundred threads that can run at once, one takes the pair the other way.
fn many_and_one_inverted<T: Tool>() {
    let pair = pair::<T>();
    let forth = || forth::<T>(&pair);
    let back = || back::<T>(&pair);
    let mut threads: Vec<&(dyn Fn() + Sync)> = vec![&forth; 100];
    threads[70] = &back;
    in_turn::<T>(&threads);
}

/// Good: the first thread is joined before the second one is made.
fn joined_between<T: Tool>() {
    let pair = pair::<T>();
    T::Threads::join(spawn::<T>(&pair, forth::<T>));
    T::Threads::join(spawn::<T>(&pair, back::<T>));
}

/// Bad: nothing makes the first thread end before the second begins, although it did in this run.
fn ended_but_not_joined<T: Tool>() {
    let pair = pair::<T>();
    let steps = Arc::new(Steps::new::<T>());
    let (inside, ended) = (pair.clone(), steps.clone());
    let first = T::Threads::spawn(move || {
        forth::<T>(&inside);
        ended.done();
    });
    steps.after(1);
    let second = spawn::<T>(&pair, back::<T>);
    T::Threads::join(first);
    T::Threads::join(second);
}

/// Good: a thread joins another, which took the pair, before it is joined itself.
fn chain_of_joins<T: Tool>() {
    let pair = pair::<T>();
    let inside = pair.clone();
    let middle = T::Threads::spawn(move || T::Threads::join(spawn::<T>(&inside, forth::<T>)));
    T::Threads::join(middle);
    back::<T>(&pair);
}

/// Good: the parent is done with the pair when it makes the child.
fn before_the_spawn<T: Tool>() {
    let pair = pair::<T>();
    forth::<T>(&pair);
    T::Threads::join(spawn::<T>(&pair, back::<T>));
}

/// Bad: the parent takes the pair while the child can run.
fn after_the_spawn<T: Tool>() {
    let pair = pair::<T>();
    let steps = Arc::new(Steps::new::<T>());
    let (inside, ended) = (pair.clone(), steps.clone());
    let child = T::Threads::spawn(move || {
        back::<T>(&inside);
        ended.done();
    });
    steps.after(1);
    forth::<T>(&pair);
    T::Threads::join(child);
}

/// Good: the parent takes the pair when the child has ended.
fn after_the_join<T: Tool>() {
    let pair = pair::<T>();
    T::Threads::join(spawn::<T>(&pair, back::<T>));
    forth::<T>(&pair);
}

/// Good: the thread takes the pair and then makes the thread that takes it the other way.
fn spawned_by_the_one_that_inverts<T: Tool>() {
    let pair = pair::<T>();
    let inside = pair.clone();
    let first = T::Threads::spawn(move || {
        forth::<T>(&inside);
        T::Threads::join(spawn::<T>(&inside, back::<T>));
    });
    T::Threads::join(first);
}

/// Bad: the grandchild can run while the grandparent does.
fn grandchild_and_grandparent<T: Tool>() {
    let pair = pair::<T>();
    let steps = Arc::new(Steps::new::<T>());
    let (inside, ended) = (pair.clone(), steps.clone());
    let child = T::Threads::spawn(move || {
        T::Threads::join(spawn::<T>(&inside, back::<T>));
        ended.done();
    });
    steps.after(1);
    forth::<T>(&pair);
    T::Threads::join(child);
}

/// Bad: of eighty threads, none of which is joined between, the last one takes the pair the other way.
fn many_after_many<T: Tool>() {
    let pair = pair::<T>();
    let steps = Steps::new::<T>();
    let (pair, steps) = (&pair, &steps);
    let threads = (0..80).map(|number| -> Task<'_> {
        Box::new(move || {
            steps.after(number);
            if number == 79 {
                back::<T>(pair)
            } else {
                forth::<T>(pair)
            }
            steps.done();
        })
    });
    T::Threads::scope(threads.collect(), || ());
}

/// Bad: of twenty threads, all but one are joined before the parent takes the pair the other way.
fn one_of_many_still_runs<T: Tool>() {
    let pair = pair::<T>();
    let steps = Arc::new(Steps::new::<T>());
    let mut late = None;
    for number in 0..19 {
        if number == 8 {
            let (inside, ended) = (pair.clone(), steps.clone());
            late = Some(T::Threads::spawn(move || {
                forth::<T>(&inside);
                ended.done();
            }));
            steps.after(1);
        }
        T::Threads::join(spawn::<T>(&pair, forth::<T>));
    }
    back::<T>(&pair);
    late.into_iter().for_each(T::Threads::join);
}

/// Runs a closure when it is dropped.
struct AtEnd(Option<Box<dyn FnOnce()>>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        if let Some(run) = self.0.take() {
            run();
        }
    }
}

thread_local! {
    static AT_END: RefCell<AtEnd> = const { RefCell::new(AtEnd(None)) };
}

/// Runs the closure as the thread ends.
fn at_the_end(run: impl FnOnce() + 'static) {
    AT_END.with_borrow_mut(|end| end.0 = Some(Box::new(run)));
}

/// One thread takes the pair in `first` order as it ends, then another in `second` order as it runs.
fn as_one_ends<T: Tool>(first: fn(&Pair<T>), second: fn(&Pair<T>)) {
    let pair = pair::<T>();
    let steps = Arc::new(Steps::new::<T>());
    let (inside, ended) = (pair.clone(), steps.clone());
    let one = T::Threads::spawn(move || {
        at_the_end(move || {
            first(&inside);
            ended.done();
        });
    });
    let (inside, turn) = (pair.clone(), steps.clone());
    let other = T::Threads::spawn(move || {
        turn.after(1);
        second(&inside);
    });
    T::Threads::join(one);
    T::Threads::join(other);
}

/// Bad: a destructor of a thread's own data takes the pair the other way.
fn destructor_of_a_thread_local<T: Tool>() {
    as_one_ends::<T>(back::<T>, forth::<T>);
}

/// Good: a destructor of a thread's own data takes the pair in order.
fn destructor_of_a_thread_local_in_order<T: Tool>() {
    as_one_ends::<T>(forth::<T>, forth::<T>);
}

/// A thread whose own data needs a lock as it goes. The caller joins it under the second lock.
fn join_beside_a_destructor<T: Tool>(of_destructor: fn(&Pair<T>) -> &T::Mutex) {
    let pair = pair::<T>();
    let steps = Arc::new(Steps::new::<T>());
    let (inside, ended) = (pair.clone(), steps.clone());
    let thread = T::Threads::spawn(move || {
        at_the_end(move || {
            *T::lock(of_destructor(&inside)) += 1;
            ended.done();
        });
    });
    steps.after(1);
    let _held = T::lock(&pair.1);
    T::Threads::join(thread);
}

/// Bad: the joiner keeps the lock as it waits, and the thread needs it before it is gone.
fn destructor_takes_what_the_joiner_holds<T: Tool>() {
    join_beside_a_destructor::<T>(|pair| &pair.1);
}

/// Good: the thread needs another lock before it is gone.
fn destructor_takes_another_lock<T: Tool>() {
    join_beside_a_destructor::<T>(|pair| &pair.0);
}

/// A thread that takes the pair as it ends.
fn ending<T: Tool>(pair: &Pair<T>, how: fn(&Pair<T>)) -> <T::Threads as Threads>::Handle {
    let pair = pair.clone();
    T::Threads::spawn(move || at_the_end(move || how(&pair)))
}

/// Good: the joiner takes the pair when the destructor has run.
fn destructor_ends_before_the_join<T: Tool>() {
    let pair = pair::<T>();
    T::Threads::join(ending::<T>(&pair, back::<T>));
    forth::<T>(&pair);
}

/// Good: each joiner keeps a lock until the destructor has run.
fn destructor_under_a_lock_of_the_joiner<T: Tool>() {
    let (gate, pair) = (T::mutex(), pair::<T>());
    let under_gate = |how: fn(&Pair<T>)| {
        let _gate = T::lock(&gate);
        T::Threads::join(ending::<T>(&pair, how));
    };
    in_turn::<T>(&[&|| under_gate(forth::<T>), &|| under_gate(back::<T>)]);
}

/// A scope with a thread that takes a lock or two as it ends, which another thread may do after the scope.
fn scope_and_a_destructor<T: Tool>(steps: &Arc<Steps>, pair: &Pair<T>, how: fn(&Pair<T>), then: impl FnOnce()) {
    let thread: Task<'_> = Box::new(|| {
        let (pair, ended) = (pair.clone(), steps.clone());
        at_the_end(move || {
            how(&pair);
            ended.done();
        });
    });
    T::Threads::scope(vec![thread], then);
}

/// Good: the end of the scope waits for the closure, and not for the destructor.
fn scope_does_not_wait_for_a_destructor<T: Tool>() {
    let (pair, steps) = (pair::<T>(), Arc::new(Steps::new::<T>()));
    let mut held = None;
    let take = |pair: &Pair<T>| *T::lock(&pair.0) += 1;
    scope_and_a_destructor::<T>(&steps, &pair, take, || held = Some(T::lock(&pair.0)));
    drop(held);
    steps.after(1);
}

/// Bad: the destructor can run when the scope has ended.
fn destructor_outlives_the_scope<T: Tool>() {
    let (pair, steps) = (pair::<T>(), Arc::new(Steps::new::<T>()));
    scope_and_a_destructor::<T>(&steps, &pair, back::<T>, || ());
    steps.after(1);
    forth::<T>(&pair);
}

/// Bad: the lock is released as the scope ends, and the destructor can still run.
fn destructor_outlives_a_lock_around_the_scope<T: Tool>() {
    let (gate, pair, steps) = (T::mutex(), pair::<T>(), Arc::new(Steps::new::<T>()));
    let under_gate = |how: fn(&Pair<T>)| {
        let _gate = T::lock(&gate);
        scope_and_a_destructor::<T>(&steps, &pair, how, || ());
    };
    in_turn::<T>(&[
        &|| {
            under_gate(forth::<T>);
            steps.after(1);
        },
        &|| {
            under_gate(back::<T>);
            steps.after(2);
        },
    ]);
}

/// Good: the threads of the first scope have ended when those of the second begin.
fn scopes_one_after_the_other<T: Tool>() {
    let pair = pair::<T>();
    in_turn::<T>(&[&|| forth::<T>(&pair), &|| forth::<T>(&pair)]);
    in_turn::<T>(&[&|| back::<T>(&pair), &|| back::<T>(&pair)]);
}
