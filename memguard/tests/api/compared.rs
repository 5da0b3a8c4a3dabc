//! `Buffer::equals_buffer`: two buffers are compared where they are, beside their writers.

use memguard::{Error, Isolation, Session};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

fn session() -> Session {
    Session::builder().rekey_interval(None).build().unwrap()
}

#[test]
fn equal_bytes_of_equal_lengths_are_equal() {
    for isolation in [Isolation::Page, Isolation::Packed, Isolation::Concealed] {
        let other = Session::builder().rekey_interval(None).isolation(isolation).build().unwrap();
        // Long ones are compared another way than short ones.
        for len in [1, 4, 1024, 1025, 5000] {
            let (a, b) = (session().buffer(len), other.buffer(len).unwrap());
            assert_eq!(a.unwrap().equals_buffer(&b), Err(Error::Destroyed), "its session has ended");
            let session = session();
            let a = session.buffer(len).unwrap();
            assert!(a.equals_buffer(&b).unwrap() && b.equals_buffer(&a).unwrap() && a.equals_buffer(&a).unwrap());
            let longer = other.buffer(len + 1).unwrap();
            assert!(!a.equals_buffer(&longer).unwrap() && !longer.equals_buffer(&a).unwrap());
            for at in [0, len - 1] {
                b.copy_from_at(at, &[1]).unwrap();
                assert!(!a.equals_buffer(&b).unwrap());
                b.wipe().unwrap();
            }
        }
    }
}

#[test]
fn an_access_of_this_thread_excludes_or_includes_it() {
    let session = session();
    let (a, b) = (session.buffer(4).unwrap(), session.buffer(4).unwrap());
    let inside = a.read().unwrap();
    assert_eq!((a.equals_buffer(&b), b.equals_buffer(&a)), (Ok(true), Ok(true)));
    drop(inside);
    let inside = b.write().unwrap();
    assert!(matches!(a.equals_buffer(&b), Err(Error::Reentrant { .. })));
    assert!(matches!(b.equals_buffer(&a), Err(Error::Reentrant { .. })));
    drop(inside);
    assert!(a.try_write().is_ok(), "no access is left in the first");
    let _ = b.destroy().unwrap();
    assert_eq!((a.equals_buffer(&b), b.equals_buffer(&a)), (Err(Error::Destroyed), Err(Error::Destroyed)));
}

/// PROGRESS: a comparison waits for the writer of either buffer. It is not refused at once, as a second access is.
#[test]
fn a_comparison_waits_for_writers() {
    let builder = Session::builder().rekey_interval(None).acquire_timeout(Duration::from_millis(5));
    let session = builder.build().unwrap();
    let buffers = [session.buffer(4).unwrap(), session.buffer(4).unwrap()];
    for written in &buffers {
        let compare = || buffers[0].equals_buffer(&buffers[1]);
        let inside = written.write().unwrap();
        let compared = thread::scope(|scope| scope.spawn(compare).join().unwrap());
        assert!(matches!(compared, Err(Error::Timeout { .. })), "{compared:?}");
        drop(inside);
        assert_eq!(compare(), Ok(true));
    }
}

/// EXACT: a comparison beside writers sees no half of what they write.
#[test]
fn buffers_are_compared_beside_writers() {
    let session = session();
    let (a, b) = (session.buffer(4).unwrap(), session.buffer(4).unwrap());
    b.write().unwrap()[3] = 1;
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for buffer in [&a, &b] {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let mut bytes = buffer.write().unwrap();
                    // Inside, the last bytes are equal. Outside, they are not.
                    let last = std::mem::replace(&mut bytes[3], 7);
                    bytes[0] ^= 1;
                    bytes[3] = last;
                }
            });
        }
        for _ in 0..200 {
            assert!(!a.equals_buffer(&b).unwrap());
        }
        over.store(true, Ordering::Relaxed);
    });
}
