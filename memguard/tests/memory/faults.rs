//! Faults of the system and of the library, planted through the simulated pages. No secret is lost, and every fault is
//! counted.

use crate::support::{ciphers, lockdep};
use memguard::{
    Buffer, Cipher, ControlKind, ControlPolicy, Degraded, Disposal, Error, Fault, Freezing, Isolation, MlockPolicy,
    Rekey, Session, SessionBuilder, Sim,
};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

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

/// WIPED: pages that cannot be made writable are discarded, else unmapped. If the system refuses that too, nobody says
/// that the bytes are gone.
#[test]
fn done_means_done() {
    // What fails; what `destroy` says; wiped, failed of a purge; bytes left in the mapping; unwiped, leaked slots.
    let (wiped, not) = (Ok(Disposal::Wiped), Err(Error::Unwiped));
    for (faults, said, purged, unwiped, counted) in [
        (&["mprotect"][..], wiped.clone(), (1, 0), 0, (0, 0)),
        (&["mprotect", "munmap"], wiped.clone(), (1, 0), 0, (0, 1)),
        (&["mprotect", "discard"], wiped, (1, 0), 32, (1, 0)),
        (&["mprotect", "discard", "munmap"], not, (0, 1), 0, (1, 1)),
    ] {
        for (by_purge, isolation) in [false, true]
            .into_iter()
            .flat_map(|by_purge| [Isolation::Page, Isolation::Concealed].map(|isolation| (by_purge, isolation)))
        {
            let sim = Sim::new(4096);
            let session = builder(Cipher::default()).isolation(isolation).simulated(&sim).build().unwrap();
            let buffer = session.buffer_from_bytes(&mut [7; 32]).unwrap();
            buffer.freeze().unwrap();
            for &call in faults {
                for n in 1..=(if call == "mprotect" { 2 } else { 1 }) {
                    sim.fail(Fault::Nth { call, n, errno: libc::EPERM });
                }
            }
            if by_purge {
                let report = session.purge();
                assert_eq!((report.wiped, report.failed), purged, "{faults:?}, {isolation:?}");
                assert_eq!((report.corrupted, report.pending), (0, 0), "{faults:?}, {isolation:?}");
            } else {
                assert_eq!(buffer.destroy(), said, "{faults:?}, {isolation:?}");
            }
            let degraded = session.health().degraded;
            assert_eq!((degraded.unwiped_slots, degraded.leaked_slots), counted, "{faults:?}, {isolation:?}");
            assert_eq!(session.audit().dirty_slots, 0, "{faults:?}, {isolation:?}: the pages are not used again");
            drop((buffer, session));
            let canary = if unwiped > 0 { 4096 - 32 } else { 0 };
            assert_eq!(sim.report().unwiped_bytes, unwiped + canary, "{faults:?}, {isolation:?}");
        }
    }
}

/// VISIBLE: a limit that stops a change of existing pages is counted like a limit that stops new pages.
#[test]
fn a_limit_in_freeze_and_in_reveal_is_counted() {
    let (sim, session) = simulated();
    let buffer = session.buffer(32).unwrap();
    let out_of_mappings = Fault::Nth { call: "mprotect", n: 1, errno: libc::ENOMEM };
    sim.fail(out_of_mappings);
    assert!(matches!(buffer.freeze(), Err(Error::Limit(_))));
    assert_eq!(session.health().degraded.limits_reached, 1);

    let sim = Sim::new(4096);
    let session = Session::builder()
        .simulated(&sim)
        .rekey_interval(None)
        .isolation(memguard::Isolation::Concealed)
        .build()
        .unwrap();
    let buffer = session.buffer(32).unwrap();
    sim.fail(out_of_mappings);
    assert!(matches!(buffer.read().map(drop), Err(Error::Limit(_))));
    assert_eq!(session.health().degraded.limits_reached, 1);
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
                // SAFETY: the byte before the data is canary of the same mapping, which this test owns. This is the
                // planted bug.
                unsafe { before.write(before.read() ^ 1) };
            })
            .unwrap();
        assert_eq!(buffer.destroy(), Err(Error::Corrupted), "length {len}");
        assert!(!buffer.is_alive());
        assert_eq!(session.health().degraded.corrupted_buffers, 1);
        drop((buffer, session));
        assert_eq!((sim.report().live_bytes, sim.report().unwiped_bytes), (0, 0), "wiped and given back in any case");
    }
}

/// A purge finds it too, and wipes the other buffers.
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

