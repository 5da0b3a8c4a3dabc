//! Programs that the checker was wrong on, or that its locks did wrong. Each runs under names of its own.

use memguard_lockdep::parking_lot::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
use memguard_lockdep::sync::{self, mpsc};
use memguard_lockdep::{
    Debt, Held, Lock, Mode, Report, ThreadState, Usage, Verdict, Wait, declare_order, held, start_statistics,
    statistics,
};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// The verdicts about locks of a class.
fn verdicts(class: &str) -> Vec<Verdict> {
    let about = |report: &Report| report.steps.iter().any(|step| step.held.class.name() == Some(class));
    memguard_lockdep::reports().into_iter().filter(about).map(|report| report.verdict).collect()
}

/// What was counted of a class.
fn usage(class: &str) -> Vec<Usage> {
    statistics().into_iter().filter(|usage| usage.class.name() == Some(class)).collect()
}

/// Runs the steps, each in a thread, one after the other.
fn in_turn(steps: &[&(dyn Fn() + Sync)]) {
    for step in steps {
        thread::scope(|scope| scope.spawn(step).join().expect("the step works"));
    }
}

/// It released the mutex although the condition was met.
#[test]
fn a_condition_that_is_met_is_met_under_the_mutex() {
    let (value, changed, stop) = (sync::Mutex::new(false), sync::Condvar::new(), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let mut value = value.lock().unwrap();
                *value = !*value;
                changed.notify_all();
            }
        });
        for _ in 0..500 {
            let guard = value.lock().unwrap();
            let (value, timed_out) =
                changed.wait_timeout_while(guard, Duration::from_secs(3600), |value| !*value).unwrap();
            assert!(*value && !timed_out.timed_out());
        }
        stop.store(true, Ordering::Relaxed);
    });
}

/// The release of a lock that had found no slot made the next hold of it forgotten.
#[test]
fn a_thread_can_hold_more_locks_than_are_checked() {
    let many: Vec<_> = (0..70).map(|_| Mutex::named("one of many", ())).collect();
    in_turn(&[&|| {
        drop(many.iter().map(|lock| lock.lock()).collect::<Vec<_>>());
        let _again = (many[68].lock(), many[69].lock());
        assert_eq!(held().len(), 2);
    }]);
}

/// Only the first instance that a thread wrote was known to have a writer.
#[test]
fn a_second_read_of_any_instance_is_seen() {
    let locks = [0, 1].map(|_| RwLock::named("read twice", ()));
    in_turn(&[&|| locks.iter().for_each(|lock| drop(lock.write())), &|| {
        let _first = locks[1].read();
        let _second = locks[1].read();
    }]);
    assert_eq!(verdicts("read twice"), [Verdict::SelfDeadlock]);
}

/// The class of the subclass stood for all its locks, the one that is held among them.
#[test]
fn a_subclass_of_the_lock_that_is_held_is_that_lock() {
    let locks = [0, 1].map(|_| Mutex::named("nested in itself", ()));
    in_turn(&[&|| {
        let _outer = locks[0].lock();
        let _inner = locks[1].lock_nested(1);
    }]);
    let stopped = thread::scope(|scope| {
        let twice = || {
            memguard_lockdep::observe(|report| {
                if report.steps[0].held.class.name() == Some("nested in itself") {
                    panic!("{report}");
                }
            });
            let _outer = locks[0].lock();
            let _never = locks[0].lock_nested(1);
        };
        // The same locks as before, in the same thread, so that the chain is known.
        let known = || {
            let _outer = locks[0].lock();
            let _inner = locks[1].lock_nested(1);
        };
        scope.spawn(move || (known(), twice())).join().is_err()
    });
    assert!(stopped, "the thread is stopped before it waits for itself");
}

/// A thread that had taken the locks before did not look again.
#[test]
fn an_order_that_is_declared_late_is_checked() {
    let (first, then) = (Mutex::named("declared first", ()), Mutex::named("declared then", ()));
    let backwards = || {
        let _then = then.lock();
        let _first = first.lock();
    };
    in_turn(&[&|| {
        backwards();
        declare_order(&["declared first", "declared then"]);
        backwards();
    }]);
    assert_eq!(verdicts("declared then"), [Verdict::Order]);
}

/// A receiver that goes ends the wait of a sender, as one that receives does.
#[test]
fn a_sender_waits_for_the_receiver_to_go() {
    let lock = Mutex::named("room", ());
    let (sender, receiver) = mpsc::sync_channel::<()>(0);
    thread::scope(|scope| {
        let (receiver, lock) = (receiver, &lock);
        scope.spawn(move || {
            drop(lock.lock());
            drop(receiver);
        });
    });
    let _held = lock.lock();
    assert!(sender.send(()).is_err());
    assert_eq!(verdicts("room"), [Verdict::Deadlock]);
}

