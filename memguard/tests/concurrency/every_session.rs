//! WIPED: what ends all secrets of a process reaches every session, while eight threads use five of them.

#![allow(clippy::disallowed_methods, reason = "a child that tells its parent that it is done")]

use crate::support::place::{Place, own_memory};
use crate::support::{alone, child_detail, lockdep, run_child, transcript, within_patience};
use memguard::{Buffer, Enclave, Error, PurgeReport, SIGNAL_EXIT_CODE, Session};
use once_cell::race::OnceBox;
use std::panic::{catch_unwind, set_hook, take_hook};
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;

const SESSIONS: usize = 5;
const THREADS: usize = 8;

/// What one thread keeps in one session.
struct Kept {
    buffer: Buffer,
    place: Place,
    enclave: Enclave,
}

/// What all threads keep, for the exit handler too.
static KEPT: OnceBox<Vec<Kept>> = OnceBox::new();

fn new_session() -> Session {
    Session::builder().rekey_interval(None).build().unwrap()
}

/// Five sessions, the default one among them, and eight threads that use them until the process ends. Returns when each
/// thread keeps a secret in each session.
fn five_sessions_on_eight_threads() {
    let own = (1..SESSIONS).map(|_| &*Box::leak(Box::new(new_session())));
    let sessions: Vec<_> = own.chain([memguard::session().unwrap()]).collect();
    let (sender, kept) = channel();
    for _ in 0..THREADS {
        let (sessions, sender) = (sessions.clone(), sender.clone());
        thread::spawn(move || {
            for session in &sessions {
                let (buffer, enclave) = (session.buffer(64).unwrap(), session.enclave(&mut [1; 64]).unwrap());
                let place = Place::fill(&buffer);
                sender.send(Kept { buffer, place, enclave }).unwrap();
            }
            drop(sender);
            for session in sessions.iter().cycle() {
                // A purge may come in between.
                let _ = session.enclave(&mut [2; 32]).and_then(|sealed| sealed.open()).map(|opened| opened.len());
            }
        });
    }
    drop(sender);
    let kept: Vec<_> = kept.iter().collect();
    assert_eq!(kept.len(), SESSIONS * THREADS);
    let memory = own_memory();
    assert!(kept.iter().all(|kept| kept.place.holds_the_secret(&memory)), "the oracle finds what lives");
    assert!(KEPT.set(Box::new(kept)).is_ok());
}

/// Whether all that the threads kept is gone. The memory is looked at from outside the library.
fn all_is_wiped() -> bool {
    let memory = own_memory();
    let is_wiped = |kept: &Kept| !kept.buffer.is_alive() && !kept.place.holds_the_secret(&memory);
    KEPT.get().is_some_and(|kept| kept.iter().all(is_wiped))
}

const WIPED: &str = "every session is wiped";

extern "C" fn tell_at_exit() {
    if all_is_wiped() && lockdep::violations().is_empty() {
        println!("{WIPED}");
    }
}

/// A child with these sessions ends in this way. Its exit handler looks at what is left.
fn ends(test: &str, end: fn()) -> Option<Output> {
    let test = format!("concurrency::every_session::{test}");
    if child_detail().is_none() {
        let output = run_child(&test, "child");
        assert!(String::from_utf8_lossy(&output.stdout).contains(WIPED), "{}", transcript(&output));
        return Some(output);
    }
    // SAFETY: the handler is a plain function that stays for the life of the process.
    assert_eq!(unsafe { libc::atexit(tell_at_exit) }, 0);
    five_sessions_on_eight_threads();
    end();
    None
}

#[test]
fn purge_all_wipes_five_sessions() {
    if !alone("concurrency::every_session::purge_all_wipes_five_sessions") {
        return;
    }
    five_sessions_on_eight_threads();
    let report = within_patience("purge_all", memguard::purge_all);
    assert!(report.wiped >= (SESSIONS * THREADS) as u64 && report.failed == 0, "{report:?}");
    assert!(all_is_wiped());
    for kept in KEPT.get().unwrap() {
        assert_eq!(kept.enclave.open().map(drop), Err(Error::KeyGone));
    }
    assert_eq!(lockdep::violations(), []);
}

#[test]
fn safe_panic_wipes_five_sessions() {
    if !alone("concurrency::every_session::safe_panic_wipes_five_sessions") {
        return;
    }
    five_sessions_on_eight_threads();
    assert!(catch_unwind(|| memguard::safe_panic("planned")).is_err());
    assert!(all_is_wiped());
}