/// A panic inside the library under COFFER marks the lock. The next user checks the key by its fingerprint and goes on.
#[test]
fn the_coffer_survives_a_panic_of_the_library() {
    let (sim, session) = simulated();
    let enclave = session.enclave(&mut [1; 8]).unwrap();
    sim.fail(Fault::PanicInAccess { n: 1 });
    assert!(catch_unwind(AssertUnwindSafe(|| session.rekey())).is_err());
    assert!(enclave.open().unwrap().equals(&[1; 8]).unwrap());
    assert_eq!(session.rekey(), Ok(Rekey::Done));
    assert!(enclave.open().unwrap().equals(&[1; 8]).unwrap());
    let degraded = session.health().degraded;
    assert_eq!((degraded.poison_recoveries, degraded.keys_lost), (1, 0));
    assert_eq!(lockdep::violations(), []);
}

/// EXACT, VISIBLE: after a panic in the middle of a rekey the halves make another key. It opens nothing, so it is
/// destroyed and counted.
#[test]
fn a_torn_key_is_destroyed() {
    let (sim, session) = simulated();
    let enclave = session.enclave(&mut [1; 8]).unwrap();
    sim.fail(Fault::TornWrite { n: 1 });
    assert!(catch_unwind(AssertUnwindSafe(|| session.rekey())).is_err());
    assert_eq!(enclave.open().map(drop), Err(Error::KeyGone));
    assert!(session.enclave(&mut [2; 8]).unwrap().open().unwrap().equals(&[2; 8]).unwrap());
    let degraded = session.health().degraded;
    assert_eq!((degraded.poison_recoveries, degraded.keys_lost), (1, 1));
}

/// A panic while the nonces of a thread or the key are being made. There is no key yet, and the next seal makes one.
#[test]
fn a_panic_while_the_key_is_made_leaves_no_key() {
    let sealed = |call| {
        let (sim, session) = simulated();
        sim.fail(Fault::Panic { call: "getrandom", n: call });
        let mut source = [1; 8];
        assert!(catch_unwind(AssertUnwindSafe(|| session.enclave(&mut source))).is_err(), "call {call}");
        assert_eq!(source, [1; 8]);
        assert!(session.enclave(&mut source).unwrap().open().unwrap().equals(&[1; 8]).unwrap());
        assert_eq!(session.health().degraded.poison_recoveries, 0, "call {call} was made under COFFER");
    };
    for call in 1..=2 {
        on_a_new_thread(|| sealed(call));
    }
}

/// PROGRESS: a rekey asks the system for randomness before it takes COFFER. Other threads need not wait for the system.
#[test]
fn a_rekey_draws_before_it_takes_the_coffer() {
    let (sim, session) = simulated();
    let enclave = session.enclave(&mut [1; 8]).unwrap();
    sim.fail(Fault::Panic { call: "getrandom", n: 1 });
    assert!(catch_unwind(AssertUnwindSafe(|| session.rekey())).is_err());
    assert!(enclave.open().unwrap().equals(&[1; 8]).unwrap());
    assert_eq!(session.health().degraded.poison_recoveries, 0);
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

/// At a limit, the pool gives its free slots back before a call is refused.
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

/// WIPED: the Nth system call fails, for every N, in each kind of session and with each cipher. The error is typed,
/// nothing is leaked or unwiped, and the session goes on.
#[test]
fn every_call_fails_once() {
    type Configure = fn(SessionBuilder) -> SessionBuilder;
    let kinds: [(&str, Configure, u64); 6] = [
        ("page", |builder| builder, 100),
        ("frozen in hardware, without a pool", |builder| builder.freezing(Freezing::InHardware).pool_pages(0), 350),
        ("packed", |builder| builder.isolation(Isolation::Packed), 90),
        ("concealed", |builder| builder.isolation(Isolation::Concealed), 300),
        ("secret", |builder| builder.isolation(Isolation::Secret), 60),
        (
            "hidden if possible",
            |builder| builder.isolation(Isolation::Secret).control(ControlKind::Hide, ControlPolicy::Prefer),
            60,
        ),
    ];
    // The kinds side by side, because this is the longest test.
    std::thread::scope(|scope| {
        for (kind, configure, least) in kinds {
            scope.spawn(move || {
                for cipher in ciphers() {
                    let kind = format!("{kind}, {cipher}");
                    let fails = |n| the_nth_call_fails(&kind, configure(builder(cipher)), n);
                    let fired = (1..).take_while(|&n| on_a_new_thread(|| fails(n))).count() as u64;
                    assert!(fired > least, "{kind}: only {fired} calls: the script has shrunk");
                }
            });
        }
    });
}

/// The Nth draw of randomness fails, for every N. Each is an error: nothing is sealed or filled without randomness.
#[test]
fn every_refused_draw_is_an_error() {
    for cipher in ciphers() {
        let fails = |n| {
            let sim = Sim::new(256);
            let session = builder(cipher).simulated(&sim).build().unwrap();
            sim.fail(Fault::Nth { call: "getrandom", n, errno: libc::EIO });
            let (errors, fired) = (script(&session), sim.report().faults_fired);
            assert_eq!(errors, fired, "{cipher}, draw {n}");
            fired == 1
        };
        let fired = (1..).take_while(|&n| on_a_new_thread(|| fails(n))).count();
        // The nonces, the key, two random buffers, a scrambled one, a random enclave and a rekey.
        assert!(fired >= 7, "{cipher}: only {fired} draws: the script has shrunk");
    }
}

/// The pool keeps only a few pages, so that pages are mapped and unmapped throughout. Streams have several chunks.
fn builder(cipher: Cipher) -> SessionBuilder {
    Session::builder().cipher(cipher).rekey_interval(None).pool_pages(4).stream_chunk(16)
}

/// A thread draws for its nonces once, at its first seal.
fn on_a_new_thread<R: Send>(body: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| scope.spawn(body).join()).unwrap()
}

