//! What lockdep needs of the program that it watches.

use super::process;
use super::record::Record;
use once_cell::race::OnceBox;

/// A program that lockdep watches.
pub(crate) trait Host: Sync {
    /// Gives the number of this process: see [`Process::number`](super::instrument::Process::number).
    fn process_number(&self) -> fn() -> u32;

    /// What [`set_record`](Self::set_record) stored last on this thread. Works until the thread is gone, also while its
    /// thread-locals are being destroyed.
    fn record(&self) -> Option<&'static Record>;

    /// Stores the record of this thread.
    fn set_record(&self, record: Option<&'static Record>);

    /// What reports call this thread: its name and number.
    fn thread_name(&self) -> String;

    /// Arranges for `last_words` to run when this thread ends. Returns `false` if that is no longer possible.
    fn at_thread_exit(&self, last_words: fn()) -> bool;
}

static HOST: OnceBox<&'static dyn Host> = OnceBox::new();

/// The program that is watched from now on. The first one stays.
pub(super) fn set(host: &'static dyn Host) {
    if HOST.get().is_none() {
        process::set(host.process_number());
        // Another thread may have been first.
        let _ = HOST.set(Box::new(host));
    }
}

/// The program that is watched, if any lock was asked for yet.
pub(super) fn get() -> Option<&'static dyn Host> {
    HOST.get().copied()
}
