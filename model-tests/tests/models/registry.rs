//! The registry: parked registrations, deferred removals, and a purge that still reaches every buffer.

use loom::sync::atomic::{AtomicBool, Ordering};
use memguard::sync::{Outcome, Site};
use memguard::{Disposal, Error};
use model_tests::{Model, OTHER, SECRET, World, keep, look, saw, spawn, spawn_with};
use std::sync::Arc;

/// A buffer made before a purge is dead after it. One made during or after it is alive or dead, and whole while it is
/// alive.
pub fn new_vs_purge(model: Model) {
    let model = model.sees(["parked", "made before", "purged", "lives"]);
    let model = model.reaches(Site::RegistryAdd, Outcome::WouldBlock).reaches(Site::RegistryPurge, Outcome::Contended);
    model.run(|| {
        let world = World::new();
        // A step of loom, so that the purge is explored before and after it.
        let created = Arc::new(AtomicBool::new(false));
        let creator = spawn({
            let (session, created) = (world.session(), Arc::clone(&created));
            move || {
                let buffer = session.buffer(SECRET.len()).expect("the session has not ended");
                created.store(true, Ordering::Release);
                match buffer.copy_from(&SECRET) {
                    Ok(()) => {
                        let read = look(&buffer);
                        assert!(matches!(read, Ok(SECRET) | Err(Error::Destroyed)), "EXACT: {read:?}");
                    }
                    Err(error) => assert_eq!(error, Error::Destroyed),
                }
                buffer
            }
        });
        let created_before = created.load(Ordering::Acquire);
        if created_before {
            saw("made before");
        }
        let report = world.session().purge();
        let buffer = creator.join().expect("no panic");
        let reached = report.wiped + report.handed_over;
        assert_eq!(reached == 0, buffer.is_alive(), "WIPED: the purge did not do what it says: {report:?}");
        assert!(!(created_before && buffer.is_alive()), "WIPED: a buffer made before the purge lives");
        saw(if buffer.is_alive() { "lives" } else { "purged" });
        if world.session().health().degraded.parked_registrations > 0 {
            saw("parked");
        }
        drop(buffer);
        world.end(1);
    });
}

/// A purge reaches a parked buffer even if no thread held BUFFERS in between.
pub fn parked_then_purge(model: Model) {
    let model = model.sees(["parked", "registered"]);
    model.reaches(Site::RegistryAdd, Outcome::WouldBlock).run(|| {
        let world = World::new();
        let holder = spawn_with(&world.session(), move |session| assert!(session.health().live_buffers <= 1));
        let buffer = keep(&world.session(), &SECRET);
        holder.join().expect("no panic");
        assert_eq!(world.session().purge().wiped, 1, "WIPED: the purge lost a buffer");
        assert_eq!(look(&buffer), Err(Error::Destroyed));
        let parked = world.session().health().degraded.parked_registrations;
        saw(if parked > 0 { "parked" } else { "registered" });
        drop(buffer);
        world.end(1);
    });
}

/// One of two destroyers wipes, and the buffer is gone for both.
pub fn destroy_vs_purge(model: Model) {
    model.sees(["destroyed", "purged"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let destroyer = spawn_with(&buffer, move |buffer| buffer.destroy());
        let report = world.session().purge();
        match (destroyer.join().expect("no panic"), report.wiped) {
            (Ok(Disposal::Wiped), 0) => saw("destroyed"),
            (Err(Error::Destroyed), 1) => saw("purged"),
            other => panic!("WIPED: not by exactly one: {other:?}"),
        }
        drop(buffer);
        world.end(1);
    });
}

/// The drop of a handle races a purge, as other destructions do.
pub fn drop_vs_purge(model: Model) {
    model.sees(["dropped", "purged"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let dropper = spawn(move || drop(buffer));
        let report = world.session().purge();
        dropper.join().expect("no panic");
        assert_eq!(report.handed_over, 0);
        saw(if report.wiped == 0 { "dropped" } else { "purged" });
        world.end(1);
    });
}

