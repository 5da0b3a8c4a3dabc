//! Starts the library's own threads.
//!
//! - **They block all signals**, so that a signal goes to a thread of the program: one that waits for it with
//!   `sigwait`, for example. The thread that starts one blocks them first, and the new thread inherits that. So there
//!   is no moment at which a new thread takes a signal.
//! - **They start without the standard library's help**, because that takes a lock of the process for each thread that
//!   starts or ends (the table of its stack overflow handler). In a forked child it may be locked for ever. The C
//!   library keeps its own locks usable in a child.

use std::ffi::{CString, c_void};
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{io, ptr};

/// The size of a thread's stack, as the standard library has it. A signal handler and exit handlers of the user run on
/// such stacks.
const STACK: usize = 2 << 20;

/// A thread of the library. Dropping it lets the thread go on by itself.
#[derive(Debug)]
pub(crate) struct OwnThread(libc::pthread_t);

// SAFETY: the identifier of a thread may be used on any thread.
unsafe impl Send for OwnThread {}
// SAFETY: as above. Nothing is done with a shared reference.
unsafe impl Sync for OwnThread {}

/// What a new thread gets.
struct Start {
    name: CString,
    body: Box<dyn FnOnce() + Send>,
}

impl OwnThread {
    /// Starts a thread. Linux shows the first 15 bytes of the name.
    ///
    /// # Errors
    /// What the operating system said when it refused a thread.
    pub(crate) fn start(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let start = Box::into_raw(Box::new(Start { name: CString::new(name)?, body: Box::new(body) }));
        match create(start) {
            Ok(thread) => Ok(Self(thread)),
            Err(errno) => {
                // SAFETY: the pointer comes from a box, and no thread got it.
                drop(unsafe { Box::from_raw(start) });
                Err(io::Error::from_raw_os_error(errno))
            }
        }
    }
}

impl Drop for OwnThread {
    fn drop(&mut self) {
        // SAFETY: the thread was neither joined nor detached, because only this consumes the value.
        unsafe { libc::pthread_detach(self.0) };
    }
}

fn create(start: *mut Start) -> Result<libc::pthread_t, i32> {
    let mut attributes = MaybeUninit::uninit();
    let mut thread = MaybeUninit::uninit();
    let _blocked = BlockedSignals::on_this_thread();
    // SAFETY: the attributes are initialised before they are used and destroyed after that. A size that is refused
    // leaves the default. `run` takes over the box that `start` points to, once the thread exists.
    let refused = unsafe {
        match libc::pthread_attr_init(attributes.as_mut_ptr()) {
            0 => {
                libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), STACK);
                let refused = libc::pthread_create(thread.as_mut_ptr(), attributes.as_ptr(), run, start.cast());
                libc::pthread_attr_destroy(attributes.as_mut_ptr());
                refused
            }
            refused => refused,
        }
    };
    // SAFETY: `pthread_create` has set it if it returned 0.
    if refused == 0 { Ok(unsafe { thread.assume_init() }) } else { Err(refused) }
}

/// The thread. Nothing reads its result.
extern "C" fn run(start: *mut c_void) -> *mut c_void {
    // SAFETY: the pointer comes from a box, which `create` handed over to this thread.
    let Start { name, body } = *unsafe { Box::from_raw(start.cast::<Start>()) };
    set_name(&name);
    // The payload of a panic could panic as it is dropped.
    let _ = catch_unwind(AssertUnwindSafe(body)).map_err(std::mem::forget);
    ptr::null_mut()
}

#[cfg(target_os = "linux")]
fn set_name(name: &CString) {
    // A thread without its name works as well.
    let _ = rustix::thread::set_name(name);
}

/// Elsewhere the threads have no name.
#[cfg(not(target_os = "linux"))]
fn set_name(_name: &CString) {}

/// While it lives, this thread takes no signal.
struct BlockedSignals(libc::sigset_t);

impl BlockedSignals {
    fn on_this_thread() -> Self {
        let mut all = MaybeUninit::uninit();
        let mut before = MaybeUninit::uninit();
        // SAFETY: `sigfillset` sets the first set, `pthread_sigmask` the second. Neither fails with these arguments.
        unsafe {
            libc::sigfillset(all.as_mut_ptr());
            libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
            Self(before.assume_init())
        }
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        // SAFETY: the pointer is to a live set.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, ptr::null_mut()) };
    }
}
