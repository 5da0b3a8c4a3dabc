//! A forked child of a process in which other threads were at any step of `catch_signal`.

use super::{NEVER, in_fork};
use crate::support::alone;
use memguard::Session;

/// How many children. A library whose threads came from the standard library would fail with about 1 of 500 of them.
const CHILDREN: usize = 1000;

/// The code of a child whose exit handlers ran.
const HANDLERS_RAN: i32 = 42;

/// In a child that ends with its exit handlers: it catches a signal and sends it to itself.
fn ends_after_a_signal() {
    end_with_handlers_ran();
    let caught = memguard::catch_signal_within(NEVER, drop, &[libc::SIGTERM]);
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
}

/// Registers an exit handler that ends the process with [`HANDLERS_RAN`].
fn end_with_handlers_ran() {
    extern "C" fn end() {
        // SAFETY: ends the process.
        unsafe { libc::_exit(HANDLERS_RAN) }
    }
    // SAFETY: registers a function that stays.
    assert_eq!(unsafe { libc::atexit(end) }, 0);
}

fn assert_handlers_ran(status: i32, child: impl std::fmt::Display) {
    let ended_well = libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == HANDLERS_RAN;
    assert!(ended_well, "{child} ended with status {status:#x}");
}

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
        let status = in_fork(|| if child % 2 == 0 { ends_after_a_signal() } else { ends_by_safe_exit() });
        assert_handlers_ran(status, format_args!("child {child}"));
    }
}

fn ends_by_safe_exit() {
    end_with_handlers_ran();
    memguard::safe_exit(1)
}

/// PROGRESS: a child ends with its exit handlers though another thread of its parent held standard output.
#[test]
fn children_of_a_parent_that_holds_standard_output() {
    if !alone("hostile::forks::children_of_a_parent_that_holds_standard_output") {
        return;
    }
    memguard::session().unwrap();
    let (held, is_held) = std::sync::mpsc::channel();
    // Dropped at the end, also if a check fails. The harness then writes that.
    let (_release, is_released) = std::sync::mpsc::channel::<()>();
    std::thread::spawn(move || {
        let _stdout = std::io::stdout().lock();
        held.send(()).unwrap();
        let _ = is_released.recv();
    });
    is_held.recv().unwrap();
    for (end, name) in [(ends_after_a_signal as fn(), "a signal"), (ends_by_safe_exit, "safe_exit")] {
        assert_handlers_ran(in_fork(end), name);
    }
}
