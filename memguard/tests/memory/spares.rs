//! Spare pages, which are used again at once.

use memguard::{Disposal, Error, Session, Sim};

const PAGE: usize = 4096;

fn simulated() -> (Sim, Session) {
    let sim = Sim::new(PAGE);
    let session = Session::builder().simulated(&sim).rekey_interval(None).build().unwrap();
    (sim, session)
}

/// WIPED, VISIBLE: a secret of any length behind one of any other finds zeros, and its canary lies around it.
#[test]
fn lengths_follow_one_another() {
    let lengths = [32, 100, PAGE, 1, PAGE - 1, 32, 33];
    for (before, len) in lengths.into_iter().flat_map(|before| lengths.map(|len| (before, len))) {
        let (sim, session) = simulated();
        session.buffer(before).unwrap().with_data_mut(|bytes| bytes.fill(7)).unwrap();
        let slots = session.health().footprint.slots;
        let buffer = session.buffer(len).unwrap();
        assert_eq!(session.health().footprint.slots, slots, "the spare is used");
        assert!(buffer.equals(&vec![0; len]).unwrap(), "{len} behind {before}");
        for distance in [1, PAGE - len].into_iter().filter(|&distance| (1..=PAGE - len).contains(&distance)) {
            let buffer = session.buffer(len).unwrap();
            buffer
                .with_data_mut(|bytes| {
                    let stray = bytes.as_mut_ptr().wrapping_sub(distance);
                    // SAFETY: canary of a page that only this test uses. This is the planted bug.
                    unsafe { stray.write(stray.read() ^ 1) };
                })
                .unwrap();
            assert_eq!(buffer.destroy(), Err(Error::Corrupted), "{len} behind {before}, {distance} before it");
        }
        assert_eq!((buffer.destroy(), session.audit().dirty_slots), (Ok(Disposal::Wiped), 0));
        drop(session);
        assert_eq!((sim.report().unwiped_bytes, sim.report().violations), (0, Vec::new()));
    }
}

/// VISIBLE: a byte that something writes to a spare is found when the spare is used, wherever it lies.
#[test]
fn a_write_to_a_spare_is_found() {
    for distance in [-1, 0, 31, 32 - PAGE as isize] {
        let (_sim, session) = simulated();
        let data = session.buffer(32).unwrap().with_data_mut(|bytes| bytes.as_mut_ptr()).unwrap();
        let stray = data.wrapping_offset(distance);
        // SAFETY: the page is free, stays mapped in the session, and only this test uses it. This is the planted bug.
        unsafe { stray.write(stray.read() ^ 1) };
        let buffer = session.buffer(32).unwrap();
        assert!(buffer.equals(&[0; 32]).unwrap());
        assert_eq!(session.health().degraded.dirty_slots, 1, "{distance} from the start");
    }
}

/// WIPED: a page that a purge or a drop freed is zero as a whole, canary too.
#[test]
fn a_free_page_is_zero() {
    for purged in [true, false] {
        let (_sim, session) = simulated();
        let buffer = session.buffer(32).unwrap();
        let data = buffer.with_data_mut(|bytes| bytes.as_mut_ptr()).unwrap();
        if purged {
            assert_eq!(session.purge().wiped, 1);
        }
        drop(buffer);
        // SAFETY: the page is free, stays mapped in the session, and only this test uses it.
        let page = unsafe { std::slice::from_raw_parts(data.wrapping_sub(PAGE - 32), PAGE) };
        assert!(page.iter().all(|&byte| byte == 0));
    }
}
