//! VISIBLE: every degraded outcome is counted and logged. The test runs in a child, because there is one logger per
//! process.

#![allow(clippy::disallowed_types, reason = "a user's logger is not the library")]

use crate::support::{alone, lockdep, within_patience};
use memguard::{ControlKind, ControlPolicy, Disposal, Error, Fault, MlockPolicy, Rekey, Session, Sim};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Keeps what is logged. It uses the library meanwhile, as a logger that encrypts its files would.
struct Log {
    lines: Mutex<Vec<String>>,
    logging: AtomicBool,
}

static LOG: Log = Log { lines: Mutex::new(Vec::new()), logging: AtomicBool::new(false) };

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        assert_ne!(std::thread::current().name(), Some("memguard-rekey"), "the rekey thread logs nothing");
        self.lines.lock().unwrap().push(record.args().to_string());
        if !self.logging.swap(true, Ordering::AcqRel) {
            let sealed = memguard::Enclave::new(&mut record.args().to_string().into_bytes());
            assert!(matches!(sealed.and_then(|enclave| enclave.open().map(drop)), Ok(()) | Err(Error::KeyGone)));
            self.logging.store(false, Ordering::Release);
        }
    }

    fn flush(&self) {}
}

fn simulated(configure: impl FnOnce(memguard::SessionBuilder) -> memguard::SessionBuilder) -> (Sim, Session) {
    let sim = Sim::new(4096);
    let session = configure(Session::builder().simulated(&sim).rekey_interval(None)).build().unwrap();
    (sim, session)
}

/// Runs `work` on two threads until `seen` finds the outcome of contention.
fn until(session: &Session, seen: impl Fn(&memguard::Degraded) -> bool, work: impl Fn() + Sync) {
    let enough = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !enough.load(Ordering::Acquire) {
                    work();
                }
            });
        }
        while !seen(&session.health().degraded) {
            std::thread::yield_now();
        }
        enough.store(true, Ordering::Release);
    });
}

#[test]
fn every_degraded_outcome_is_counted_and_logged() {
    if !alone("api::degraded::every_degraded_outcome_is_counted_and_logged") {
        return;
    }
    log::set_logger(&LOG).unwrap();
    log::set_max_level(log::LevelFilter::Debug);
    let seen = within_patience("degrade", degrade_in_every_way);
    let lines = LOG.lines.lock().unwrap().clone();
    // The counter and a phrase of its log line. A refused access is not logged, because its caller gets an error.
    let told: BTreeMap<&str, &str> = [
        ("parked_registrations", "parked: the registry was locked"),
        ("deferred_removals", "the registry later: the registry was locked"),
        ("handed_over_wipes", "the last thread to leave"),
        ("rekeys_skipped", "skipped: the coffer was locked"),
        ("rekeys_failed", "failed: the old split of the key stays in force"),
        ("accesses_refused", ""),
        ("acquire_timeouts", "gave up after"),
        ("limits_reached", ""),
        ("unlocked_pages", "could not be locked into RAM"),
        ("dumpable_pages", "part of core dumps"),
        ("inheritable_pages", "not wiped in child processes"),
        ("unguarded_pages", ""),
        ("unhidden_pages", "not hidden from the kernel"),
        ("unconcealed", "could not be concealed"),
        ("corrupted_buffers", "canary overwritten"),
        ("dirty_slots", "not zero: a wipe was missed"),
        ("unwiped_slots", "could not be wiped"),
        ("leaked_slots", "could not be unmapped"),
        ("lost_places", "lost to the session"),
        ("poison_recoveries", "recovered after a panic"),
        ("keys_lost", "damaged by a panic and is destroyed"),
        ("logger_panics", ""),
    ]
    .into();
    for (name, count) in seen {
        let phrase = told.get(name).unwrap_or_else(|| panic!("{name} is new: provoke it here"));
        // `concurrency::foreign_logger` has a logger that panics, and `memory::lying_system` pages without guards.
        let elsewhere = ["logger_panics", "unguarded_pages"];
        assert!(count > 0 || elsewhere.contains(&name), "{name} was not counted");
        assert!(lines.iter().any(|line| line.contains(phrase)), "{name} was not logged");
    }
    assert_eq!(lockdep::violations(), []);
}