/// Locks made by a function of the standard library were all of one class.
#[test]
fn locks_made_by_map_are_classes_of_their_own() {
    let locks: Vec<Mutex<u8>> = [1, 2].into_iter().map(Mutex::new).collect();
    let first = locks[0].lock();
    let class = held()[0].class;
    assert!(!class.to_string().contains("/rustc/"), "{class}");
    drop(first);
}

/// The locks of std did not count tries that fail.
#[test]
fn a_failed_try_of_std_is_counted() {
    start_statistics();
    let mutex = sync::Mutex::named("tried", ());
    let _held = mutex.lock().unwrap();
    assert!(mutex.try_lock().is_err());
    let all = statistics();
    let usage = all.iter().find(|usage| usage.failed > 0 && usage.class.name() == Some("tried"));
    assert_eq!(usage.map(|usage| usage.failed), Some(1));
}

/// Tables were made on the stack and moved to the heap.
#[test]
fn a_small_stack_is_enough() {
    start_statistics();
    let (outer, inner) = (Mutex::named("small outer", ()), Mutex::named("small inner", ()));
    thread::scope(|scope| {
        let nest = || {
            let _outer = outer.lock();
            drop(inner.lock());
        };
        let small = thread::Builder::new().stack_size(64 << 10);
        small.spawn_scoped(scope, nest).unwrap();
    });
    assert!(statistics().iter().any(|usage| usage.class.name() == Some("small inner")));
}

/// Of more than 16 writers of a class, the one in the middle was forgotten, although it was the only one that mattered.
#[test]
fn the_writer_that_matters_is_remembered_among_many() {
    let gate = Mutex::named("gate of writers", ());
    let (a, b) = (RwLock::named("first of many writers", ()), RwLock::named("second of many writers", ()));
    let gated = |lock: &RwLock<()>| {
        let _gate = gate.lock();
        drop(lock.write());
    };
    for lock in [&a, &b] {
        let under_gate = || gated(lock);
        (0..8).for_each(|_| in_turn(&[&under_gate]));
        in_turn(&[&|| drop(lock.write())]);
        (0..20).for_each(|_| in_turn(&[&under_gate]));
    }
    in_turn(&[
        &|| {
            let _gate = gate.lock();
            let _a = a.read();
            drop(b.read());
        },
        &|| {
            let _b = b.read();
            drop(a.read());
        },
    ]);
    assert_eq!(verdicts("first of many writers"), [Verdict::Deadlock]);
}

/// A thread counted at 512 places, and was silent about the others.
#[test]
fn a_thread_counts_at_any_number_of_places() {
    start_statistics();
    let names: Vec<&'static str> = (0..2000).map(|number| &*format!("place {number}").leak()).collect();
    in_turn(&[&|| names.iter().for_each(|name| drop(Mutex::named(name, ()).lock()))]);
    let counted =
        statistics().iter().filter(|usage| usage.class.name().is_some_and(|name| names.contains(&name))).count();
    assert_eq!(counted, 2000);
}

/// A hold under a subclass was not found again at its release.
#[test]
fn holds_of_a_subclass_are_timed() {
    start_statistics();
    let mutex = Mutex::named("timed under a subclass", ());
    in_turn(&[&|| (0..640).for_each(|_| drop(mutex.lock_nested(1)))]);
    let timed: Vec<u64> = usage("timed under a subclass").iter().map(|usage| usage.hold.timed).collect();
    assert_eq!(timed, [10]);
}

/// A release for others to come first was counted as a wait.
#[test]
fn a_bump_is_no_wait() {
    start_statistics();
    let (mutex, lock) = (Mutex::named("bumped", ()), RwLock::named("bumped", ()));
    MutexGuard::bump(&mut mutex.lock());
    RwLockReadGuard::bump(&mut lock.read());
    RwLockWriteGuard::bump(&mut lock.write());
    let counts = usage("bumped").iter().fold((0, 0), |sum, usage| (sum.0 + usage.acquired, sum.1 + usage.contended));
    assert_eq!(counts, (6, 0));
}

/// The mutex came back from a wait under its own class.
#[test]
fn a_mutex_comes_back_from_a_wait_under_its_subclass() {
    let (ours, std) = (Mutex::named("waited for", ()), sync::Mutex::named("waited for", ()));
    let classes = || held().iter().map(|held| held.class.to_string()).collect::<Vec<_>>();
    let mut guard = ours.lock_nested(2);
    Condvar::new().wait_for(&mut guard, Duration::from_nanos(1));
    assert_eq!(classes(), ["waited for/2"]);
    drop(guard);
    let guard = std.lock_nested(2).unwrap();
    let (guard, _) = sync::Condvar::new().wait_timeout(guard, Duration::from_nanos(1)).unwrap();
    assert_eq!(classes(), ["waited for/2"]);
    drop(guard);
    assert!(held().is_empty());
}

