//! Core dumps of child processes, as the kernel writes them.

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Child;

/// Ends the child with SIGABRT. Returns the core dump that the kernel wrote into this empty folder, in which the child
/// was started. `None`, and says so, where the kernel gives core dumps to a program or writes them elsewhere, and where
/// the limit of the child cannot be raised.
pub fn core_dump(child: &mut Child, folder: &Path) -> Option<PathBuf> {
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").expect("Linux has it");
    let to_file = !pattern.starts_with('|') && !pattern.contains('/');
    let unlimited = Rlimit { current: None, maximum: None };
    let pid = Pid::from_child(child);
    let is_unlimited = prlimit(Some(pid), Resource::Core, unlimited).is_ok();
    // `wait` would close the standard input, and the child would go on while the kernel stops its threads.
    let input = child.stdin.take();
    kill_process(pid, Signal::ABORT).expect("the child is ours");
    let status = child.wait().expect("the child is ours");
    drop(input);
    assert_eq!(status.signal(), Some(libc::SIGABRT), "{status}");
    let core = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).next();
    match &core {
        None if to_file && is_unlimited => panic!("the kernel wrote no core dump"),
        None => eprintln!(
            "no core dump here (core_pattern {}, limit raised: {is_unlimited}): none was searched",
            pattern.trim()
        ),
        Some(_) => {}
    }
    core
}
