//! Pages of 4, 16 and 64 KiB, which systems on other processors have, and larger ones: every layout keeps its promises.

use crate::support::lockdep;
use memguard::{Buffer, Disposal, Error, Isolation, Session, Sim};

const KIB: usize = 1 << 10;
const SIZES: [usize; 4] = [4 * KIB, 16 * KIB, 64 * KIB, 128 * KIB];

/// Runs a test in a session of each isolation and page size. Afterwards everything is wiped and given back.
fn everywhere(test: fn(&Session, Isolation, usize)) {
    for page in SIZES {
        for isolation in [Isolation::Page, Isolation::Concealed, Isolation::Packed, Isolation::Secret] {
            let sim = Sim::new(page);
            let session = Session::builder().isolation(isolation).rekey_interval(None).simulated(&sim).build().unwrap();
            test(&session, isolation, page);
            assert_eq!(session.audit().dirty_slots, 0, "{isolation:?}, {page}");
            drop(session);
            let report = sim.report();
            assert_eq!((report.live_bytes, report.unwiped_bytes), (0, 0), "{isolation:?}, {page}");
            assert!(report.violations.is_empty(), "{isolation:?}, {page}: {:?}", report.violations);
        }
    }
    assert_eq!(lockdep::violations(), []);
}

/// Lengths around the places and the pages.
fn lengths(page: usize) -> [usize; 12] {
    [1, 32, 33, page / 4 - 2, page / 4 - 1, page / 4, page - 1, page, page + 1, 2 * page, 16 * page, 16 * page + 1]
}

#[test]
fn buffers_keep_their_bytes() {
    everywhere(|session, _, page| {
        for len in lengths(page) {
            let buffer = session.buffer(len).unwrap();
            buffer.write().unwrap().fill(0xff);
            buffer.freeze().unwrap();
            let copy = buffer.try_clone().unwrap();
            assert_eq!(copy.equals(&vec![0xff; len]), Ok(true), "{len} bytes on pages of {page}");
            assert_eq!((buffer.destroy(), copy.destroy()), (Ok(Disposal::Wiped), Ok(Disposal::Wiped)), "{len}, {page}");
        }
    });
}

/// The last place of a page too.
#[test]
fn four_secrets_fill_a_page() {
    everywhere(|session, _, page| {
        let four: Vec<_> = (0..4).map(|_| session.buffer(page / 4 - 1).unwrap()).collect();
        for buffer in four {
            assert_eq!(buffer.destroy(), Ok(Disposal::Wiped), "pages of {page}");
        }
    });
}

#[test]
fn enclaves_and_streams_keep_their_bytes() {
    everywhere(|session, _, page| {
        for len in lengths(page) {
            let enclave = session.enclave(&mut vec![7; len]).unwrap();
            assert_eq!(enclave.open().unwrap().equals(&vec![7; len]), Ok(true), "{len} bytes on pages of {page}");
            let stream = session.stream().unwrap();
            stream.move_from(&mut vec![9; len]).unwrap();
            let all = stream.drain().unwrap().expect("the stream is not empty");
            assert_eq!(all.equals(&vec![9; len]), Ok(true), "{len} bytes on pages of {page}");
        }
    });
}

/// The planted bug: one byte before the data is changed. It belongs to the canary for each of these lengths.
#[test]
fn a_byte_outside_is_corruption() {
    everywhere(|session, _, page| {
        for len in [1, 33, page / 4 - 2, page / 4, page - 1, page + 1] {
            let neighbour = session.buffer_from_bytes(&mut vec![5; len]).unwrap();
            let hit = session.buffer(len).unwrap();
            flip_before(&hit);
            assert_eq!(hit.destroy(), Err(Error::Corrupted), "{len} bytes on pages of {page}");
            assert_eq!(neighbour.equals(&vec![5; len]), Ok(true), "{len} bytes on pages of {page}");
        }
    });
}

fn flip_before(buffer: &Buffer) {
    buffer
        .with_data_mut(|bytes| {
            let target = bytes.as_mut_ptr().wrapping_sub(1);
            // SAFETY: the byte belongs to the same page, which this test owns, and no other thread is inside a
            // neighbour.
            unsafe { target.write(target.read() ^ 1) };
        })
        .unwrap();
}

/// A size that is none becomes the nearest one that is. Its arithmetic does not overflow.
#[test]
fn a_size_beyond_all_bounds_is_clamped() {
    for (size, page) in [(0, 64), (65, 128), (usize::MAX, 16 << 20)] {
        let session = Session::builder().rekey_interval(None).simulated(&Sim::new(size)).build().unwrap();
        let before = session.health().footprint.data_bytes;
        drop(session.buffer(1).unwrap());
        assert_eq!(session.health().footprint.data_bytes - before, page);
        assert!(matches!(session.buffer(isize::MAX as usize), Err(Error::TooLong { .. })));
    }
}

/// A page holds as many packed secrets as fit with a byte between them.
#[test]
fn packed_secrets_fill_the_page() {
    everywhere(|session, isolation, page| {
        if isolation != Isolation::Packed {
            return;
        }
        let before = session.health().footprint.slots;
        let fit = page / 33;
        let secrets: Vec<_> = (0..fit).map(|at| session.buffer_from_bytes(&mut [at as u8; 32]).unwrap()).collect();
        assert_eq!(session.health().footprint.slots - before, 1, "{fit} places of 32 bytes fit a page of {page}");
        let one_more = session.buffer(32).unwrap();
        assert_eq!(session.health().footprint.slots - before, 2);
        for (at, secret) in secrets.iter().enumerate() {
            assert_eq!(secret.equals(&[at as u8; 32]), Ok(true));
        }
        drop((secrets, one_more));
    });
}