/// The thread that had taken it forgot its later hold as well.
#[test]
fn a_lock_that_another_thread_released_can_be_taken_again() {
    let (moved, wanted) = (Lock::named("moved"), Mutex::named("wanted after a move", ()));
    in_turn(&[&|| {
        let guard = moved.taken(Mode::Exclusive);
        thread::scope(|scope| scope.spawn(|| guard.release()).join().unwrap());
        assert!(held().is_empty());
        let again = moved.taken(Mode::Exclusive);
        drop(wanted.lock());
        assert_eq!(held().len(), 1);
        again.release();
    }]);
    in_turn(&[&|| {
        let _wanted = wanted.lock();
        moved.ask(Mode::Exclusive, Wait::Block);
    }]);
    assert_eq!(verdicts("moved"), [Verdict::Deadlock]);
}

/// Of two threads, the release was put down to the one for which the lock had been released before.
#[test]
fn a_release_by_another_thread_is_put_down_to_the_holder() {
    let (moved, other) = (Lock::named("moved twice"), Mutex::named("wanted by the second holder", ()));
    let by_another = |guard: Held| thread::scope(|scope| scope.spawn(|| guard.release()).join().unwrap());
    let second = || {
        by_another(moved.taken(Mode::Exclusive));
        drop(other.lock());
    };
    // This thread does not ask for anything until the second holder is done.
    by_another(moved.taken(Mode::Exclusive));
    in_turn(&[&second]);
    assert!(held().is_empty());
    // The other way round, as either thread can be the first that is looked at.
    let ((started, start), (end, ended)) = (std::sync::mpsc::channel(), std::sync::mpsc::channel::<()>());
    thread::scope(|scope| {
        let (moved, by_another) = (&moved, &by_another);
        scope.spawn(move || {
            by_another(moved.taken(Mode::Exclusive));
            started.send(()).unwrap();
            let _ = ended.recv();
        });
        start.recv().unwrap();
        second();
        drop(end);
    });
    in_turn(&[&|| {
        let _other = other.lock();
        moved.ask(Mode::Exclusive, Wait::Block);
    }]);
    assert_eq!(verdicts("moved twice"), []);
}

/// Who came when the initialiser had ended was not seen to wait for it.
#[test]
fn a_wait_for_an_initialiser_that_ran_before_is_seen() {
    let mutex = Mutex::named("wanted by the initialisers", ());
    let (once, value) = (sync::Once::new(), sync::OnceLock::new());
    let both = |first: &(dyn Fn() + Sync), then: &(dyn Fn() + Sync)| {
        let (ended, end) = std::sync::mpsc::channel();
        memguard_lockdep::thread::scope(|scope| {
            scope.spawn(move || {
                first();
                ended.send(()).unwrap();
            });
            scope.spawn(move || {
                end.recv().unwrap();
                then();
            });
        });
    };
    both(&|| once.call_once(|| drop(mutex.lock())), &|| {
        let _held = mutex.lock();
        once.call_once(|| ());
    });
    assert_eq!(verdicts("wanted by the initialisers"), [Verdict::Deadlock]);
    both(&|| *value.get_or_init(|| *mutex.lock()), &|| {
        let _held = mutex.lock();
        value.get_or_init(|| ());
    });
    assert_eq!(verdicts("wanted by the initialisers"), [Verdict::Deadlock; 2]);
    // Made after the initialiser has ended.
    let (mutex, once) = (Mutex::named("wanted before", ()), sync::Once::new());
    let call = || once.call_once(|| drop(mutex.lock()));
    call();
    in_turn(&[&|| {
        let _held = mutex.lock();
        call();
    }]);
    assert_eq!(verdicts("wanted before"), []);
}

/// A thread that sleeps for one lock takes others on the way. What it is after stays shown.
#[test]
fn the_outer_of_two_sleeps_is_shown() {
    let (outer, inner) = (Lock::named("outer sleep"), Lock::named("inner sleep"));
    let is_shown = || {
        let waits = |thread: &ThreadState| thread.waits.is_some_and(|wait| wait.class.name() == Some("outer sleep"));
        memguard_lockdep::threads().iter().any(waits)
    };
    let (outer, inner) = (outer.ask(Mode::Exclusive, Wait::Block), inner.ask(Mode::Exclusive, Wait::Block));
    let asleep = outer.sleep();
    drop(inner.sleep());
    inner.taken().release();
    assert!(is_shown());
    drop(asleep);
    assert!(!is_shown());
}

