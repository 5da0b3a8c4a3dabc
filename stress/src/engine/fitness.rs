//! Whether the machine can run the scenarios: how much memory it lets this process lock.

use super::Unfit;
use crate::kernel;
use memguard::{Error, Session};

/// What one worker holds locked at most: its buffers and scratch slots of up to three pages each, in pages of 4 KiB.
const PER_THREAD: usize = 16 * 4096;

/// What a session keeps in its pool and its coffer, and some air.
const PER_SESSION: usize = (256 + 64) * 4096;

/// Fewer show no contention.
const FEWEST: usize = 2;

/// The number of threads, at most `wanted`, for which there is lockable memory. Found out by locking it: what the limit
/// says and what the system allows differ where capabilities are involved.
pub(super) fn threads_that_fit(wanted: usize) -> Result<usize, Unfit> {
    kernel::locked_memory()
        .map_err(|error| Unfit(format!("locked memory cannot be measured, which needs /proc of Linux: {error}")))?;
    let mut threads = wanted.max(FEWEST);
    loop {
        let bytes = PER_SESSION + threads * PER_THREAD;
        match lockable(bytes) {
            Ok(()) => return Ok(threads),
            Err(Error::Limit(_)) if threads > FEWEST => threads = (threads / 2).max(FEWEST),
            Err(error) => {
                return Err(Unfit(format!(
                    "the scenarios need {} KiB of locked memory: {error}. To run them, raise the limit: \
                     ulimit -l {} (or prlimit, LimitMEMLOCK=, /etc/security/limits.conf)",
                    bytes / 1024,
                    bytes / 1024,
                )));
            }
        }
    }
}

fn lockable(bytes: usize) -> memguard::Result<()> {
    let session = Session::builder().rekey_interval(None).pool_pages(0).build()?;
    session.buffer(bytes).map(drop)
}
