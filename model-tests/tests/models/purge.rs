//! Purges at the same time, inside an access and before a panic.
//!
//! `safe_exit` and `safe_panic` are a purge of the default session and then the end of the process, or a panic. The
//! default session outlives an execution, which loom cannot model, so the models purge a session of their own.

use memguard::sync::{Outcome, Site};
use memguard::{Disposal, Error};
use model_tests::{Model, OTHER, SECRET, World, keep, look, read_or_refused, saw, spawn, spawn_with};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// Two purges share the buffers. Together they wipe each once. The one that returns first says what is pending.
pub fn purge_vs_purge(model: Model) {
    let model = model.reaches(Site::RegistryPurge, Outcome::Acquired).reaches(Site::CofferPurge, Outcome::Contended);
    model.sees(["here", "there", "shared", "pending"]).run(|| {
        let world = World::new();
        let buffers = [keep(&world.session(), &SECRET), keep(&world.session(), &OTHER)];
        let other = spawn_with(&world.session(), move |session| session.purge());
        let here = world.session().purge();
        assert!(buffers.iter().all(|buffer| !buffer.is_alive()), "WIPED: a buffer outlives a purge");
        let there = other.join().expect("no panic");
        match (here.wiped, there.wiped) {
            (2, 0) => saw("here"),
            (0, 2) => saw("there"),
            (1, 1) => saw("shared"),
            other => panic!("WIPED: not each by one purge: {other:?}"),
        }
        assert!(here.pending <= there.wiped && there.pending <= here.wiped, "WIPED: {here:?} {there:?}");
        if here.pending + there.pending > 0 {
            saw("pending");
        }
        drop(buffers);
        world.end(2);
    });
}

/// A callback purges while another thread is inside the same buffer. The wipe is handed over to the last thread that
/// leaves.
pub fn purge_inside_an_access_vs_read(model: Model) {
    model.sees(["read", "refused"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let reader = spawn_with(&buffer, move |buffer| look(&buffer));
        let inside = buffer.with_data(|bytes| {
            assert_eq!(world.session().purge().handed_over, 1, "WIPED: the purge missed the buffer in use");
            buffer.is_alive();
            assert_eq!(bytes, SECRET, "WIPED: the bytes changed during an access");
        });
        assert_eq!(inside, Ok(()));
        read_or_refused(reader.join().expect("no panic"));
        drop(buffer);
        world.end(1);
    });
}

/// Two threads purge from inside accesses to different buffers. Neither waits for the other's access.
pub fn purge_inside_an_access_vs_the_same(model: Model) {
    model.reaches(Site::CofferPurge, Outcome::Contended).run(|| {
        let world = World::new();
        let [a, b] = [keep(&world.session(), &SECRET), keep(&world.session(), &OTHER)];
        let purge_inside = |buffer: &memguard::Buffer, session: &memguard::Session| {
            buffer.with_data(|_| session.purge()).map_or(0, |report| report.wiped + report.handed_over)
        };
        let other = spawn({
            let (b, session) = (Arc::clone(&b), world.session());
            move || purge_inside(&b, &session)
        });
        let here = purge_inside(&a, &world.session());
        let there = other.join().expect("no panic");
        assert_eq!(here + there, 2, "WIPED: each buffer is taken by one purge");
        drop((a, b));
        world.end(2);
    });
}

/// What `safe_panic` does inside an access: purge, then unwind out of it. The unwinding thread wipes as it leaves.
pub fn purge_then_panic_inside_an_access_vs_destroy(model: Model) {
    let model = model.expects_panics().sees(["unwound", "refused", "destroyed", "purged"]);
    model.run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let user = spawn({
            let (buffer, session) = (Arc::clone(&buffer), world.session());
            move || {
                let inside = AssertUnwindSafe(|| {
                    buffer.with_data(|_| -> () {
                        session.purge();
                        resume_unwind(Box::new("the message"))
                    })
                });
                catch_unwind(inside).map_err(drop)
            }
        });
        match buffer.destroy() {
            Ok(Disposal::Wiped | Disposal::HandedOver) => saw("destroyed"),
            other => {
                assert_eq!(other, Err(Error::Destroyed));
                saw("purged");
            }
        }
        match user.join().expect("it is caught") {
            Err(()) => saw("unwound"),
            Ok(refused) => {
                assert_eq!(refused, Err(Error::Destroyed));
                saw("refused");
            }
        }
        assert_eq!(world.session().health().degraded.poison_recoveries, 0, "a user's panic poisons nothing");
        drop(buffer);
        world.end(1);
    });
}

