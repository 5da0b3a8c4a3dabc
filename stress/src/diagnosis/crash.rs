//! Says what is known when a signal kills the process: SIGSEGV, SIGBUS or SIGABRT.
//!
//! The handler runs on the alternate stack that the standard library gives every thread. It takes no lock, allocates
//! nothing and calls only what is async-signal-safe. Then the signal does what it would have done without the handler:
//! the standard library tells a stack overflow, and the process dies of the signal.

use super::crumbs;
use super::mappings::{self, Mapping};
use super::sink::Sink;
use std::cell::UnsafeCell;
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{IntoRawFd, RawFd};
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering};

const SIGNALS: [(i32, &[u8]); 3] =
    [(libc::SIGSEGV, b"SIGSEGV"), (libc::SIGBUS, b"SIGBUS"), (libc::SIGABRT, b"SIGABRT")];

/// What stood before this handler, in the order of [`SIGNALS`].
static BEFORE: [AtomicPtr<libc::sigaction>; 3] = [const { AtomicPtr::new(ptr::null_mut()) }; 3];

/// Where the text goes besides the standard error. -1 is nowhere.
static FILE: AtomicI32 = AtomicI32::new(-1);

/// What is known of the run, for the text.
static RUN: AtomicPtr<String> = AtomicPtr::new(ptr::null_mut());

/// The thread that writes the text. Others wait for the end of the process.
static WRITER: AtomicI32 = AtomicI32::new(0);

/// For what the writer reads.
static BUFFER: Buffer = Buffer(UnsafeCell::new([0; 4096]));

struct Buffer(UnsafeCell<[u8; 4096]>);

// SAFETY: only the one thread that made itself the `WRITER` takes a reference to the bytes.
unsafe impl Sync for Buffer {}

/// Prepares the file, if one is named, and catches the signals until the process ends.
///
/// # Errors
/// The system's error, if the file cannot be made or a signal cannot be caught.
pub fn catch(file: Option<&Path>) -> io::Result<()> {
    if let Some(file) = file {
        FILE.store(File::create(file)?.into_raw_fd(), Ordering::Relaxed);
    }
    for ((signal, _), before) in SIGNALS.iter().zip(&BEFORE) {
        let mut old = Box::new(MaybeUninit::<libc::sigaction>::zeroed());
        // SAFETY: all bits zero are a valid `sigaction`, and a valid one is passed to each call. `handle` does only
        // what a handler may do.
        unsafe {
            let mut new = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
            new.sa_sigaction = handle as *const () as usize;
            new.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigemptyset(&mut new.sa_mask);
            if libc::sigaction(*signal, ptr::null(), old.as_mut_ptr()) != 0 {
                return Err(io::Error::last_os_error());
            }
            // Before the handler, which needs it. It is never freed, because the handler stays.
            before.store(Box::into_raw(old).cast(), Ordering::Release);
            if libc::sigaction(*signal, &new, ptr::null_mut()) != 0 {
                return Err(io::Error::last_os_error());
            }
        }
    }
    Ok(())
}

/// What the text says of the run from now on: lines without the last line break.
pub fn tell(run: String) {
    // The one before is never freed, because the handler may be reading it. There is one for each scenario.
    RUN.store(Box::into_raw(Box::new(run)), Ordering::Release);
}

