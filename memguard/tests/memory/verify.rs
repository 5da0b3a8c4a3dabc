//! VISIBLE: `Buffer::verify` finds an overwritten canary and an opened guard while the buffer lives.

use memguard::{Buffer, Disposal, Error, Isolation, Session};

const ISOLATIONS: [Isolation; 3] = [Isolation::Page, Isolation::Packed, Isolation::Concealed];

fn session(isolation: Isolation) -> Session {
    Session::builder().rekey_interval(None).isolation(isolation).build().unwrap()
}

/// Adds to the byte at this distance from the buffer's first one. It must be canary. This is the planted bug.
fn change(buffer: &Buffer, distance: isize, by: u8) {
    buffer
        .with_data_mut(|bytes| {
            let target = bytes.as_mut_ptr().wrapping_offset(distance);
            // SAFETY: the byte is canary of the same page, which the test owns.
            unsafe { target.write(target.read().wrapping_add(by)) };
        })
        .unwrap();
}

#[test]
fn an_intact_buffer_is_intact() {
    for isolation in ISOLATIONS {
        let session = session(isolation);
        for len in [1, 32, 4096, 10_000] {
            let buffer = session.buffer(len).unwrap();
            buffer.write().unwrap().fill(0xff);
            let found = buffer.verify().unwrap();
            assert!(found.is_intact() && found.canary_is_intact, "{isolation:?}, {len} bytes: {found:?}");
            #[cfg(target_os = "linux")]
            assert_eq!(found.guards_stop, Some(true), "{isolation:?}, {len} bytes");
            let inside = buffer.write().unwrap();
            assert!(matches!(buffer.verify(), Err(Error::Reentrant { .. })));
            drop(inside);
            let _ = buffer.destroy().unwrap();
            assert_eq!(buffer.verify(), Err(Error::Destroyed));
        }
    }
}