/// Two new buffers at once: one may be parked, none is lost.
pub fn new_vs_new(model: Model) {
    let model = model.sees(["parked", "both registered"]);
    model.reaches(Site::RegistryAdd, Outcome::WouldBlock).run(|| {
        let world = World::new();
        let other = spawn_with(&world.session(), move |session| keep(&session, &OTHER));
        let here = keep(&world.session(), &SECRET);
        let there = other.join().expect("no panic");
        let health = world.session().health();
        saw(if health.degraded.parked_registrations > 0 { "parked" } else { "both registered" });
        assert_eq!((health.live_buffers, health.registered), (2, 2), "WIPED: a buffer is not in the registry");
        assert_eq!((look(&here), look(&there)), (Ok(SECRET), Ok(OTHER)));
        assert_eq!(world.session().purge().wiped, 2, "WIPED: the purge lost a buffer");
        drop((here, there));
        world.end(2);
    });
}

/// A buffer that cannot leave at once leaves a tombstone. The next holder drops it.
pub fn destroy_vs_new(model: Model) {
    let model = model.sees(["deferred", "parked", "neither"]);
    let model =
        model.reaches(Site::RegistryRemove, Outcome::WouldBlock).reaches(Site::RegistryAdd, Outcome::WouldBlock);
    model.run(|| {
        let world = World::new();
        let old = keep(&world.session(), &SECRET);
        let destroyer = spawn(move || drop(old));
        let new = keep(&world.session(), &OTHER);
        destroyer.join().expect("no panic");
        let session = world.session();
        let _ = session.health();
        let health = session.health();
        assert_eq!((health.live_buffers, health.registered, health.parked), (1, 1, 0), "a tombstone is still there");
        saw(match (health.degraded.deferred_removals, health.degraded.parked_registrations) {
            (0, 0) => "neither",
            (_, 0) => "deferred",
            (0, _) => "parked",
            both => panic!("both threads found BUFFERS taken by the other: {both:?}"),
        });
        drop((new, session));
        world.end(2);
    });
}

/// A buffer destroyed while it is parked must neither enter the registry later nor leave a hole in it.
pub fn new_and_drop_vs_health(model: Model) {
    let model = model.sees(["parked", "deferred", "parked and deferred"]);
    model.run(|| {
        let world = World::new();
        let holder = spawn_with(&world.session(), move |session| {
            let _ = session.health();
            let _ = session.health();
        });
        drop(keep(&world.session(), &SECRET));
        holder.join().expect("no panic");
        let degraded = world.session().health().degraded;
        match (degraded.parked_registrations, degraded.deferred_removals) {
            (0, 0) => {}
            (_, 0) => saw("parked"),
            (0, _) => saw("deferred"),
            _ => saw("parked and deferred"),
        }
        world.end(1);
    });
}

/// A creation, a destruction and a purge: every buffer is wiped once, and nothing stays behind.
pub fn new_vs_destroy_vs_purge(model: Model) {
    let model = model.bound(3);
    let model = model.sees(["parked", "deferred"]);
    model.run(|| {
        let world = World::new();
        let old = keep(&world.session(), &SECRET);
        let destroyer = spawn(move || drop(old));
        let creator = spawn_with(&world.session(), move |session| {
            session.buffer(SECRET.len()).expect("the session has not ended")
        });
        let report = world.session().purge();
        destroyer.join().expect("no panic");
        let new = creator.join().expect("no panic");
        assert_eq!(report.handed_over, 0);
        let degraded = world.session().health().degraded;
        if degraded.parked_registrations > 0 {
            saw("parked");
        }
        if degraded.deferred_removals > 0 {
            saw("deferred");
        }
        let lives = new.is_alive();
        assert_eq!(world.session().purge().wiped, u64::from(lives), "WIPED: the purge lost a buffer");
        drop(new);
        world.end(2);
    });
}

family! {
    new_vs_purge,
    parked_then_purge,
    destroy_vs_purge,
    drop_vs_purge,
    new_vs_new,
    destroy_vs_new,
    new_and_drop_vs_health,
    new_vs_destroy_vs_purge,
}
