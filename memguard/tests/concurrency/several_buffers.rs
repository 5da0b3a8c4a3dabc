//! `with_buffers`: several buffers at once, waited for in one order, all or nothing.

use crate::support::{lockdep, within_patience};
#[cfg(feature = "lockdep")]
use memguard::sync::{Class, Site};
use memguard::{Buffer, Error, Session, with_buffers};
use std::panic::{AssertUnwindSafe, catch_unwind};
#[cfg(feature = "lockdep")]
use std::sync::mpsc::channel;
use std::time::Duration;

crate::support::needs!(
    lockdep: opposite_orders_wait_and_succeed, nested_it_does_not_wait, a_buffer_twice, buffers_of_several_sessions
);

fn session() -> Session {
    Session::builder().rekey_interval(None).acquire_timeout(Duration::from_secs(600)).build().unwrap()
}

/// A session in which a wait that cannot succeed ends soon.
#[cfg(feature = "lockdep")]
fn impatient() -> Session {
    Session::builder().rekey_interval(None).acquire_timeout(Duration::from_millis(20)).build().unwrap()
}

/// Runs `body` on another thread and waits for it.
fn elsewhere<R: Send>(body: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| scope.spawn(body).join().unwrap())
}

/// No thread is inside any more, and these are the bytes.
fn is_free(buffer: &Buffer, bytes: &[u8]) -> bool {
    elsewhere(|| buffer.try_write().is_ok_and(|inside| *inside == *bytes))
}

#[test]
fn bytes_come_in_the_order_of_the_arguments() {
    let session = session();
    let [a, b, c] = [1, 2, 3].map(|byte| session.buffer_from_bytes(&mut [byte]).unwrap());
    let [x, y] = [(); 2].map(|()| session.buffer(1).unwrap());
    let seen = with_buffers(&[&c, &a, &b], &[&y, &x], |reads, writes| {
        writes[0][0] = 10;
        writes[1][0] = 20;
        reads.concat()
    });
    assert_eq!(seen, Ok(vec![3, 1, 2]));
    assert!(y.equals(&[10]).unwrap() && x.equals(&[20]).unwrap());
    assert_eq!(with_buffers(&[], &[], |reads, writes| reads.len() + writes.len()), Ok(0));
    assert_eq!(lockdep::violations(), []);
}

/// PROGRESS: opposite orders would hang without a lock order, and are refused in nested accesses. Here they wait and
/// succeed every time.
#[cfg(feature = "lockdep")]
#[test]
fn opposite_orders_wait_and_succeed() {
    const ROUNDS: u64 = 3_000;
    within_patience("opposite orders", || {
        let session = session();
        let counts = [(); 3].map(|()| session.buffer(8).unwrap());
        let [a, b, c] = &counts;
        std::thread::scope(|scope| {
            for writes in [[a, b, c], [c, b, a], [b, c, a]] {
                scope.spawn(move || {
                    for _ in 0..ROUNDS {
                        with_buffers(&[], &writes, |_, writes| {
                            for count in writes {
                                let next = u64::from_ne_bytes((**count).try_into().unwrap()) + 1;
                                count.copy_from_slice(&next.to_ne_bytes());
                                std::thread::yield_now();
                            }
                        })
                        .unwrap();
                    }
                });
            }
            // Readers that also hold what they read first.
            for reads in [[a, c], [c, a]] {
                scope.spawn(move || {
                    for _ in 0..ROUNDS {
                        with_buffers(&reads, &[], |reads, _| assert_eq!(reads[0], reads[1])).unwrap();
                    }
                });
            }
        });
        for count in &counts {
            assert!(count.equals(&(3 * ROUNDS).to_ne_bytes()).unwrap());
        }
    });
    assert_eq!(lockdep::violations(), []);
    let ordered = |edge: &lockdep::Edge| edge.held == Site::BuffersWrite && edge.wanted == Site::BuffersWrite;
    assert!(lockdep::edges().iter().any(ordered), "it waited for one buffer inside another");
}

/// Inside an access the function only tries, as every other access does.
#[cfg(feature = "lockdep")]
#[test]
fn nested_it_does_not_wait() {
    within_patience("nested", || {
        let session = session();
        let [outer, busy, free] = [(); 3].map(|()| session.buffer(4).unwrap());
        let (inside, is_inside) = channel();
        let (done, is_done) = channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _writing = busy.write().unwrap();
                inside.send(()).unwrap();
                // Ends when the other side is done or has failed.
                let _ = is_done.into_iter().next();
            });
            is_inside.recv().unwrap();
            let refused = outer.with_data(|_| with_buffers(&[&free], &[&busy], |_, _| ())).unwrap();
            let expected = matches!(
                refused,
                Err(Error::WouldDeadlock { lock, site, holder: Some(_) })
                    if lock == Class::Access && site == Site::BuffersWrite
            );
            assert!(expected, "{refused:?}");
            assert!(is_free(&free, &[0; 4]), "what had been entered was left");
            // A free buffer can be entered, and the thread can read again what it reads already.
            let read = outer.with_data(|_| with_buffers(&[&outer, &free], &[], |reads, _| reads.len())).unwrap();
            assert_eq!(read, Ok(2));
            drop(done);
        });
        assert_eq!(session.health().degraded.accesses_refused, 1);
    });
    assert_eq!(lockdep::violations(), []);
}

