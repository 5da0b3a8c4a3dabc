//! Packed sessions: WIPED, corruption, and how many secrets fit.

use crate::support::{lockdep, within_patience};
use memguard::{Buffer, Error, Fault, Freezing, Isolation, Result, Session, SessionBuilder, Sim};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

fn packed() -> SessionBuilder {
    Session::builder().isolation(Isolation::Packed).rekey_interval(None)
}

fn simulated() -> (Sim, Session) {
    let sim = Sim::new(4096);
    let session = packed().simulated(&sim).build().unwrap();
    (sim, session)
}

/// Changes one byte at this distance from the first byte of the buffer: the planted bug.
fn flip(buffer: &Buffer, distance: isize) {
    buffer
        .with_data_mut(|bytes| {
            let target = bytes.as_mut_ptr().wrapping_offset(distance);
            // SAFETY: the byte belongs to the same page, which this test owns, and no other thread is inside a
            // neighbour.
            unsafe { target.write(target.read() ^ 1) };
        })
        .unwrap();
}

fn assert_clean(sim: &Sim) {
    let report = sim.report();
    assert_eq!((report.live_bytes, report.unwiped_bytes), (0, 0), "wiped and given back");
    assert!(report.violations.is_empty(), "{:?}", report.violations);
    assert_eq!(lockdep::violations(), []);
}

/// Many secrets share a page. None sees the bytes of another. All pages but one go back with the last secret.
#[test]
fn secrets_share_pages() {
    let (sim, session) = simulated();
    let before = session.health().footprint;
    let buffers: Vec<_> = (0..248_u8).map(|at| session.buffer_from_bytes(&mut [at; 32]).unwrap()).collect();
    assert_eq!(session.health().footprint.slots - before.slots, 2, "124 places of 32 bytes fit a page");
    for (at, buffer) in (0..).zip(&buffers) {
        assert!(buffer.equals(&[at; 32]).unwrap());
    }
    drop(buffers);
    let audit = session.audit();
    let free = (audit.free_slots, audit.free_places, audit.dirty_slots);
    assert_eq!(free, (1, 124, 0), "a page is kept for the next secret, and the other is in the pool");
    drop(session);
    assert_clean(&sim);
}

/// An overrun or underrun by one byte is corruption when the buffer is destroyed, for every length and every place.
#[test]
fn one_byte_beyond_is_corruption() {
    for len in (1..64_usize).chain((64..1024).step_by(23)).chain([1022, 1023]) {
        let (sim, session) = simulated();
        let mut found = 0;
        for at in 0..3 {
            for (distance, behind) in [(len.cast_signed(), true), (-1, false)] {
                let neighbours: Vec<_> = (0..3).map(|_| session.buffer(len).unwrap()).collect();
                let Some(hit) = neighbours.get(at) else { unreachable!() };
                if at == 0 && !behind {
                    continue; // This may be the first place of a page. Then the guard page stops it.
                }
                flip(hit, distance);
                assert_eq!(hit.destroy(), Err(Error::Corrupted), "length {len}, place {at}, distance {distance}");
                found += 1;
            }
        }
        assert!(session.health().degraded.corrupted_buffers >= found);
        drop(session);
        assert_clean(&sim);
    }
}

/// After corruption the neighbours keep their bytes, the page is withdrawn, and it is given back with its last secret.
#[test]
fn a_corrupted_page_is_withdrawn() {
    let (sim, session) = simulated();
    let before = session.health().footprint.slots;
    let mut buffers: Vec<_> = (0..10_u8).map(|at| session.buffer_from_bytes(&mut [at; 32]).unwrap()).collect();
    let hit = buffers.remove(5);
    hit.melt().unwrap();
    flip(&hit, 32);
    assert_eq!(hit.destroy(), Err(Error::Corrupted));
    for (at, buffer) in [0, 1, 2, 3, 4, 6, 7, 8, 9].into_iter().zip(&buffers) {
        assert!(buffer.equals(&[at; 32]).unwrap(), "a neighbour lost its bytes");
    }
    let elsewhere = session.buffer(32).unwrap();
    assert_eq!(session.health().footprint.slots, before + 2, "nothing is placed on a withdrawn page");
    // The byte between the two belongs to both, so the library cannot know which buffer overran it.
    let corrupted = buffers.iter().filter(|buffer| buffer.destroy() == Err(Error::Corrupted)).count();
    assert_eq!(corrupted, 1, "the neighbour beyond the overwritten byte");
    assert_eq!(session.health().footprint.slots, before + 1, "unmapped with its last secret, not kept");
    drop((elsewhere, buffers, hit, session));
    assert_clean(&sim);
}

