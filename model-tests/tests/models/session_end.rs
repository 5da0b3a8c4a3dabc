//! The end of a session while threads still use what it gave them: all of it is wiped, and nothing new begins.

use memguard::Error;
use model_tests::{Model, OTHER, SECRET, World, assert_clean, assert_slots_clean, keep, look, saw, spawn};
use std::sync::Arc;

/// A reader at the end of the session sees the secret or nothing.
pub fn read_vs_close(model: Model) {
    model.sees(["read", "refused", "handed over"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let reader = spawn({
            let buffer = Arc::clone(&buffer);
            move || match look(&buffer) {
                Ok(bytes) => {
                    assert_eq!(bytes, SECRET);
                    saw("read");
                }
                Err(error) => {
                    assert_eq!(error, Error::Destroyed);
                    saw("refused");
                }
            }
        });
        let (sim, session) = world.split();
        let report = session.close();
        assert_eq!(report.wiped + report.handed_over, 1, "WIPED: the session's end missed a buffer");
        if report.handed_over == 1 {
            saw("handed over");
        }
        reader.join().expect("the reader does not panic");
        drop(buffer);
        assert_clean(&sim, 1);
    });
}

/// A buffer that is made while the session ends is refused, or is wiped like the others: none outlives the end.
pub fn clone_vs_close(model: Model) {
    let model = model.bound(4);
    model.sees(["ended", "purged before", "purged after"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let cloner = spawn({
            let buffer = Arc::clone(&buffer);
            move || buffer.try_clone()
        });
        let (sim, session) = world.split();
        session.close();
        match cloner.join().expect("no panic") {
            Ok(clone) => {
                assert!(!clone.is_alive(), "WIPED: a buffer outlives its session");
                saw("purged after");
            }
            Err(Error::SessionEnded) => saw("ended"),
            Err(error) => {
                assert_eq!(error, Error::Destroyed);
                saw("purged before");
            }
        }
        drop(buffer);
        assert_slots_clean(&sim, 1..=2);
    });
}

/// An enclave opened while the session ends gives out nothing that outlives it.
pub fn open_vs_close(model: Model) {
    let model = model.bound(4);
    model.sees(["refused", "purged after"]).run(|| {
        let world = World::new();
        let enclave = world.session().enclave(&mut { SECRET }).expect("nothing races yet");
        let opener = spawn(move || enclave.open());
        let (sim, session) = world.split();
        session.close();
        match opener.join().expect("no panic") {
            Ok(opened) => {
                assert!(!opened.is_alive(), "WIPED: a buffer outlives its session");
                saw("purged after");
            }
            Err(error) => {
                assert!(matches!(error, Error::SessionEnded | Error::KeyGone | Error::Destroyed), "{error}");
                saw("refused");
            }
        }
        assert_slots_clean(&sim, 1..=3);
    });
}

/// Sealing a buffer while the session ends gives an enclave that does not open, or an error.
pub fn seal_vs_close(model: Model) {
    model.bound(4).sees(["sealed", "refused"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &OTHER);
        let sealer = spawn({
            let buffer = Arc::clone(&buffer);
            move || buffer.seal()
        });
        let (sim, session) = world.split();
        session.close();
        match sealer.join().expect("no panic") {
            Ok(enclave) => {
                assert_eq!(
                    enclave.open().map(drop),
                    Err(Error::SessionEnded),
                    "EXACT: an enclave outlives its session"
                );
                saw("sealed");
            }
            Err(error) => {
                assert!(matches!(error, Error::SessionEnded | Error::Destroyed), "{error}");
                saw("refused");
            }
        }
        drop(buffer);
        assert_slots_clean(&sim, 1..=2);
    });
}

family! {
    read_vs_close,
    clone_vs_close,
    open_vs_close,
    seal_vs_close,
}
