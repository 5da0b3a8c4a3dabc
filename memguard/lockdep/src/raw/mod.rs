//! Checks around any lock that implements the traits of `lock_api`.

#[cfg(feature = "arc_lock")]
mod arc;
mod condvar;
mod methods;
mod mutex;
mod remutex;
mod rwlock;
mod serde;

pub use condvar::{Condvar, RawCondvar, WaitTimeoutResult};
pub use mutex::{Mutex, RawMutex};
pub use remutex::ReentrantMutex;
pub use rwlock::{RawRwLock, RwLock};
