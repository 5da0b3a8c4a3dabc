//! Which process this is: without a lock, without a system call, and however the process was forked.
//!
//! A page that the kernel clears in a forked child (`MADV_WIPEONFORK`) holds the number of the process. A child finds
//! it zero and takes the next number. No handler is registered, because `pthread_atfork` misses a bare `clone` and
//! would be a process-wide side effect. Nothing waits, because a lock that another thread of the parent held is never
//! touched again.

use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// The page. Null until the first call. [`UNMARKED`] where the kernel clears no pages.
static MARK: AtomicPtr<AtomicU32> = AtomicPtr::new(ptr::null_mut());
static UNMARKED: AtomicU32 = AtomicU32::new(0);
/// The last number given out. A child inherits it, so a number is never used twice along a line of descent.
static LAST: AtomicU32 = AtomicU32::new(0);
/// The number of the first process of this line of descent that asked for its number; 0 before that.
static FIRST: AtomicU32 = AtomicU32::new(0);

/// The number of this process among its ancestors; never 0.
#[inline]
pub(crate) fn process_number() -> u32 {
    // SAFETY: the pointer is null or to an atomic that is never unmapped.
    match unsafe { MARK.load(Ordering::Acquire).as_ref() } {
        Some(mark) => match mark.load(Ordering::Relaxed) {
            0 => number_of_a_new_process(mark),
            number => number,
        },
        None => number_of_a_new_process(mark()),
    }
}

/// Whether a forked child always has another number than its parent. Not where the kernel clears no pages: there the
/// number is the system's, and a child in another namespace, or long after, may have the same. To be asked after
/// [`process_number`].
#[inline]
pub(crate) fn is_certain() -> bool {
    !ptr::eq(MARK.load(Ordering::Relaxed), &UNMARKED)
}

/// Whether this is a forked child of a process that asked for its number.
pub(crate) fn is_forked() -> bool {
    process_number() != FIRST.load(Ordering::Relaxed)
}

#[cold]
fn number_of_a_new_process(mark: &AtomicU32) -> u32 {
    let number = if ptr::eq(mark, &UNMARKED) { std::process::id() } else { next_number(mark) };
    // A child inherits the number of its parent.
    let _ = FIRST.compare_exchange(0, number, Ordering::Relaxed, Ordering::Relaxed);
    number
}

fn next_number(mark: &AtomicU32) -> u32 {
    let next = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    match mark.compare_exchange(0, next, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => next,
        Err(number_of_another_thread) => number_of_another_thread,
    }
}

fn mark() -> &'static AtomicU32 {
    let new = marked_page().unwrap_or(NonNull::from(&UNMARKED));
    let mark = match MARK.compare_exchange(ptr::null_mut(), new.as_ptr(), Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => new.as_ptr(),
        // Another thread was first. This page is leaked, once.
        Err(theirs) => theirs,
    };
    // SAFETY: either a page that is never unmapped or the static.
    unsafe { &*mark }
}

#[cfg(all(any(target_os = "linux", target_os = "android"), not(miri)))]
fn marked_page() -> Option<NonNull<AtomicU32>> {
    use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};
    let (len, access) = (rustix::param::page_size(), ProtFlags::READ | ProtFlags::WRITE);
    // SAFETY: a new mapping at an address that the kernel chooses touches nothing that exists.
    let map = |flags| NonNull::new(unsafe { mmap_anonymous(ptr::null_mut(), len, access, flags) }.ok()?);
    // SAFETY: the range is a mapping made here.
    let advise = |page: NonNull<_>| unsafe { madvise(page.as_ptr(), len, Advice::LinuxWipeOnFork) }.is_ok();
    // The kernel refuses the advice for shared pages. A system that accepts it there says yes and does nothing.
    let shared = map(MapFlags::SHARED)?;
    let says_yes_to_all = advise(shared);
    // SAFETY: the mapping was made above, and no other code knows it. A failure leaves a page without data.
    let _ = unsafe { munmap(shared.as_ptr(), len) };
    let page = map(MapFlags::PRIVATE)?;
    (advise(page) && !says_yes_to_all).then_some(page.cast())
}

/// Other systems have no such advice, and Miri knows none: the process is asked for its number each time.
#[cfg(not(all(any(target_os = "linux", target_os = "android"), not(miri))))]
fn marked_page() -> Option<NonNull<AtomicU32>> {
    None
}
