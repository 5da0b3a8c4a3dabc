//! Sixty thousand page-isolated buffers. Beyond 2048 slots, a session shares mappings, if the kernel can set guards
//! inside a mapping.

use crate::support::{child_detail, run_child, transcript, within_patience};
use memguard::{Buffer, Error, Limit, Session};
use std::os::unix::process::ExitStatusExt;

const BUFFERS: usize = 60_000;

/// Whether the kernel has `MADV_GUARD_INSTALL` and lets this process lock without limit. Does not use the library.
fn regions_can_be_had() -> bool {
    let page = rustix::param::page_size();
    // SAFETY: a new private page, used and given back here.
    unsafe {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let start = libc::mmap(std::ptr::null_mut(), page, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
        assert_ne!(start, libc::MAP_FAILED);
        let installed = libc::madvise(start, page, 102) == 0;
        libc::munmap(start, page);
        installed && libc::geteuid() == 0
    }
}

fn kernel_locked() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmLck:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() * 1024
}

fn mappings() -> usize {
    std::fs::read_to_string("/proc/self/maps").unwrap().lines().count()
}

fn stamp(at: usize) -> [u8; 8] {
    (at as u64 + 1).to_le_bytes()
}

fn fill(session: &Session) -> Result<Vec<Buffer>, (usize, Error)> {
    let mut buffers = Vec::with_capacity(BUFFERS);
    while buffers.len() < BUFFERS {
        let buffer = session.buffer(8).map_err(|error| (buffers.len(), error))?;
        buffer.copy_from(&stamp(buffers.len())).unwrap();
        buffers.push(buffer);
    }
    Ok(buffers)
}

/// All are alive at once without reaching `vm.max_map_count`. The account of locked memory always equals the kernel's.
#[test]
fn sixty_thousand_buffers() {
    if child_detail().is_none() {
        let output = run_child("memory::dense::sixty_thousand_buffers", "many");
        assert!(output.status.success(), "{}", transcript(&output));
        return;
    }
    within_patience("sixty thousand", || {
        let session = Session::builder().rekey_interval(None).build().unwrap();
        let accounts_agree = || {
            let health = session.health();
            assert_eq!(health.footprint.locked_bytes + health.key_pages.locked_bytes, kernel_locked());
        };
        let mut buffers = match fill(&session) {
            Ok(buffers) => buffers,
            Err((made, error)) => {
                assert!(!regions_can_be_had(), "{made} made, then {error}");
                assert!(
                    matches!(error, Error::Limit(Limit::Mappings { .. } | Limit::LockedMemory { .. })),
                    "{error:?}"
                );
                return;
            }
        };
        assert!(mappings() < 20_000, "{} mappings", mappings());
        accounts_agree();
        for (at, buffer) in buffers.iter().enumerate() {
            assert!(buffer.equals(&stamp(at)).unwrap());
        }
        // Freezing splits a region and melting joins it again. Both work while other pages are in use.
        for buffer in buffers.iter().rev().take(100) {
            buffer.freeze().unwrap();
            assert!(buffer.write().is_err());
            buffer.melt().unwrap();
        }
        // Holes are filled before anything is mapped.
        let footprint = session.health().footprint;
        let mut at = 0;
        buffers.retain(|_| {
            at += 1;
            at % 3 > 0
        });
        assert_eq!(session.audit().dirty_slots, 0);
        while buffers.len() < BUFFERS {
            buffers.push(session.buffer(8).unwrap());
        }
        assert!(session.health().footprint.slots <= footprint.slots + 1023, "at most one more region");
        accounts_agree();
        assert_eq!(session.purge().wiped, BUFFERS as u64);
        // It puts each page that it has checked back, and those that a purge kept are more than a session keeps.
        assert_eq!(session.audit().dirty_slots, 0);
        let after = session.health();
        assert!(after.footprint.slots < 2_000, "unused regions were given back: {:?}", after.footprint);
        assert_eq!(after.degraded.iter().map(|(_, count)| count).sum::<u64>(), 0, "{:?}", after.degraded);
        accounts_agree();
        drop((buffers, session));
        assert_eq!(kernel_locked(), 0);
    });
}

/// The guards inside a region stop accesses as those of a single page do. An overrun inside the page is corruption.
#[test]
fn guards_of_a_region_kill() {
    let Some(side) = child_detail() else {
        for (side, signal) in [("before", Some(libc::SIGSEGV)), ("behind", Some(libc::SIGSEGV)), ("inside", None)] {
            let output = run_child("memory::dense::guards_of_a_region_kill", side);
            assert_eq!(output.status.signal(), signal, "{side}: {}", transcript(&output));
        }
        return;
    };
    let session = Session::builder().rekey_interval(None).build().unwrap();
    let mut buffers = Vec::new();
    while buffers.len() < 9_000 {
        match session.buffer(4000) {
            Ok(buffer) => buffers.push(buffer),
            Err(Error::Limit(_)) => break, // There are no regions here. A page of its own is guarded too.
            Err(error) => panic!("{error}"),
        }
    }
    let last = buffers.last().unwrap();
    let page = rustix::param::page_size();
    last.with_data_mut(|bytes| {
        let end = bytes.as_mut_ptr_range().end;
        let outside = match side.as_str() {
            "before" => end.wrapping_sub(page + 1),
            "behind" => end,
            _ => bytes.as_mut_ptr().wrapping_sub(1),
        };
        // SAFETY: none. The test checks that the hardware stops this, except inside the page.
        unsafe { outside.write_volatile(outside.read_volatile() ^ 1) };
    })
    .unwrap();
    assert_eq!(last.destroy(), Err(Error::Corrupted));
    for buffer in &buffers[..buffers.len() - 1] {
        let _wiped = buffer.destroy().unwrap();
    }
}
