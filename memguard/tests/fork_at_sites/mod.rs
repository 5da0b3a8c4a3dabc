//! A fork while another thread is stopped at a site, once for each site.

#![allow(clippy::disallowed_types, reason = "the test stops threads with locks of its own, outside the library")]

use crate::support::{alone, lockdep, within_patience};
use crate::{Inherited, in_fork};
use memguard::sync::Site;
use memguard::{Buffer, Session, with_buffers};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Barrier, Condvar, Mutex};
use std::time::Duration;

/// The site at which the next thread that reaches it stops; `u8::MAX` for none.
static ARMED: AtomicU8 = AtomicU8::new(u8::MAX);
static STOPPED: Mutex<bool> = Mutex::new(false);
static CHANGED: Condvar = Condvar::new();

fn set_stopped(stopped: bool) {
    *STOPPED.lock().unwrap() = stopped;
    CHANGED.notify_all();
}

fn wait_until_stopped(stopped: bool) {
    drop(CHANGED.wait_while(STOPPED.lock().unwrap(), |now| *now != stopped).unwrap());
}

fn stop_if_armed(event: lockdep::Event) {
    let lockdep::Event::Held(site) = event else { return };
    if ARMED.compare_exchange(site as u8, u8::MAX, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
        set_stopped(true);
        wait_until_stopped(false);
    }
}

/// Reads while another thread is inside to write and stays until it sees this one wait.
fn read_while_another_writes(buffer: &Buffer) {
    let both = Barrier::new(2);
    let asleep = || lockdep::waits().threads.iter().any(|thread| thread.waits.is_some());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _inside = buffer.write();
            both.wait();
            while !asleep() && ARMED.load(Ordering::Relaxed) != u8::MAX {
                std::thread::yield_now();
            }
        });
        both.wait();
        drop(buffer.read());
    });
}

/// Reaches every site, some of them in a session of its own.
fn come_by_every_site(session: &Arc<Session>) {
    let buffer = session.buffer(16).unwrap();
    drop(buffer.try_read());
    drop(buffer.try_write());
    buffer.write().unwrap().fill(1);
    drop(memguard::with_buffers(&[&session.buffer(1).unwrap()], &[&buffer], |_, _| ()));
    buffer.freeze().unwrap();
    drop((
        session.buffer_random(16),
        session.enclave(&mut [1; 16]),
        session.rekey(),
        session.health(),
        session.audit(),
    ));
    drop(with_buffers(&[&session.buffer(16).unwrap()], &[&buffer], |_, _| ()));
    let concealed = Session::builder().isolation(memguard::Isolation::Concealed).build().unwrap();
    drop(concealed.buffer(8).unwrap().read());
    let stream = session.stream().unwrap();
    stream.move_from(&mut [1; 16]).unwrap();
    drop((stream.read_into(&mut [0; 8]), stream.len(), stream.next(), stream.clear()));
    // A reader goes to sleep and the writer wakes it. If the writer leaves just before the reader sleeps, they try
    // again.
    buffer.melt().unwrap();
    for _ in 0..1000 {
        read_while_another_writes(&buffer);
        if ![Site::LeaseWait, Site::LeaseWake].iter().any(|&site| ARMED.load(Ordering::Acquire) == site as u8) {
            break;
        }
    }
    drop(buffer);
    let ticks = Session::builder().rekey_interval(Some(Duration::from_millis(1))).build().unwrap();
    while ARMED.load(Ordering::Acquire) == Site::PoolTick as u8 {
        std::thread::yield_now();
    }
    drop(ticks);
    // More than a purge takes at once.
    let _many: Vec<_> = (0..40).map(|_| session.buffer(8).unwrap()).collect();
    session.purge();
}

#[test]
fn a_child_works_whatever_lock_another_thread_held() {
    if !alone("fork_at_sites::a_child_works_whatever_lock_another_thread_held") {
        return;
    }
    assert!(lockdep::observe(stop_if_armed));
    for &site in Site::ALL {
        let inherited = Inherited::new();
        memguard::session().unwrap();
        ARMED.store(site as u8, Ordering::Release);
        let session = Arc::clone(&inherited.session);
        let other = std::thread::spawn(move || {
            come_by_every_site(&session);
            if ARMED.load(Ordering::Acquire) == site as u8 {
                ARMED.store(u8::MAX, Ordering::Release);
                set_stopped(true);
                panic!("{site} was not reached: add it to come_by_every_site");
            }
        });
        wait_until_stopped(true);
        let code = in_fork(|| inherited.check_in_child());
        set_stopped(false);
        within_patience("the thread that was stopped", || other.join()).expect("the parent goes on");
        assert_eq!(code, Some(0), "{site}: the step of check_in_child that failed (None: it hung)");
        assert!(lockdep::violations().is_empty(), "{:?}", lockdep::violations());
    }
}
