//! FOREIGN: the logger, closed descriptors, and the signals of the threads.

use super::{CAUGHT, NEVER, ONE, in_a_child, in_fork, wait_for_ever};
use crate::handled;
use crate::support::alone;
use memguard::{Buffer, Session};
use std::collections::BTreeSet;
use std::fs;
use std::sync::mpsc::channel;
use std::time::Duration;

/// A logger that is called for every record.
struct Calls(fn());

impl log::Log for Calls {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, _: &log::Record<'_>) {
        (self.0)();
    }

    fn flush(&self) {}
}

/// The purge of the signal hands a buffer over, which is worth a record. The handler panics, which was worth one.
fn with_a_logger(log: fn()) {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        Buffer::random(8).unwrap().with_data(|_| {
            sender.send(()).unwrap();
            wait_for_ever()
        })
    });
    receiver.recv().unwrap();
    let panics = |signal| {
        handled(signal);
        panic!("planned");
    };
    memguard::catch_signal_within(NEVER, panics, CAUGHT).unwrap();
    log::set_boxed_logger(Box::new(Calls(log))).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
}

/// WIPED: the logger panics at each record.
#[test]
fn a_logger_panics() {
    in_a_child("surroundings::a_logger_panics", ONE, || with_a_logger(|| panic!("planned, in the logger")));
}

/// PROGRESS: the logger never returns.
#[test]
fn a_logger_blocks() {
    in_a_child("surroundings::a_logger_blocks", ONE, || with_a_logger(|| wait_for_ever()));
}

/// WIPED: the program closes every descriptor but the one that this test reads, as daemons do.
#[test]
fn descriptors_are_closed() {
    in_a_child("surroundings::descriptors_are_closed", ONE, || {
        memguard::catch_signal_within(NEVER, handled, CAUGHT).unwrap();
        for descriptor in (0..1024).filter(|&descriptor| descriptor != libc::STDOUT_FILENO) {
            // SAFETY: nothing in this child uses another descriptor.
            unsafe { libc::close(descriptor) };
        }
    });
}

/// PROGRESS: the threads of the library block all signals. The thread that starts them takes those that it took before.
#[test]
fn threads_of_the_library_take_no_signal() {
    if !alone("hostile::surroundings::threads_of_the_library_take_no_signal") {
        return;
    }
    let before = blocked("/proc/thread-self/status");
    let _session = Session::builder().rekey_interval(Some(Duration::from_millis(1))).build().unwrap();
    memguard::catch_signal(drop, &[]).unwrap();
    assert_eq!(blocked("/proc/thread-self/status"), before);

    let wanted = ["memguard-exit", "memguard-handle", "memguard-rekey", "memguard-signal"];
    let mut found = BTreeSet::new();
    // A thread names itself, after it was started.
    while found.len() < wanted.len() {
        for thread in fs::read_dir("/proc/self/task").unwrap() {
            let thread = thread.unwrap().path();
            let name = fs::read_to_string(thread.join("comm")).unwrap().trim().to_owned();
            if wanted.contains(&name.as_str()) {
                // The C library keeps those between for itself: glibc 32 and 33, musl also 34.
                let free = (1..=31).chain(libc::SIGRTMIN()..=libc::SIGRTMAX());
                let free = free.filter(|signal| ![libc::SIGKILL, libc::SIGSTOP].contains(signal));
                let blocked = blocked(thread.join("status").to_str().unwrap());
                let taken: Vec<_> = free.filter(|signal| blocked & (1 << (signal - 1)) == 0).collect();
                assert!(taken.is_empty(), "{name} takes the signals {taken:?}");
                found.insert(name);
            }
        }
    }
}

/// The blocked signals of a thread, one bit each.
fn blocked(status: &str) -> u64 {
    let status = fs::read_to_string(status).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap();
    u64::from_str_radix(line.trim(), 16).unwrap()
}

/// PROGRESS: the program blocks a signal and waits for it with `sigwait`. No thread of the library takes it. A forked
/// child is such a program, because it has no other thread that does not block it.
#[test]
fn a_blocked_signal_stays_for_the_program() {
    let status = in_fork(|| {
        let _session = Session::new().unwrap();
        memguard::catch_signal(drop, &[libc::SIGINT]).unwrap();
        let mut signal = 0;
        // SAFETY: the set is initialised before its use. The pointers are to live values.
        unsafe {
            let mut blocked = std::mem::zeroed();
            libc::sigemptyset(&mut blocked);
            libc::sigaddset(&mut blocked, libc::SIGTERM);
            libc::pthread_sigmask(libc::SIG_BLOCK, &blocked, std::ptr::null_mut());
            libc::kill(libc::getpid(), libc::SIGTERM);
            libc::sigwait(&blocked, &mut signal);
            libc::_exit(signal)
        }
    });
    assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == libc::SIGTERM, "{status:#x}");
}
