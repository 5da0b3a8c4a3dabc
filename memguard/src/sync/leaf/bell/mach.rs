//! Apple's systems: a Mach semaphore. They have no unnamed POSIX semaphore. To signal one is a trap into the kernel, so
//! it takes no lock of this process.

use std::io;
use std::time::Instant;

#[repr(C)]
struct MachTimespec {
    seconds: u32,
    nanoseconds: i32,
}

const KERN_SUCCESS: i32 = 0;
const KERN_OPERATION_TIMED_OUT: i32 = 49;
const SYNC_POLICY_FIFO: i32 = 0;

unsafe extern "C" {
    static mach_task_self_: u32;
    fn semaphore_create(task: u32, semaphore: *mut u32, policy: i32, value: i32) -> i32;
    fn semaphore_destroy(task: u32, semaphore: u32) -> i32;
    fn semaphore_signal(semaphore: u32) -> i32;
    fn semaphore_wait(semaphore: u32) -> i32;
    fn semaphore_timedwait(semaphore: u32, time: MachTimespec) -> i32;
}

/// The name of the semaphore's port.
#[derive(Debug)]
pub(crate) struct Bell(u32);

impl Bell {
    pub(crate) fn new() -> io::Result<Self> {
        let mut semaphore = 0;
        // SAFETY: the pointer is to a live value.
        match unsafe { semaphore_create(mach_task_self_, &mut semaphore, SYNC_POLICY_FIFO, 0) } {
            KERN_SUCCESS => Ok(Self(semaphore)),
            _ => Err(io::Error::from_raw_os_error(libc::ENOMEM)),
        }
    }

    pub(crate) fn ring(&self) {
        // SAFETY: the semaphore lives as long as this value.
        unsafe { semaphore_signal(self.0) };
    }

    pub(crate) fn wait(&self, until: Option<Instant>) -> bool {
        let Some(until) = until else {
            // SAFETY: as in `ring`. An interrupted wait counts as a ring.
            unsafe { semaphore_wait(self.0) };
            return true;
        };
        let left = until.saturating_duration_since(Instant::now());
        let time = MachTimespec {
            seconds: left.as_secs().try_into().unwrap_or(u32::MAX),
            nanoseconds: left.subsec_nanos().cast_signed(),
        };
        // SAFETY: as in `ring`.
        unsafe { semaphore_timedwait(self.0, time) != KERN_OPERATION_TIMED_OUT }
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        // SAFETY: nobody else knows the semaphore any more.
        unsafe { semaphore_destroy(mach_task_self_, self.0) };
    }
}
