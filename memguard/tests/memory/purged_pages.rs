//! A purge wipes, and leaves it to later to give pages back to the system.

use crate::support::within_patience;
use memguard::{Fault, Isolation, Session, SessionBuilder, Sim};
use std::time::Duration;

fn purged(builder: SessionBuilder) -> (Sim, Session) {
    let sim = Sim::new(4096);
    let session = builder.simulated(&sim).build().unwrap();
    let buffers: Vec<_> = (0..20).map(|_| session.buffer_from_bytes(&mut [7; 32]).unwrap()).collect();
    assert_eq!(session.purge().wiped, 20);
    drop(buffers);
    (sim, session)
}

fn unmapped(sim: &Sim) -> u64 {
    sim.report().calls.get("munmap").copied().unwrap_or(0)
}

fn few() -> SessionBuilder {
    Session::builder().pool_pages(3).rekey_interval(None)
}

/// WIPED: no system call stands between the secrets and their wipe. What is kept is clean, and is used again.
#[test]
fn a_purge_makes_no_system_call() {
    let (sim, session) = purged(few());
    assert_eq!((unmapped(&sim), session.health().live_buffers), (0, 0));
    let slots = session.health().footprint.slots;
    drop((0..20).map(|_| session.buffer(32).unwrap()).collect::<Vec<_>>());
    assert_eq!(session.health().footprint.slots, slots - 17, "taken again, and given back but for three");
    assert_eq!((unmapped(&sim), session.audit().dirty_slots), (17, 0));
    drop(session);
    let report = sim.report();
    assert_eq!((report.live_bytes, report.unwiped_bytes, report.violations), (0, 0, Vec::new()));
}

#[test]
fn an_audit_gives_the_rest_back() {
    let (sim, session) = purged(few());
    assert_eq!(session.audit().free_slots, 20);
    assert_eq!((unmapped(&sim), session.audit().free_slots), (17, 3));
}

#[test]
fn a_session_that_keeps_nothing_gives_them_back_at_once() {
    let (sim, session) = purged(few().pool_pages(0));
    assert_eq!((unmapped(&sim), session.audit().free_slots), (20, 0));
}

#[test]
fn the_rekey_thread_gives_the_rest_back() {
    let (sim, session) = purged(few().rekey_interval(Some(Duration::from_millis(1))));
    within_patience("a tick", move || {
        while unmapped(&sim) < 17 {
            std::thread::yield_now();
        }
        assert_eq!(session.audit().free_slots, 3);
    });
}

/// The same with pages that many secrets share.
#[test]
fn packed_pages_are_kept_and_given_back_later() {
    let sim = Sim::new(4096);
    let session = few().isolation(Isolation::Packed).simulated(&sim).build().unwrap();
    let many = || (0..1000).map(|_| session.buffer_from_bytes(&mut [7; 32]).unwrap()).collect::<Vec<_>>();
    let (first, slots) = (many(), session.health().footprint.slots);
    assert_eq!((session.purge().wiped, unmapped(&sim)), (1000, 0));
    drop(first);
    let second = many();
    assert_eq!((session.health().footprint.slots, unmapped(&sim)), (slots, 0), "the pages are used again");
    assert_eq!(session.purge().wiped, 1000);
    drop(second);
    let third = session.buffer(32).unwrap();
    assert_eq!(session.audit().dirty_slots, 0);
    let kept = 3 + 2;
    assert!(
        session.health().footprint.slots <= kept + 2,
        "in use, kept, and the key: {:?}",
        session.health().footprint
    );
    assert!(third.equals(&[0; 32]).unwrap());
    drop((third, session));
    let report = sim.report();
    assert_eq!((report.live_bytes, report.unwiped_bytes, report.violations), (0, 0, Vec::new()));
}

/// At a limit, what a purge left over goes back to the system before an error is returned, in one call.
#[test]
fn packed_pages_go_back_at_a_limit() {
    for purged in [true, false] {
        let sim = Sim::new(4096);
        let session =
            Session::builder().rekey_interval(None).isolation(Isolation::Packed).simulated(&sim).build().unwrap();
        let many: Vec<_> = (0..1000).map(|_| session.buffer_from_bytes(&mut [7; 32]).unwrap()).collect();
        let slots = session.health().footprint.slots;
        if purged {
            assert_eq!(session.purge().wiped, 1000);
        }
        drop(many);
        sim.fail(Fault::Nth { call: "mmap", n: 1, errno: libc::ENOMEM });
        let buffer = session.buffer(5000).unwrap();
        let (key, own) = (2, 1);
        assert_eq!(session.health().footprint.slots, key + own, "{slots} were mapped");
        assert!(buffer.equals(&[0; 5000]).unwrap());
    }
}