/// Returns whether there was an Nth call.
fn the_nth_call_fails(kind: &str, builder: SessionBuilder, n: u64) -> bool {
    // Small pages, because filling and checking them is most of the cost.
    let sim = Sim::new(256);
    sim.fail(Fault::NthOfAny { n, errno: libc::ENOMEM });
    let Ok(session) = builder.simulated(&sim).build() else {
        assert_eq!((sim.report().live_bytes, sim.report().unwiped_bytes), (0, 0), "{kind}, call {n}");
        return true;
    };
    let errors = script(&session);
    let fired = sim.report().faults_fired;
    sim.heal();
    assert!(errors <= fired, "{kind}, call {n}: {fired} faults, {errors} errors");
    let before = session.health().degraded;
    assert_eq!(script(&session), 0, "{kind}, call {n}: the session is usable afterwards");
    assert_eq!(session.health().degraded.iter().collect::<Vec<_>>(), before_and_accesses(before, &session));
    let health = session.health();
    assert_eq!((health.live_buffers, health.registered, health.handed_over), (0, 0, 0), "{kind}, call {n}");
    assert_eq!(session.audit().dirty_slots, 0, "{kind}, call {n}");
    let leaked = health.degraded.leaked_slots;
    drop(session);
    let report = sim.report();
    assert_eq!(report.live_bytes > 0, leaked > 0, "{kind}, call {n}: what the system did not take back is counted");
    assert_eq!(report.unwiped_bytes, 0, "{kind}, call {n}");
    assert!(report.violations.is_empty(), "{kind}, call {n}: {:?}", report.violations);
    fired == 1
}

/// The counts without those that the script provokes without a fault: refused accesses and handed-over wipes.
fn before_and_accesses(before: Degraded, session: &Session) -> Vec<(&'static str, u64)> {
    let now: BTreeMap<_, _> = session.health().degraded.iter().collect();
    let provoked = ["accesses_refused", "handed_over_wipes"];
    before.iter().map(|(name, count)| (name, if provoked.contains(&name) { now[name] } else { count })).collect()
}