#[test]
fn safe_panic_any_wipes_five_sessions() {
    if !alone("concurrency::every_session::safe_panic_any_wipes_five_sessions") {
        return;
    }
    five_sessions_on_eight_threads();
    assert!(catch_unwind(|| memguard::safe_panic_any(["any", "value"])).is_err());
    assert!(all_is_wiped());
}

#[test]
fn safe_exit_wipes_five_sessions() {
    if let Some(output) = ends("safe_exit_wipes_five_sessions", || memguard::safe_exit(7)) {
        assert_eq!(output.status.code(), Some(7), "{}", transcript(&output));
    }
}

#[test]
fn a_signal_wipes_five_sessions() {
    let signalled = || {
        memguard::catch_signal(drop, &[libc::SIGTERM]).unwrap();
        // SAFETY: signals this process, which catches it.
        assert_eq!(unsafe { libc::kill(libc::getpid(), libc::SIGTERM) }, 0);
        loop {
            thread::park();
        }
    };
    if let Some(output) = ends("a_signal_wipes_five_sessions", signalled) {
        assert_eq!(output.status.code(), Some(SIGNAL_EXIT_CODE), "{}", transcript(&output));
    }
}

/// A thread inside a buffer keeps its bytes until it leaves. The report counts it, in any session.
#[test]
fn what_is_in_use_is_counted() {
    if !alone("concurrency::every_session::what_is_in_use_is_counted") {
        return;
    }
    let sessions = [new_session(), new_session()];
    let [used, other] = [&sessions[0], &sessions[1]].map(|session| session.buffer(8).unwrap());
    let inside = used.read().unwrap();
    let report = memguard::purge_all();
    assert_eq!((report.wiped, report.handed_over, report.pending), (1, 1, 1), "{report:?}");
    assert!(!other.is_alive());
    drop(inside);
    assert_eq!(memguard::purge_all(), PurgeReport::default());
}

/// As `panic!` and `panic_any`, whose messages name the line that calls them.
#[test]
fn a_safe_panic_names_the_place_of_its_call() {
    if !alone("concurrency::every_session::a_safe_panic_names_the_place_of_its_call") {
        return;
    }
    let (sender, files) = channel();
    set_hook(Box::new(move |panic| sender.send(panic.location().map(|place| place.file().to_owned())).unwrap()));
    assert!(catch_unwind(|| memguard::safe_panic("planned")).is_err());
    assert!(catch_unwind(|| memguard::safe_panic_any(7)).is_err());
    drop(take_hook());
    assert_eq!(files.iter().collect::<Vec<_>>(), [Some(file!().to_owned()), Some(file!().to_owned())]);
}

/// What the kernel says is locked in this process.
fn locked_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let (_, rest) = status.split_once("VmLck:").unwrap();
    let kilobytes = rest.split_whitespace().next().unwrap();
    kilobytes.parse::<u64>().unwrap() << 10
}

/// PROGRESS: sessions begin and end while others purge all of them. No secret that was there before a purge is left.
#[test]
fn sessions_come_and_go() {
    if !alone("concurrency::every_session::sessions_come_and_go") {
        return;
    }
    const ROUNDS: usize = 50;
    let over = AtomicBool::new(false);
    within_patience("sessions that come and go", move || {
        let kept = new_session();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        let buffer = kept.buffer(8).unwrap();
                        memguard::purge_all();
                        assert!(!buffer.is_alive());
                    }
                });
            }
            let come_and_go = || {
                for round in 0..ROUNDS {
                    let session = new_session();
                    let buffer = session.buffer(8);
                    if round % 2 == 0 {
                        drop(session);
                    } else {
                        session.close();
                    }
                    assert!(buffer.is_err() || !buffer.unwrap().is_alive());
                }
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(come_and_go)).collect();
            let ended: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
            over.store(true, Ordering::Relaxed);
            assert!(ended.iter().all(Result::is_ok));
        });
        assert_eq!(kept.health().live_buffers, 0);
        let _live = kept.buffer(8).unwrap();
        assert_eq!(memguard::purge_all().wiped, 1);
        // The other sessions have given all their pages back, also those that a purge still used as they ended.
        let health = kept.health();
        assert_eq!(locked_bytes(), health.footprint.locked_bytes + health.key_pages.locked_bytes);
    });
    assert_eq!(lockdep::violations(), []);
}
