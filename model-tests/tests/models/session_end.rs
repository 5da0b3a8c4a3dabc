//! The end of a session while threads still use its buffers: all of them are wiped, and no new one is made.

use memguard::sync::{Outcome, Site};
use memguard::{Error, Fault};
use model_tests::{
    Model, OTHER, SECRET, World, assert_clean, assert_slots_clean, keep, look, read_or_refused, saw, spawn, spawn_with,
};

/// A reader at the end of the session sees the secret or an error.
pub fn read_vs_close(model: Model) {
    model.sees(["read", "refused", "handed over"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let reader = spawn_with(&buffer, move |buffer| read_or_refused(look(&buffer)));
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

/// A buffer made while the session ends is refused, or wiped like the others. None outlives the end.
pub fn clone_vs_close(model: Model) {
    let model = model.bound(4);
    model.sees(["ended", "purged before", "purged after"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let cloner = spawn_with(&buffer, move |buffer| buffer.try_clone());
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

/// An enclave opened while the session ends leaves no buffer that outlives it.
pub fn open_vs_close(model: Model) {
    model.bound(4).sees(["refused", "purged after"]).run(|| {
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
        assert_slots_clean(&sim, 1..=2);
    });
}

/// A stream that is filled and read while the session ends leaves no buffer that outlives it. It needs nothing that was
/// there before, so a purge alone does not refuse it.
pub fn stream_vs_close(model: Model) {
    model.bound(4).sees(["refused", "purged after"]).run(|| {
        let world = World::new();
        let stream = world.session().stream().expect("nothing races yet");
        let reader = spawn(move || stream.move_from(&mut { SECRET }).and_then(|()| stream.next()));
        let (sim, session) = world.split();
        session.close();
        match reader.join().expect("no panic") {
            Ok(read) => {
                let chunk = read.expect("only this thread reads");
                assert!(!chunk.is_alive(), "WIPED: a buffer outlives its session");
                saw("purged after");
            }
            Err(error) => {
                assert!(matches!(error, Error::SessionEnded | Error::KeyGone | Error::Destroyed), "{error}");
                saw("refused");
            }
        }
        assert_slots_clean(&sim, 0..=2);
    });
}

/// Sealing a buffer while the session ends returns an enclave that does not open, or an error.
pub fn seal_vs_close(model: Model) {
    model.bound(4).sees(["sealed", "refused"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &OTHER);
        let sealer = spawn_with(&buffer, move |buffer| buffer.seal());
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

/// A session with a rekey thread ends. The thread is joined, whether it draws a new half before, during or never.
pub fn tick_vs_close(model: Model) {
    model.reaches(Site::SessionJoin, Outcome::Acquired).sees(["drawn", "no draw"]).run(|| {
        let world = World::with_rekey_thread();
        let (sim, session) = world.split();
        let enclave = session.enclave(&mut { SECRET }).expect("nothing purges");
        session.close();
        assert_eq!(enclave.open().map(drop), Err(Error::SessionEnded));
        // One draw for the canary, one for the nonce, one for the key, and one for a new split.
        match sim.report().calls["getrandom"] {
            3 => saw("no draw"),
            4 => saw("drawn"),
            other => panic!("{other} calls"),
        }
        drop(enclave);
        assert_clean(&sim, 1);
    });
}

/// The rekey thread beside a seal and an open. The key stays the same, and the thread never waits. Without a bound this
/// is most of the time of all models. The thread takes two locks and its place in the session, one after the other, so
/// six preemptions reach each of its steps beside each of the other thread.
pub fn tick_vs_seal_and_open(model: Model) {
    let model = model.bound(6);
    let model = model.reaches(Site::CofferView, Outcome::Contended).reaches(Site::CofferRekey, Outcome::WouldBlock);
    model.run(|| {
        let world = World::with_rekey_thread();
        let enclave = world.session().enclave(&mut { SECRET }).expect("nothing purges");
        let opened = enclave.open().expect("the key is in force");
        assert_eq!(look(&opened), Ok(SECRET), "EXACT: it opened to something else");
        drop((opened, enclave));
        world.end(2);
    });
}

/// A panic in the rekey thread ends neither the thread nor the session. The key survives it.
pub fn tick_that_panics_vs_seal(model: Model) {
    let model = model.expects_panics().sees(["panicked", "no panic"]);
    model.run(|| {
        let world = World::with_rekey_thread();
        let enclave = world.session().enclave(&mut { SECRET }).expect("nothing purges");
        // The rekey thread reaches for the halves only, unless it has split the key before.
        world.sim().fail(Fault::PanicInAccessElsewhere { n: 1 });
        let opened = enclave.open().expect("the key is in force");
        assert_eq!(look(&opened), Ok(SECRET), "EXACT: it opened to something else");
        drop((opened, enclave));
        let (sim, session) = world.split();
        session.close();
        saw(if sim.report().faults_fired > 0 { "panicked" } else { "no panic" });
        assert_clean(&sim, 2);
    });
}

/// A session with a rekey thread ends inside an access to one of its buffers. The thread it joins wants no access.
pub fn close_inside_an_access_vs_tick_and_read(model: Model) {
    let model = model.bound(3).reaches(Site::SessionJoin, Outcome::Acquired).sees(["read", "refused"]);
    model.run(|| {
        let world = World::with_rekey_thread();
        let buffer = keep(&world.session(), &SECRET);
        let reader = spawn_with(&buffer, move |buffer| look(&buffer));
        let (sim, session) = world.split();
        let inside = buffer.read().expect("no thread destroys it");
        assert_eq!(session.close().handed_over, 1, "WIPED: the end of the session missed the buffer in use");
        assert_eq!(*inside, SECRET, "WIPED: the bytes changed during an access");
        drop(inside);
        read_or_refused(reader.join().expect("no panic"));
        drop(buffer);
        assert_clean(&sim, 1);
    });
}

family! {
    read_vs_close,
    clone_vs_close,
    open_vs_close,
    stream_vs_close,
    seal_vs_close,
    tick_vs_close,
    tick_vs_seal_and_open,
    tick_that_panics_vs_seal,
    close_inside_an_access_vs_tick_and_read,
}
