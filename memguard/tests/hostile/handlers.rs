//! FOREIGN: the handler.

use super::{CAUGHT, NEVER, ONE, SOON, ends_well, handled_and_never_returns, in_a_child, wait_for_ever};
use crate::{HANDLED, handled, say};
use memguard::Session;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Mutex;

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("planned, in a destructor");
    }
}

/// A second signal, once the handler runs.
const SECOND: super::Sent = &[(libc::SIGTERM, Some(HANDLED)), (libc::SIGINT, None)];

/// WIPED: a panic of the handler stops neither the purge nor the exit.
#[test]
fn panics() {
    let panics = |signal| {
        handled(signal);
        panic!("planned");
    };
    ends_well("handlers::panics", NEVER, panics, ONE);
}

/// WIPED: the payload of that panic panics as it is dropped.
#[test]
fn panics_with_a_payload_that_panics() {
    let panics = |signal| {
        handled(signal);
        panic_any(PanicsInDrop);
    };
    ends_well("handlers::panics_with_a_payload_that_panics", NEVER, panics, ONE);
}

/// PROGRESS: a second signal ends the wait for the handler.
#[test]
fn never_returns_until_a_second_signal() {
    ends_well("handlers::never_returns_until_a_second_signal", NEVER, handled_and_never_returns, SECOND);
}

/// PROGRESS: the deadline ends the wait for the handler.
#[test]
fn never_returns_until_the_deadline() {
    ends_well("handlers::never_returns_until_the_deadline", SOON, handled_and_never_returns, ONE);
}

/// PROGRESS: there is a deadline if none is set.
#[test]
fn never_returns_until_the_default_deadline() {
    in_a_child("handlers::never_returns_until_the_default_deadline", ONE, || {
        memguard::catch_signal(handled_and_never_returns, CAUGHT).unwrap();
    });
}

/// PROGRESS: the handler waits for a lock that another thread never gives back.
#[test]
fn takes_a_mutex_that_another_thread_holds() {
    static MUTEX: Mutex<()> = Mutex::new(());
    in_a_child("handlers::takes_a_mutex_that_another_thread_holds", SECOND, || {
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let _held = MUTEX.lock();
            sender.send(()).unwrap();
            wait_for_ever()
        });
        receiver.recv().unwrap();
        let takes = |signal| {
            handled(signal);
            drop(MUTEX.lock());
        };
        memguard::catch_signal_within(NEVER, takes, CAUGHT).unwrap();
    });
}

/// PROGRESS: the handler purges, and so does the library after it.
#[test]
fn purges_itself() {
    let purges = |signal| {
        assert_eq!(memguard::purge().wiped, 1);
        handled(signal);
    };
    ends_well("handlers::purges_itself", NEVER, purges, ONE);
}

/// PROGRESS: the handler makes a session of its own.
#[test]
fn uses_a_new_session() {
    let uses = |signal| {
        let own = Session::new().unwrap();
        own.enclave(&mut [1; 8]).unwrap().open().unwrap().with_data(|_| handled(signal)).unwrap();
    };
    ends_well("handlers::uses_a_new_session", NEVER, uses, ONE);
}

/// PROGRESS: the handler catches signals again and returns. The new handler is not called.
#[test]
fn catches_signals_again() {
    let catches = |signal| {
        memguard::catch_signal(|_| say("the second handler"), CAUGHT).unwrap();
        handled(signal);
    };
    let said = ends_well("handlers::catches_signals_again", NEVER, catches, ONE);
    assert!(!said.contains("second"), "{said}");
}

/// WIPED: the handler catches other signals and never returns. A second signal, which is not among those, still purges.
#[test]
fn catches_other_signals_and_never_returns() {
    let catches = |signal| {
        memguard::catch_signal_within(NEVER, drop, &[libc::SIGUSR1]).unwrap();
        handled_and_never_returns(signal);
    };
    ends_well("handlers::catches_other_signals_and_never_returns", NEVER, catches, SECOND);
}

/// A handler that is replaced panics as it is dropped. The new one is in force, and the caller gets the panic.
#[test]
fn replaced_one_panics_in_drop() {
    in_a_child("handlers::replaced_one_panics_in_drop", ONE, || {
        let bomb = PanicsInDrop;
        memguard::catch_signal(move |_| drop(bomb), CAUGHT).unwrap();
        let replaced = catch_unwind(AssertUnwindSafe(|| memguard::catch_signal_within(NEVER, handled, CAUGHT)));
        assert!(replaced.is_err());
    });
}
