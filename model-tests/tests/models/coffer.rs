//! The coffer: creating, copying, rekeying and destroying the key at the same time.

use memguard::sync::{Class, Outcome, Site};
use memguard::{Enclave, Error, Fault, Rekey, Session};
use model_tests::{JoinHandle, Model, OTHER, SECRET, World, assert_slots_clean, look, saw, spawn, spawn_with};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

fn seal(session: &Session, secret: [u8; 16]) -> memguard::Result<Enclave> {
    session.enclave(&mut { secret })
}

/// Opens the enclave and checks that it holds the sealed bytes.
fn assert_holds(enclave: &Enclave, secret: [u8; 16]) {
    let opened = enclave.open().expect("the key is in force");
    assert_eq!(look(&opened), Ok(secret), "EXACT: it opened to something else");
}

/// Starts a thread that rekeys, and the fault happens under COFFER, at the first half of the key. Its result says
/// whether it panicked.
fn spawn_failing_rekey(world: &World, fault: Fault) -> JoinHandle<thread::Result<memguard::Result<Rekey>>> {
    let sim = world.sim().clone();
    spawn_with(&world.session(), move |session| {
        sim.fail(fault);
        catch_unwind(AssertUnwindSafe(|| session.rekey()))
    })
}

/// A rekey changes the halves and not the key. What was sealed before, during or after it opens. A rekey skips instead
/// of waiting.
pub fn rekey_vs_view(model: Model) {
    let model = model.sees(["done", "skipped"]);
    let model = model.reaches(Site::CofferRekey, Outcome::Acquired).reaches(Site::CofferRekey, Outcome::WouldBlock);
    let model = model.reaches(Site::CofferView, Outcome::Acquired).reaches(Site::CofferView, Outcome::Contended);
    model.run(|| {
        let world = World::new();
        let before = seal(&world.session(), SECRET).expect("nothing races yet");
        let sealer = spawn_with(&world.session(), move |session| seal(&session, OTHER));
        match world.session().rekey() {
            Ok(Rekey::Done) => saw("done"),
            Ok(Rekey::Skipped) => saw("skipped"),
            other => panic!("{other:?}"),
        }
        let beside = sealer.join().expect("no panic").expect("nothing purges");
        assert_holds(&before, SECRET);
        assert_holds(&beside, OTHER);
        drop((before, beside));
        world.end(4);
    });
}

/// Of two rekeys at least one is done. The key stays the same.
pub fn rekey_vs_rekey(model: Model) {
    let model = model.sees(["both", "one"]);
    model.reaches(Site::CofferRekey, Outcome::WouldBlock).run(|| {
        let world = World::new();
        let enclave = seal(&world.session(), SECRET).expect("nothing races yet");
        let other = spawn_with(&world.session(), move |session| session.rekey());
        match (world.session().rekey(), other.join().expect("no panic")) {
            (Ok(Rekey::Done), Ok(Rekey::Done)) => saw("both"),
            (Ok(Rekey::Done), Ok(Rekey::Skipped)) | (Ok(Rekey::Skipped), Ok(Rekey::Done)) => saw("one"),
            neither => panic!("{neither:?}"),
        }
        assert_holds(&enclave, SECRET);
        drop(enclave);
        world.end(2);
    });
}

/// Two threads that need a key where there is none create one key, not two.
pub fn first_views_make_one_key(model: Model) {
    model.reaches(Site::CofferView, Outcome::Contended).run(|| {
        let world = World::new();
        let other = spawn_with(&world.session(), move |session| seal(&session, OTHER));
        let here = seal(&world.session(), SECRET).expect("nothing purges");
        let there = other.join().expect("no panic").expect("nothing purges");
        assert_holds(&here, SECRET);
        assert_holds(&there, OTHER);
        drop((here, there));
        world.end(4);
    });
}

/// A rekey that races a purge finds the key or none, and never brings the old one back.
pub fn rekey_vs_purge(model: Model) {
    let model = model.sees(["done", "skipped", "no key"]);
    model.reaches(Site::CofferPurge, Outcome::Contended).run(|| {
        let world = World::new();
        let enclave = seal(&world.session(), SECRET).expect("nothing races yet");
        let rekeyer = spawn_with(&world.session(), move |session| session.rekey());
        world.session().purge();
        match rekeyer.join().expect("no panic") {
            Ok(Rekey::Done) => saw("done"),
            Ok(Rekey::Skipped) => saw("skipped"),
            Ok(Rekey::NoKey) => saw("no key"),
            other => panic!("{other:?}"),
        }
        assert_eq!(enclave.open().map(drop), Err(Error::KeyGone), "EXACT: a purged key opens");
        drop(enclave);
        world.end(2);
    });
}

