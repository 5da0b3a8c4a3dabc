//! What the tests share: a watchdog, child processes, and a look at wiped pages.

#![allow(dead_code, unused_imports, unused_macros, reason = "each test binary uses its part")]

#[cfg(target_os = "linux")]
pub mod core_dump;
#[cfg(target_os = "linux")]
pub mod filter;
pub mod lockdep;
pub mod place;
pub mod scan;
pub mod sources;

/// Names tests, or modules of tests, that this build leaves out. Each is listed as ignored, with what it needs.
macro_rules! needs {
    (sim: $($name:ident),+) => { $(
        #[cfg(not(feature = "sim"))]
        #[test]
        #[ignore = "needs simulated pages: cargo test -p memguard --features lockdep,sim"]
        fn $name() {}
    )+ };
    (serde: $($name:ident),+) => { $(
        #[cfg(not(all(feature = "serde", feature = "sim")))]
        #[test]
        #[ignore = "needs serde and simulated pages: cargo test -p memguard --all-features"]
        fn $name() {}
    )+ };
    (zerocopy: $($name:ident),+) => { $(
        #[cfg(not(feature = "zerocopy"))]
        #[test]
        #[ignore = "needs zerocopy: cargo test -p memguard --all-features"]
        fn $name() {}
    )+ };
    (lockdep: $($name:ident),+) => { $(
        #[cfg(not(feature = "lockdep"))]
        #[test]
        #[ignore = "needs lockdep: cargo test -p memguard --features lockdep,sim"]
        fn $name() {}
    )+ };
}
pub(crate) use needs;

use memguard::{Cipher, Isolation};
use rustix::process::{Resource, Rlimit, setrlimit};
use std::process::{Command, Output};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Far longer than any test takes on the slowest machine. Only a hang takes as long.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Runs `body` on a thread of its own. If `body` does not end, fails and prints the wait graph.
pub fn within_patience<R: Send + 'static>(name: &str, body: impl FnOnce() -> R + Send + 'static) -> R {
    let (sender, receiver) = channel();
    let worker = std::thread::Builder::new()
        .name(name.chars().take(15).collect())
        .spawn(move || {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
            let _ = sender.send(result);
        })
        .expect("a thread");
    match receiver.recv_timeout(PATIENCE) {
        Ok(Ok(result)) => {
            worker.join().expect("the worker has sent its result");
            result
        }
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            panic!("{name} hangs:\n{}", lockdep::waits())
        }
    }
}

/// The kernel's number of the calling thread.
pub fn this_thread() -> u32 {
    rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned()
}

/// The variable that tells a test binary that it is a child, and what its parent asks for.
const CHILD: &str = "MEMGUARD_TEST_CHILD";

/// Runs the test of this binary with this path (`group::file::test`) again in a child process, in which [`is_child`]
/// says `true`.
pub fn run_child(test: &str, detail: &str) -> Output {
    let mut child = Command::new(std::env::current_exe().expect("the path of this test"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, detail)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("this test binary can be started again");
    // The pipes are drained by wait_with_output on a thread, so that a hanging child can be killed and reported.
    let id = child.id();
    child.stdin.take();
    let (sender, receiver) = channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    match receiver.recv_timeout(PATIENCE) {
        Ok(output) => {
            let output = output.expect("the child's output");
            // With a wrong name, the child would run no test and succeed.
            let ran = String::from_utf8_lossy(&output.stdout).contains("running 1 test\n");
            assert!(ran, "no test is called {test}: {}", transcript(&output));
            output
        }
        Err(_) => {
            let pid = libc::pid_t::try_from(id).expect("a process number");
            // SAFETY: signalling our own child, which has not been waited for.
            unsafe { libc::kill(pid, libc::SIGKILL) };
            panic!("the child {test} ({detail}) hangs");
        }
    }
}

/// Runs the named test again in a child process, where it is alone. Returns `true` in the child, and `false` here once
/// the child has succeeded.
pub fn alone(test: &str) -> bool {
    if child_detail().is_some() {
        return true;
    }
    let output = run_child(test, "alone");
    assert!(output.status.success(), "{}", transcript(&output));
    false
}

/// What the parent asked this child for, if this process is a child.
pub fn child_detail() -> Option<String> {
    std::env::var(CHILD).ok()
}

/// What the child printed, for a failing assertion.
pub fn transcript(output: &Output) -> String {
    format!(
        "{}\n--- stdout\n{}--- stderr\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Where a buffer's bytes are, to read them after the buffer is gone. This oracle does not ask the library.
#[derive(Clone, Copy)]
pub struct Spot {
    start: *const u8,
    len: usize,
}

// SAFETY: only an address; `is_zero` states what reading it needs.
unsafe impl Send for Spot {}

impl Spot {
    pub fn of(bytes: &[u8]) -> Self {
        Self { start: bytes.as_ptr(), len: bytes.len() }
    }

    /// Whether all bytes there are zero.
    ///
    /// # Safety
    /// The session of the buffer must be alive and its pool not full, so that the page is still mapped. No other code
    /// may use the page.
    pub unsafe fn is_zero(self) -> bool {
        // SAFETY: the caller's promise. The read is volatile because the compiler knows nothing of this memory.
        (0..self.len).all(|at| unsafe { self.start.add(at).read_volatile() } == 0)
    }
}

/// The isolations that real pages can have here: all but [`Isolation::Secret`] where the system cannot hide pages.
pub fn isolations() -> Vec<Isolation> {
    let mut isolations = vec![Isolation::Page, Isolation::Packed, Isolation::Concealed];
    if hides_pages() {
        isolations.push(Isolation::Secret);
    }
    isolations
}

/// The ciphers that this processor can use.
pub fn ciphers() -> impl Iterator<Item = Cipher> {
    [Cipher::XChaCha20Poly1305, Cipher::Aegis256].into_iter().filter(|cipher| cipher.is_available())
}

/// Whether this system can hide pages from the kernel. Does not use the library.
pub fn hides_pages() -> bool {
    #[cfg(target_os = "linux")]
    // SAFETY: the call makes a descriptor, which is closed here.
    unsafe {
        let file = libc::syscall(libc::SYS_memfd_secret, 0);
        file >= 0 && libc::close(file.try_into().expect("a descriptor")) == 0
    }
    #[cfg(not(target_os = "linux"))]
    false
}

/// Lowers a limit of this process.
pub fn lower_limit(resource: Resource, to: u64) {
    let limit = Rlimit { current: Some(to), maximum: Some(to) };
    setrlimit(resource, limit).expect("a limit can be lowered");
}

/// Becomes an unprivileged user, if this process is root. From then on, limits apply.
pub fn drop_privileges() {
    const NOBODY: u32 = 65534;
    // SAFETY: these calls only change the user of this process, which has one thread that matters.
    unsafe {
        if libc::geteuid() == 0 {
            assert_eq!(libc::setgid(NOBODY), 0, "root can change its group");
            assert_eq!(libc::setuid(NOBODY), 0, "root can change its user");
        }
    }
}
