//! FOREIGN: the exit handlers of the process.

use super::{CAUGHT, NEVER, ONE, SOON, Sent, handled_and_never_returns, in_a_child, wait_for_ever, with_a_secret};
use crate::support::child_detail;
use crate::{HANDLED, SECRET, WIPED, at_exit, end, handled, say, send, start};
use memguard::{Buffer, Session};
use std::os::unix::process::ExitStatusExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// An exit handler says that everything is wiped, and then another one never returns.
fn ends_though_exit_blocks(test: &str, deadline: Duration, handler: fn(i32), sent: Sent) {
    extern "C" fn blocks() {
        say("blocking");
        wait_for_ever()
    }
    in_a_child(test, sent, || {
        memguard::catch_signal_within(deadline, handler, CAUGHT).unwrap();
        with_an_exit_handler(blocks);
    });
}

/// Registers an exit handler, and another one, which runs before it and says that everything is wiped.
fn with_an_exit_handler(handler: extern "C" fn()) {
    // SAFETY: registers functions that stay. The last one runs first.
    unsafe {
        assert_eq!(libc::atexit(handler), 0);
        assert_eq!(libc::atexit(at_exit), 0);
    }
}

/// PROGRESS: a second signal ends the wait for an exit handler.
#[test]
fn never_return_until_a_second_signal() {
    let sent: Sent = &[(libc::SIGTERM, Some("blocking")), (libc::SIGTERM, None)];
    ends_though_exit_blocks("exits::never_return_until_a_second_signal", NEVER, handled, sent);
}

/// PROGRESS: the deadline ends the wait for an exit handler.
#[test]
fn never_return_until_the_deadline() {
    ends_though_exit_blocks("exits::never_return_until_the_deadline", SOON, handled, ONE);
}

/// PROGRESS: an exit handler waits for a lock that another thread never gives back.
#[test]
fn take_a_mutex_that_another_thread_holds() {
    static MUTEX: Mutex<()> = Mutex::new(());
    extern "C" fn takes() {
        say("blocking");
        drop(MUTEX.lock());
    }
    let sent: Sent = &[(libc::SIGTERM, Some("blocking")), (libc::SIGTERM, None)];
    in_a_child("exits::take_a_mutex_that_another_thread_holds", sent, || {
        std::mem::forget(MUTEX.lock());
        memguard::catch_signal_within(NEVER, handled, CAUGHT).unwrap();
        with_an_exit_handler(takes);
    });
}

/// PROGRESS: an exit handler uses the session that was purged, and a new one.
#[test]
fn use_memguard() {
    extern "C" fn uses() {
        let own = Session::new().unwrap();
        for session in [memguard::session().unwrap(), &own] {
            assert!(session.enclave(&mut [1; 8]).unwrap().open().unwrap().equals(&[1; 8]).unwrap());
            drop(session.buffer(8).unwrap());
            session.purge();
        }
        assert!(!SECRET.get().unwrap().is_alive());
        say("used");
    }
    let said = in_a_child("exits::use_memguard", ONE, || {
        memguard::catch_signal_within(NEVER, handled, CAUGHT).unwrap();
        with_an_exit_handler(uses);
    });
    assert!(said.contains("used"), "{said}");
}

/// WIPED: an exit handler panics. Code of C cannot unwind, so the process aborts. The purge is done by then.
#[test]
fn panic() {
    extern "C" fn panics() {
        panic!("planned, in an exit handler");
    }
    const NAME: &str = "hostile::exits::panic";
    if child_detail().is_some() {
        with_a_secret(|| {
            memguard::catch_signal_within(NEVER, handled, CAUGHT).unwrap();
            with_an_exit_handler(panics);
        });
    }
    let (child, output) = start(NAME, "child");
    send(&child, libc::SIGTERM);
    let (status, said) = end(child, output, NAME);
    assert!(status.signal() == Some(libc::SIGABRT) && said.contains(WIPED), "{status}, said {said:?}");
}

/// PROGRESS: neither the handler nor an exit handler returns. Each needs a signal of its own.
#[test]
fn never_return_and_the_handler_neither() {
    let sent: Sent = &[(libc::SIGTERM, Some(HANDLED)), (libc::SIGINT, Some("blocking")), (libc::SIGHUP, None)];
    ends_though_exit_blocks("exits::never_return_and_the_handler_neither", NEVER, handled_and_never_returns, sent);
}

/// PROGRESS and WIPED: another thread is stuck in `exit` when the signal arrives.
#[test]
fn block_before_the_signal() {
    static IS_STUCK: AtomicBool = AtomicBool::new(false);
    extern "C" fn blocks() {
        IS_STUCK.store(true, Ordering::Release);
        wait_for_ever()
    }
    let sent: Sent = &[(libc::SIGTERM, Some(WIPED)), (libc::SIGTERM, None)];
    in_a_child("exits::block_before_the_signal", sent, || {
        memguard::catch_signal_within(NEVER, handled, CAUGHT).unwrap();
        // SAFETY: registers a function that stays.
        assert_eq!(unsafe { libc::atexit(blocks) }, 0);
        std::thread::spawn(|| std::process::exit(0));
        while !IS_STUCK.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        // No exit handler can say it.
        std::thread::spawn(|| {
            while SECRET.get().is_some_and(Buffer::is_alive) {
                std::thread::yield_now();
            }
            say(WIPED);
        });
    });
}

/// WIPED: the handler leaves a thread-local, which would panic as its thread ends and so abort the process. There is
/// time for that, until the deadline.
#[test]
fn never_return_while_a_thread_local_is_left() {
    struct Aborts;
    impl Drop for Aborts {
        fn drop(&mut self) {
            panic!("planned, in a destructor");
        }
    }
    std::thread_local! { static LEFT: Aborts = const { Aborts }; }
    let leaves = |signal| LEFT.with(|_| handled(signal));
    ends_though_exit_blocks("exits::never_return_while_a_thread_local_is_left", SOON, leaves, ONE);
}