/// A purge, a `health` and a creation all want BUFFERS. Only the creation may miss it.
pub fn purge_vs_health_vs_new(model: Model) {
    let model = model.sees(["parked", "registered"]);
    let model = model.reaches(Site::RegistryPurge, Outcome::Contended).reaches(Site::RegistryAdd, Outcome::WouldBlock);
    model.reaches(Site::RegistryHealth, Outcome::Contended).run(|| {
        let world = World::new();
        let counter = spawn_with(&world.session(), move |session| session.health().registered);
        let creator = spawn_with(&world.session(), move |session| {
            session.buffer(SECRET.len()).expect("the session has not ended")
        });
        let report = world.session().purge();
        assert!(counter.join().expect("no panic") <= 1);
        let new = creator.join().expect("no panic");
        assert_eq!(report.wiped == 0, new.is_alive(), "WIPED: the purge did not do what it says: {report:?}");
        let parked = world.session().health().degraded.parked_registrations;
        saw(if parked > 0 { "parked" } else { "registered" });
        drop(new);
        world.end(1);
    });
}

/// `exists` never contradicts a purge: once the purge has returned, the buffer does not exist.
pub fn purge_vs_exists(model: Model) {
    model.sees(["before", "after"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let asker = spawn({
            let (buffer, session) = (Arc::clone(&buffer), world.session());
            move || session.exists(&buffer)
        });
        assert_eq!(world.session().purge().wiped, 1);
        assert!(!world.session().exists(&buffer), "WIPED: a buffer exists after a purge");
        saw(if asker.join().expect("no panic") { "before" } else { "after" });
        drop(buffer);
        world.end(1);
    });
}

/// Inside an access a thread may call `health` and `audit`, which wait for BUFFERS and POOL.
pub fn looking_around_inside_an_access_vs_new(model: Model) {
    let model = model.reaches(Site::PoolAudit, Outcome::Contended).reaches(Site::RegistryHealth, Outcome::Contended);
    model.run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let creator = spawn_with(&world.session(), move |session| keep(&session, &OTHER));
        let session = world.session();
        let (live, dirty) = buffer
            .with_data(|_| (session.health().live_buffers, session.audit().dirty_slots))
            .expect("no thread destroys it");
        assert!((1..=2).contains(&live) && dirty == 0);
        assert_eq!(look(&creator.join().expect("no panic")), Ok(OTHER));
        drop((buffer, session));
        world.end(2);
    });
}

/// A limit reached inside an access: the session gives its free slots back, which waits for POOL, and the call
/// succeeds.
pub fn a_limit_inside_an_access_vs_drop(model: Model) {
    let enomem = 12;
    let model = model.reaches(Site::PoolTrim, Outcome::Acquired).sees(["made", "refused"]);
    model.run(move || {
        let world = World::new();
        let [buffer, other] = [keep(&world.session(), &SECRET), keep(&world.session(), &OTHER)];
        let dropper = spawn(move || drop(other));
        world.sim().fail(memguard::Fault::Nth { call: "mlock", n: 1, errno: enomem });
        let session = world.session();
        let made = buffer.with_data(|_| session.buffer(SECRET.len())).expect("no thread destroys it");
        world.sim().heal();
        saw(match &made {
            Ok(_) => "made",
            Err(Error::Limit(_)) => "refused",
            Err(error) => panic!("{error}"),
        });
        dropper.join().expect("no panic");
        let slots = 2 + u64::from(made.is_ok());
        drop((made, buffer, session));
        world.end(slots);
    });
}

family! {
    purge_vs_purge,
    purge_inside_an_access_vs_read,
    purge_inside_an_access_vs_the_same,
    purge_then_panic_inside_an_access_vs_destroy,
    purge_vs_health_vs_new,
    purge_vs_exists,
    looking_around_inside_an_access_vs_new,
    a_limit_inside_an_access_vs_drop,
}