#[test]
fn an_overwritten_canary_is_found() {
    for isolation in ISOLATIONS {
        let session = session(isolation);
        // The first place of a packed page has the guard before it.
        let (_first, hit) = (session.buffer(40).unwrap(), session.buffer(40).unwrap());
        for distance in if isolation == Isolation::Packed { vec![-1, 40] } else { vec![-1, -2000, -4056] } {
            change(&hit, distance, 1);
            let found = hit.verify().unwrap();
            assert!(!found.canary_is_intact && !found.is_intact(), "{isolation:?}, {distance}");
            change(&hit, distance, u8::MAX);
            assert!(hit.verify().unwrap().is_intact(), "{isolation:?}, {distance}: it is as it was");
        }
        change(&hit, -1, 1);
        assert!(!hit.verify().unwrap().is_intact());
        assert_eq!(hit.destroy(), Err(Error::Corrupted));
        assert_eq!(session.health().degraded.corrupted_buffers, 1, "it is counted once, at the end");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_opened_guard_is_found() {
    let page = rustix::param::page_size();
    for isolation in ISOLATIONS {
        let session = session(isolation);
        for len in [32, 10_000] {
            let buffer = session.buffer(len).unwrap();
            let (start, end) = buffer
                .with_data(|bytes| {
                    let range = bytes.as_ptr_range();
                    (range.start.addr() / page * page, range.end.addr().next_multiple_of(page))
                })
                .unwrap();
            for guard in [start - page, end] {
                let allow = |access| {
                    let guard = std::ptr::without_provenance_mut(guard);
                    // SAFETY: the page is a guard of this session, and nothing reads or writes it.
                    assert_eq!(unsafe { libc::mprotect(guard, page, access) }, 0);
                };
                allow(libc::PROT_READ);
                let found = buffer.verify().unwrap();
                assert_eq!((found.canary_is_intact, found.guards_stop), (true, Some(false)), "{isolation:?}, {len}");
                assert!(!found.is_intact());
                allow(libc::PROT_NONE);
                assert_eq!(buffer.verify().unwrap().guards_stop, Some(true));
            }
        }
    }
}

/// VISIBLE: what other code of the process takes away from a buffer is told.
#[cfg(target_os = "linux")]
#[test]
fn what_protects_a_buffer_is_told() {
    let page = rustix::param::page_size();
    for isolation in crate::support::isolations() {
        let session = session(isolation);
        let buffer = session.buffer(32).unwrap();
        let told = || {
            let told = buffer.protection().unwrap();
            [told.locked, told.kept_out_of_core_dumps, told.absent_in_children, told.guarded]
        };
        assert_eq!(told(), [Some(true); 4], "{isolation:?}");
        if isolation == Isolation::Secret {
            // The kernel lets nobody unlock or dump hidden pages.
            continue;
        }
        let start = buffer.with_data(|bytes| bytes.as_ptr().addr() / page * page).unwrap();
        let at = |address| std::ptr::without_provenance_mut::<libc::c_void>(address);
        let mut expected = [Some(true); 4];
        for which in 0..4 {
            // SAFETY: the pages are those of this buffer and its guard. The calls change no byte.
            let answer = unsafe {
                match which {
                    0 => libc::munlock(at(start), page),
                    1 => libc::madvise(at(start), page, libc::MADV_DODUMP),
                    2 => libc::madvise(at(start), page, libc::MADV_KEEPONFORK),
                    _ => libc::mprotect(at(start - page), page, libc::PROT_READ),
                }
            };
            assert_eq!(answer, 0);
            expected[which] = Some(false);
            assert_eq!(told(), expected, "{isolation:?}");
        }
        let _ = buffer.destroy().unwrap();
        assert_eq!(buffer.protection(), Err(Error::Destroyed));
    }
}

/// CLEAN, EXACT: an enclave opens with its key in the canary before the secret, where there is room for it. Then it is
/// canary again, also after a failure.
#[test]
fn no_key_is_left_before_what_was_opened() {
    for isolation in ISOLATIONS {
        let session = session(isolation);
        for len in [1, 31, 32, 33, 700, 4063, 4064, 4065, 4096, 4097, 10_000] {
            let secret: Vec<u8> = (0..len).map(|at| at as u8).collect();
            let enclave = session.enclave(&mut secret.clone()).unwrap();
            let buffer = enclave.open().unwrap();
            assert!(buffer.verify().unwrap().is_intact(), "{isolation:?}, {len} bytes");
            assert!(buffer.equals(&secret).unwrap(), "{isolation:?}, {len} bytes");
            assert_eq!(buffer.destroy(), Ok(Disposal::Wiped));
            let mut changed = enclave.sealed().to_vec();
            *changed.last_mut().unwrap() ^= 1;
            let changed = session.enclave_from_sealed(&changed).unwrap();
            assert_eq!(changed.open().map(drop), Err(Error::Tampered));
        }
        let audit = session.audit();
        assert_eq!((audit.dirty_slots, session.health().degraded.corrupted_buffers), (0, 0), "{isolation:?}");
        let enclave = session.enclave(&mut [1; 8]).unwrap();
        session.purge();
        assert_eq!(enclave.open().map(drop), Err(Error::KeyGone));
        assert_eq!(session.health().degraded.corrupted_buffers, 0, "{isolation:?}");
    }
}

/// CLEAN: nothing but zeros and canary lies before the bytes of an enclave while a closure looks at them, not the key.
#[test]
fn no_key_lies_before_what_a_closure_sees() {
    let session = session(Isolation::Page);
    for len in [1, 32, 700, 1024] {
        let enclave = session.enclave(&mut vec![7; len]).unwrap();
        let before = enclave.with_data(|bytes| {
            // SAFETY: these bytes are of the same page, which this thread has alone: the secrets are short.
            let before = unsafe { std::slice::from_raw_parts(bytes.as_ptr().sub(2000), 2000) };
            before.to_vec()
        });
        let before = before.unwrap();
        let (canary, place) = before.split_at(2000 - 32);
        let is_canary = place.iter().zip(&canary[2000 - 64..]).all(|(byte, canary)| byte == canary);
        assert!(is_canary || place == [0; 32], "{len} bytes: {place:?}");
    }
}