/// Provokes each kind once and returns the greatest count of each over the sessions used.
fn degrade_in_every_way() -> BTreeMap<&'static str, u64> {
    let mut seen = BTreeMap::new();
    let mut note = |session: &Session| {
        for (name, count) in session.health().degraded.iter() {
            let most: &mut u64 = seen.entry(name).or_default();
            *most = (*most).max(count);
        }
    };

    let (_sim, session) = simulated(|builder| builder.shards(1));
    let contended = |degraded: &memguard::Degraded| degraded.parked_registrations > 0 && degraded.deferred_removals > 0;
    until(&session, contended, || drop(session.buffer(8).unwrap()));
    session.enclave(&mut [1]).unwrap();
    until(
        &session,
        |degraded| degraded.rekeys_skipped > 0,
        || {
            assert!(matches!(session.rekey(), Ok(Rekey::Done | Rekey::Skipped)));
        },
    );
    note(&session);

    let (sim, session) = simulated(|builder| builder.acquire_timeout(Duration::from_millis(5)).pool_pages(2));
    let buffer = session.buffer(8).unwrap();
    let inside = buffer.read().unwrap();
    assert!(matches!(buffer.write(), Err(Error::Reentrant { .. })));
    let timed_out = std::thread::scope(|scope| scope.spawn(|| buffer.write().map(drop)).join().unwrap());
    assert!(matches!(timed_out, Err(Error::Timeout { .. })));
    assert_eq!(buffer.destroy(), Ok(Disposal::HandedOver));
    drop(inside);
    session.enclave(&mut [1]).unwrap();
    sim.fail(Fault::Nth { call: "getrandom", n: 1, errno: libc::EIO });
    assert!(session.rekey().is_err());
    sim.fail(Fault::PanicInAccess { n: 1 });
    assert!(catch_unwind(AssertUnwindSafe(|| session.rekey())).is_err());
    assert_eq!(session.rekey(), Ok(Rekey::Done));
    sim.fail(Fault::TornWrite { n: 1 });
    assert!(catch_unwind(AssertUnwindSafe(|| session.rekey())).is_err());
    assert_eq!(session.rekey(), Ok(Rekey::NoKey));
    sim.fail(Fault::SkipWipe { n: 1 });
    let dirty = session.buffer(8).unwrap();
    dirty.write().unwrap().fill(1);
    drop(dirty);
    assert_eq!(session.audit().dirty_slots, 1);
    let overrun = session.buffer(8).unwrap();
    overrun
        .with_data_mut(|bytes| {
            let before = bytes.as_mut_ptr().wrapping_sub(1);
            // SAFETY: the byte is canary of the same mapping, which this test owns. This is the planted bug.
            unsafe { before.write(before.read() ^ 1) };
        })
        .unwrap();
    assert_eq!(overrun.destroy(), Err(Error::Corrupted));
    let frozen = session.buffer_from_bytes(&mut [1; 8]).unwrap();
    frozen.freeze().unwrap();
    for n in [1, 2] {
        sim.fail(Fault::Nth { call: "mprotect", n, errno: libc::ENOMEM });
    }
    sim.fail(Fault::Nth { call: "discard", n: 1, errno: libc::EPERM });
    assert_eq!(frozen.destroy(), Ok(Disposal::Wiped));
    sim.fail(Fault::Nth { call: "mlock", n: 1, errno: libc::ENOMEM });
    assert!(matches!(session.buffer(20_000), Err(Error::Limit(_))));
    for n in [1, 2] {
        sim.fail(Fault::Nth { call: "madvise", n, errno: libc::EINVAL });
    }
    drop(session.buffer(30_000).unwrap());
    sim.fail(Fault::Nth { call: "munmap", n: 1, errno: libc::EINVAL });
    drop(session.buffer(20_000).unwrap());
    note(&session);

    let (sim, session) = simulated(|builder| builder.isolation(memguard::Isolation::Concealed));
    let concealed = session.buffer(8).unwrap();
    sim.fail(Fault::Nth { call: "mprotect", n: 2, errno: libc::ENOMEM });
    drop(concealed.read().unwrap());
    note(&session);

    let (sim, session) = simulated(|builder| builder.isolation(memguard::Isolation::Packed));
    let packed = session.buffer(8).unwrap();
    sim.fail(Fault::Panic { call: "wipe", n: 1 });
    assert!(catch_unwind(AssertUnwindSafe(|| packed.destroy())).is_err());
    note(&session);

    let if_possible = |builder: memguard::SessionBuilder| builder.control(ControlKind::Hide, ControlPolicy::Prefer);
    let (sim, session) = simulated(|builder| if_possible(builder.isolation(memguard::Isolation::Secret)));
    sim.fail(Fault::Nth { call: "memfd_secret", n: 1, errno: libc::ENOSYS });
    drop(session.buffer(8).unwrap());
    note(&session);

    let (sim, session) = simulated(|builder| builder.mlock(MlockPolicy::Prefer));
    sim.fail(Fault::Nth { call: "mlock", n: 1, errno: libc::ENOMEM });
    drop(session.buffer(20_000).unwrap());
    note(&session);
    seen
}
