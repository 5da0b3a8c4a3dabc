//! Locks whose threads wait as threads of `shuttle`.

mod condvar;
mod flag;
mod monitor;
mod mutex;
mod rwlock;

pub use condvar::RawCondvar;
pub(crate) use flag::Flag;
pub use mutex::RawMutex;
pub use rwlock::RawRwLock;

/// How often a wait with a timeout looks before it gives up. There is no time.
const LOOKS: usize = 3;
