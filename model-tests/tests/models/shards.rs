//! Each thread has a shard of its own, as in production. The other models have one shard, so that their threads meet.

use super::{buffer_life, enclave, purge, registry, session_end};
use memguard::sync::{Outcome, Site};
use model_tests::{Model, OTHER, SECRET, World, assert_clean, keep, saw, spawn, spawn_with};
use std::sync::Arc;

/// A purge goes from shard to shard. It misses no buffer that was made before, in none of them.
pub fn new_vs_purge(model: Model) {
    registry::new_vs_purge(model.sharded());
}

/// A buffer leaves the shard of the thread that made it.
pub fn new_vs_destroy_vs_purge(model: Model) {
    registry::new_vs_destroy_vs_purge(model.sharded());
}

/// Two purges share what is in all shards.
pub fn purge_vs_purge(model: Model) {
    purge::purge_vs_purge(model.sharded());
}

/// The other purge may empty a shard that this one is at. Then this one goes on with the next shard: when it returns,
/// the other one wipes at most one buffer.
pub fn purge_vs_purge_in_two_shards(model: Model) {
    model.sharded().bound(3).sees(["alone", "shared"]).run(|| {
        let world = World::new();
        let here = [keep(&world.session(), &SECRET), keep(&world.session(), &SECRET)];
        let there = spawn_with(&world.session(), |session| keep(&session, &OTHER)).join().expect("no panic");
        let other = spawn_with(&world.session(), |session| session.purge());
        let reports = [world.session().purge(), other.join().expect("no panic")];
        assert_eq!(reports.iter().map(|report| report.wiped).sum::<u64>(), 3, "WIPED: not each once: {reports:?}");
        assert!(reports.iter().all(|report| report.pending <= 1), "WIPED: a purge left one to wipe: {reports:?}");
        saw(if reports.iter().any(|report| report.wiped == 3) { "alone" } else { "shared" });
        drop((here, there));
        world.end(3);
    });
}

/// A purge that has passed the shard of a new buffer is seen by the thread that opens an enclave into it.
pub fn open_vs_purge(model: Model) {
    enclave::open_vs_purge(model.sharded());
}

/// The same for a thread that clones.
pub fn clone_vs_purge(model: Model) {
    buffer_life::clone_vs_purge(model.sharded());
}

/// The end of a session reaches the shards of all threads.
pub fn clone_vs_close(model: Model) {
    session_end::clone_vs_close(model.sharded());
}

/// An audit looks at the spares of all threads. A thread that finds its spares locked uses the lists.
pub fn spares_vs_audit(model: Model) {
    let model = model.sharded().reaches(Site::PoolTakeSpare, Outcome::WouldBlock);
    model.reaches(Site::PoolPutSpare, Outcome::WouldBlock).run(|| {
        let world = World::new();
        drop(keep(&world.session(), &SECRET));
        let auditor = spawn_with(&world.session(), |session| {
            assert_eq!(session.audit().dirty_slots, 0, "WIPED: a spare page is not zero");
        });
        drop(keep(&world.session(), &SECRET));
        auditor.join().expect("no panic");
        world.end(2);
    });
}

/// A page that comes back while the session ends is not kept as a spare.
pub fn spares_vs_close(model: Model) {
    let model = model.sharded().reaches(Site::PoolPutSpare, Outcome::WouldBlock);
    model.run(|| {
        let world = World::new();
        let of_the_key = world.sim().report().live_bytes;
        let [buffer, handle] = [keep(&world.session(), &SECRET), keep(&world.session(), &OTHER)];
        let dropper = spawn(move || drop(Arc::into_inner(buffer)));
        let (sim, session) = world.split();
        session.close();
        dropper.join().expect("no panic");
        assert_eq!(sim.report().live_bytes, of_the_key, "a session that has ended keeps a page");
        drop(handle);
        assert_clean(&sim, 2);
    });
}

family! {
    new_vs_purge,
    new_vs_destroy_vs_purge,
    purge_vs_purge,
    purge_vs_purge_in_two_shards,
    open_vs_purge,
    clone_vs_purge,
    clone_vs_close,
    spares_vs_audit,
    spares_vs_close,
}
