//! What the system does with a signal: asked for and changed with `sigaction`.

use std::mem::MaybeUninit;
use std::{io, ptr};

/// A signal handler of three arguments (`SA_SIGINFO`).
pub(super) type Catcher = extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void);

/// What the system does with a signal.
#[derive(Clone, Copy)]
pub(super) struct Disposition(libc::sigaction);

impl Disposition {
    /// What the system does with this signal now.
    pub(super) fn of(signal: i32) -> io::Result<Self> {
        let mut found = MaybeUninit::uninit();
        // SAFETY: a null pointer changes nothing. The other pointer is to memory for the answer.
        match unsafe { libc::sigaction(signal, ptr::null(), found.as_mut_ptr()) } {
            // SAFETY: a call that succeeds sets it.
            0 => Ok(Self(unsafe { found.assume_init() })),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Calls `catcher`. A system call that the signal interrupts is started again.
    pub(super) fn caught_by(catcher: Catcher) -> Self {
        Self::new(catcher as libc::sighandler_t, libc::SA_SIGINFO | libc::SA_RESTART)
    }

    fn new(action: libc::sighandler_t, flags: i32) -> Self {
        // SAFETY: all-zero is a valid value: the default, no flags, no other signals blocked meanwhile.
        let mut new: libc::sigaction = unsafe { std::mem::zeroed() };
        new.sa_sigaction = action;
        new.sa_flags = flags;
        Self(new)
    }

    /// From now on, the system does this with the signal. Async-signal-safe, apart from `errno`.
    pub(super) fn put(&self, signal: i32) -> io::Result<()> {
        // SAFETY: the first pointer is to a live value. Its handler is a function of this library, or what the system
        // gave as the handler before.
        match unsafe { libc::sigaction(signal, &self.0, ptr::null_mut()) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    pub(super) fn is_ignore(&self) -> bool {
        self.0.sa_sigaction == libc::SIG_IGN
    }

    pub(super) fn is_caught_by(&self, catcher: Catcher) -> bool {
        self.0.sa_sigaction == catcher as libc::sighandler_t
    }

    /// Does with the signal what the system would do.
    ///
    /// # Safety
    /// The caller must be a signal handler that the system called with these arguments. The value must come from
    /// [`of`](Self::of) for this signal, or from [`default`](Self::default).
    pub(super) unsafe fn act(&self, signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        match self.0.sa_sigaction {
            libc::SIG_IGN => {}
            libc::SIG_DFL => {
                // It is pending until the handler returns. Then the system acts.
                let _ = self.put(signal);
                // SAFETY: sends a signal to this thread.
                unsafe { libc::raise(signal) };
            }
            handler if self.0.sa_flags & libc::SA_SIGINFO != 0 => {
                // SAFETY: the system had this handler for this signal with this flag, so it has this type. It is called
                // as the system would call it.
                unsafe { std::mem::transmute::<libc::sighandler_t, Catcher>(handler)(signal, info, context) }
            }
            handler => {
                // SAFETY: as above, without the flag.
                unsafe { std::mem::transmute::<libc::sighandler_t, extern "C" fn(i32)>(handler)(signal) }
            }
        }
    }
}

impl Default for Disposition {
    fn default() -> Self {
        Self::new(libc::SIG_DFL, 0)
    }
}
