//! A forked child of a process in which other threads were at any step of `catch_signal`.

use super::in_fork;
use crate::support::alone;
use memguard::{SIGNAL_EXIT_CODE, Session};
use std::time::Duration;

/// How many children. A library whose threads came from the standard library would fail with about 1 of 500 of them.
const CHILDREN: usize = 1000;

/// A child's `exit` may wait for the lock of the standard library that a thread takes as it starts or ends. The
/// deadline ends that wait. It is short, because with musl 44 of 1000 children waited, and with glibc none or one
/// (2 cores, Rust 1.95, 2026-11-26).
const DEADLINE: Duration = Duration::from_millis(100);

/// PROGRESS: `catch_signal` works in a child, and waits for no lock that a thread of the parent held. The parent's
/// other threads catch signals, and start and end threads of the library and of their own.
#[test]
fn children_of_a_parent_that_catches_and_starts_threads() {
    if !alone("hostile::forks::children_of_a_parent_that_catches_and_starts_threads") {
        return;
    }
    memguard::session().unwrap();
    // Most start threads, which takes locks of the C library and of the standard library.
    let starts: fn() = || {
        let threads: Vec<_> = (0..8).map(|_| std::thread::spawn(|| ())).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    };
    let catches: fn() = || memguard::catch_signal(drop, &[libc::SIGUSR1]).unwrap();
    let builds: fn() = || drop(Session::new().unwrap());
    for step in [catches, builds].into_iter().chain([starts; 8]) {
        std::thread::spawn(move || {
            loop {
                step();
            }
        });
    }
    for child in 0..CHILDREN {
        let status = in_fork(|| {
            let caught = memguard::catch_signal_within(DEADLINE, drop, &[libc::SIGTERM]);
            // SAFETY: signals to this process. The wait ends with it.
            unsafe {
                if caught.is_err() {
                    libc::_exit(98);
                }
                libc::kill(libc::getpid(), libc::SIGTERM);
                loop {
                    libc::pause();
                }
            }
        });
        let ended_well = libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == SIGNAL_EXIT_CODE;
        assert!(ended_well, "child {child} ended with status {status:#x}");
    }
}
