//! What becomes of a report in a program that knows nothing of the checker.
//!
//! Nothing in the program calls this crate at its start. So the linker puts a function of this file among those that
//! run before `main`. It only stores a function pointer.
//!
//! A report is written as soon as it is found. A program that hangs, aborts or is killed has written all that it found
//! before, which a handler at its exit would lose.

use memguard_lockdep::{Report, observe};
use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::process;
use std::thread;

#[used]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
#[cfg_attr(not(any(target_vendor = "apple", windows)), unsafe(link_section = ".init_array"))]
static AT_START: extern "C" fn() = start;

extern "C" fn start() {
    // A program that observes the reports itself comes later, and is told `false`.
    observe(on_report);
}

/// Each new report, in the thread that caused it, before that thread waits.
fn on_report(report: &Report) {
    let file = env::var_os("LOCKDEP_REPORT");
    let panics = env::var_os("LOCKDEP_PANIC").is_some_and(|value| value == "1");
    if let Some(path) = &file {
        append(Path::new(path), report).unwrap_or_else(|error| print(&format!("LOCKDEP_REPORT: {error}")));
    }
    if !report.verdict.is_deadlock() {
        return;
    }
    // A panic during a panic would end the process.
    if panics && !thread::panicking() {
        panic!("{report}");
    }
    if file.is_none() {
        print(&report.to_string());
    }
}

/// Appends one line. Lines of several processes do not mix, as each is written in one piece.
fn append(path: &Path, report: &Report) -> io::Result<()> {
    let program = env::current_exe().unwrap_or_default();
    let line = serde_json::json!({
        "process": process::id(),
        "program": program.to_string_lossy(),
        "text": report.to_string(),
        "report": report,
    });
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(format!("{line}\n").as_bytes())
}

/// Prints, past the lock of the standard error stream and past what a test harness captures. Another thread may hold
/// that lock and wait for a lock of this one.
fn print(text: &str) {
    // Nothing can be done for a program whose error stream is closed.
    let _ = stderr().and_then(|mut stderr| stderr.write_all(format!("memguard-lockdep: {text}\n").as_bytes()));
}

#[cfg(unix)]
fn stderr() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(File::from(io::stderr().as_fd().try_clone_to_owned()?))
}

#[cfg(windows)]
fn stderr() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(File::from(io::stderr().as_handle().try_clone_to_owned()?))
}