#[cfg(feature = "lockdep")]
#[test]
fn a_buffer_twice() {
    let session = session();
    let [a, b] = [(); 2].map(|()| session.buffer(4).unwrap());
    assert_eq!(with_buffers(&[&a, &b, &a], &[], |reads, _| reads[0].as_ptr() == reads[2].as_ptr()), Ok(true));
    for (reads, writes) in [(vec![&a, &b], vec![&a]), (vec![&b], vec![&a, &a])] {
        let refused = with_buffers(&reads, &writes, |_, _| unreachable!("never entered"));
        assert!(matches!(refused, Err(Error::Reentrant { .. })), "{refused:?}");
        assert!(is_free(&a, &[0; 4]) && is_free(&b, &[0; 4]));
    }
    let own_write = a.with_data_mut(|_| with_buffers(&[&b, &a], &[], |_, _| ())).unwrap();
    assert!(matches!(own_write, Err(Error::Reentrant { site }) if site == Site::BuffersRead), "{own_write:?}");
    assert_eq!(lockdep::violations(), []);
}

/// The second read of the same buffer must pass a writer that waits for the first one to end.
#[test]
fn reading_twice_passes_a_waiting_writer() {
    within_patience("twice", || {
        let session = session();
        let buffer = session.buffer(4).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| (0..2_000).for_each(|_| buffer.with_data_mut(|_| std::thread::yield_now()).unwrap()));
            (0..2_000).for_each(|_| with_buffers(&[&buffer; 4], &[], |_, _| std::thread::yield_now()).unwrap());
        });
    });
}

#[test]
fn all_or_nothing() {
    let session = session();
    let [a, frozen, gone] = [(); 3].map(|()| session.buffer(4).unwrap());
    frozen.freeze().unwrap();
    let _ = gone.destroy().unwrap();
    assert_eq!(with_buffers(&[], &[&a, &frozen], |_, _| ()), Err(Error::Frozen));
    assert_eq!(with_buffers(&[&frozen], &[&a, &gone], |_, _| ()), Err(Error::Destroyed));
    assert_eq!(with_buffers(&[&gone], &[&gone], |_, _| ()), Err(Error::Destroyed));
    assert!(is_free(&a, &[0; 4]));
    assert_eq!(frozen.melt(), Ok(()));
    assert!(is_free(&frozen, &[0; 4]));
    assert_eq!(session.health().handed_over, 0);
}

/// The wait ends at the timeout of the least patient session, and what was entered is left.
#[cfg(feature = "lockdep")]
#[test]
fn buffers_of_several_sessions() {
    within_patience("sessions", || {
        let (patient, impatient) = (session(), impatient());
        let (a, b) = (patient.buffer(4).unwrap(), impatient.buffer(4).unwrap());
        with_buffers(&[&b], &[&a], |reads, writes| writes[0].copy_from_slice(reads[0])).unwrap();
        for (busy, other) in [(&a, &b), (&b, &a)] {
            let _writing = busy.write().unwrap();
            let error = elsewhere(|| with_buffers(&[busy], &[other], |_, _| ()).unwrap_err());
            let Error::Timeout { lock, site, holder: Some(holder), timeout } = error else {
                panic!("{error:?}");
            };
            assert!(lock == Class::Access && site == Site::BuffersRead, "{error:?}");
            assert!(holder.site == Site::BufferWrite && timeout == Duration::from_millis(20), "{error:?}");
            assert!(is_free(other, &[0; 4]));
        }
        let timeouts = |session: &Session| session.health().degraded.acquire_timeouts;
        assert_eq!((timeouts(&patient), timeouts(&impatient)), (1, 1), "each session counts its own");
    });
    assert_eq!(lockdep::violations(), []);
}

/// WIPED: if buffers are destroyed or purged while a thread is inside several, that thread wipes them, even if it
/// panics.
#[test]
fn destroyed_while_inside_and_a_panic() {
    let session = session();
    let [a, b] = [(); 2].map(|()| session.buffer(4).unwrap());
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        with_buffers(&[&a], &[&b], |_, writes| {
            writes[0].fill(7);
            assert_eq!(session.purge().handed_over, 2);
            std::panic::resume_unwind(Box::new("planned"));
        })
    }));
    assert!(panicked.is_err());
    let health = session.health();
    assert_eq!((health.live_buffers, health.handed_over, health.registered), (0, 0, 0));
    assert_eq!(session.audit().dirty_slots, 0);
    assert_eq!(with_buffers(&[&a], &[&b], |_, _| ()), Err(Error::Destroyed));
    assert_eq!(lockdep::violations(), []);
}
