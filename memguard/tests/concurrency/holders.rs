//! Whom the errors of accesses name.

use crate::support::this_thread;
use memguard::{Error, Session};
use std::sync::mpsc::channel;
use std::time::Duration;

/// VISIBLE: a thread that leaked a guard and ended is not named. Its access lasts for ever, and others say so.
#[cfg(target_os = "linux")]
#[test]
fn an_error_names_no_thread_that_ended_inside() {
    let session = Session::builder().rekey_interval(None).acquire_timeout(Duration::from_millis(10)).build().unwrap();
    let (read, written) = (session.buffer(8).unwrap(), session.buffer(8).unwrap());
    std::thread::scope(|scope| {
        let leaver = scope.spawn(|| {
            std::mem::forget(read.read().unwrap());
            std::mem::forget(written.write().unwrap());
            this_thread()
        });
        // A join may return a moment before the kernel has removed the thread.
        let task = format!("/proc/self/task/{}", leaver.join().unwrap());
        while std::path::Path::new(&task).exists() {
            std::thread::yield_now();
        }
    });
    assert!(matches!(read.write().map(drop), Err(Error::Timeout { holder: None, .. })));
    assert!(matches!(written.read().map(drop), Err(Error::Timeout { holder: None, .. })));
    assert!(matches!(written.try_read().map(drop), Err(Error::WouldBlock { holder: None, .. })));
}

/// VISIBLE: an error names a thread that is inside, or none. It names neither one that has left nor the waiter.
#[test]
fn an_error_names_no_thread_that_left() {
    let session = Session::builder().rekey_interval(None).acquire_timeout(Duration::from_millis(10)).build().unwrap();
    let buffer = &session.buffer(8).unwrap();
    let refused = || {
        drop(buffer.read().unwrap());
        match buffer.write() {
            Err(Error::Timeout { holder, .. }) => holder.map(|holder| holder.thread),
            other => panic!("{other:?}"),
        }
    };
    let this_thread = this_thread();
    std::thread::scope(|scope| {
        // The first reader is noted, and leaves while this thread is inside.
        let (entered, leave) = (channel(), channel());
        let first = scope.spawn(move || {
            let inside = buffer.read().unwrap();
            entered.0.send(()).unwrap();
            leave.1.recv().unwrap();
            drop(inside);
        });
        entered.1.recv().unwrap();
        let inside = buffer.read().unwrap();
        leave.0.send(()).unwrap();
        first.join().unwrap();
        assert_eq!(scope.spawn(refused).join().unwrap(), None);
        drop(inside);
        // This thread is the first reader, and stays.
        let inside = buffer.read().unwrap();
        scope.spawn(|| drop(buffer.read().unwrap())).join().unwrap();
        assert_eq!(scope.spawn(refused).join().unwrap(), Some(this_thread));
        drop(inside);
    });
    let inside = buffer.write().unwrap();
    let told = std::thread::scope(|scope| scope.spawn(|| buffer.try_read().map(drop)).join().unwrap());
    assert!(matches!(told, Err(Error::WouldBlock { holder: Some(holder), .. }) if holder.thread == this_thread));
    drop(inside);
}
