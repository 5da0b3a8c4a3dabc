//! Faults of the system and of the library itself, planted through the simulated pages: nothing is lost, everything is seen.

mod support;

use memguard::sync::lockdep;
use memguard::{Disposal, Error, Fault, MlockPolicy, Rekey, Session, Sim};
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use support::run_child;

fn simulated() -> (Sim, Session) {
    let sim = Sim::new(4096);
    let session = Session::builder().simulated(&sim).rekey_interval(None).build().unwrap();
    (sim, session)
}

/// WIPED, VISIBLE: a wipe that does not happen is found when the slot leaves the pool, and by an audit.
#[test]
fn a_skipped_wipe_is_found() {
    for audit_finds_it in [true, false] {
        let (sim, session) = simulated();
        let buffer = session.buffer(32).unwrap();
        buffer.write().unwrap().fill(7);
        sim.fail(Fault::SkipWipe { n: 1 });
        assert_eq!(buffer.destroy(), Ok(Disposal::Wiped), "the library does not know");
        if audit_finds_it {
            assert_eq!(session.audit().dirty_slots, 1);
        } else {
            assert!(session.buffer(32).unwrap().equals(&[0; 32]).unwrap(), "a dirty slot is never handed out");
        }
        assert_eq!(session.health().degraded.dirty_slots, 1);
    }
}

/// WIPED: writing outside a buffer but inside its page is found when it is destroyed.
#[test]
fn an_underrun_is_corruption() {
    for len in [1, 16, 31, 4095] {
        let (sim, session) = simulated();
        let buffer = session.buffer(len).unwrap();
        buffer
            .with_data_mut(|bytes| {
                let before = bytes.as_mut_ptr().wrapping_sub(1);
                // SAFETY: the byte before the data is canary of the same mapping, which this test owns; this is the planted bug.
                unsafe { before.write(before.read() ^ 1) };
            })
            .unwrap();
        assert_eq!(buffer.destroy(), Err(Error::Corrupted), "length {len}");
        assert!(!buffer.is_alive());
        assert_eq!(session.health().degraded.corrupted_buffers, 1);
        drop((buffer, session));
        assert_eq!((sim.report().live_bytes, sim.report().unwiped_bytes), (0, 0), "wiped and given back all the same");
    }
}

/// The same is seen by a purge, which wipes the others too.
#[test]
fn a_purge_counts_corruption() {
    let (_sim, session) = simulated();
    let buffers: Vec<_> = (0..3).map(|_| session.buffer(32).unwrap()).collect();
    buffers[1]
        .with_data_mut(|bytes| {
            // SAFETY: as above.
            unsafe { bytes.as_mut_ptr().wrapping_sub(9).write_bytes(0, 9) };
        })
        .unwrap();
    let report = session.purge();
    assert_eq!((report.wiped, report.corrupted, report.handed_over), (2, 1, 0));
}

/// PROGRESS: over- and underruns that leave the pages die of SIGSEGV.
#[test]
fn guard_pages_kill() {
    if let Some(side) = support::child_detail() {
        let session = Session::new().unwrap();
        let buffer = session.buffer(4096).unwrap();
        buffer
            .with_data_mut(|bytes| {
                let outside = match side.as_str() {
                    "before" => bytes.as_mut_ptr().wrapping_sub(1),
                    "behind" => bytes.as_mut_ptr().wrapping_add(bytes.len()),
                    _ => bytes.as_mut_ptr(),
                };
                // SAFETY: none: the point is that the hardware stops this, except in the control.
                unsafe { outside.write_volatile(1) };
            })
            .unwrap();
        return;
    }
    for (side, signal) in [("before", Some(libc::SIGSEGV)), ("behind", Some(libc::SIGSEGV)), ("inside", None)] {
        assert_eq!(run_child("guard_pages_kill", side).status.signal(), signal, "{side}");
    }
}

/// Hardware freeze: a write to frozen pages dies of SIGSEGV.
#[test]
fn frozen_pages_kill() {
    if support::child_detail().is_some() {
        let session = Session::new().unwrap();
        let buffer = session.random_buffer(32).unwrap();
        // SAFETY: none: the point is that the hardware stops this.
        buffer.with_data(|bytes| unsafe { bytes.as_ptr().cast_mut().write_volatile(1) }).unwrap();
        return;
    }
    assert_eq!(run_child("frozen_pages_kill", "").status.signal(), Some(libc::SIGSEGV));
}

/// A panic of the library while it holds COFFER marks the lock; the next user checks the key by its fingerprint and goes on.
#[test]
fn the_coffer_survives_a_panic_of_the_library() {
    let (sim, session) = simulated();
    let enclave = session.enclave(&mut [1; 8]).unwrap();
    sim.fail(Fault::Panic { call: "getrandom", n: 1 });
    assert!(catch_unwind(AssertUnwindSafe(|| session.rekey())).is_err());
    assert!(enclave.open().unwrap().equals(&[1; 8]).unwrap());
    assert_eq!(session.rekey(), Ok(Rekey::Done));
    assert!(enclave.open().unwrap().equals(&[1; 8]).unwrap());
    let degraded = session.health().degraded;
    assert_eq!((degraded.poison_recoveries, degraded.keys_lost), (1, 0));
    assert_eq!(lockdep::violations(), []);
}

