//! A system that refuses calls, or says yes and does nothing: what preflight, errors, counters and `destroy` say.

use crate::support::filter::{Answer, answer};
use crate::support::{child_detail, ciphers, run_child, transcript};
use memguard::{Buffer, Cipher, ControlKind, ControlPolicy, Disposal, Error, Isolation, Session, preflight};
use std::collections::BTreeSet;
use std::hint::black_box;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// What the filter answers: success, and nothing is done.
const DONE: &[i32] = &[0];
const REFUSED: &[i32] = &[libc::EINVAL, libc::ENOSYS, libc::EPERM];

/// Calls, and their third argument if the filter looks at it.
type Calls = &'static [(libc::c_long, Option<i32>)];

const MADVISE: Calls = &[(libc::SYS_madvise, None)];
const DONTDUMP: Calls = &[(libc::SYS_madvise, Some(16))];
const WIPEONFORK: Calls = &[(libc::SYS_madvise, Some(18))];
const DONTNEED_LOCKED: Calls = &[(libc::SYS_madvise, Some(24))];
const GUARD_INSTALL: Calls = &[(libc::SYS_madvise, Some(102))];
const MLOCK: Calls = &[(libc::SYS_mlock, None)];
const MLOCK2: Calls = &[(libc::SYS_mlock2, None)];
const MPROTECT: Calls = &[(libc::SYS_mprotect, None)];
#[cfg(target_pointer_width = "64")]
const MMAP: Calls = &[(libc::SYS_mmap, None)];
/// With 32 bits, what a program asks for is `mmap2`. The older `mmap` takes its arguments from memory.
#[cfg(target_pointer_width = "32")]
const MMAP: Calls = &[(libc::SYS_mmap2, None)];
const MUNMAP: Calls = &[(libc::SYS_munmap, None)];
const MEMFD_SECRET: Calls = &[(libc::SYS_memfd_secret, None)];
const DONTFORK: Calls = &[(libc::SYS_madvise, Some(10))];
const MREMAP: Calls = &[(libc::SYS_mremap, None)];
const GETRANDOM: Calls = &[(libc::SYS_getrandom, None)];
const CLONE: Calls = &[(libc::SYS_clone, None), (libc::SYS_clone3, None)];
const PRCTL: Calls = &[(libc::SYS_prctl, None)];
const PRLIMIT: Calls = &[(libc::SYS_prlimit64, None), (libc::SYS_setrlimit, None), (libc::SYS_getrlimit, None)];
const OPEN: Calls = &[
    (libc::SYS_openat, None),
    // What musl opens files with, where the kernel has it.
    #[cfg(any(target_arch = "arm", target_arch = "x86", target_arch = "x86_64"))]
    (libc::SYS_open, None),
];

const LOCK: &str = "mlock";
const DUMP: &str = "kept out of core dumps (MADV_DONTDUMP)";
const FORK: &str = "zero in child processes (MADV_WIPEONFORK)";
const GUARD: &str = "guard pages (mprotect)";
const FREEZE: &str = "freeze and conceal (mprotect)";
const WITHIN: &str = "guards within a mapping (MADV_GUARD_INSTALL)";
const HIDE: &str = "hidden from the kernel (memfd_secret)";

