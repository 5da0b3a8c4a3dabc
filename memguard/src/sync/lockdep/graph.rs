//! The graph of who holds what and who waits for whom: one record for each thread.

use super::host::{self, Host};
use super::instrument::Instrument;
use super::process::Watched;
use super::record::Record;
use super::report::{Acquisition, ThreadSnapshot, WaitGraph};
use std::sync::atomic::Ordering;

static RECORDS: Instrument<Vec<&'static Record>, Watched> = Instrument::new();

/// The record of this thread.
pub(super) fn current(host: &'static dyn Host) -> &'static Record {
    host.record().unwrap_or_else(|| begin(host))
}

#[cold]
fn begin(host: &'static dyn Host) -> &'static Record {
    host::set(host);
    let record = adopt();
    record.orphan.store(!host.at_thread_exit(return_record), Ordering::Relaxed);
    let name = host.thread_name();
    record.with(|state| state.name = name);
    host.set_record(Some(record));
    record
}

fn adopt() -> &'static Record {
    RECORDS.with(|records| {
        let free = records.iter().find(|record| record.adopt());
        free.copied().unwrap_or_else(|| {
            let record: &'static Record = Box::leak(Box::new(Record::new()));
            records.push(record);
            record
        })
    })
}

/// Hands the record of this thread on, unless the thread still holds something: then the record stays, as the evidence.
fn return_record() {
    if let Some(host) = host::get()
        && let Some(record) = host.record()
        && record.with(|state| state.is_empty())
    {
        host.set_record(None);
        record.give_up();
    }
}

/// To be called when this thread has let go of a lock or was refused one.
pub(super) fn settle(record: &'static Record) {
    if record.orphan.load(Ordering::Relaxed) {
        return_record();
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
    let acquisitions = |list: &[(u64, Acquisition)]| list.iter().map(|(_, acquisition)| *acquisition).collect();
    let threads = records.into_iter().filter_map(|record| {
        record.with(|state| {
            (!state.is_empty()).then(|| ThreadSnapshot {
                thread: state.name.clone(),
                holds: acquisitions(&state.holds),
                waits: acquisitions(&state.waits),
            })
        })
    });
    WaitGraph { threads: threads.collect() }
}