extern "C" fn handle(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: `gettid` has no conditions.
    let thread = unsafe { libc::gettid() };
    match WRITER.compare_exchange(0, thread, Ordering::AcqRel, Ordering::Acquire) {
        // SAFETY: the kernel passes a valid `siginfo_t`.
        Ok(_) => unsafe { write(signal, thread, &*info) },
        // The standard library aborts after a stack overflow.
        Err(writer) if writer == thread => {}
        Err(_) => wait_for_the_end(),
    }
    // SAFETY: as above.
    let is_fault = unsafe { (*info).si_code } > 0;
    let before = SIGNALS.iter().position(|&(known, _)| known == signal).map(|at| BEFORE[at].load(Ordering::Acquire));
    // SAFETY: `catch` stored a valid `sigaction` before it installed this handler, and never frees it. A handler that
    // stands in it with SA_SIGINFO has this signature. Only a fault is passed to it: the standard library takes the
    // address in `info` for that of an access. `sigaction` and `raise` are async-signal-safe.
    unsafe {
        let before = before.filter(|before| !before.is_null()).map(|before| &*before);
        let handler = before.filter(|before| before.sa_flags & libc::SA_SIGINFO != 0).map(|before| before.sa_sigaction);
        match handler {
            // Returns with the default action in place, if it returns.
            Some(handler) if is_fault => {
                let handler: extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) =
                    std::mem::transmute::<usize, _>(handler);
                handler(signal, info, context);
            }
            _ => {
                libc::signal(signal, libc::SIG_DFL);
            }
        }
        // Delivered when this handler returns. A fault occurs again, and is delivered as itself.
        if !is_fault {
            libc::raise(signal);
        }
    }
}

fn wait_for_the_end() -> ! {
    loop {
        // SAFETY: `pause` has no conditions.
        unsafe { libc::pause() };
    }
}

/// Writes the text. Called by the one `WRITER`.
fn write(signal: i32, thread: i32, info: &libc::siginfo_t) {
    let mut out = Sink::new([2, FILE.load(Ordering::Relaxed)] as [RawFd; 2]);
    let name = SIGNALS.iter().find(|&&(known, _)| known == signal).map_or(&b"a signal"[..], |&(_, name)| name);
    out.text(b"memguard-stress: CRASH: ").text(name).end_line();
    crumbs::read(|name, operation, completed| {
        out.text(b"  thread     ").text(name).text(b" (").number(u64::from(thread.unsigned_abs())).text(b")");
        if !operation.is_empty() {
            out.text(b": ").text(operation).text(b", after ").number(completed).text(b" completed operations");
        }
        out.end_line();
    });
    if info.si_code > 0 && signal != libc::SIGABRT {
        // SAFETY: a fault has an address.
        let address = unsafe { info.si_addr() }.addr();
        out.text(b"  address    ").address(address).text(b", ");
        // SAFETY: this thread is the `WRITER`, and this is the one reference.
        place(&mut out, address, unsafe { &mut *BUFFER.0.get() });
        out.end_line();
    } else {
        out.text(b"  sent with code ").number(u64::from(info.si_code.unsigned_abs())).text(b", not a fault").end_line();
    }
    let run = RUN.load(Ordering::Acquire);
    if !run.is_null() {
        // SAFETY: `tell` stored a string and never frees it.
        for line in unsafe { &*run }.split('\n') {
            out.text(b"  ").text(line.as_bytes()).end_line();
        }
    }
}

/// Says what lies at the address.
fn place(out: &mut Sink, address: usize, buffer: &mut [u8]) {
    let place = mappings::find(address, buffer);
    let range = |out: &mut Sink, mapping: &Mapping| {
        out.address(mapping.start).text(b"-").address(mapping.end).text(b" ").text(&mapping.permissions);
    };
    match &place.at {
        Some(mapping) => {
            out.text(b"in the mapping ");
            range(out, mapping);
            if mapping.is_data {
                out.text(b", a data page of memguard, or a guard page inside them");
            }
        }
        None => {
            out.text(b"in no mapping");
        }
    }
    if let Some(before) = place.before.filter(|before| before.is_data) {
        out.text(b"; ").number((address - before.end) as u64).text(b" bytes behind the data page of memguard ");
        range(out, &before);
    }
    if let Some(after) = place.after.filter(|after| after.is_data) {
        out.text(b"; ").number((after.start - address) as u64).text(b" bytes before the data page of memguard ");
        range(out, &after);
    }
}
