//! Linux numbers and names each thread. `unix.rs` has the same functions.

/// The kernel's number of this thread, the one that debuggers, `top -H` and `/proc` show.
pub(in crate::sync::leaf) fn thread_number() -> u32 {
    rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs()
}

/// Whether this process has a thread of that number. A system that does not say is taken to have it.
pub(in crate::sync::leaf) fn has_thread(number: u32) -> bool {
    let process = rustix::process::getpid().as_raw_nonzero().get();
    // SAFETY: the signal 0 is not sent; the kernel only looks for the thread.
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, process, number, 0) };
    sent == 0 || std::io::Error::last_os_error().raw_os_error() != Some(libc::ESRCH)
}

/// The name that the kernel has for this thread.
#[cfg(feature = "lockdep")]
pub(in crate::sync::leaf) fn thread_name() -> String {
    rustix::thread::name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
