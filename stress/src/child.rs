//! A forked child of this process.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitOptions, kill_process, pidfd_open, waitid, waitpid,
};
use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One look at whether a child has ended lasts this long at the most, in nanoseconds.
const LOOK: i64 = 50_000_000;

/// The exit code of a child whose body panicked.
const PANICKED: i32 = 101;

/// A child that runs code of this program. It is killed when it is dropped, and when the thread that made it ends.
#[derive(Debug)]
pub struct Child {
    /// `None` once it was waited for. From then on another process may have the number.
    pid: Option<Pid>,
    /// Readable once the child has ended.
    ended: OwnedFd,
}

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

impl Child {
    /// Forks. The child runs `body` and ends with the code that it returns, without the exit handlers of this process.
    ///
    /// In the child, only this thread exists, and any lock may be held for ever by a thread that does not. So `body`
    /// must use nothing that other threads of this process lock, and must not print. The library may be used.
    ///
    /// # Errors
    /// The system's error if there is no other process.
    pub fn fork(body: impl FnOnce() -> i32) -> io::Result<Self> {
        // SAFETY: the child runs only `body`, whose caller knows what may be used there, and ends.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => {
                // SAFETY: a request without pointers.
                unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
                let code = catch_unwind(AssertUnwindSafe(body)).unwrap_or(PANICKED);
                // SAFETY: ends the child.
                unsafe { libc::_exit(code) }
            }
            pid => {
                let pid = Pid::from_raw(pid).ok_or_else(|| io::Error::other("a child without a number"))?;
                match pidfd_open(pid, PidfdFlags::empty()) {
                    Ok(ended) => Ok(Self { pid: Some(pid), ended }),
                    Err(error) => {
                        // Nothing can be done about a child that can be neither killed nor awaited.
                        let _ = kill_process(pid, Signal::KILL);
                        let _ = waitpid(Some(pid), WaitOptions::empty());
                        Err(error.into())
                    }
                }
            }
        }
    }

    /// Waits a moment for the child to end. Returns whether it has ended.
    pub fn has_ended(&self) -> bool {
        let moment = Timespec { tv_sec: 0, tv_nsec: LOOK };
        poll(&mut [PollFd::new(&self.ended, PollFlags::IN)], Some(&moment)).is_ok_and(|ready| ready > 0)
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid {
            // If it has ended, there is nothing to do.
            let _ = kill_process(pid, signal);
        }
    }

    /// Stops it, and returns when it stands still or has ended.
    pub fn stop(&self) {
        self.signal(Signal::STOP);
        if let Some(pid) = self.pid {
            let stopped_or_ended = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            let _ = waitid(WaitId::Pid(pid), stopped_or_ended);
        }
    }

    /// Waits until the child has ended. `None` if the system does not say how.
    pub fn end(mut self) -> Option<End> {
        self.pid.take().and_then(reap)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        self.pid.take().and_then(reap);
    }
}

fn reap(pid: Pid) -> Option<End> {
    let (_, status) = waitpid(Some(pid), WaitOptions::empty()).ok()??;
    let code = status.exit_status().map(End::Code);
    code.or_else(|| status.terminating_signal().map(End::Signal))
}

#[cfg(test)]
mod tests {
    use super::{Child, End, PANICKED};
    use rustix::process::Signal;

    #[test]
    fn a_child_tells_how_it_ended() {
        assert_eq!(Child::fork(|| 7).unwrap().end(), Some(End::Code(7)));
        assert_eq!(Child::fork(|| std::panic::resume_unwind(Box::new(()))).unwrap().end(), Some(End::Code(PANICKED)));
        let waits = || loop {
            // SAFETY: it has no conditions.
            unsafe { libc::pause() };
        };
        let child = Child::fork(waits).unwrap();
        assert!(!child.has_ended());
        child.stop();
        child.signal(Signal::CONT);
        child.signal(Signal::TERM);
        assert_eq!(child.end(), Some(End::Signal(libc::SIGTERM)));
    }
}
