//! Frozen buffers let no writer in. How the pages are protected is counted in system calls.

use memguard::{Buffer, Error, Freezing, Session, Sim};

fn session(freezing: Freezing) -> (Sim, Session) {
    let sim = Sim::new(4096);
    let session = Session::builder().freezing(freezing).rekey_interval(None).simulated(&sim).build().unwrap();
    (sim, session)
}

/// A way to make a frozen buffer. How often it changes what pages allow, if the hardware freezes.
type Way = (&'static str, u64, fn(&Session) -> Buffer);

const WAYS: [Way; 6] = [
    ("bytes", 1, |session| session.buffer_from_bytes(&mut [7; 32]).unwrap()),
    ("random", 1, |session| session.buffer_random(32).unwrap()),
    ("reader", 1, |session| session.buffer_from_reader(&[7; 32][..], 32).unwrap()),
    ("entire reader", 1, |session| session.buffer_from_entire_reader(&[7; 32][..]).unwrap()),
    ("enclave", 1, |session| session.enclave(&mut [7; 32]).unwrap().open().unwrap()),
    // The stream opens a chunk, which is frozen, and wipes it.
    ("stream", 3, |session| {
        let stream = session.stream().unwrap();
        stream.move_from(&mut [7; 32]).unwrap();
        stream.drain().unwrap().unwrap()
    }),
];

#[test]
fn pages_change_only_in_hardware_and_only_when_asked() {
    for freezing in [Freezing::ByAccess, Freezing::InHardware] {
        let in_hardware = u64::from(freezing == Freezing::InHardware);
        for (way, changes, make) in WAYS {
            let (sim, session) = session(freezing);
            let protections = || sim.report().calls.get("mprotect").copied().unwrap_or(0);
            let buffer = make(&session);
            assert_eq!(protections(), changes * in_hardware, "{way}, {freezing:?}");
            assert!(!buffer.is_mutable() && buffer.write().map(drop) == Err(Error::Frozen));

            let clone = buffer.try_clone().unwrap();
            assert_eq!(
                protections(),
                (changes + 1) * in_hardware,
                "a clone is frozen as its original: {way}, {freezing:?}"
            );
            assert_eq!(clone.copy_from(&[1]), Err(Error::Frozen));

            let before = protections();
            buffer.freeze().unwrap();
            assert_eq!(protections() - before, 1 - in_hardware, "{way}, {freezing:?}");
            drop(buffer.try_clone().unwrap());
            assert_eq!(protections() - before, 1 - in_hardware + 2, "frozen and wiped: {way}, {freezing:?}");

            buffer.melt().unwrap();
            assert_eq!(protections() - before, 1 - in_hardware + 3, "{way}, {freezing:?}");
            buffer.write().unwrap().fill(1);
            assert!(buffer.try_clone().unwrap().is_mutable());
            drop((buffer, clone, session));
            assert_eq!((sim.report().unwiped_bytes, sim.report().violations), (0, Vec::new()), "{way}");
        }
    }
}
