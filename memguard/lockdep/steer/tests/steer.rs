//! What tokens and proofs say of programs that are not as expected, and what runs leave behind.

use memguard_lockdep::Report;
use memguard_lockdep_steer::sync::{Condvar, Mutex, RwLock};
use memguard_lockdep_steer::{Proof, ReplayError, Search, Token, prove, replay, reports_of, thread};
use shuttle::rand::{RngCore, thread_rng};
use std::sync::Arc;

/// The report whose first step holds a lock of this class.
fn report_of(held: &str, program: fn()) -> Report {
    let reports = reports_of(program);
    let of_class = |report: &Report| report.steps.iter().any(|step| step.held.class.name() == Some(held));
    reports.into_iter().find(|report| report.verdict.is_deadlock() && of_class(report)).expect("the checker reports it")
}

fn token_of(held: &str, program: fn()) -> Token {
    match prove(&report_of(held, program), program) {
        Proof::Proven { token, .. } => token,
        proof => panic!("{proof}"),
    }
}

/// Two threads that take two locks in opposite orders.
fn abba<const ONE: usize>() {
    const NAMES: [[&str; 2]; 3] = [["FIRST", "SECOND"], ["THIRD", "FOURTH"], ["FIFTH", "SIXTH"]];
    let [one, other] = NAMES[ONE].map(|name| Mutex::named(name, 0));
    let both = Arc::new((one, other));
    let thread = thread::spawn({
        let both = both.clone();
        move || {
            let mut other = both.1.lock();
            *other += *both.0.lock();
        }
    });
    let one = both.0.lock();
    let other = both.1.lock();
    drop((one, other));
    thread.join().unwrap();
}

#[test]
fn a_token_is_of_one_program() {
    let token = token_of("FIRST", abba::<0>);
    assert_eq!(token.to_string().parse(), Ok(token.clone()));
    for _ in 0..20 {
        let threads = replay(&token, abba::<0>).unwrap();
        let waits = |name| threads.iter().any(|thread| thread.waits.is_some_and(|it| it.class.name() == Some(name)));
        assert!(waits("FIRST") && waits("SECOND"), "{threads:?}");
    }
    // The same steps, and other locks.
    assert!(matches!(replay(&token, abba::<1>), Err(ReplayError::OtherHang(_))));
    assert_eq!(replay(&token, || ()), Err(ReplayError::Ended));
    let endless = || (0..100_000).for_each(|_| thread::yield_now());
    assert!(matches!(replay(&token, endless), Err(ReplayError::DoesNotFit { .. })));
    let panics = replay(&token, || panic!("on purpose"));
    assert_eq!(panics, Err(ReplayError::Panicked("on purpose".to_owned())));
}

static HELD: Mutex<i32> = Mutex::named("HELD", 0);

fn twice() {
    let held = HELD.lock();
    let again = HELD.lock();
    drop((held, again));
}

#[test]
fn what_a_hang_held_is_free_afterwards() {
    let token = token_of("HELD", twice);
    assert!(replay(&token, twice).is_ok());
    assert!(
        memguard_lockdep::threads()
            .iter()
            .all(|thread| thread.holds.iter().all(|lock| lock.class.name() != Some("HELD")))
    );
    // A thread of the system.
    *HELD.lock() += 1;
    assert_eq!(HELD.try_lock().map(|held| *held), Some(1));
}

/// Hangs only if the number that it draws is a certain one of eight.
fn drawn() {
    let pair = Arc::new((Mutex::named("DRAWN", ()), Mutex::named("NUMBER", ())));
    let other = pair.clone();
    let inverts = thread_rng().next_u64() % 8 == 5;
    let thread = thread::spawn(move || {
        let _one = other.0.lock();
        let _other = other.1.lock();
    });
    if inverts {
        let _other = pair.1.lock();
        let _one = pair.0.lock();
    }
    thread.join().unwrap();
}

#[test]
fn drawn_numbers_are_part_of_the_token() {
    let report = (0..100).flat_map(|seed| Search::new().seed(seed).looks(1).reports_of(drawn)).next();
    let Proof::Proven { token, .. } = prove(&report.expect("one of the seeds"), drawn) else { panic!("not proven") };
    for _ in 0..20 {
        assert!(replay(&token, drawn).is_ok());
    }
}

/// A reader that comes twice, and a writer that can come between.
fn read_twice() {
    let lock = Arc::new(RwLock::named("READ TWICE", 0));
    let writer = thread::spawn({
        let lock = lock.clone();
        move || *lock.write() += 1
    });
    let first = lock.read();
    let second = lock.read();
    drop((first, second));
    writer.join().unwrap();
}

#[test]
fn a_reader_that_comes_twice_hangs_behind_a_writer() {
    let token = token_of("READ TWICE", read_twice);
    let threads = replay(&token, read_twice).unwrap();
    assert_eq!(threads.iter().filter(|thread| thread.waits.is_some()).count(), 2);
}

/// A thread waits for a notification under a lock that the other thread needs first.
fn waits_under_a_lock() {
    let shared = Arc::new((Mutex::named("OUTER", ()), Mutex::named("READY", false), Condvar::new()));
    let waiter = thread::spawn({
        let shared = shared.clone();
        move || {
            let _outer = shared.0.lock();
            let mut ready = shared.1.lock();
            shared.2.wait_while(&mut ready, |ready| !*ready);
        }
    });
    drop(shared.0.lock());
    *shared.1.lock() = true;
    shared.2.notify_one();
    waiter.join().unwrap();
}

#[test]
fn a_wait_for_a_notification_hangs() {
    let token = token_of("OUTER", waits_under_a_lock);
    for _ in 0..20 {
        assert!(replay(&token, waits_under_a_lock).is_ok());
    }
}

/// One thread takes both orders, one after the other.
fn one_thread() {
    let (one, other) = (Mutex::named("ALONE", ()), Mutex::named("BY ITSELF", ()));
    drop((one.lock(), other.lock()));
    drop((other.lock(), one.lock()));
}

#[test]
fn what_cannot_happen_stays_possible() {
    let reports = reports_of(one_thread);
    let [report] = &reports[..] else { panic!("{reports:?}") };
    let search = Search::new().guided(10).random(20).pct(30);
    let Proof::Possible { tried, other, panic, .. } = search.prove(report, one_thread) else { panic!("it is proven") };
    assert_eq!((tried.guided, tried.random, tried.pct, tried.hung, tried.panicked), (10, 20, 30, 0, 0));
    assert_eq!((other, panic), (None, None));

    // Another hang and a panic are no proof.
    let Proof::Possible { tried, other, .. } = search.prove(report, twice) else { panic!("it is proven") };
    assert_eq!(tried.hung, tried.runs());
    assert!(replay(&other.expect("it hangs"), twice).is_ok());
    let Proof::Possible { tried, panic, .. } = search.prove(report, || panic!("on purpose")) else { panic!("proven") };
    assert_eq!((tried.panicked, panic.as_deref()), (tried.runs(), Some("on purpose")));

    // Nor is a program that never ends.
    let endless = Search::new().guided(2).random(0).pct(0).steps(100).prove(report, || {
        loop {
            thread::yield_now();
        }
    });
    let Proof::Possible { tried, .. } = endless else { panic!("it is proven") };
    assert_eq!(tried.too_long, 2);
}

#[test]
fn a_run_in_a_run_is_refused() {
    let proof = prove(&report_of("FIFTH", abba::<2>), || drop(reports_of(|| ())));
    let Proof::Possible { panic: Some(message), .. } = proof else { panic!("{proof}") };
    assert!(message.contains("from within"), "{message}");
}