/// The same when the key is being made: there is none yet, and the next seal makes one.
#[test]
fn a_panic_while_the_key_is_made_leaves_no_key() {
    for call in 1..=3 {
        let (sim, session) = simulated();
        sim.fail(Fault::Panic { call: "getrandom", n: call });
        let mut source = [1; 8];
        assert!(catch_unwind(AssertUnwindSafe(|| session.enclave(&mut source))).is_err(), "call {call}");
        assert_eq!(source, [1; 8]);
        assert!(session.enclave(&mut source).unwrap().open().unwrap().equals(&[1; 8]).unwrap());
    }
}

/// VISIBLE: `Prefer` goes on without mlock and counts every page; `Require` does not.
#[test]
fn unlocked_pages_are_counted() {
    let sim = Sim::new(4096);
    let session = Session::builder().simulated(&sim).rekey_interval(None).mlock(MlockPolicy::Prefer).build().unwrap();
    let locked_before = session.health().footprint.locked_bytes;
    sim.fail(Fault::Nth { call: "mlock", n: 1, errno: libc::ENOMEM });
    let buffer = session.buffer(5_000).unwrap();
    let health = session.health();
    assert_eq!((health.degraded.unlocked_pages, health.footprint.locked_bytes), (2, locked_before));
    drop(buffer);

    let (sim, session) = simulated();
    sim.fail(Fault::Nth { call: "mlock", n: 1, errno: libc::ENOMEM });
    assert!(matches!(session.buffer(5_000), Err(Error::Limit(_))));
    let health = session.health();
    assert_eq!((health.live_buffers, health.degraded.limits_reached, health.degraded.unlocked_pages), (0, 1, 0));
}

/// At a limit the pool gives its free slots back before anybody is refused.
#[test]
fn the_pool_gives_way_at_a_limit() {
    let (sim, session) = simulated();
    drop((session.buffer(8).unwrap(), session.buffer(9_000).unwrap()));
    let before = session.health().footprint.slots;
    sim.fail(Fault::Nth { call: "mlock", n: 1, errno: libc::ENOMEM });
    let _large = session.buffer(20_000).unwrap();
    let after = session.health();
    assert_eq!(after.footprint.slots, before - 2 + 1, "two free slots went, one came");
    assert_eq!(after.degraded.limits_reached, 0);
}

/// WIPED: the Nth call of the system fails, for every N: a typed error, nothing leaked, nothing unwiped, and it goes on.
#[test]
fn every_call_fails_once() {
    let mut fired = 0;
    for n in 1.. {
        let sim = Sim::new(4096);
        sim.fail(Fault::NthOfAny { n, errno: libc::ENOMEM });
        let Ok(session) = Session::builder().simulated(&sim).rekey_interval(None).build() else {
            assert_eq!((sim.report().live_bytes, sim.report().unwiped_bytes), (0, 0), "call {n}");
            fired += 1;
            continue;
        };
        let errors = script(&session);
        let refused = sim.report().faults_fired == 1;
        sim.heal();
        assert!(errors <= u64::from(refused) * 3, "call {n}: one fault, {errors} errors");
        assert_eq!(script(&session), 0, "call {n}: the session is usable afterwards");
        let health = session.health();
        assert_eq!((health.live_buffers, health.registered, health.handed_over), (0, 0, 0), "call {n}");
        assert_eq!(session.audit().dirty_slots, 0, "call {n}");
        let leaked = health.degraded.leaked_slots;
        drop(session);
        let report = sim.report();
        assert_eq!(report.live_bytes > 0, leaked > 0, "call {n}: what the system did not take back is counted");
        assert_eq!(report.unwiped_bytes, 0, "call {n}");
        assert!(report.violations.is_empty(), "call {n}: {:?}", report.violations);
        if !refused {
            break;
        }
        fired += 1;
    }
    assert!(fired > 15, "only {fired} calls: the script has shrunk");
}

/// A few of everything. Returns how many calls were refused.
fn script(session: &Session) -> u64 {
    let mut errors = 0;
    let mut check = |result: Result<(), Error>| errors += u64::from(result.is_err());
    let mut secret = [5; 40];
    match session.enclave(&mut secret) {
        Ok(enclave) => check(enclave.open().and_then(|buffer| {
            assert!(buffer.equals(&[5; 40])?, "an enclave opened to other bytes than were sealed");
            buffer.melt()?;
            buffer.scramble()
        })),
        Err(error) => {
            assert_eq!(secret, [5; 40], "the source of a failed seal is unchanged");
            check(Err(error));
        }
    }
    check(session.random_buffer(9_000).and_then(|buffer| buffer.try_clone()?.seal()?.open().map(drop)));
    check(session.buffer(70_000).and_then(|buffer| buffer.uint64_slice(|_| ())));
    check(session.rekey().map(|_| ()));
    session.purge();
    errors
}
