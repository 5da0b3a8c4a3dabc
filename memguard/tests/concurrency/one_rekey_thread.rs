//! One thread splits the keys of all sessions.

use crate::support::{alone, lockdep, within_patience};
use memguard::{Enclave, Session};
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(1);

/// How many threads of this process the kernel knows by this name.
fn threads_called(name: &str) -> usize {
    let threads = fs::read_dir("/proc/self/task").unwrap();
    let names = threads.filter_map(|thread| fs::read_to_string(thread.unwrap().path().join("comm")).ok());
    names.filter(|found| found.trim() == name).count()
}

/// A session with a key, whose key nothing uses any more.
fn idle() -> (Session, Enclave) {
    let session = Session::builder().rekey_interval(Some(TICK)).build().unwrap();
    let enclave = session.enclave(&mut [7; 16]).unwrap();
    (session, enclave)
}

fn wait_until_rekeyed(sessions: &[(Session, Enclave)], times: u64) {
    let before: Vec<_> = sessions.iter().map(|(session, _)| session.health().rekeys).collect();
    for ((session, _), before) in sessions.iter().zip(before) {
        while session.health().rekeys < before + times {
            thread::yield_now();
        }
    }
}

/// PROGRESS: every session is served, more of them than are served at one tick, and the process has one thread for it.
/// The end of some leaves the others as they are.
#[test]
fn one_thread_serves_every_session() {
    if !alone("concurrency::one_rekey_thread::one_thread_serves_every_session") {
        return;
    }
    within_patience("sessions with one thread", || {
        let mut sessions: Vec<_> = (0..300).map(|_| idle()).collect();
        wait_until_rekeyed(&sessions, 2);
        assert_eq!(threads_called("memguard-rekey"), 1);
        drop(sessions.drain(10..290));
        wait_until_rekeyed(&sessions, 3);
        assert!(sessions.iter().all(|(_, enclave)| enclave.open().unwrap().equals(&[7; 16]).unwrap()));
        drop(sessions);
        // The thread stays, and has nothing to do until another session begins.
        let next = [idle()];
        wait_until_rekeyed(&next, 1);
        assert_eq!(threads_called("memguard-rekey"), 1);
    });
    assert_eq!(lockdep::violations(), []);
}

/// PROGRESS: sessions end on many threads while the rekey thread is at others, or at them.
#[test]
fn sessions_end_beside_the_thread() {
    if !alone("concurrency::one_rekey_thread::sessions_end_beside_the_thread") {
        return;
    }
    within_patience("sessions that end beside the thread", || {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            // A key in use is split at every tick.
            let busy = scope.spawn(|| {
                let (session, enclave) = idle();
                while !over.load(Ordering::Relaxed) {
                    assert!(enclave.open().unwrap().equals(&[7; 16]).unwrap());
                }
                session.close()
            });
            let come_and_go = || (0..200).for_each(|_| assert_eq!(idle().0.close().failed, 0));
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(come_and_go)).collect();
            let ended: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
            over.store(true, Ordering::Relaxed);
            assert!(busy.join().is_ok() && ended.iter().all(Result::is_ok));
        });
    });
    assert_eq!(lockdep::violations(), []);
}

/// A session whose interval never comes is not in the way of others, and ends like them.
#[test]
fn long_and_short_intervals() {
    if !alone("concurrency::one_rekey_thread::long_and_short_intervals") {
        return;
    }
    within_patience("long and short intervals", || {
        let long = Session::builder().rekey_interval(Some(Duration::MAX)).build().unwrap();
        let short = [idle()];
        wait_until_rekeyed(&short, 3);
        assert_eq!(long.health().rekeys, 0);
        drop((long, short));
    });
}
