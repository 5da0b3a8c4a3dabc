//! Threads that meet. What is looked for is a data race, and a value that a weak memory order lets through.

use super::{ISOLATIONS, built, simulated};
use memguard::{Error, Isolation};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

#[test]
fn two_threads_create_and_destroy() {
    for isolation in ISOLATIONS {
        simulated(isolation, |session| {
            thread::scope(|scope| {
                for id in 1..=2 {
                    scope.spawn(move || {
                        for _ in 0..3 {
                            let buffer = session.buffer(8).unwrap();
                            buffer.write().unwrap().fill(id);
                            assert!(buffer.equals(&[id; 8]).unwrap());
                        }
                    });
                }
            });
        });
    }
}

/// Where the threads have one shard, as in Miri, some buffers come and leave by the inbox, because one thread holds the
/// registry most of the time.
#[test]
fn buffers_pass_the_inbox() {
    simulated(Isolation::Page, |session| {
        let at_work = AtomicU32::new(2);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    (0..4).for_each(|_| drop(session.buffer(8).unwrap()));
                    at_work.fetch_sub(1, Ordering::Relaxed);
                });
            }
            scope.spawn(|| {
                while at_work.load(Ordering::Relaxed) > 0 {
                    let _ = session.health();
                }
            });
        });
        assert_eq!(session.health().registered, 0);
    });
}

#[test]
fn readers_see_whole_writes() {
    simulated(Isolation::Page, |session| {
        let buffer = session.buffer(8).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| (1..=3).for_each(|id| buffer.write().unwrap().fill(id)));
            for _ in 0..2 {
                scope.spawn(|| {
                    let view = buffer.read().unwrap();
                    assert!(view.iter().all(|&byte| byte == view[0]));
                });
            }
        });
    });
}

#[test]
fn a_buffer_is_destroyed_by_one_thread_and_used_by_another() {
    simulated(Isolation::Page, |session| {
        let buffer = session.buffer_from_bytes(&mut [7; 8]).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| buffer.destroy().unwrap());
            scope.spawn(|| match buffer.read() {
                Ok(view) => assert_eq!(*view, [7; 8]),
                Err(error) => assert_eq!(error, Error::Destroyed),
            });
        });
        assert!(!buffer.is_alive());
    });
}

#[test]
fn a_purge_meets_workers() {
    for isolation in ISOLATIONS {
        simulated(isolation, |session| {
            let held = session.buffer_from_bytes(&mut [7; 8]).unwrap();
            thread::scope(|scope| {
                scope.spawn(|| session.purge());
                scope.spawn(|| held.with_data(|bytes| assert_eq!(bytes, [7; 8])).ok());
                scope.spawn(|| drop(session.buffer(8)));
            });
            assert!(!held.is_alive());
        });
    }
}

#[test]
fn a_rekey_meets_an_opening() {
    simulated(Isolation::Page, |session| {
        let enclave = session.enclave(&mut [5; 4]).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| session.rekey().unwrap());
            scope.spawn(|| match enclave.with_data(|bytes| assert_eq!(bytes, [5; 4])) {
                Ok(()) | Err(Error::Timeout { .. }) => {}
                Err(error) => panic!("{error}"),
            });
        });
    });
}

#[test]
fn a_waiter_gives_up_or_is_woken() {
    built(
        |builder| builder.acquire_timeout(Duration::from_millis(5)),
        |session| {
            let buffer = session.buffer(8).unwrap();
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| match buffer.write() {
                        Ok(mut view) => view[0] += 1,
                        Err(Error::Timeout { .. }) => {}
                        Err(error) => panic!("{error}"),
                    });
                }
            });
            assert!(buffer.read().unwrap()[0] <= 2);
        },
    );
}

#[test]
fn a_session_ends_while_a_buffer_lives_elsewhere() {
    let sim = memguard::Sim::new(super::PAGE);
    let session = memguard::Session::builder().simulated(&sim).rekey_interval(None).build().unwrap();
    let buffer = session.buffer(8).unwrap();
    let user =
        thread::spawn(move || buffer.with_data(<[u8]>::len).map_err(|error| assert_eq!(error, Error::Destroyed)));
    drop(session);
    let _ = user.join().unwrap();
    assert_eq!((sim.report().live_bytes, sim.report().unwiped_bytes), (0, 0));
}
