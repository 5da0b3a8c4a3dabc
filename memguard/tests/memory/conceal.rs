//! Idle concealment: no code reaches a secret at rest. A thread inside an access reaches it.

use crate::support::lockdep;
use memguard::{Disposal, Error, Fault, Isolation, Session, Sim};

fn simulated() -> (Sim, Session) {
    let sim = Sim::new(4096);
    let session =
        Session::builder().simulated(&sim).rekey_interval(None).isolation(Isolation::Concealed).build().unwrap();
    (sim, session)
}

fn assert_clean(sim: &Sim) {
    let report = sim.report();
    assert_eq!((report.live_bytes, report.unwiped_bytes), (0, 0));
    assert!(report.violations.is_empty(), "{:?}", report.violations);
    assert_eq!(lockdep::violations(), []);
}

/// Each outermost access reveals and conceals once. Nested accesses do neither. Freezing at rest makes no system call.
#[test]
fn what_it_costs() {
    let (sim, session) = simulated();
    let calls = || sim.report().calls.get("mprotect").copied().unwrap_or(0);
    let buffer = session.buffer(32).unwrap();
    let mut seen = calls();
    let mut since = || {
        let before = std::mem::replace(&mut seen, calls());
        seen - before
    };
    buffer.with_data(|_| buffer.with_data(|_| ())).unwrap().unwrap();
    assert_eq!(since(), 2);
    buffer.write().unwrap().fill(1);
    assert_eq!(since(), 2);
    buffer.freeze().unwrap();
    buffer.melt().unwrap();
    assert_eq!(since(), 0);
    buffer.freeze().unwrap();
    assert!(matches!(buffer.write(), Err(Error::Frozen)));
    assert_eq!(since(), 0, "a refused write reveals nothing");
    drop(session.buffer_from_reader_until(&[&[7; 9_000][..], b"\n"].concat()[..], b'\n').unwrap());
    let of_a_reader = since();
    assert!(of_a_reader < 40, "{of_a_reader} changes of protection for 9000 reads");
    drop((buffer, session));
    assert_clean(&sim);
}

/// A buffer is destroyed or purged while a thread is inside, frozen or not. It is readable to the end and then wiped.
#[test]
fn handed_over_wipes() {
    let (sim, session) = simulated();
    for frozen in [false, true] {
        let buffer = session.buffer_from_bytes(&mut [7; 32]).unwrap();
        if !frozen {
            buffer.melt().unwrap();
        }
        let inside = buffer.read().unwrap();
        assert_eq!(buffer.destroy(), Ok(Disposal::HandedOver));
        assert_eq!(&inside[..], [7; 32]);
        drop(inside);
        let buffer = session.buffer(32).unwrap();
        let mut inside = buffer.write().unwrap();
        assert_eq!(session.purge().handed_over, 1);
        inside.fill(7);
    }
    let overrun = session.buffer(31).unwrap();
    // SAFETY: the byte is canary of the same page, which this test owns and has revealed. This is the planted bug.
    overrun.with_data_mut(|bytes| unsafe { bytes.as_mut_ptr().wrapping_sub(1).write(0) }).unwrap();
    assert_eq!(overrun.destroy(), Err(Error::Corrupted));
    assert_eq!(session.audit().dirty_slots, 0);
    drop((overrun, session));
    assert_clean(&sim);
}

/// A refusal to reveal is an error and leaves the buffer as it was. A refusal to conceal is counted, and the next
/// access conceals the buffer.
#[test]
fn refusals() {
    let (sim, session) = simulated();
    let refuse = |n| sim.fail(Fault::Nth { call: "mprotect", n, errno: libc::ENOMEM });
    let buffer = session.buffer_from_bytes(&mut [7; 32]).unwrap();
    refuse(1);
    assert!(matches!(buffer.read(), Err(Error::Limit(_))));
    assert!(buffer.equals(&[7; 32]).unwrap());
    refuse(2);
    assert!(buffer.equals(&[7; 32]).unwrap());
    assert_eq!(session.health().degraded.unconcealed, 1);
    let before = sim.report().calls["mprotect"];
    assert!(buffer.equals(&[7; 32]).unwrap());
    assert_eq!(sim.report().calls["mprotect"] - before, 1, "still readable at the start, concealed at the end");
    refuse(1);
    assert!(matches!(session.buffer(32), Err(Error::Limit(_))), "a secret that cannot be concealed is not made");
    // The pages can be neither written nor checked. Their contents are discarded.
    refuse(1);
    refuse(2);
    assert_eq!(buffer.destroy(), Ok(Disposal::Wiped));
    let degraded = session.health().degraded;
    assert_eq!((degraded.unwiped_slots, degraded.corrupted_buffers), (0, 0));
    assert_eq!(sim.report().unwiped_bytes, 0);
    drop((buffer, session));
    assert!(sim.report().violations.is_empty(), "{:?}", sim.report().violations);
    assert_eq!(sim.report().live_bytes, 0);
}

/// EXACT: if the system refuses to reveal a chunk of a stream, the next read gets its bytes.
#[test]
fn a_refused_read_takes_nothing_from_a_stream() {
    let (sim, session) = simulated();
    let stream = session.stream().unwrap();
    stream.move_from(&mut [1, 2, 3, 4]).unwrap();
    let mut out = [0; 2];
    assert_eq!((stream.read_into(&mut out), out), (Ok(2), [1, 2]), "the chunk stays open from here on");
    sim.fail(Fault::Nth { call: "mprotect", n: 1, errno: 12 });
    assert!(matches!(stream.read_into(&mut out), Err(Error::Limit(_))));
    assert_eq!(stream.len(), 2);
    assert_eq!((stream.read_into(&mut out), out), (Ok(2), [3, 4]));
    drop((stream, session));
    assert_clean(&sim);
}
