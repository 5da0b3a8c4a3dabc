//! How many threads the machine has lockable memory for.

use crate::kernel;
use crate::scenario::Unfit;
use memguard::{Error, Session};

/// The locked memory of one worker at most: its buffers and scratch slots of up to three pages each, in pages of 4 KiB.
const PER_THREAD: usize = 16 * 4096;

/// The locked memory of a session's pool and coffer, and a reserve.
const PER_SESSION: usize = (256 + 64) * 4096;

/// A single thread would show no contention.
const MIN_THREADS: usize = 2;

/// The number of threads, at most `wanted`, for which memory can be locked. Tries it out, because the limit does not
/// tell what a process with capabilities may lock.
pub(super) fn threads_that_fit(wanted: usize) -> Result<usize, Unfit> {
    kernel::locked_memory()
        .map_err(|error| Unfit(format!("locked memory cannot be measured, which needs /proc of Linux: {error}")))?;
    let mut threads = wanted.max(MIN_THREADS);
    loop {
        let bytes = PER_SESSION + threads * PER_THREAD;
        let session = Session::builder().rekey_interval(None).pool_pages(0).build();
        match session.and_then(|session| session.buffer(bytes).map(drop)) {
            Ok(()) => return Ok(threads),
            Err(Error::Limit(_)) if threads > MIN_THREADS => threads = (threads / 2).max(MIN_THREADS),
            Err(error) => {
                let kib = bytes / 1024;
                return Err(Unfit(format!(
                    "the scenarios need {kib} KiB of locked memory: {error}. To run them, raise the limit: \
                     ulimit -l {kib} (or prlimit, LimitMEMLOCK=, /etc/security/limits.conf)",
                )));
            }
        }
    }
}
