//! Models of the record, under loom: a reader sees what the thread held at one moment, or that it did not.
//!
//!     MEMGUARD_EXPECTS=loom RUSTFLAGS='--cfg loom' cargo test --release -p memguard-lockdep --features check,models \
//!         --lib --target-dir target/loom

use crate::class::{Class, Kind, Name, Origin};
use crate::mode::Mode;
use crate::place::Place;
use crate::threads::record::Record;
use crate::word::Word;
use loom::sync::Arc;
use std::collections::BTreeSet;
use std::sync::Mutex;

/// Three locks, which are the same in every execution.
fn locks() -> [Word; 3] {
    ["A", "B", "C"].map(|name| {
        let class = Class::of(Origin { kind: Kind::Mutex, name: Name::Given(name), subclass: 0 }, true);
        Word::of(class, u64::from(class.index)).held(Mode::Exclusive)
    })
}

/// What readers see while a thread does `steps`, as the names of the locks in order. Readings of no one moment are left
/// out.
fn seen_during(steps: fn(&Record, [Word; 3])) -> BTreeSet<String> {
    let seen = std::sync::Arc::new(Mutex::new(BTreeSet::new()));
    let all = seen.clone();
    loom::model(move || {
        let (record, locks) = (Arc::new(Record::new(0)), locks());
        let reader = {
            let (record, all) = (record.clone(), all.clone());
            loom::thread::spawn(move || {
                if let (held, true) = record.read() {
                    let names: String = held.iter().filter_map(|lock| lock.class.name()).collect();
                    all.lock().unwrap().insert(names);
                }
            })
        };
        steps(&record, locks);
        reader.join().unwrap();
    });
    std::mem::take(&mut *seen.lock().unwrap())
}

fn push(record: &Record, lock: Word) {
    record.push(lock, Place::caller());
}

#[test]
fn a_reader_sees_each_moment_of_a_nest_and_no_other() {
    let seen = seen_during(|record, [a, b, c]| {
        push(record, a);
        push(record, b);
        assert!(record.pop(b) && record.pop(a));
        push(record, c);
    });
    assert_eq!(seen, ["", "A", "AB", "C"].map(str::to_owned).into());
}

#[test]
fn a_release_out_of_order_moves_the_rest_down_at_once() {
    let seen = seen_during(|record, [a, b, c]| {
        push(record, a);
        push(record, b);
        push(record, c);
        assert!(record.pop(a));
    });
    assert_eq!(seen, ["", "A", "AB", "ABC", "BC"].map(str::to_owned).into());
}
