//! What the kernel says about a thread. Only Linux says it, in `/proc`.

use std::fs;

/// The number that the kernel gave this thread.
pub(crate) fn own_number() -> Option<u32> {
    // As in `4711/task/4712`.
    let task = fs::read_link("/proc/thread-self").ok()?;
    task.file_name()?.to_str()?.parse().ok()
}

/// What a thread of this process does: its state as `ps` shows it, and the function of the kernel in which it sleeps,
/// if the kernel tells.
pub(crate) fn doing(thread: u32) -> Option<String> {
    let read = |file: &str| fs::read_to_string(format!("/proc/self/task/{thread}/{file}")).ok();
    // The name is in brackets, and may have brackets and spaces of its own.
    let stat = read("stat")?;
    let state = stat.rsplit(") ").next()?.chars().next()?;
    Some(match read("wchan").filter(|wchan| !matches!(wchan.as_str(), "" | "0")) {
        Some(wchan) => format!("{state}, {wchan}"),
        None => state.to_string(),
    })
}
