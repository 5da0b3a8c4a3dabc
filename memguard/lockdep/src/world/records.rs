//! The records of threads: who has one, and what it says.

use super::state::inside;
use crate::acquisition::Acquisition;
use crate::statistics::switch;
use crate::threads::forked;
use crate::threads::leaf::CROWD;
use crate::threads::record::Record;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

static NEXT_RECORD: AtomicUsize = AtomicUsize::new(0);

/// The records of all threads, those that ended among them.
pub(crate) fn records() -> Vec<&'static Record> {
    inside(|world| world.records.clone())
}

/// What a thread held at one moment, without what others have released for it.
pub(crate) fn held(record: &Record) -> Vec<Acquisition> {
    inside(|world| {
        let mut held = record.snapshot();
        for (_, released) in world.released.iter().filter(|(holder, _)| *holder == record.index) {
            if let Some(at) = held.iter().position(|held| held.instance == *released) {
                held.remove(at);
            }
        }
        held
    })
}

/// Makes the tables of what threads count.
pub(crate) fn make_tables() {
    inside(|world| {
        for record in &world.records {
            record.make_table();
        }
    });
}

/// A record for a thread that begins.
pub(crate) fn adopt_record() -> &'static Record {
    let free = |record: &&&Record| !record.in_use.swap(true, Ordering::AcqRel);
    let new = || {
        let index = NEXT_RECORD.fetch_add(1, Ordering::Relaxed);
        if index == 0 {
            forked::expect_forks();
        }
        let record: &'static Record = Box::leak(Box::new(Record::new(index)));
        record
    };
    let adopted = inside(|world| {
        let record = world.records.iter().find(free).copied();
        // Where threads are not told apart, what one of them was is what the next one is.
        if let Some(record) = record
            && !CROWD
        {
            // Not as the thread ended: it may have been in the allocator then.
            if let Some(mut ended) = world.threads.remove(&record.index) {
                ended.end();
                ended.moment.ends();
            }
            record.drain_recent().for_each(drop);
            record.watch(0);
            record.outdate();
            world.released.retain(|(holder, _)| *holder != record.index);
        }
        let record = record.unwrap_or_else(new);
        // So that the thread has a name from the start.
        world.thread(record);
        if switch::is_on() {
            record.make_table();
        }
        Some(record)
    });
    // It is only called outside the checker.
    adopted.unwrap_or_else(new)
}

/// Takes the record of a thread that has ended.
pub(crate) fn return_record(record: &'static Record) {
    record.in_use.store(false, Ordering::Release);
}

/// Takes the record of a thread that is gone with all that it held.
pub(crate) fn abandon_record(record: &'static Record) {
    record.clear();
    return_record(record);
}

/// Every thread that holds or waits for something: its name, its number in the kernel, and its record.
pub(crate) fn threads() -> Vec<(String, Option<u32>, &'static Record)> {
    inside(|world| {
        let is_idle = |record: &Record| record.depth() == 0 && record.waits().is_none();
        let used = world.records.iter().filter(|record| record.in_use.load(Ordering::Acquire) && !is_idle(record));
        used.filter_map(|record| {
            let thread = world.threads.get(&record.index)?;
            Some((thread.name.to_string(), thread.number, *record))
        })
        .collect()
    })
}