/// The calls, the answers, the controls that preflight does not find in force, what a session says that requires every
/// control (the start of an error, or the counters that are not 0), and one that prefers every control.
type Row = (Calls, &'static [i32], &'static [&'static str], Said, Said);
type Said = Result<&'static [&'static str], &'static str>;

const NO_DUMP: Said =
    Err("the session requires the control `kept out of core dumps (MADV_DONTDUMP)`, and it does not \
                           work here: madvise(MADV_DONTDUMP): ");
const NO_FORK: Said = Err("the session requires the control `zero in child processes (MADV_WIPEONFORK)`, and it does \
                           not work here: madvise(MADV_WIPEONFORK): ");
const NO_LOCK: Said = Err("the session requires the control `mlock`, and it does not work here: mlock: ");
const NO_GUARD: Said =
    Err("the session requires the control `guard pages (mprotect)`, and it does not work here: mprotect: ");
const NO_HIDE: Said =
    Err("the session requires the control `hidden from the kernel (memfd_secret)`, and it does not work here: ");
const NO_MMAP: Said = Err("mmap failed: ");
const NO_RANDOM: Said = Err("getrandom failed: ");
const NO_THREAD: Said = Err("pthread_create (the rekey thread) failed: ");
const NO_ADVICE: Said = Ok(&["dumpable_pages", "inheritable_pages", "unhidden_pages"]);
/// All works, and nothing is counted.
const FINE: Said = Ok(&[]);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    (&[], DONE, &[], FINE, FINE),
    (MADVISE, DONE, &[DUMP, FORK, WITHIN, HIDE], NO_DUMP, NO_ADVICE),
    (MADVISE, REFUSED, &[DUMP, FORK, WITHIN, HIDE], NO_DUMP, NO_ADVICE),
    (DONTDUMP, DONE, &[DUMP], NO_DUMP, Ok(&["dumpable_pages"])),
    (DONTDUMP, REFUSED, &[DUMP], NO_DUMP, Ok(&["dumpable_pages"])),
    (WIPEONFORK, DONE, &[FORK], NO_FORK, Ok(&["inheritable_pages"])),
    (WIPEONFORK, REFUSED, &[FORK], NO_FORK, Ok(&["inheritable_pages"])),
    (DONTNEED_LOCKED, DONE, &[], FINE, FINE),
    (DONTNEED_LOCKED, REFUSED, &[], FINE, FINE),
    (GUARD_INSTALL, DONE, &[WITHIN], FINE, FINE),
    (GUARD_INSTALL, REFUSED, &[WITHIN], FINE, FINE),
    (MLOCK, DONE, &[LOCK], NO_LOCK, Ok(&["unlocked_pages"])),
    (MLOCK, REFUSED, &[LOCK], NO_LOCK, Ok(&["unlocked_pages"])),
    (MLOCK2, DONE, &[WITHIN], FINE, FINE),
    (MLOCK2, REFUSED, &[WITHIN], FINE, FINE),
    (MPROTECT, DONE, &[GUARD, FREEZE], NO_GUARD, Ok(&["unguarded_pages"])),
    (MPROTECT, REFUSED, &[GUARD, FREEZE], NO_GUARD, Ok(&["unguarded_pages"])),
    (MMAP, DONE, &[GUARD, DUMP, FORK, LOCK, FREEZE, WITHIN, HIDE], NO_MMAP, NO_MMAP),
    (MMAP, REFUSED, &[GUARD, DUMP, FORK, LOCK, FREEZE, WITHIN, HIDE], NO_MMAP, NO_MMAP),
    (MUNMAP, DONE, &[], FINE, FINE),
    (MUNMAP, REFUSED, &[], Ok(&["leaked_slots"]), Ok(&["leaked_slots"])),
    (MEMFD_SECRET, DONE, &[HIDE], NO_HIDE, Ok(&["unhidden_pages"])),
    (MEMFD_SECRET, REFUSED, &[HIDE], NO_HIDE, Ok(&["unhidden_pages"])),
    (DONTFORK, DONE, &[HIDE], NO_HIDE, Ok(&["unhidden_pages"])),
    (DONTFORK, REFUSED, &[HIDE], NO_HIDE, Ok(&["unhidden_pages"])),
    // The allocator would believe an answer of 0.
    (MREMAP, REFUSED, &[HIDE], NO_HIDE, Ok(&["unhidden_pages"])),
    (GETRANDOM, DONE, &[], NO_RANDOM, NO_RANDOM),
    (GETRANDOM, &[libc::EINVAL], &[], NO_RANDOM, NO_RANDOM),
    // The system is taken for an old one, and asked by way of a file.
    (GETRANDOM, &[libc::ENOSYS, libc::EPERM], &[], FINE, FINE),
    // A clone that is answered with 0 has the caller believe that it is the new thread.
    (CLONE, REFUSED, &[], NO_THREAD, NO_THREAD),
    (PRCTL, DONE, &[], FINE, FINE),
    (PRCTL, REFUSED, &[], FINE, FINE),
    (PRLIMIT, DONE, &[], FINE, FINE),
    (PRLIMIT, REFUSED, &[], FINE, FINE),
    // Without `/proc`, nothing shows these.
    (OPEN, REFUSED, &[DUMP, FORK, LOCK, WITHIN], FINE, FINE),
];

