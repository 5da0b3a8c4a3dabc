//! The graph of who holds what and who waits for whom: one record for each thread.

use super::host::{HOST, Host, Record, process_number};
use super::instrument::Instrument;
use super::report::{Acquisition, WaitGraph};
use std::sync::atomic::{AtomicBool, Ordering};

static RECORDS: Instrument<Vec<&'static Record>> = Instrument::new(process_number);

/// The record of this thread.
pub(super) fn current(host: &'static Host) -> &'static Record {
    (host.record)().unwrap_or_else(|| begin(host))
}

#[cold]
fn begin(host: &'static Host) -> &'static Record {
    // Another thread may have been first.
    let _ = HOST.set(host);
    let record = adopt();
    record.orphan.store(!(host.at_thread_exit)(return_record), Ordering::Relaxed);
    let name = (host.thread_name)();
    record.state.with(|state| state.thread = name);
    (host.set_record)(Some(record));
    record
}

fn adopt() -> &'static Record {
    RECORDS.with(|records| {
        let free = records.iter().find(|record| !record.in_use.swap(true, Ordering::AcqRel));
        free.copied().unwrap_or_else(|| {
            let (in_use, orphan) = (AtomicBool::new(true), AtomicBool::new(false));
            let record: &'static Record =
                Box::leak(Box::new(Record { in_use, orphan, state: Instrument::new(process_number) }));
            records.push(record);
            record
        })
    })
}

/// Hands the record of this thread on, unless the thread still holds something: then the record stays, as the evidence.
fn return_record() {
    if let Some(host) = HOST.get()
        && let Some(record) = (host.record)()
        && record.state.with(|state| state.is_empty())
    {
        (host.set_record)(None);
        record.in_use.store(false, Ordering::Release);
    }
}

/// To be called when this thread has let go of a lock or was refused one.
pub(super) fn settle(record: &'static Record) {
    if record.orphan.load(Ordering::Relaxed) {
        return_record();
    }
}

/// Shows each lock that this thread holds. Never waits and never allocates, so an allocator may ask. Shows nothing
/// where lockdep itself asks, as it notes something about this thread.
///
/// ```
/// use memguard::sync::{Class, lockdep};
/// let buffer = memguard::Buffer::new(8)?;
/// let _inside = buffer.read()?;
/// let mut held = 0;
/// lockdep::visit_held(|lock| held += i32::from(lock.class == Class::Access));
/// assert_eq!(held, 1);
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn visit_held(see: impl FnMut(&Acquisition)) {
    if let Some(record) = HOST.get().and_then(|host| (host.record)()) {
        record.state.peek(|state| state.holds.iter().for_each(see));
    }
}

/// Who holds what and waits for what right now. Threads go on while the graph is taken, so two entries may be a moment
/// apart.
///
/// ```
/// use memguard::sync::{Site, lockdep};
/// let buffer = memguard::Buffer::new(8)?;
/// buffer.with_data(|_| {
///     let graph = lockdep::snapshot();
///     assert!(graph.threads.iter().any(|thread| thread.holds.iter().any(|held| held.site == Site::BufferRead)));
/// })?;
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn snapshot() -> WaitGraph {
    let records = RECORDS.with(|records| records.clone());
    let threads = records.iter().map(|record| record.state.with(|state| state.clone()));
    WaitGraph { threads: threads.filter(|thread| !thread.is_empty()).collect() }
}
