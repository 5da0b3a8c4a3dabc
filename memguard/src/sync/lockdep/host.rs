//! What lockdep needs of the program that it watches, and the record that the program keeps for it on each thread.

use super::instrument::Instrument;
use super::report::ThreadSnapshot;
use once_cell::race::OnceRef;
use std::sync::atomic::AtomicBool;

/// What one thread holds and waits for. Records are never freed, only handed on to the next thread: a watchdog may look
/// at any time.
#[derive(Debug)]
pub(crate) struct Record {
    /// Whether a thread has it.
    pub(super) in_use: AtomicBool,
    /// The thread is past its last words and cannot return the record later. So it returns the record whenever it is
    /// empty.
    pub(super) orphan: AtomicBool,
    pub(super) state: Instrument<ThreadSnapshot>,
}

/// A program that lockdep watches.
pub(crate) struct Host {
    /// Gives a number that this process has and none of its ancestors had.
    pub(crate) process_number: fn() -> u32,
    /// What `set_record` stored last on this thread. Works until the thread is gone, also while its thread-locals are
    /// being destroyed.
    pub(crate) record: fn() -> Option<&'static Record>,
    /// Stores the record of this thread.
    pub(crate) set_record: fn(Option<&'static Record>),
    /// What reports call this thread: its name and number.
    pub(crate) thread_name: fn() -> String,
    /// Arranges for `last_words` to run when this thread ends. Returns `false` if that is no longer possible.
    pub(crate) at_thread_exit: fn(last_words: fn()) -> bool,
}

/// The program that is watched, if any lock was asked for yet. The first one stays.
pub(super) static HOST: OnceRef<'static, Host> = OnceRef::new();

/// The number of the process, for instruments. A forked child forgets what lockdep knew in its parent, and starts anew.
/// 0 before a lock is asked for.
pub(super) fn process_number() -> u32 {
    HOST.get().map_or(0, |host| (host.process_number)())
}