fn filter(calls: &[Calls], errno: i32) {
    leave_holes_in_the_heap();
    let answers = calls.iter().copied().flatten().map(|&(call, third)| Answer { call, third, errno });
    answer(&answers.collect::<Vec<_>>());
}

/// An allocator hands out what is free before it asks the system for more. That of musl asks with `mmap`, takes an
/// answer of 0 for an address, and crashes. That of glibc asks with `brk`, so it is not answered by a filter on `mmap`.
fn leave_holes_in_the_heap() {
    let sizes = (2..15).flat_map(|log| [4, 5, 6, 7].map(|quarters| quarters << log));
    let blocks: Vec<Vec<u8>> = sizes.flat_map(|size| (0..64).map(move |_| Vec::with_capacity(size))).collect();
    // One of two stays, so that no page becomes free as a whole and goes back to the system.
    for (at, block) in black_box(blocks).into_iter().enumerate() {
        if at % 2 == 0 {
            std::mem::forget(block);
        }
    }
}

/// VISIBLE: a control that does not work is told by preflight, and is an error or counted, as its policy says. Nothing
/// panics, hangs, or is believed.
#[test]
fn what_a_system_does_not_do_is_told() {
    if let Some(detail) = child_detail() {
        let (row, errno) = detail.split_once(' ').unwrap();
        let (row, errno) = (&TABLE[row.parse::<usize>().unwrap()], errno.parse().unwrap());
        filter(&[row.0], errno);
        check(row, errno);
        // The harness would need calls that the filter refuses.
        std::process::exit(0);
    }
    // Four children at a time, because there are many.
    let cases: Vec<_> =
        TABLE.iter().enumerate().flat_map(|(at, row)| row.1.iter().map(move |errno| (at, errno))).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((at, errno)) = cases.get(next.fetch_add(1, Relaxed)) {
                    let detail = format!("{at} {errno}");
                    let output = run_child("memory::lying_system::what_a_system_does_not_do_is_told", &detail);
                    assert!(output.status.success(), "row {at}, answer {errno}: {}", transcript(&output));
                }
            });
        }
    });
}

fn check(&(calls, _, missing, required, preferred): &Row, errno: i32) {
    let found = preflight();
    let is_control = |name: &&str| *name != "no core dumps";
    assert_eq!(found.missing().map(|control| control.name).filter(is_control).collect::<Vec<_>>(), missing);
    for control in found.missing().filter(|control| control.name != "no core dumps") {
        let why = control.missing.as_deref().unwrap();
        let expected = match errno {
            _ if calls == OPEN => "not verifiable: ".to_owned(),
            0 => "the system says yes and does nothing".to_owned(),
            errno => std::io::Error::from_raw_os_error(errno).to_string(),
        };
        assert!(why.contains(&expected), "{}: {why}", control.name);
    }
    for (policy, expected) in [(ControlPolicy::Require, required), (ControlPolicy::Prefer, preferred)] {
        match (work(policy, calls), expected) {
            (Ok(counted), Ok(expected)) => assert_eq!(counted, expected.iter().copied().collect(), "{policy:?}"),
            (Err(error), Err(expected)) => {
                assert!(error.to_string().starts_with(expected), "{policy:?}: {error}");
                assert!(!matches!(error, Error::Limit(_)), "{policy:?}: {error:?}");
            }
            (said, _) => panic!("{policy:?}: {said:?}, not {expected:?}"),
        }
    }
}

