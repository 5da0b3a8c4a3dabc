//! Looks whether the controls have an effect, each on pages of its own, which are given back.
//!
//! The flags of a mapping are read from `/proc/self/smaps`. Its pages are asked for at a low address, because the
//! kernel makes that file in the order of addresses, as it is read. So the rest of the process costs nothing: a look
//! takes about 0.15 ms, also with 2 GB in use. What a page allows is found by a system call that must fail.

use crate::memory::page::backend::{IGNORED, Span, SystemFault, fault, last_fault};
use crate::memory::page::linux::{self, guard, hide, keep_out_of_core_dumps, lock, space, wipe_on_fork};
use crate::memory::page::sight::{Seen, Sight};
use rustix::mm::{MapFlags, MlockFlags, MprotectFlags, ProtFlags, mlock, mlock_with, mmap_anonymous, mprotect, munmap};
use std::ffi::c_void;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::ptr::{self, NonNull};

/// An advice that no kernel knows.
const MADE_UP: i32 = 0x6d67;

/// The lowest address that programs usually may map. Only a hint.
const LOW: usize = 64 << 10;

/// What is seen of each control.
pub(crate) fn look(page_size: usize) -> Seen {
    match Trial::new(page_size) {
        Ok(trial) => trial.look(),
        Err(fault) => Seen::all(Sight::Fails(fault)),
    }
}

/// Whether guards can be set without splitting a mapping, and the mapping can be locked (`mlock2`): `mlock` would fault
/// on the guards.
pub(crate) fn guards_within_a_mapping(page_size: usize) -> Sight {
    let trial = match Trial::new(page_size) {
        Ok(trial) => trial,
        Err(fault) => return Sight::Fails(fault),
    };
    // SAFETY: the page belongs to the trial alone, and holds nothing.
    let answered = unsafe { guard(trial.start(), page_size) };
    match Sight::of("madvise(MADV_GUARD_INSTALL)", answered, trial.allows(Access::Read).map(|allows| !allows)) {
        Sight::Works => {
            let answered = lock_when_touched(trial.start(), page_size).map_err(fault("mlock2"));
            let lies = || locks_anything(page_size, lock_when_touched).then_some(false);
            Sight::of("mlock2", answered, trial.flags().map(|flags| flags.contains("lo")).or_else(lies))
        }
        other => other,
    }
}

/// Whether pages can be hidden: the kernel cannot read one for another process, and neither a core dump nor a child
/// gets it.
pub(crate) fn hiding(page_size: usize) -> Sight {
    match Trial::new(page_size) {
        Ok(trial) => {
            let answered = hide(trial.0);
            let effect = answered.is_ok().then(|| trial.is_hidden()).flatten();
            Sight::of("memfd_secret", answered, effect)
        }
        Err(fault) => Sight::Fails(fault),
    }
}

/// Whether guards within a locked mapping stop accesses, and every control works for the page between them.
pub(super) fn spaced_pages_work(page_size: usize) -> bool {
    let Ok(trial) = Trial::new(3 * page_size) else { return false };
    // SAFETY: the pages belong to the trial alone, and hold nothing.
    let spaced = unsafe { space(trial.0, page_size) }.is_some();
    let flags = trial.flags();
    let has = |flag| flags.as_ref().is_none_or(|flags| flags.contains(flag));
    spaced
        && trial.allows(Access::Read) != Some(true)
        && ["lo", "dd", "wf"].into_iter().all(has)
        && (flags.is_some() || !locks_anything(page_size, lock_when_touched))
}

fn lock_when_touched(start: *mut c_void, len: usize) -> rustix::io::Result<()> {
    // SAFETY: locking changes no byte, and the kernel refuses pages that the process does not have.
    unsafe { mlock_with(start, len, MlockFlags::ONFAULT) }
}

/// Whether the system says that it locked the last page of the address space, which no program has.
fn locks_anything(page_size: usize, lock: impl Fn(*mut c_void, usize) -> rustix::io::Result<()>) -> bool {
    lock(ptr::without_provenance_mut(page_size.wrapping_neg()), page_size).is_ok()
}

/// Whether the page at this address may be read. `None` if the kernel does not say.
pub(crate) fn allows_reading(page: *mut u8) -> Option<bool> {
    allows(page.cast(), Access::Read)
}

/// Whether the page at this address allows the access: asks the kernel to read or write eight bytes there, as it does
/// for a mask of signals. A page that is written must be the caller's own. `None` if the kernel does not say.
fn allows(page: *mut c_void, access: Access) -> Option<bool> {
    /// Neither blocks, unblocks nor sets: the kernel reads the mask and refuses then.
    const NO_WAY: libc::c_int = -1;
    let (new, old) = match access {
        Access::Read => (page, ptr::null_mut()),
        Access::Write => (ptr::null_mut(), page),
    };
    const MASK: usize = 8;
    // SAFETY: no mask is changed. The kernel checks both addresses, and only a page of the caller's own is written.
    let answer = unsafe { libc::syscall(libc::SYS_rt_sigprocmask, NO_WAY, new, old, MASK) };
    match (access, answer, last_fault("rt_sigprocmask").errno) {
        (Access::Write, 0, _) | (Access::Read, -1, libc::EINVAL) => Some(true),
        (_, -1, libc::EFAULT) => Some(false),
        _ => None,
    }
}