/// A panic in the middle of a rekey leaves the old split in force for the next thread that takes COFFER.
pub fn panic_in_rekey_vs_view(model: Model) {
    let model = model.expects_panics().sees(["panicked", "skipped"]);
    model.reaches(Site::CofferView, Outcome::Poisoned).run(|| {
        let world = World::new();
        let enclave = seal(&world.session(), SECRET).expect("nothing races yet");
        let rekeyer = spawn_failing_rekey(&world, Fault::PanicInAccess { n: 1 });
        assert_holds(&enclave, SECRET);
        match rekeyer.join().expect("it is caught") {
            Err(_) => saw("panicked"),
            Ok(Ok(Rekey::Skipped)) => saw("skipped"),
            Ok(other) => panic!("{other:?}"),
        }
        world.sim().heal();
        assert_holds(&enclave, SECRET);
        assert_eq!(world.session().health().degraded.keys_lost, 0);
        drop(enclave);
        world.end(3);
    });
}

/// A panic in the middle of a rekey leaves halves that make another key. A thread that takes COFFER afterwards destroys
/// it, and opens nothing with it.
pub fn torn_rekey_vs_view(model: Model) {
    let model = model.expects_panics().sees(["opened before", "key lost", "skipped"]);
    model.reaches(Site::CofferView, Outcome::Poisoned).run(|| {
        let world = World::new();
        let enclave = seal(&world.session(), SECRET).expect("nothing races yet");
        let rekeyer = spawn_failing_rekey(&world, Fault::TornWrite { n: 1 });
        let opened = enclave.with_data(|bytes| assert_eq!(bytes, SECRET, "EXACT: a torn key opens"));
        let panicked = rekeyer.join().expect("it is caught").is_err();
        world.sim().heal();
        let again = enclave.open().map(drop);
        match (panicked, opened) {
            (true, Ok(())) => saw("opened before"),
            (true, Err(error)) => {
                assert_eq!(error, Error::KeyGone, "EXACT: a torn key is in force");
                saw("key lost");
            }
            (false, opened) => {
                assert_eq!(opened, Ok(()));
                saw("skipped");
            }
        }
        assert_eq!(again, if panicked { Err(Error::KeyGone) } else { Ok(()) }, "EXACT: a torn key is in force");
        assert_eq!(world.session().health().degraded.keys_lost, u64::from(panicked), "VISIBLE: a lost key");
        drop(enclave);
        let (sim, session) = world.split();
        session.close();
        assert_slots_clean(&sim, 1..=3);
    });
}

/// A rekey draws randomness before it takes COFFER, so a panic there poisons nothing. The next rekey goes on.
pub fn panic_in_a_draw_vs_view(model: Model) {
    let model = model.expects_panics().sees(["done", "skipped"]);
    model.reaches(Site::CofferView, Outcome::Contended).run(|| {
        let world = World::new();
        let enclave = seal(&world.session(), SECRET).expect("nothing races yet");
        world.sim().fail(Fault::Panic { call: "getrandom", n: 1 });
        let rekeyer = spawn_with(&world.session(), |session| {
            let panicked = catch_unwind(AssertUnwindSafe(|| session.rekey())).is_err();
            (panicked, session.rekey())
        });
        assert_holds(&enclave, SECRET);
        match rekeyer.join().expect("it is caught") {
            (true, Ok(Rekey::Done)) => saw("done"),
            (true, Ok(Rekey::Skipped)) => saw("skipped"),
            other => panic!("{other:?}"),
        }
        let recovered = world.session().health().degraded.poison_recoveries;
        assert_eq!(recovered, 0, "PROGRESS: COFFER was held while the system drew randomness");
        drop(enclave);
        world.end(2);
    });
}