/// Uses a session of each isolation and cipher. Returns which counters are not 0.
fn work(policy: ControlPolicy, calls: Calls) -> Result<BTreeSet<&'static str>, Error> {
    let mut counted = BTreeSet::new();
    let isolations = [Isolation::Page, Isolation::Packed, Isolation::Concealed, Isolation::Secret];
    for (isolation, cipher) in
        isolations.into_iter().flat_map(|isolation| ciphers().map(move |cipher| (isolation, cipher)))
    {
        let builder = [ControlKind::Lock, ControlKind::Dump, ControlKind::Fork, ControlKind::Guard, ControlKind::Hide]
            .into_iter()
            .fold(Session::builder(), |builder, control| builder.control(control, policy))
            .isolation(isolation)
            .cipher(cipher)
            // All pages go back, so that the system is asked to take them.
            .pool_pages(0);
        let builder = if calls == CLONE { builder } else { builder.rekey_interval(None) };
        let session = builder.build()?;
        let buffer = session.buffer(32)?;
        buffer.write()?.fill(7);
        let frozen = session.buffer_from_bytes(&mut [7; 32])?;
        assert!(matches!(frozen.write(), Err(Error::Frozen)));
        assert!(frozen.equals(&[7; 32])? && session.enclave(&mut [7; 32])?.open()?.equals(&[7; 32])?);
        a_child_is_not_the_parent(&frozen);
        // Where a child may pass for its parent, each nonce is drawn.
        let random = |_| session.enclave(&mut [7; 32]).map(|enclave| enclave.sealed()[26..42].to_vec());
        let (first, second) = (random(())?, random(())?);
        assert_eq!(first == second, ![MADVISE, WIPEONFORK].contains(&calls), "{cipher}");
        if (isolation, cipher) == (Isolation::Page, Cipher::default()) && [GUARD_INSTALL, MLOCK2].contains(&calls) {
            // As many as make the session ask for pages with guards between them.
            let many = (0..8_300).map(|_| session.buffer(8)).collect::<Result<Vec<_>, _>>()?;
            assert_eq!(stated_locked(&session), kernel_locked());
            assert!(many.last().is_some_and(is_guarded));
            drop(many);
        }
        assert_eq!(frozen.destroy(), Ok(Disposal::Wiped));
        let report = session.purge();
        assert_eq!((report.wiped, report.failed, report.pending), (1, 0, 0));
        counted.extend(session.health().degraded.iter().filter(|&(_, count)| count > 0).map(|(name, _)| name));
    }
    Ok(counted)
}

/// What the only session of a process says is locked.
fn stated_locked(session: &Session) -> u64 {
    let health = session.health();
    health.footprint.locked_bytes + health.key_pages.locked_bytes
}

/// VISIBLE: without `/proc`, a system that says yes to each lock is found out by one that it must refuse.
#[test]
fn a_false_lock_is_found_out_without_proc() {
    const TEST: &str = "memory::lying_system::a_false_lock_is_found_out_without_proc";
    let Some(detail) = child_detail() else {
        for call in ["mlock", "mlock2"] {
            let output = run_child(TEST, call);
            assert!(output.status.success(), "{call}: {}", transcript(&output));
        }
        return;
    };
    let status = std::fs::File::open("/proc/self/status").unwrap();
    filter(&[OPEN], libc::EPERM);
    filter(&[if detail == "mlock" { MLOCK } else { MLOCK2 }], 0);
    if detail == "mlock" {
        let found = preflight();
        let lock = found.missing().find(|control| control.name == LOCK).unwrap();
        assert!(lock.missing.as_deref().unwrap().contains("the system says yes and does nothing"), "{lock:?}");
        assert!(Session::new().unwrap_err().to_string().starts_with(NO_LOCK.unwrap_err()));
    } else {
        let session = Session::new().unwrap();
        // As many as make the session ask for pages with guards between them.
        let many = (0..8_300).map(|_| session.buffer(8)).collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(stated_locked(&session), locked_in(&status));
        drop(many);
    }
    // The harness would need calls that the filter refuses.
    std::process::exit(0);
}

/// VISIBLE: `harden` sees what it did, and does not believe an answer.
#[test]
fn hardening_is_not_believed_unseen() {
    const TEST: &str = "memory::lying_system::hardening_is_not_believed_unseen";
    let rows =
        [("limit", PRLIMIT, "setrlimit(RLIMIT_CORE) failed: "), ("mark", PRCTL, "prctl(PR_SET_DUMPABLE) failed: ")];
    let Some(detail) = child_detail() else {
        for (name, ..) in rows {
            for errno in [0, libc::EPERM] {
                let output = run_child(TEST, &format!("{name} {errno}"));
                assert!(output.status.success(), "{name}, answer {errno}: {}", transcript(&output));
            }
        }
        return;
    };
    let (name, errno) = detail.split_once(' ').unwrap();
    let &(_, calls, call) = rows.iter().find(|row| row.0 == name).unwrap();
    let errno = errno.parse().unwrap();
    filter(&[calls], errno);
    let why = match errno {
        0 => "the system says yes and does nothing".to_owned(),
        errno => std::io::Error::from_raw_os_error(errno).to_string(),
    };
    assert_eq!(memguard::harden().unwrap_err().to_string(), format!("{call}{why}"));
    // The harness would need calls that the filter refuses.
    std::process::exit(0);
}

