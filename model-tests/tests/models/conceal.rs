//! Concealed pages: a thread inside can read until it leaves.

use memguard::sync::{Outcome, Site};
use memguard::{Buffer, Error, Fault, Sim};
use model_tests::{Model, OTHER, SECRET, World, keep, saw, spawn, spawn_with};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

fn world() -> World {
    World::built(|builder| builder.isolation(memguard::Isolation::Concealed))
}

/// Reads, with steps at which other threads may enter and leave, and checks the pages at each step.
fn look(sim: &Sim, buffer: &Buffer) -> Result<[u8; SECRET.len()], Error> {
    buffer.with_data(|bytes| {
        assert!(sim.is_readable(bytes), "entered, and concealed");
        let first = bytes.try_into().expect("the length of a living buffer does not change");
        buffer.is_alive();
        assert!(sim.is_readable(bytes), "concealed while a thread is inside");
        first
    })
}

/// Two readers. The first to leave does not conceal the pages that the other still reads. The last one does.
pub fn read_vs_read(model: Model) {
    let model = model.reaches(Site::StateReveal, Outcome::Acquired).reaches(Site::StateReveal, Outcome::Contended);
    let model = model.reaches(Site::StateConceal, Outcome::Acquired).reaches(Site::StateConceal, Outcome::Contended);
    model.run(|| {
        let world = world();
        let buffer = keep(&world.session(), &SECRET);
        let reader = spawn({
            let (sim, buffer) = (world.sim().clone(), Arc::clone(&buffer));
            move || look(&sim, &buffer)
        });
        assert_eq!(look(world.sim(), &buffer), Ok(SECRET));
        assert_eq!(reader.join().expect("no panic"), Ok(SECRET));
        let at_rest = buffer.with_data(std::ptr::from_ref).expect("alive");
        // SAFETY: the buffer is alive and nothing writes to it. Only the address is used.
        assert!(!world.sim().is_readable(unsafe { &*at_rest }), "the last reader has not concealed it");
        drop(buffer);
        world.end(1);
    });
}

/// A writer and a reader take turns. Each finds the pages with the protection it needs.
pub fn read_vs_write(model: Model) {
    model.sees(["before", "after"]).run(|| {
        let world = world();
        let buffer = keep(&world.session(), &SECRET);
        let writer = spawn_with(&buffer, move |buffer| buffer.copy_from(&OTHER));
        match look(world.sim(), &buffer).expect("no thread destroys it") {
            SECRET => saw("before"),
            OTHER => saw("after"),
            mixed => panic!("the reader saw a half-written secret: {mixed:?}"),
        }
        writer.join().expect("no panic").expect("no thread destroys it");
        drop(buffer);
        world.end(1);
    });
}

/// A purge beside a reader: the pages stay readable to the end of the access, are wiped once, and go back to the pool
/// writable.
pub fn read_vs_purge(model: Model) {
    model.sees(["read", "refused"]).run(|| {
        let world = world();
        let buffer = keep(&world.session(), &SECRET);
        let reader = spawn({
            let (sim, buffer) = (world.sim().clone(), Arc::clone(&buffer));
            move || look(&sim, &buffer)
        });
        world.session().purge();
        match reader.join().expect("no panic") {
            Ok(bytes) => {
                saw("read");
                assert_eq!(bytes, SECRET);
            }
            Err(error) => {
                saw("refused");
                assert_eq!(error, Error::Destroyed);
            }
        }
        drop(buffer);
        world.end(1);
    });
}

/// A panic while the pages are revealed poisons the state. The next thread finds it sound and goes on.
pub fn panic_in_reveal_vs_read(model: Model) {
    let model = model.reaches(Site::StateReveal, Outcome::Poisoned);
    model.expects_panics().sees(["panicked here", "panicked there"]).run(|| {
        let world = world();
        let buffer = keep(&world.session(), &SECRET);
        world.sim().fail(Fault::Panic { call: "mprotect", n: 1 });
        let reader = spawn({
            let (sim, buffer) = (world.sim().clone(), Arc::clone(&buffer));
            move || catch_unwind(AssertUnwindSafe(|| look(&sim, &buffer)))
        });
        let here = catch_unwind(AssertUnwindSafe(|| look(world.sim(), &buffer)));
        let there = reader.join().expect("caught");
        match (here, there) {
            (Err(_), Ok(bytes)) => {
                saw("panicked here");
                assert_eq!(bytes, Ok(SECRET));
            }
            (Ok(bytes), Err(_)) => {
                saw("panicked there");
                assert_eq!(bytes, Ok(SECRET));
            }
            (here, there) => panic!("one of the two panics: {:?}", (here.is_ok(), there.is_ok())),
        }
        drop(buffer);
        world.end(1);
    });
}

family! {
    read_vs_read,
    read_vs_write,
    read_vs_purge,
    panic_in_reveal_vs_read,
}
