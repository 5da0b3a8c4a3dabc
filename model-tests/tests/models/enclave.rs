//! Enclaves: an enclave opens to the very bytes that were sealed, or to an error, in every race.

use memguard::sync::{Outcome, Site};
use memguard::{Disposal, Enclave, Error, Rekey, Session};
use model_tests::{Model, OTHER, SECRET, World, keep, look, opens_or_key_gone, saw, spawn, spawn_with};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn seal(session: &Session, secret: [u8; 16]) -> memguard::Result<Enclave> {
    session.enclave(&mut { secret })
}

/// Whether a seal drew its nonce. The session drew its canary before.
fn drew_a_nonce(world: &World) -> bool {
    world.sim().report().calls.get("getrandom").is_some_and(|&drawn| drawn > 1)
}

/// An enclave is sealed under the old key or the new one, never under half of each or a wiped one.
pub fn seal_vs_purge(model: Model) {
    let model = model.sees(["opens", "key gone"]);
    let model = model.reaches(Site::CofferView, Outcome::Contended).reaches(Site::CofferPurge, Outcome::Contended);
    model.run(|| {
        let world = World::new();
        let before = seal(&world.session(), OTHER).expect("nothing races yet");
        let sealer = spawn_with(&world.session(), move |session| seal(&session, SECRET));
        world.session().purge();
        let enclave = sealer.join().expect("no panic").expect("a purge does not stop sealing");
        opens_or_key_gone(&enclave, SECRET);
        assert_eq!(before.open().map(drop), Err(Error::KeyGone), "EXACT: a purged key opens");
        drop((before, enclave));
        world.end(4);
    });
}

/// Nothing sealed before a purge can be read after it. An open that raced the purge returned an error or a buffer that
/// is wiped now.
pub fn open_vs_purge(model: Model) {
    let model = model.sees(["purged after", "key gone"]);
    let model = model.reaches(Site::RegistryAdd, Outcome::WouldBlock).reaches(Site::CofferView, Outcome::Contended);
    model.run(|| {
        let world = World::new();
        let enclave = seal(&world.session(), SECRET).expect("nothing races yet");
        let opener = spawn(move || enclave.open());
        world.session().purge();
        match opener.join().expect("no panic") {
            Ok(opened) => {
                assert_eq!(look(&opened), Err(Error::Destroyed), "WIPED: the purge did not reach an opened buffer");
                saw("purged after");
            }
            Err(Error::KeyGone) => saw("key gone"),
            Err(error) => panic!("{error}"),
        }
        world.end(2);
    });
}

/// A closure that looks at an enclave's bytes sees them whole, or is not called. If a purge says that nothing is left,
/// the closure has ended, and none begins.
pub fn with_data_vs_purge(model: Model) {
    let model = model.sees(["before", "meanwhile", "key gone"]);
    let model = model.reaches(Site::CofferView, Outcome::Contended).reaches(Site::CofferPurge, Outcome::Contended);
    model.run(|| {
        let world = World::new();
        let enclave = seal(&world.session(), SECRET).expect("nothing races yet");
        let other = keep(&world.session(), &OTHER);
        let nothing_left = Arc::new(AtomicBool::new(false));
        let looker = spawn_with(&nothing_left, move |nothing_left| {
            enclave.with_data(|bytes| {
                for _ in 0..2 {
                    assert!(!nothing_left.load(Ordering::Relaxed), "WIPED: the purge did not count these bytes");
                    assert_eq!(bytes, SECRET, "EXACT: half a secret");
                    // The purge may come here.
                    let _ = other.is_alive();
                }
            })
        });
        let report = world.session().purge();
        nothing_left.store(report.pending == 0, Ordering::Relaxed);
        let looked = looker.join().expect("no panic");
        saw(match looked {
            Ok(()) if report.pending > 0 => "meanwhile",
            Ok(()) => "before",
            Err(Error::KeyGone) => "key gone",
            Err(error) => panic!("{error}"),
        });
        world.end(3);
    });
}

/// An enclave opens into a buffer that is there. A purge takes the key and this buffer in one step, so the call opens
/// the very bytes or is refused, and nothing is left of them.
pub fn open_into_vs_purge(model: Model) {
    let model = model.sees(["opened", "key gone", "refused"]);
    let model = model.reaches(Site::BufferWrite, Outcome::Destroyed).reaches(Site::CofferView, Outcome::Contended);
    model.run(|| {
        let world = World::new();
        let enclave = seal(&world.session(), SECRET).expect("nothing races yet");
        let buffer = keep(&world.session(), &OTHER);
        let opener = spawn_with(&buffer, move |buffer| enclave.open_into(&buffer));
        world.session().purge();
        assert_eq!(look(&buffer), Err(Error::Destroyed), "WIPED: the purge did not reach the buffer");
        saw(match opener.join().expect("no panic") {
            Ok(()) => "opened",
            Err(Error::KeyGone) => "key gone",
            Err(Error::Destroyed) => "refused",
            Err(error) => panic!("{error}"),
        });
        drop(buffer);
        world.end_within(2..=3);
    });
}

