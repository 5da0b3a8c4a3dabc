//! Models of the table of classes, under loom: equal origins are one class for all threads, and a thread that finds a
//! class finds all of it. Loom itself fails where a thread reads a class that may not be whole.
//!
//! They run with the models of the record of a thread.

use crate::class::{Class, Kind, Name, Origin};
use crate::word::Word;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

fn class(name: &'static str) -> &'static Class {
    let class = Class::of(Origin { kind: Kind::Mutex, name: Name::Given(name), subclass: 0 }, true);
    // A read of what its maker wrote.
    assert!(!class.nests());
    class
}

#[test]
fn locks_of_one_origin_are_of_one_class_for_all_threads() {
    loom::model(|| {
        let others = [0, 1].map(|_| thread::spawn(|| class("A")));
        let here = class("A");
        for other in others {
            assert_eq!(other.join().unwrap(), here);
        }
        assert_eq!(Class::by_index(here.index), Some(here));
    });
}

/// Both classes are put at the end of one list.
#[test]
fn classes_that_are_added_at_once_are_both_kept() {
    loom::model(|| {
        let other = thread::spawn(|| (class("A"), class("B")));
        let (b, a) = (class("B"), class("A"));
        assert_eq!(other.join().unwrap(), (a, b));
        assert_ne!(a, b);
        for class in [a, b] {
            assert_eq!(Class::by_index(class.index), Some(class));
        }
    });
}

/// As the locks of threads do: the first to use a lock gives it its word.
#[test]
fn a_thread_that_has_the_word_of_a_lock_finds_its_class() {
    loom::model(|| {
        let lock = Arc::new(AtomicU64::new(0));
        let word = |lock: &AtomicU64| {
            let word = match lock.load(Ordering::Acquire) {
                0 => match lock.compare_exchange(0, Word::of(class("A"), 1).0, Ordering::Release, Ordering::Acquire) {
                    Ok(_) => lock.load(Ordering::Relaxed),
                    Err(first) => first,
                },
                word => word,
            };
            assert_eq!(Word(word).class().map(|class| (class.name(), class.nests())), Some((Some("A"), false)));
        };
        let others = [0, 1].map(|_| {
            let lock = lock.clone();
            thread::spawn(move || word(&lock))
        });
        others.into_iter().for_each(|other| other.join().unwrap());
    });
}
