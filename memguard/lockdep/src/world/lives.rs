//! What lies before what: threads that begin, end and join.

use super::state::inside;
use crate::threads::clock::Before;
use crate::threads::record::Record;

/// A thread makes another. Returns what lies before that one.
pub(crate) fn fork_thread(record: &'static Record) -> Before {
    let before = inside(|world| {
        world.note_history(record);
        let now = world.thread(record).moment.clone();
        world.lend(record, &now);
        world.thread(record).moment.forks();
        now.and_before()
    });
    record.outdate();
    before
}

/// What this thread is for begins, after what lies before.
pub(crate) fn begin_thread(record: &'static Record, before: &Before) {
    inside(|world| world.thread(record).moment.begins(before));
    record.set_known_beginning();
    record.outdate();
}

/// What lay before the end of a thread that this thread joined lies before this thread now.
pub(crate) fn join_thread(record: &'static Record, ended: &Before) {
    inside(|world| {
        world.note_history(record);
        world.thread(record).moment.joins(ended);
    });
    record.outdate();
}

/// What this thread is for has ended. Destructors of its thread-locals can follow. Returns what lies before its end.
pub(crate) fn end_work(record: &'static Record) -> Before {
    let before = inside(|world| {
        world.note_history(record);
        record.set_news(false);
        world.thread(record).end_work()
    });
    record.outdate();
    before
}

/// What lies before the end of this thread.
pub(crate) fn end_thread(record: &'static Record) -> Before {
    inside(|world| {
        world.note_history(record);
        world.thread(record).end()
    })
}