/// An enclave opens into a buffer of another session, which the purge does not reach. The buffer has the secret or the
/// bytes of before, whole, and the call says which.
pub fn open_into_another_session_vs_purge(model: Model) {
    model.sees(["opened", "key gone"]).run(|| {
        let (world, elsewhere) = (World::new(), World::new());
        let enclave = seal(&world.session(), SECRET).expect("nothing races yet");
        let buffer = keep(&elsewhere.session(), &OTHER);
        let opener = spawn_with(&buffer, move |buffer| enclave.open_into(&buffer));
        world.session().purge();
        let meanwhile = look(&buffer).expect("its session is not purged");
        let (bytes, seen) = match opener.join().expect("no panic") {
            Ok(()) => (SECRET, "opened"),
            Err(Error::KeyGone) => (OTHER, "key gone"),
            Err(error) => panic!("{error}"),
        };
        assert!(meanwhile == bytes || meanwhile == OTHER, "EXACT: half a secret: {meanwhile:?}");
        assert_eq!(look(&buffer), Ok(bytes), "EXACT: it opened to something else");
        saw(seen);
        drop(buffer);
        world.end(2);
        elsewhere.end(1);
    });
}

/// While a purge runs, an opened buffer is read whole or not at all.
pub fn open_and_read_vs_purge(model: Model) {
    // Without a bound: 122 000 executions, 20 s, no failure.
    let model = model.bound(5);
    let model = model.sees(["read", "purged before the read", "refused"]);
    model.run(|| {
        let world = World::new();
        let enclave = seal(&world.session(), SECRET).expect("nothing races yet");
        let opener = spawn(move || match enclave.open().map(|opened| look(&opened)) {
            Ok(Ok(bytes)) => {
                assert_eq!(bytes, SECRET, "EXACT: it opened to something else");
                saw("read");
            }
            Ok(Err(error)) => {
                assert_eq!(error, Error::Destroyed);
                saw("purged before the read");
            }
            Err(error) => {
                assert!(matches!(error, Error::KeyGone | Error::Destroyed), "{error}");
                saw("refused");
            }
        });
        world.session().purge();
        opener.join().expect("no panic");
        world.end(2);
    });
}

/// An open beside a rekey always succeeds, because the key does not change.
pub fn open_vs_rekey(model: Model) {
    model.sees(["done", "skipped"]).run(|| {
        let world = World::new();
        let enclave = seal(&world.session(), SECRET).expect("nothing races yet");
        let rekeyer = spawn_with(&world.session(), move |session| session.rekey());
        let opened = enclave.open().expect("the key is in force");
        assert_eq!(look(&opened), Ok(SECRET), "EXACT: it opened to something else");
        saw(match rekeyer.join().expect("no panic").expect("no fault is planted") {
            Rekey::Done => "done",
            Rekey::Skipped => "skipped",
            other => panic!("there is a key, and yet: {other:?}"),
        });
        drop((opened, enclave));
        world.end(2);
    });
}

/// Sealing a buffer takes its bytes exactly once, or leaves them to the destroyer that was first.
pub fn seal_buffer_vs_destroy(model: Model) {
    let model = model.sees(["sealed", "refused", "lost the race to destroy"]);
    model.run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let sealer = spawn_with(&buffer, move |buffer| buffer.seal());
        let destroyed = buffer.destroy();
        let sealed = sealer.join().expect("no panic");
        let slots = match (&sealed, &destroyed) {
            (Ok(enclave), Err(Error::Destroyed)) => {
                saw("sealed");
                let opened = enclave.open().expect("the key is in force");
                assert_eq!(look(&opened), Ok(SECRET), "EXACT: it opened to something else");
                3
            }
            // The bytes were sealed, but another thread destroyed the buffer first, so no enclave is returned.
            (Err(Error::Destroyed), Ok(_)) if drew_a_nonce(&world) => {
                saw("lost the race to destroy");
                2
            }
            (Err(Error::Destroyed), Ok(Disposal::Wiped)) => {
                saw("refused");
                1
            }
            other => panic!("{other:?}"),
        };
        drop((sealed, buffer));
        world.end(slots);
    });
}

/// All three users of COFFER at once. An enclave opens to what was sealed, or its key is gone.
pub fn seal_vs_purge_vs_rekey(model: Model) {
    let model = model.sees(["opens", "key gone"]);
    let model = model.reaches(Site::CofferRekey, Outcome::WouldBlock).reaches(Site::CofferView, Outcome::Contended);
    model.run(|| {
        let world = World::new();
        let before = seal(&world.session(), OTHER).expect("nothing races yet");
        let sealer = spawn_with(&world.session(), move |session| seal(&session, SECRET));
        let rekeyer = spawn_with(&world.session(), move |session| session.rekey());
        world.session().purge();
        rekeyer.join().expect("no panic").map(drop).expect("no fault is planted");
        let enclave = sealer.join().expect("no panic").expect("a purge does not stop sealing");
        opens_or_key_gone(&enclave, SECRET);
        drop((before, enclave));
        world.end(3);
    });
}

family! {
    seal_vs_purge,
    open_vs_purge,
    open_into_vs_purge,
    open_into_another_session_vs_purge,
    open_and_read_vs_purge,
    with_data_vs_purge,
    open_vs_rekey,
    seal_buffer_vs_destroy,
    seal_vs_purge_vs_rekey,
}