fn a_child_is_not_the_parent(buffer: &Buffer) {
    // SAFETY: the child only asks for the buffer, and ends at once.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let is_refused = matches!(buffer.equals(&[7; 32]), Err(Error::Forked));
        // SAFETY: ends the child at once.
        unsafe { libc::_exit(i32::from(!is_refused)) };
    }
    if child > 0 {
        let mut status = 0;
        // SAFETY: waits for our own child; the pointer is to a live integer.
        assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
        assert_eq!(status, 0, "the child took itself for the parent");
    }
}

/// Whether the kernel cannot read the byte behind the buffer.
fn is_guarded(buffer: &Buffer) -> bool {
    let behind = buffer.with_data(|bytes| bytes.as_ptr_range().end).unwrap();
    let (_reader, writer) = std::io::pipe().unwrap();
    // SAFETY: the kernel checks the address.
    unsafe { libc::write(writer.as_raw_fd(), behind.cast(), 1) == -1 }
}

fn kernel_locked() -> u64 {
    locked_in(&std::fs::File::open("/proc/self/status").unwrap())
}

fn locked_in(status: &std::fs::File) -> u64 {
    let mut text = [0; 4096];
    let len = status.read_at(&mut text, 0).unwrap();
    let status = std::str::from_utf8(&text[..len]).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmLck:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() * 1024
}

/// WIPED: each way to wipe a page is refused, one after the other. The bytes are gone, or `destroy` and the purge say
/// that they are not. The kernel is asked, not the library.
#[test]
fn done_means_done() {
    const TEST: &str = "memory::lying_system::done_means_done";
    let refused: [(&str, &[Calls]); 5] = [
        ("discarded", &[MPROTECT]),
        // From the start, the system says yes to the advice that discards, and does nothing.
        ("disbelieved", &[MPROTECT, MUNMAP]),
        ("replaced", &[MPROTECT, MADVISE]),
        ("unmapped", &[MPROTECT, MADVISE, MMAP]),
        ("left", &[MPROTECT, MADVISE, MMAP, MUNMAP]),
    ];
    let Some(detail) = child_detail() else {
        for (name, _) in refused {
            for case in ["destroy Page", "destroy Concealed", "purge Page", "purge Concealed"] {
                let output = run_child(TEST, &format!("{name} {case}"));
                assert!(output.status.success(), "{name}, {case}: {}", transcript(&output));
            }
        }
        return;
    };
    let [name, by, isolation] = detail.split(' ').collect::<Vec<_>>()[..] else { unreachable!("three words") };
    let isolation = if isolation == "Page" { Isolation::Page } else { Isolation::Concealed };
    if name == "disbelieved" {
        filter(&[DONTNEED_LOCKED], 0);
    }
    let session = Session::builder().isolation(isolation).rekey_interval(None).build().unwrap();
    let buffer = session.buffer_from_bytes(&mut [7; 32]).unwrap();
    buffer.freeze().unwrap();
    let address = buffer.with_data(|bytes| bytes.as_ptr().addr() as u64).unwrap();
    let memory = std::fs::File::open("/proc/self/mem").unwrap();
    let bytes_are_there = || {
        let mut seen = [0; 32];
        memory.read_exact_at(&mut seen, address).is_ok() && seen != [0; 32]
    };
    assert!(bytes_are_there());
    filter(refused.iter().find(|(row, _)| *row == name).unwrap().1, libc::EPERM);
    let is_left = name == "left";
    if by == "purge" {
        let report = session.purge();
        assert_eq!((report.wiped, report.failed, report.pending), (u64::from(!is_left), u64::from(is_left), 0));
    } else {
        assert_eq!(buffer.destroy(), if is_left { Err(Error::Unwiped) } else { Ok(Disposal::Wiped) });
    }
    assert_eq!(bytes_are_there(), is_left);
    let degraded = session.health().degraded;
    let counted = (u64::from(["unmapped", "left"].contains(&name)), u64::from(["disbelieved", "left"].contains(&name)));
    assert_eq!((degraded.unwiped_slots, degraded.leaked_slots), counted);
    // The harness would need calls that the filter refuses.
    std::process::exit(0);
}
