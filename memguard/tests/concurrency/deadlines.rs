//! PROGRESS: a wait ends at its deadline, also if it is woken for nothing before.

use crate::support::{alone, within_patience};
#[cfg(feature = "lockdep")]
use memguard::sync::{Class, Mutex, Site};
use memguard::{Buffer, Error, Session, with_buffers};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_millis(500);

fn session() -> Session {
    Session::builder().acquire_timeout(TIMEOUT).build().unwrap()
}

fn times_out(access: Result<(), Error>) {
    assert!(matches!(access, Err(Error::Timeout { .. })), "{access:?}");
}

extern "C" fn nothing(_: libc::c_int) {}

/// Runs `wait` on a thread of its own. A signal interrupts its sleep again and again, until it ends.
fn interrupted<R: Send>(wait: impl FnOnce() -> R + Send) -> R {
    // SAFETY: all zeros are a valid `sigaction`: no flags, and so no restart of what is interrupted.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = nothing as *const () as libc::sighandler_t;
    // SAFETY: the handler does nothing.
    assert_eq!(unsafe { libc::sigaction(libc::SIGUSR1, &action, std::ptr::null_mut()) }, 0);
    thread::scope(|scope| {
        let (tell, told) = channel();
        let waiter = scope.spawn(move || {
            // SAFETY: asks for the calling thread.
            tell.send(unsafe { libc::pthread_self() }).unwrap();
            wait()
        });
        let thread = told.recv().unwrap();
        while !waiter.is_finished() {
            // SAFETY: the thread is not joined yet, so its name is valid.
            unsafe { libc::pthread_kill(thread, libc::SIGUSR1) };
            thread::yield_now();
        }
        waiter.join().unwrap()
    })
}

#[test]
fn an_interrupted_wait_for_a_buffer_times_out() {
    if !alone("concurrency::deadlines::an_interrupted_wait_for_a_buffer_times_out") {
        return;
    }
    within_patience("interrupted", || {
        let session = session();
        let buffer = session.buffer(8).unwrap();
        let _inside = buffer.write().unwrap();
        times_out(interrupted(|| buffer.read().map(drop)));
        times_out(interrupted(|| buffer.write().map(drop)));
    });
}

#[cfg(feature = "lockdep")]
#[test]
fn an_interrupted_wait_for_a_lock_times_out() {
    if !alone("concurrency::deadlines::an_interrupted_wait_for_a_lock_times_out") {
        return;
    }
    within_patience("interrupted", || {
        let mutex = Mutex::new(Class::Coffer, ());
        let _held = mutex.lock(Site::CofferPurge);
        assert!(interrupted(|| mutex.lock_timed(Site::CofferView, TIMEOUT).is_err()));
    });
}

crate::support::needs!(lockdep: an_interrupted_wait_for_a_lock_times_out);

/// One of the buffers is left after each half of the timeout. If each had a deadline of its own, the access would
/// succeed at last.
#[test]
fn a_wait_for_several_buffers_has_one_deadline() {
    within_patience("several", || {
        let session = session();
        let buffers: Vec<Buffer> = (0..20).map(|_| session.buffer(8).unwrap()).collect();
        thread::scope(|scope| {
            let (tell, told) = channel();
            let mut inside: Vec<_> = buffers.iter().map(|buffer| buffer.write().unwrap()).rev().collect();
            let all: Vec<&Buffer> = buffers.iter().collect();
            scope.spawn(move || tell.send(with_buffers(&all, &[], |_, _| ())));
            let access = loop {
                match told.recv_timeout(TIMEOUT / 2) {
                    Err(RecvTimeoutError::Timeout) => drop(inside.pop()),
                    access => break access.unwrap(),
                }
            };
            times_out(access);
        });
    });
}
