//! What simulated pages cannot show: the hardware stops an access, threads share a page, and the system's limit holds.

use crate::support::{
    child_detail, drop_privileges, isolations, lockdep, lower_limit, run_child, transcript, within_patience,
};
use memguard::{Disposal, Error, Freezing, Isolation, Session, SessionBuilder};
use std::os::unix::process::ExitStatusExt;
use std::sync::atomic::{AtomicBool, Ordering};

fn packed() -> SessionBuilder {
    Session::builder().isolation(Isolation::Packed).rekey_interval(None)
}

/// An overrun or underrun by one byte past the page ends with SIGSEGV, in every isolation.
#[test]
fn guard_pages_kill() {
    if let Some(detail) = child_detail() {
        let (isolation, side) = detail.split_once(' ').unwrap();
        let isolation = isolations().into_iter().find(|one| format!("{one:?}") == isolation).unwrap();
        let session = Session::builder().isolation(isolation).build().unwrap();
        // The first place of a packed page touches the guard before it. The guard behind is found from the end of the
        // page.
        let buffer = session.buffer(if isolation == Isolation::Packed { 32 } else { 4096 }).unwrap();
        let page = rustix::param::page_size();
        buffer
            .with_data_mut(|bytes| {
                let start = bytes.as_mut_ptr();
                let end = start.wrapping_add(page - start.addr() % page);
                let outside = match side {
                    "before" => start.wrapping_sub(1),
                    "behind" => end,
                    _ => start,
                };
                // SAFETY: none. The test checks that the hardware stops this, except in the control.
                unsafe { outside.write_volatile(1) };
            })
            .unwrap();
        return;
    }
    for isolation in isolations() {
        for (side, signal) in [("before", Some(libc::SIGSEGV)), ("behind", Some(libc::SIGSEGV)), ("inside", None)] {
            let output = run_child("memory::real_pages::guard_pages_kill", &format!("{isolation:?} {side}"));
            assert_eq!(output.status.signal(), signal, "{isolation:?} {side}: {}", transcript(&output));
        }
    }
}

/// Hardware freeze: a write to frozen pages ends with SIGSEGV.
#[test]
fn frozen_pages_kill() {
    if let Some(detail) = child_detail() {
        let (isolation, frozen_by) = detail.split_once(' ').unwrap();
        let isolation = isolations().into_iter().find(|one| format!("{one:?}") == isolation).unwrap();
        let freezing = if frozen_by == "session" { Freezing::InHardware } else { Freezing::ByAccess };
        let session = Session::builder().freezing(freezing).isolation(isolation).build().unwrap();
        let buffer = session.buffer_random(32).unwrap();
        if frozen_by == "call" {
            buffer.freeze().unwrap();
        }
        // SAFETY: none. The test checks that the hardware stops this.
        buffer.with_data(|bytes| unsafe { bytes.as_ptr().cast_mut().write_volatile(1) }).unwrap();
        return;
    }
    for isolation in isolations().into_iter().filter(|&one| one != Isolation::Packed) {
        for (frozen_by, signal) in [("session", Some(libc::SIGSEGV)), ("call", Some(libc::SIGSEGV)), ("access", None)] {
            // Concealed pages are read-only inside a read, however they are frozen.
            let signal = signal.or((isolation == Isolation::Concealed).then_some(libc::SIGSEGV));
            let output = run_child("memory::real_pages::frozen_pages_kill", &format!("{isolation:?} {frozen_by}"));
            assert_eq!(output.status.signal(), signal, "{isolation:?} {frozen_by}: {}", transcript(&output));
        }
    }
}

/// `destroy` finds a write outside the data but inside the pages, for every length up to a page, in every isolation.
/// Behind the data of a page is a guard, so the test writes the byte before. A packed secret has canary behind it too.
#[test]
fn every_length_has_its_canary() {
    for isolation in isolations() {
        let session = Session::builder().isolation(isolation).rekey_interval(None).build().unwrap();
        let mut found = 0;
        for len in 1..=4096 {
            let packed = isolation == Isolation::Packed && len < 1024;
            if len == 4096 {
                continue; // The data fills the page. The byte before is a guard, see `guard_pages_kill`.
            }
            // The first place of a packed page has the guard before it. So there are two buffers, and the test writes
            // beside the second.
            let first = session.buffer(len).unwrap();
            let hit = session.buffer(len).unwrap();
            let distance = if packed { len.cast_signed() } else { -1 };
            hit.with_data_mut(|bytes| {
                let target = bytes.as_mut_ptr().wrapping_offset(distance);
                // SAFETY: the byte is canary of the same page, which this test owns. This is the planted bug.
                unsafe { target.write(target.read().wrapping_add(1)) };
            })
            .unwrap();
            assert_eq!(hit.destroy(), Err(Error::Corrupted), "{isolation:?}, length {len}");
            found += 1;
            assert_eq!(session.health().degraded.corrupted_buffers, found);
            assert_eq!(
                first.destroy(),
                Ok(Disposal::Wiped),
                "{isolation:?}, length {len}: the buffer before it is intact"
            );
        }
    }
}