/// A few operations of each kind. They do not depend on each other, so one refused call is one refused
/// operation. Returns how many operations were refused.
fn script(session: &Session) -> u64 {
    let secret = [5; 40];
    let filled = |len: usize| session.buffer_from_bytes(&mut vec![5; len]);
    let holds = |buffer: &Buffer| {
        assert!(buffer.with_data(|bytes| bytes.iter().all(|&byte| byte == 5))?, "a secret lost its bytes");
        Ok(())
    };
    let operations: [&dyn Fn() -> Result<(), Error>; 32] = [
        &|| filled(1).and_then(|buffer| holds(&buffer)),
        &|| filled(32).and_then(|buffer| holds(&buffer)),
        &|| filled(63).and_then(|buffer| holds(&buffer)),
        &|| filled(64).and_then(|buffer| holds(&buffer)),
        &|| filled(600).and_then(|buffer| holds(&buffer)),
        &|| session.buffer_random(64).map(drop),
        &|| session.buffer_random(5_000).map(drop),
        &|| filled(32)?.melt(),
        &|| filled(400)?.melt(),
        &|| session.buffer(32).and_then(|buffer| buffer.freeze()),
        &|| session.buffer(32)?.scramble(),
        &|| session.buffer(32)?.copy_from(&secret[..32]),
        &|| session.buffer(100)?.move_from_at(50, &mut secret.clone()),
        &|| session.buffer(32).and_then(|buffer| buffer.wipe()),
        &|| filled(32).and_then(|buffer| holds(&buffer.try_clone()?)),
        &|| filled(300).and_then(|buffer| holds(&buffer.try_clone()?)),
        &|| filled(40)?.uint64_slice(|integers| assert_eq!(integers.len(), 5)),
        &|| filled(40)?.equals(&secret).map(|equal| assert!(equal)),
        &|| {
            let mut source = secret;
            let sealed = session.enclave(&mut source);
            assert_eq!(source == secret, sealed.is_err(), "a source is wiped if, and only if, it was sealed");
            sealed.map(drop)
        },
        &|| session.enclave(&mut secret.clone())?.open().and_then(|buffer| holds(&buffer)),
        &|| session.enclave_random(32)?.open().map(drop),
        &|| filled(32)?.seal()?.open().and_then(|buffer| holds(&buffer)),
        &|| filled(700)?.seal()?.open().and_then(|buffer| holds(&buffer)),
        &|| {
            let (stream, mut source) = (session.stream()?, secret);
            let moved = stream.move_from(&mut source);
            assert_eq!(source == secret, moved.is_err(), "a source is wiped if, and only if, it was taken");
            assert_eq!(stream.len(), if moved.is_ok() { 40 } else { 0 });
            moved?;
            holds(&stream.next()?.unwrap())
        },
        &|| {
            let stream = session.stream()?;
            stream.move_from(&mut secret.clone())?;
            let drained = stream.drain();
            let (part, read) = match &drained {
                Ok(all) => (all, 40),
                Err(error) => (&error.part, error.read),
            };
            assert_eq!((part.as_ref().map_or(0, Buffer::len), read + stream.len()), (read, 40), "a stream lost bytes");
            part.as_ref().map_or(Ok(()), holds)?;
            Ok(drained.map(drop)?)
        },
        &|| session.rekey().map(drop),
        &|| {
            let buffer = filled(32)?;
            let inside = buffer.read()?;
            assert_eq!(buffer.destroy()?, Disposal::HandedOver);
            assert_eq!(inside[..], [5; 32]);
            Ok(())
        },
        &|| {
            let (first, second) = (filled(24)?, filled(24)?);
            let both = first.with_data(|first| second.equals(first))??;
            assert!(both);
            Ok(())
        },
        &|| {
            let many = (0..8).map(|_| filled(200)).collect::<Result<Vec<_>, _>>()?;
            many.iter().try_for_each(holds)
        },
        &|| session.buffer(8)?.destroy().map(drop),
        &|| {
            let buffer = filled(32)?;
            session.purge();
            assert!(!buffer.is_alive());
            Ok(())
        },
        &|| {
            session.audit();
            Ok(())
        },
    ];
    operations.iter().filter(|operation| operation().is_err()).count() as u64
}

/// VISIBLE: pages that the system neither locks nor takes back are counted as leaked.
#[test]
fn a_page_neither_locked_nor_given_back_is_counted() {
    let (sim, session) = simulated();
    sim.fail(Fault::Nth { call: "mlock", n: 1, errno: 22 });
    sim.fail(Fault::Nth { call: "munmap", n: 1, errno: 22 });
    assert!(
        matches!(session.buffer(32), Err(Error::Control { control: ControlKind::Lock, call: "mlock", .. })),
        "the error names the call that was wanted"
    );
    assert_eq!(session.health().degraded.leaked_slots, 1);
    drop(session);
    assert_eq!(sim.report().live_bytes, 4096);
}

/// VISIBLE: a sandbox that refuses `mlock` is not taken for a limit, and `Prefer` works without the lock.
#[test]
fn a_forbidden_mlock_is_no_limit() {
    let sim = Sim::new(64);
    let builder = || Session::builder().rekey_interval(None).pool_pages(0).simulated(&sim);
    let forbid = || sim.fail(Fault::Nth { call: "mlock", n: 1, errno: libc::EPERM });

    let strict = builder().build().unwrap();
    forbid();
    let error = strict.buffer(8).unwrap_err();
    assert!(matches!(error, Error::Control { control: ControlKind::Lock, call: "mlock", .. }), "{error}");
    assert_eq!(strict.health().degraded.limits_reached, 0);

    let lenient = builder().mlock(MlockPolicy::Prefer).build().unwrap();
    forbid();
    drop(lenient.buffer(8).unwrap());
    assert_eq!(lenient.health().degraded.unlocked_pages, 1);
}
