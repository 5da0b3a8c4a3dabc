//! FOREIGN for signals: a caught signal purges and ends the process with the documented code, against hostile code in
//! the process and a hostile system around it.
//!
//! No deadline passes in most tests, because it is as long as a `Duration` can be. So what ends the process is what the
//! test names.

mod dispositions;
mod exits;
mod forks;
mod handlers;
mod surroundings;

use crate::support::{PATIENCE, child_detail};
use crate::{SECRET, assert_ended_well, at_exit, await_word, end, handled, say, send, start};
use memguard::Buffer;
use std::time::Duration;

/// What the parent sends once the child is ready, and what it then waits for before it sends the next signal.
type Sent<'a> = &'a [(i32, Option<&'a str>)];

/// One signal.
const ONE: Sent = &[(libc::SIGTERM, None)];

/// What the child catches. They are named, because the program that starts the tests may ignore some, as shells do for
/// background jobs.
const CAUGHT: &[i32] = &[libc::SIGHUP, libc::SIGINT, libc::SIGTERM];

/// A deadline that never comes, and one that comes soon, but leaves the time to say a word on a busy machine.
const NEVER: Duration = Duration::MAX;
const SOON: Duration = Duration::from_secs(3);

/// Runs the named test again in a child, which catches signals with this handler and deadline. Sends it the signals.
/// The child ends as documented. Returns what it said.
fn ends_well(test: &str, deadline: Duration, handler: fn(i32), sent: Sent) -> String {
    in_a_child(test, sent, || {
        memguard::catch_signal_within(deadline, handler, CAUGHT).unwrap();
    })
}

/// The same for a child that prepares itself in another way.
fn in_a_child(test: &str, sent: Sent, prepare: impl FnOnce()) -> String {
    let test = format!("hostile::{test}");
    if child_detail().is_some() {
        with_a_secret(prepare);
    }
    let (child, mut output) = start(&test, "child");
    let mut said = String::new();
    for &(signal, awaited) in sent {
        send(&child, signal);
        if let Some(awaited) = awaited {
            said += &await_word(&mut output, awaited, &test);
        }
    }
    let (status, rest) = end(child, output, &test);
    said += &rest;
    assert_ended_well(status, &said, &test);
    said
}

/// The child: has a secret, prepares itself, and waits for signals.
fn with_a_secret(prepare: impl FnOnce()) -> ! {
    watch_this_process();
    SECRET.set(Box::new(Buffer::random(64).unwrap())).unwrap();
    // SAFETY: registers a function that stays.
    assert_eq!(unsafe { libc::atexit(at_exit) }, 0);
    prepare();
    say("ready");
    wait_for_ever()
}

fn wait_for_ever() -> ! {
    loop {
        std::thread::park();
    }
}

/// Ends this child with a code that no test expects, if it hangs. The parent may be blocked in reading its output.
fn watch_this_process() {
    std::thread::spawn(|| {
        std::thread::sleep(PATIENCE / 2);
        // SAFETY: ends the process.
        unsafe { libc::_exit(99) }
    });
}

fn handled_and_never_returns(signal: i32) {
    handled(signal);
    wait_for_ever()
}

/// Runs `body` in a forked child. A child that hangs is ended by `SIGALRM`, which it does not catch.
fn in_fork(body: impl FnOnce()) -> i32 {
    const PATIENCE: u32 = 20;
    // SAFETY: the child calls only what is tested here and what may be called there.
    match unsafe { libc::fork() } {
        0 => {
            // SAFETY: the child alone gets the signal.
            unsafe { libc::alarm(PATIENCE) };
            body();
            // SAFETY: ends the child.
            unsafe { libc::_exit(97) }
        }
        child => {
            let mut status = 0;
            // SAFETY: waits for our own child. The pointer is to a live value.
            assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
            status
        }
    }
}