/// WIPED: a wipe that does not happen is found when the place is handed out again, and by an audit.
#[test]
fn a_skipped_wipe_is_found() {
    for audit_finds_it in [true, false] {
        let (sim, session) = simulated();
        let neighbour = session.buffer_from_bytes(&mut [1; 32]).unwrap();
        let buffer = session.buffer_from_bytes(&mut [7; 32]).unwrap();
        sim.fail(Fault::SkipWipe { n: 1 });
        drop(buffer);
        if audit_finds_it {
            let audit = session.audit();
            assert_eq!((audit.free_places, audit.dirty_slots), (123, 1));
        } else {
            assert!(session.buffer(32).unwrap().equals(&[0; 32]).unwrap(), "a dirty place is never handed out");
        }
        assert_eq!(session.health().degraded.dirty_slots, 1);
        assert!(neighbour.equals(&[1; 32]).unwrap());
        drop((neighbour, session));
        assert_clean(&sim);
    }
}

/// No writer enters a frozen buffer that is packed. On secrets too long to be packed, the hardware enforces it.
#[test]
fn freezing_is_heeded() {
    let sim = Sim::new(4096);
    let session = packed().freezing(Freezing::InHardware).simulated(&sim).build().unwrap();
    for len in [1, 32, 1023, 1024, 5000] {
        let protected = || sim.report().calls.get("mprotect").copied().unwrap_or(0);
        let before = protected();
        let buffer = session.buffer_random(len).unwrap();
        assert!(!buffer.is_mutable() && buffer.write().is_err());
        assert_eq!(protected() - before, u64::from(len >= 1024), "length {len}");
        buffer.melt().unwrap();
        buffer.write().unwrap().fill(1);
    }
    drop(session);
    assert_clean(&sim);
}

/// Secrets of random lengths come and go. Every secret keeps its bytes, and everything is wiped and given back.
#[test]
fn random_lives() {
    for seed in 0..8 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut below = move |bound: usize| random.next_u32() as usize % bound;
        let (sim, session) = simulated();
        let mut live: Vec<(Buffer, Vec<u8>)> = Vec::new();
        for step in 0..2_000_u32 {
            match below(16) {
                0..8 => {
                    let most = [16, 64, 1100][below(3)];
                    let len = 1 + below(most);
                    let content: Vec<u8> = (0..len).map(|_| below(256) as u8).collect();
                    live.push((session.buffer_from_bytes(&mut content.clone()).unwrap(), content));
                }
                8..15 if !live.is_empty() => {
                    let (buffer, content) = live.swap_remove(below(live.len()));
                    assert!(buffer.equals(&content).unwrap(), "seed {seed}, step {step}");
                    let _wiped = buffer.destroy().unwrap();
                }
                _ => assert_eq!(session.audit().dirty_slots, 0, "seed {seed}, step {step}"),
            }
        }
        assert_eq!(session.purge().wiped, live.len() as u64);
        const MOST_ON_A_PAGE: u64 = 4096 / 9;
        assert_eq!(session.audit().dirty_slots, 0);
        // What the purge left over went back with the first audit.
        assert!(session.audit().free_places <= MOST_ON_A_PAGE, "more than one page without secrets is kept");
        drop((live, session));
        assert_clean(&sim);
    }
}

/// However many there are, each is made and destroyed in a few steps. Otherwise this takes many minutes.
#[test]
fn two_hundred_thousand_buffers() {
    within_patience("very many", || {
        let (_, session) = simulated();
        let made = || (0..200_000).map(|_| session.buffer(8)).collect::<Result<Vec<_>>>().unwrap();
        drop(made());
        let again = made();
        assert_eq!(session.purge().wiped, 200_000);
        drop(again);
    });
}