/// The flags that the kernel shows of the mapping at this address; `None` if it shows none.
pub(crate) fn flags(address: usize) -> Option<String> {
    let holds = |line: &str| {
        let range = line.split_once(' ').and_then(|(range, _)| range.split_once('-'));
        range.is_some_and(|(from, to)| {
            let number = |digits| usize::from_str_radix(digits, 16);
            number(from).is_ok_and(|from| from <= address) && number(to).is_ok_and(|to| address < to)
        })
    };
    let mut smaps = BufReader::with_capacity(4096, File::open("/proc/self/smaps").ok()?);
    // One line for all: an allocator may be slow.
    let (mut line, mut is_here) = (String::new(), false);
    while smaps.read_line(&mut line).ok()? > 0 {
        is_here = is_here || holds(&line);
        if let Some(flags) = line.strip_prefix("VmFlags:").filter(|_| is_here) {
            return Some(flags.to_owned());
        }
        line.clear();
    }
    None
}

/// How a page is tried.
#[derive(Clone, Copy)]
enum Access {
    Read,
    Write,
}

/// Readable and writable pages for a look.
struct Trial(Span);

impl Trial {
    fn new(len: usize) -> Result<Self, SystemFault> {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new private mapping touches nothing that exists: the address is only a hint.
        let start = unsafe { mmap_anonymous(ptr::without_provenance_mut(LOW), len, access, MapFlags::PRIVATE) }
            .map_err(fault("mmap"))?;
        let base = NonNull::new(start.cast()).ok_or(SystemFault { call: "mmap", errno: IGNORED })?;
        Ok(Self(Span { base, len }))
    }

    fn start(&self) -> *mut c_void {
        self.0.base.as_ptr().cast()
    }

    fn look(&self) -> Seen {
        // Before anything is tried: a mapping that is locked cannot be told from one that was locked just now.
        let protect = self.protect();
        let dump = keep_out_of_core_dumps(self.0);
        let fork = wipe_on_fork(self.0);
        let lock = lock(self.0);
        let flags = self.flags();
        let has = |flag| flags.as_ref().map(|flags| flags.contains(flag));
        // A system that accepts what it cannot do accepts everything.
        let advised = |flag| has(flag).or(self.accepts_anything().then_some(false));
        // SAFETY: locks no page of this process: see `locks_anything`.
        let mlock = |start, len| unsafe { mlock(start, len) };
        let is_locked = has("lo").or_else(|| locks_anything(self.0.len, mlock).then_some(false));
        Seen {
            lock: Sight::of("mlock", lock, is_locked),
            dump: Sight::of("madvise(MADV_DONTDUMP)", dump, advised("dd")),
            fork: Sight::of("madvise(MADV_WIPEONFORK)", fork, advised("wf")),
            protect,
            discard: self.discard(),
        }
    }

    fn protect(&self) -> Sight {
        let allow = |flags| {
            // SAFETY: the pages belong to the trial alone, and nothing reads or writes them now.
            unsafe { mprotect(self.start(), self.0.len, flags) }.map_err(fault("mprotect"))
        };
        let forbidden = allow(MprotectFlags::empty());
        let is_forbidden = self.allows(Access::Read).map(|allows| !allows);
        let allowed = forbidden.and_then(|()| allow(MprotectFlags::READ | MprotectFlags::WRITE));
        let is_allowed = self.allows(Access::Write);
        Sight::of("mprotect", allowed, is_forbidden.zip(is_allowed).map(|(first, then)| first && then))
    }

    fn discard(&self) -> Sight {
        if self.allows(Access::Write) != Some(true) {
            return Sight::NotVerifiable;
        }
        let base = self.0.base.as_ptr();
        // SAFETY: the page is writable, as was just seen, and belongs to the trial alone.
        unsafe { base.write_volatile(1) };
        let discarded = linux::discard(self.0);
        // SAFETY: as above.
        let is_zero = unsafe { base.read_volatile() } == 0;
        Sight::of("madvise(MADV_DONTNEED_LOCKED)", discarded, Some(is_zero))
    }

    /// Whether the page is hidden, locked, and kept from core dumps and children. `None` if nothing shows it.
    fn is_hidden(&self) -> Option<bool> {
        if !self.flags().is_none_or(|flags| ["lo", "dd", "dc"].into_iter().all(|flag| flags.contains(flag))) {
            return Some(false);
        }
        self.readable_from_outside().map(|readable| !readable)
    }

    /// Whether the kernel reads the page as it does for another process. `None` if the kernel does not say.
    fn readable_from_outside(&self) -> Option<bool> {
        let mut byte = 0_u8;
        let local = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
        let remote = libc::iovec { iov_base: self.start(), iov_len: 1 };
        let process = std::process::id().cast_signed();
        // SAFETY: the kernel writes at most one byte, to a live value, and checks the other address.
        match unsafe { libc::process_vm_readv(process, &local, 1, &remote, 1, 0) } {
            1 => Some(true),
            -1 if last_fault("process_vm_readv").errno == libc::EFAULT => Some(false),
            _ => None,
        }
    }

    fn accepts_anything(&self) -> bool {
        // SAFETY: the kernel refuses the advice. A system that does not refuse it does nothing.
        unsafe { libc::madvise(self.start(), self.0.len, MADE_UP) == 0 }
    }

    /// Whether the first page allows the access.
    fn allows(&self, access: Access) -> Option<bool> {
        allows(self.start(), access)
    }

    fn flags(&self) -> Option<String> {
        flags(self.start().addr())
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        // SAFETY: the pages were made by the trial, and no other code knows them. A failure leaves pages without data.
        let _ = unsafe { munmap(self.start(), self.0.len) };
    }
}