/// A read of the pages at rest ends with SIGSEGV, before the first access and after the last. Inside an access it
/// works, and without `conceal` it always works.
#[test]
fn concealed_pages_kill() {
    let Some(when) = child_detail() else {
        let dies = Some(libc::SIGSEGV);
        for (when, signal) in [("before", dies), ("after", dies), ("inside", None), ("not concealed", None)] {
            let output = run_child("memory::real_pages::concealed_pages_kill", when);
            assert_eq!(output.status.signal(), signal, "{when}: {}", transcript(&output));
        }
        return;
    };
    let isolation = if when == "not concealed" { Isolation::Page } else { Isolation::Concealed };
    let session = Session::builder().isolation(isolation).build().unwrap();
    let buffer = session.buffer_from_bytes(&mut [7; 32]).unwrap();
    let outer = buffer.read().unwrap();
    let start = outer.as_ptr();
    drop(buffer.read().unwrap());
    let inside = (when == "inside").then_some(outer);
    if when == "before" {
        // This buffer was frozen and melted, and never entered.
        let other = session.buffer_random(32).unwrap();
        other.melt().unwrap();
        let address = other.with_data(<[u8]>::as_ptr).unwrap();
        // SAFETY: none. The test checks that the hardware stops this.
        unsafe { address.read_volatile() };
    }
    // SAFETY: none. The test checks that the hardware stops this, except inside an access and where nothing is
    // concealed.
    assert_eq!(unsafe { start.read_volatile() }, 7);
    drop(inside);
}

/// Readers, a writer and a thread that freezes work at once on real pages. No thread faults or sees half a write.
#[test]
fn concurrent_accesses_are_sound() {
    within_patience("concurrent accesses", || {
        let session = Session::builder().isolation(Isolation::Concealed).build().unwrap();
        let buffer = session.buffer(64).unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !done.load(Ordering::Acquire) {
                        let outer = buffer.read().unwrap();
                        let inner = buffer.read().unwrap();
                        assert!(outer.iter().all(|&byte| byte == inner[0]), "half a write");
                        drop(inner);
                        assert!(outer.iter().all(|&byte| byte == outer[0]), "concealed, or half a write");
                    }
                });
            }
            scope.spawn(|| {
                while !done.load(Ordering::Acquire) {
                    buffer.freeze().unwrap();
                    buffer.melt().unwrap();
                }
            });
            let mut written = 0_u8;
            while written < 200 {
                match buffer.with_data_mut(|bytes| bytes.fill(written)) {
                    Ok(()) => written += 1,
                    Err(error) => assert_eq!(error, Error::Frozen),
                }
            }
            done.store(true, Ordering::Release);
        });
        assert_eq!(session.health().degraded.unconcealed, 0);
    });
    assert_eq!(lockdep::violations(), []);
}

/// Threads share the pages. Each finds its own bytes, while audits check the free places.
#[test]
fn threads_share_pages() {
    within_patience("threads on packed pages", || {
        let session = packed().build().unwrap();
        std::thread::scope(|scope| {
            for thread in 1..=3_u8 {
                let session = &session;
                scope.spawn(move || {
                    for round in 0..400 {
                        let buffers: Vec<_> = (0..20)
                            .map(|at| session.buffer_from_bytes(&mut [thread; 40][..20 + at]).unwrap())
                            .collect();
                        for (at, buffer) in buffers.iter().enumerate() {
                            assert!(buffer.equals(&[thread; 40][..20 + at]).unwrap(), "round {round}");
                        }
                        assert_eq!(session.audit().dirty_slots, 0);
                    }
                });
            }
        });
        let health = session.health();
        assert_eq!((health.live_buffers, health.degraded.corrupted_buffers, health.degraded.dirty_slots), (0, 0, 0));
    });
    assert_eq!(lockdep::violations(), []);
}

/// A quarter of a million secrets under the usual limit, in a process that cannot lock more.
#[test]
fn many_secrets_under_a_small_limit() {
    const SECRETS: usize = 250_000;
    if child_detail().is_some() {
        within_patience("many secrets", || {
            drop_privileges();
            lower_limit(rustix::process::Resource::Memlock, 8 << 20);
            let session = packed().build().unwrap();
            let content = |at: usize| [(at as u64).to_le_bytes(); 4].concat();
            let buffers: Vec<_> = (0..SECRETS)
                .map(|at| {
                    session.buffer_from_bytes(&mut content(at)).unwrap_or_else(|error| panic!("secret {at}: {error}"))
                })
                .collect();
            let enclave = session.enclave(&mut [7; 32]).unwrap();
            assert!(enclave.open().unwrap().equals(&[7; 32]).unwrap());
            for at in (0..SECRETS).step_by(97) {
                assert!(buffers[at].equals(&content(at)).unwrap());
            }
            let health = session.health();
            assert_eq!((health.live_buffers, health.degraded.unlocked_pages), (SECRETS as u64, 0));
            assert!(health.footprint.locked_bytes <= 8 << 20);
            assert_eq!(session.purge().wiped, SECRETS as u64);
            assert_eq!(session.audit().dirty_slots, 0);
            assert!(session.buffer(32).is_ok());
        });
        return;
    }
    let output = run_child("memory::real_pages::many_secrets_under_a_small_limit", "8 MiB");
    assert!(output.status.success(), "{}", transcript(&output));
}
