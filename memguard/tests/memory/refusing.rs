//! Real pages on a system that refuses calls: no byte is left, and what is refused is an error or counted.

use memguard::{Disposal, Error, Isolation, Refusing, Reply, Session};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A session on a system that answers each of these calls so, from the moment that the flag is set.
fn refused(calls: &'static [(&'static str, Reply)]) -> (Session, Refusing, Arc<AtomicBool>) {
    let refuses = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&refuses);
    let system = Refusing::new(move |call| {
        let reply = calls.iter().find(|(name, _)| *name == call && flag.load(Ordering::Relaxed));
        reply.map_or(Reply::Obey, |&(_, reply)| reply)
    });
    let builder = Session::builder().rekey_interval(None).pool_pages(0).isolation(Isolation::Concealed);
    (builder.refusing(&system).build().unwrap(), system, refuses)
}

const NO: Reply = Reply::Refuse(libc::ENOMEM);

/// VISIBLE: each refused call is an error, or it is counted.
#[test]
fn a_refusal_is_an_error_or_counted() {
    for calls in [&[("mmap", NO)], &[("mprotect", NO)], &[("mlock", NO)]] {
        let (session, system, refuses) = refused(calls);
        refuses.store(true, Ordering::Relaxed);
        assert!(matches!(session.buffer(8), Err(Error::Limit(_))), "{calls:?}");
        drop(session);
        assert_eq!((system.give_back(), system.unwiped()), (0, 0), "{calls:?}");
    }
    let (session, system, refuses) = refused(&[("madvise", NO), ("munmap", NO), ("getrandom", NO)]);
    refuses.store(true, Ordering::Relaxed);
    drop(session.buffer(8).unwrap());
    assert!(matches!(session.buffer_random(8), Err(Error::System { call: "getrandom", .. })));
    let degraded = session.health().degraded;
    assert_eq!((degraded.dumpable_pages, degraded.inheritable_pages, degraded.leaked_slots), (2, 2, 2));
    refuses.store(false, Ordering::Relaxed);
    drop(session);
    assert_eq!((system.give_back(), system.unwiped()), (2, 0));
}

/// WIPED: if a page can be neither made writable nor discarded, its bytes are left and counted. A library that does not
/// heed the second refusal leaves them uncounted, which the system sees.
#[test]
fn bytes_that_are_left_are_seen() {
    for (discard, counted) in [(NO, 1), (Reply::Pretend, 0)] {
        let calls: &'static [_] = vec![("mprotect", NO), ("discard", discard)].leak();
        let (session, system, refuses) = refused(calls);
        let buffer = session.buffer_from_bytes(&mut [7; 32]).unwrap();
        refuses.store(true, Ordering::Relaxed);
        assert_eq!(buffer.destroy(), Ok(Disposal::Wiped));
        assert_eq!((session.health().degraded.unwiped_slots, system.unwiped()), (counted, 1), "{discard:?}");
    }
}
