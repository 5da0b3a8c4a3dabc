//! A lock of the program that one thread holds around an access, and that another thread takes inside an access, is
//! reported although no thread ever waits. So is any other wait of the program.

use memguard::Buffer;
use memguard_lockdep::{Report, Step, parking_lot, sync, thread};
use std::sync::Arc;

/// Runs both sides, each in a thread, one after the other. The checker does not see that order.
fn one_after_the_other(first: impl FnOnce() + Send, second: impl FnOnce() + Send) {
    std::thread::scope(|scope| scope.spawn(first).join().expect("the first side works"));
    std::thread::scope(|scope| scope.spawn(second).join().expect("the second side works"));
}

/// The report about a class, if there is one.
fn report_about(class: &str) -> Option<Report> {
    let about = |report: &Report| report.steps.iter().any(|step| step.held.class.to_string().contains(class));
    memguard_lockdep::reports().into_iter().find(|report| report.verdict.is_deadlock() && about(report))
}

/// There is a report about the class and the access, and all four places are in this file.
fn has_four_places(class: &str) {
    let report = report_about(class).unwrap_or_else(|| panic!("no report about {class}"));
    assert_eq!(report.steps.len(), 2, "{report}");
    for lock in report.steps.iter().flat_map(|step| [&step.held, &step.wanted]) {
        assert!(lock.place.file().ends_with("inversions.rs"), "{report}");
    }
    assert!(report.to_string().contains("memguard::ACCESS"), "{report}");
}

#[test]
fn a_mutex_of_parking_lot() {
    let buffer = Buffer::new(8).unwrap();
    let mutex = parking_lot::Mutex::named("a mutex of parking_lot", ());
    one_after_the_other(
        || {
            let _held = mutex.lock();
            buffer.with_data(|_| ()).unwrap();
        },
        || buffer.with_data_mut(|_| drop(mutex.lock())).unwrap(),
    );
    has_four_places("a mutex of parking_lot");
}

#[test]
fn a_mutex_of_std() {
    let buffer = Buffer::new(8).unwrap();
    let mutex = sync::Mutex::named("a mutex of std", ());
    one_after_the_other(
        || {
            let _inside = buffer.read().unwrap();
            drop(mutex.lock().unwrap());
        },
        || {
            let _held = mutex.lock().unwrap();
            buffer.copy_from(&[1; 8]).unwrap();
        },
    );
    has_four_places("a mutex of std");
}

/// Readers exclude no reader, so it takes a writer on either side.
#[test]
fn a_read_of_a_reader_writer_lock() {
    let buffer = Buffer::new(8).unwrap();
    let lock = parking_lot::RwLock::named("a reader-writer lock", ());
    one_after_the_other(
        || {
            let _held = lock.read();
            buffer.write().unwrap().fill(1);
        },
        || {
            let _inside = buffer.write().unwrap();
            drop(lock.write());
        },
    );
    has_four_places("a reader-writer lock");
}

/// The receiver is inside an access. The sender needs that access before it sends.
#[test]
fn a_channel() {
    let buffer = &Buffer::new(8).unwrap();
    let (sender, receiver) = sync::mpsc::channel();
    one_after_the_other(
        move || {
            buffer.write().unwrap().fill(1);
            sender.send(()).unwrap();
        },
        move || buffer.with_data(|_| receiver.recv().unwrap()).unwrap(),
    );
    has_four_places("Channel of");
}

/// The joining thread is inside an access. The thread that it joins needs that access before it ends.
#[test]
fn a_join() {
    let buffer = Arc::new(Buffer::new(8).unwrap());
    let (done, is_done) = std::sync::mpsc::channel();
    let shared = buffer.clone();
    let thread = thread::spawn(move || {
        shared.write().unwrap().fill(1);
        done.send(()).unwrap();
    });
    is_done.recv().unwrap();
    buffer.with_data(|_| thread.join().unwrap()).unwrap();
    has_four_places("Join of");
}

/// The same locks in one order everywhere.
#[test]
fn one_order_is_no_inversion() {
    let buffer = Buffer::new(8).unwrap();
    let mutex = parking_lot::Mutex::named("one order", ());
    let both = || {
        let _held = mutex.lock();
        buffer.with_data_mut(|_| ()).unwrap();
    };
    one_after_the_other(both, both);
    assert_eq!(report_about("one order"), None);
}

/// A nested access is tried, so it closes no cycle.
#[test]
fn nested_accesses_are_no_inversion() {
    let (one, other) = (Buffer::new(8).unwrap(), Buffer::new(8).unwrap());
    one_after_the_other(
        || one.with_data(|_| other.with_data_mut(|_| ()).unwrap()).unwrap(),
        || other.with_data(|_| one.with_data_mut(|_| ()).unwrap()).unwrap(),
    );
    let only_accesses = |report: &Report| {
        let is_access = |step: &Step| step.held.class.name() == Some("memguard::ACCESS");
        report.verdict.is_deadlock() && report.steps.iter().all(is_access)
    };
    assert!(!memguard_lockdep::reports().iter().any(only_accesses));
}
