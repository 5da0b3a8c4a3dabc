//! Linux numbers and names each thread. `unix.rs` has the same functions.

/// The kernel's number of this thread, the one that debuggers, `top -H` and `/proc` show.
pub(in crate::sync::leaf) fn thread_number() -> u32 {
    rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs()
}

/// The name that the kernel has for this thread.
#[cfg(feature = "lockdep")]
pub(in crate::sync::leaf) fn thread_name() -> String {
    rustix::thread::name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