/// A view that times out names the lock and the site, and changes nothing.
pub fn a_view_times_out(model: Model) {
    let model = model.expires().sees(["timed out"]);
    model.reaches(Site::CofferView, Outcome::TimedOut).run(|| {
        let world = World::new();
        let enclave = seal(&world.session(), SECRET).expect("nothing races yet");
        let other = spawn_with(&world.session(), move |session| seal(&session, OTHER).map(drop));
        for result in [seal(&world.session(), OTHER).map(drop), other.join().expect("no panic")] {
            match result {
                Ok(()) => {}
                Err(Error::Timeout { lock, site, .. }) if lock == Class::Coffer && site == Site::CofferView => {
                    saw("timed out");
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert_holds(&enclave, SECRET);
        drop(enclave);
        world.end(4);
    });
}

/// A panic during key creation leaves no key and a poisoned lock. The next rekey finds nothing to split.
pub fn panic_in_first_view_vs_rekey(model: Model) {
    let model = model.expects_panics().sees(["panicked", "no key", "skipped"]);
    model.reaches(Site::CofferRekey, Outcome::Poisoned).run(|| {
        let world = World::new();
        let sim = world.sim().clone();
        let sealer = spawn_with(&world.session(), move |session| {
            // The slot of the copy of the key, the copy, the left half, and the right half.
            sim.fail(Fault::PanicInAccess { n: 4 });
            catch_unwind(AssertUnwindSafe(|| seal(&session, SECRET).map(drop))).map_err(drop)
        });
        match world.session().rekey() {
            Ok(Rekey::NoKey) => saw("no key"),
            Ok(Rekey::Skipped) => saw("skipped"),
            other => panic!("{other:?}"),
        }
        assert_eq!(sealer.join().expect("it is caught"), Err(()));
        saw("panicked");
        world.sim().heal();
        let enclave = seal(&world.session(), SECRET).expect("the coffer goes on");
        assert_holds(&enclave, SECRET);
        drop(enclave);
        world.end(3);
    });
}

/// A purge takes a coffer that a panic poisoned. The next seal creates a new key.
pub fn panic_in_rekey_vs_purge(model: Model) {
    let model = model.expects_panics().sees(["panicked", "no panic"]);
    model.reaches(Site::CofferPurge, Outcome::Poisoned).run(|| {
        let world = World::new();
        let enclave = seal(&world.session(), SECRET).expect("nothing races yet");
        let rekeyer = spawn_failing_rekey(&world, Fault::PanicInAccess { n: 1 });
        world.session().purge();
        saw(if rekeyer.join().expect("it is caught").is_err() { "panicked" } else { "no panic" });
        world.sim().heal();
        assert_eq!(enclave.open().map(drop), Err(Error::KeyGone), "EXACT: a purged key opens");
        let again = seal(&world.session(), OTHER).expect("the coffer goes on");
        assert_holds(&again, OTHER);
        assert_eq!(world.session().health().degraded.keys_lost, 0);
        drop((enclave, again));
        world.end(4);
    });
}

/// The key is destroyed and another one created while two threads seal. Each enclave opens under the key that sealed
/// it, or not at all.
pub fn destroyed_and_made_anew(model: Model) {
    let model = model.bound(3).sees(["both open", "one opens", "none opens"]);
    model.reaches(Site::CofferView, Outcome::Contended).reaches(Site::CofferPurge, Outcome::Contended).run(|| {
        let world = World::new();
        let sealers = [SECRET, OTHER].map(|secret| {
            let session = world.session();
            spawn(move || seal(&session, secret))
        });
        world.session().purge();
        let enclaves = sealers.map(|sealer| sealer.join().expect("no panic").expect("a purge does not stop sealing"));
        let mut open = 0;
        for (enclave, secret) in enclaves.iter().zip([SECRET, OTHER]) {
            match enclave.open() {
                Ok(opened) => {
                    assert_eq!(look(&opened), Ok(secret), "EXACT: it opened to something else");
                    open += 1;
                }
                Err(error) => assert_eq!(error, Error::KeyGone),
            }
        }
        saw(["none opens", "one opens", "both open"][open]);
        drop(enclaves);
        // Two slots for the seals, and one for each open.
        world.end(4);
    });
}

family! {
    rekey_vs_view,
    rekey_vs_rekey,
    first_views_make_one_key,
    rekey_vs_purge,
    panic_in_rekey_vs_view,
    torn_rekey_vs_view,
    panic_in_a_draw_vs_view,
    a_view_times_out,
    panic_in_first_view_vs_rekey,
    panic_in_rekey_vs_purge,
    destroyed_and_made_anew,
}