/// A scope that panics joins its threads before the panic goes on.
#[test]
fn a_scope_that_panics_orders_what_follows() {
    let (a, b) = (Mutex::named("before the panic", ()), Mutex::named("after the panic", ()));
    let panics = || {
        memguard_lockdep::thread::scope(|scope| {
            scope.spawn(|| {
                let _a = a.lock();
                drop(b.lock());
            });
            std::panic::resume_unwind(Box::new("planned"));
        });
    };
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
    let _b = b.lock();
    drop(a.lock());
    assert_eq!(verdicts("after the panic"), [Verdict::Debt(Debt::Ordered)]);
}

/// One thread makes a value under two locks. Another one looks at the value with `look`, then takes the locks the other
/// way.
fn made_and_looked_at(
    names: [&'static str; 2],
    make: &(dyn Fn(&dyn Fn()) + Sync),
    look: &(dyn Fn() + Sync),
) -> Verdict {
    let [a, b] = names.map(|name| Mutex::named(name, ()));
    let forth = || {
        let _a = a.lock();
        drop(b.lock());
    };
    let back = || {
        let _b = b.lock();
        drop(a.lock());
    };
    let (made, is_made) = std::sync::mpsc::channel();
    memguard_lockdep::thread::scope(|scope| {
        scope.spawn(move || {
            make(&forth);
            made.send(()).unwrap();
        });
        scope.spawn(move || {
            is_made.recv().unwrap();
            look();
            back();
        });
    });
    let verdicts = verdicts(names[0]);
    assert_eq!(verdicts.len(), 1);
    verdicts[0]
}

/// Who had waited for a value was taken for one who can run beside its initialiser.
#[test]
fn what_makes_a_value_comes_before_those_who_wait_for_it() {
    static A: Mutex<()> = Mutex::named("taken for a lazy value", ());
    static B: Mutex<()> = Mutex::named("also taken for it", ());
    let value = sync::OnceLock::new();
    let make = |with: &dyn Fn()| *value.get_or_init(with);
    let ordered = Verdict::Debt(Debt::Ordered);
    assert_eq!(made_and_looked_at(["once a", "once b"], &make, &|| *value.get_or_init(|| ())), ordered);
    let value = sync::OnceLock::new();
    let make = |with: &dyn Fn()| *value.get_or_init(with);
    assert_eq!(made_and_looked_at(["set a", "set b"], &make, &|| assert!(value.set(()).is_err())), ordered);
    // A look does not wait.
    let value = sync::OnceLock::new();
    let make = |with: &dyn Fn()| *value.get_or_init(with);
    let looked = made_and_looked_at(["look a", "look b"], &make, &|| assert!(value.get().is_some()));
    assert_eq!(looked, Verdict::Deadlock);
    let value = sync::LazyLock::new(|| {
        let _a = A.lock();
        drop(B.lock());
    });
    memguard_lockdep::thread::scope(|scope| {
        let read = || *value;
        scope.spawn(move || {
            read();
            let _b = B.lock();
            drop(A.lock());
        });
        scope.spawn(read);
    });
    assert!(verdicts("taken for a lazy value").iter().all(|verdict| !verdict.is_deadlock()));
}

/// The panic of its closure left it to others to try again.
#[test]
fn a_lazy_value_whose_closure_panicked_stays_poisoned() {
    let runs = AtomicUsize::new(0);
    let value = sync::LazyLock::new(|| -> u8 {
        runs.fetch_add(1, Ordering::Relaxed);
        std::panic::resume_unwind(Box::new("planned"))
    });
    for _ in 0..2 {
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| *value)).is_err());
    }
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}

/// The oldest channel is not the first to be forgotten: others are gone.
#[test]
fn a_channel_that_is_in_use_is_not_forgotten() {
    let (asks, questions) = mpsc::sync_channel::<mpsc::SyncSender<()>>(1);
    let server = memguard_lockdep::thread::spawn(move || {
        for reply in questions {
            reply.send(()).unwrap();
        }
    });
    for _ in 0..600 {
        let (reply, answer) = mpsc::sync_channel(1);
        asks.send(reply).unwrap();
        answer.recv().unwrap();
    }
    drop(asks);
    server.join().unwrap();
    let about = |report: &&Report| report.steps.iter().any(|step| step.wanted.place.line() > line!() - 14);
    let here = memguard_lockdep::reports();
    let deadlocks: Vec<&Report> = here.iter().filter(|report| report.verdict.is_deadlock()).filter(about).collect();
    assert!(deadlocks.is_empty(), "{}", deadlocks[0]);
}
