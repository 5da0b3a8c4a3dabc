//! A buffer's life: accesses, destruction, cloning, freezing and the drop of its handle at the same time.

use memguard::sync::{Outcome, Site};
use memguard::{Disposal, Error};
use model_tests::{
    Model, OTHER, SECRET, World, assert_slots_clean, keep, look, read_or_refused, saw, spawn, spawn_with,
};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// A reader sees the secret or an error. The last thread to leave wipes.
pub fn read_vs_destroy(model: Model) {
    let model = model.sees(["read", "refused", "wiped", "handed over"]);
    model.reaches(Site::BufferRead, Outcome::Acquired).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let reader = spawn_with(&buffer, move |buffer| read_or_refused(look(&buffer)));
        match buffer.destroy().expect("no other thread destroys it") {
            Disposal::Wiped => saw("wiped"),
            Disposal::HandedOver => saw("handed over"),
            other => panic!("{other:?}"),
        }
        reader.join().expect("the reader does not panic");
        assert_eq!(look(&buffer), Err(Error::Destroyed));
        drop(buffer);
        world.end(1);
    });
}

/// A reader sees the bytes from before a write or from after it, never a mixture.
pub fn read_vs_write(model: Model) {
    let model = model.sees(["before", "after"]);
    let model = model.reaches(Site::BufferRead, Outcome::Acquired).reaches(Site::BufferRead, Outcome::Contended);
    let model = model.reaches(Site::BufferWrite, Outcome::Acquired).reaches(Site::BufferWrite, Outcome::Contended);
    model.reaches(Site::LeaseWake, Outcome::Acquired).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let writer = spawn_with(&buffer, move |buffer| {
            let mut bytes = buffer.write().expect("no thread destroys it");
            let (left, right) = OTHER.split_at(8);
            bytes[..8].copy_from_slice(left);
            // A step at which the reader may enter.
            buffer.is_alive();
            bytes[8..].copy_from_slice(right);
        });
        match look(&buffer).expect("no thread destroys it") {
            SECRET => saw("before"),
            OTHER => saw("after"),
            mixed => panic!("the reader saw a half-written secret: {mixed:?}"),
        }
        writer.join().expect("the writer does not panic");
        assert_eq!(look(&buffer), Ok(OTHER));
        drop(buffer);
        world.end(1);
    });
}

/// One of two destroyers wipes and reports it. The other gets `Destroyed`.
pub fn destroy_vs_destroy(model: Model) {
    model.sees(["here", "there"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let other = spawn_with(&buffer, move |buffer| buffer.destroy());
        match (buffer.destroy(), other.join().expect("no panic")) {
            (Ok(Disposal::Wiped), Err(Error::Destroyed)) => saw("here"),
            (Err(Error::Destroyed), Ok(Disposal::Wiped)) => saw("there"),
            both => panic!("WIPED: not by exactly one: {both:?}"),
        }
        drop(buffer);
        world.end(1);
    });
}

/// The control: one thread has one schedule, and dropping the handle wipes.
pub fn drop_alone(model: Model) {
    model.run(|| {
        let world = World::new();
        drop(keep(&world.session(), &SECRET));
        world.end(1);
    });
}

/// Two readers and a destroyer. The last reader to leave wipes, and only if a reader was inside.
pub fn two_readers_vs_destroy(model: Model) {
    let model = model.sees(["read", "refused", "wiped", "handed over"]);
    model.run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let readers = [0, 1].map(|_| {
            let buffer = Arc::clone(&buffer);
            spawn(move || read_or_refused(look(&buffer)))
        });
        match buffer.destroy().expect("no other thread destroys it") {
            Disposal::Wiped => saw("wiped"),
            Disposal::HandedOver => saw("handed over"),
            other => panic!("{other:?}"),
        }
        for reader in readers {
            reader.join().expect("the reader does not panic");
        }
        drop(buffer);
        world.end(1);
    });
}

/// A reader, its destroyer and a purge.
pub fn read_vs_destroy_vs_purge(model: Model) {
    let model = model.bound(3);
    let model = model.sees(["read", "refused", "destroyed", "purged"]);
    model.run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let reader = spawn_with(&buffer, move |buffer| read_or_refused(look(&buffer)));
        let destroyer = spawn_with(&buffer, move |buffer| buffer.destroy());
        let report = world.session().purge();
        match (destroyer.join().expect("no panic"), report.wiped + report.handed_over) {
            (Ok(_), 0) => saw("destroyed"),
            (Err(Error::Destroyed), 1) => saw("purged"),
            other => panic!("WIPED: not by exactly one: {other:?}"),
        }
        reader.join().expect("the reader does not panic");
        drop(buffer);
        world.end(1);
    });
}

/// Failure 4 of the systems this library replaces: after a panic inside an access the buffer is never wiped.
pub fn panic_inside_vs_destroy(model: Model) {
    let model = model.expects_panics().sees(["panicked", "refused", "handed over"]);
    model.run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let user = spawn_with(&buffer, move |buffer| {
            catch_unwind(AssertUnwindSafe(|| buffer.with_data(|_| -> () { resume_unwind(Box::new("the user's own")) })))
        });
        if buffer.destroy().expect("no other thread destroys it") == Disposal::HandedOver {
            saw("handed over");
        }
        match user.join().expect("it is caught") {
            Err(_) => saw("panicked"),
            Ok(Err(Error::Destroyed)) => saw("refused"),
            Ok(other) => panic!("{other:?}"),
        }
        drop(buffer);
        world.end(1);
    });
}

/// A clone has the bytes of its original. If the original ended first, there is no clone.
pub fn clone_vs_destroy(model: Model) {
    model.sees(["cloned", "refused"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let cloner = spawn_with(&buffer, move |buffer| buffer.try_clone());
        let _wiped_or_handed_over = buffer.destroy().expect("no other thread destroys it");
        match cloner.join().expect("no panic") {
            Ok(clone) => {
                saw("cloned");
                assert_eq!(look(&clone), Ok(SECRET));
            }
            Err(error) => {
                saw("refused");
                assert_eq!(error, Error::Destroyed);
            }
        }
        drop(buffer);
        let (sim, session) = world.split();
        assert_eq!(session.close(), Default::default(), "WIPED: the end of the session found buffers");
        // The clone takes its slot before it checks that the original is still alive.
        assert_slots_clean(&sim, 1..=2);
    });
}

/// A clone made while a purge runs does not outlive its original.
pub fn clone_vs_purge(model: Model) {
    model.bound(4).sees(["purged", "refused"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let cloner = spawn_with(&buffer, move |buffer| buffer.try_clone());
        world.session().purge();
        match cloner.join().expect("no panic") {
            Ok(clone) => {
                assert!(!clone.is_alive(), "WIPED: a clone outlived a purge");
                saw("purged");
            }
            Err(error) => {
                saw("refused");
                assert_eq!(error, Error::Destroyed);
            }
        }
        drop(buffer);
        let (sim, session) = world.split();
        assert_eq!(session.close(), Default::default(), "WIPED: the end of the session found buffers");
        assert_slots_clean(&sim, 1..=2);
    });
}

/// Freezing keeps later writers out. A writer that entered first finishes its write.
pub fn freeze_vs_write(model: Model) {
    let model = model.sees(["written", "frozen"]);
    let model = model.reaches(Site::BufferProtect, Outcome::Acquired).reaches(Site::BufferProtect, Outcome::Contended);
    model.run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let writer = spawn_with(&buffer, move |buffer| buffer.copy_from(&OTHER));
        buffer.freeze().expect("no thread destroys it");
        assert!(!buffer.is_mutable());
        let expected = match writer.join().expect("no panic") {
            Ok(()) => {
                saw("written");
                OTHER
            }
            Err(error) => {
                saw("frozen");
                assert_eq!(error, Error::Frozen);
                SECRET
            }
        };
        assert_eq!(look(&buffer), Ok(expected));
        drop(buffer);
        world.end(1);
    });
}

/// A freeze that races a purge returns an error. The pages go back to the pool writable.
pub fn freeze_vs_destroy(model: Model) {
    model.sees(["frozen", "refused"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let freezer = spawn_with(&buffer, move |buffer| buffer.freeze());
        let _wiped_or_handed_over = buffer.destroy().expect("no other thread destroys it");
        match freezer.join().expect("no panic") {
            Ok(()) => saw("frozen"),
            Err(error) => {
                saw("refused");
                assert_eq!(error, Error::Destroyed);
            }
        }
        drop(buffer);
        // Takes the retired slot, which must be writable.
        let again = keep(&world.session(), &OTHER);
        drop(again);
        world.end(2);
    });
}

/// The calls that never wait.
pub fn tries_against_each_other(model: Model) {
    let model = model.sees(["both", "only the reader", "only the writer"]);
    let model = model.reaches(Site::BufferTryRead, Outcome::Acquired).reaches(Site::BufferTryRead, Outcome::WouldBlock);
    let model =
        model.reaches(Site::BufferTryWrite, Outcome::Acquired).reaches(Site::BufferTryWrite, Outcome::WouldBlock);
    model.run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let writer =
            spawn_with(&buffer, move |buffer| buffer.try_write().map(|mut bytes| bytes.copy_from_slice(&OTHER)));
        let read = buffer.try_read().map(|bytes| assert!(*bytes == SECRET || *bytes == OTHER));
        match (read, writer.join().expect("no panic")) {
            (Ok(()), Ok(())) => saw("both"),
            (Ok(()), Err(Error::WouldBlock { site, .. })) if site == Site::BufferTryWrite => saw("only the reader"),
            (Err(Error::WouldBlock { site, .. }), Ok(())) if site == Site::BufferTryRead => saw("only the writer"),
            neither => panic!("{neither:?}"),
        }
        drop(buffer);
        world.end(1);
    });
}

/// Failure 2 of the systems this library replaces: two threads nest accesses to two buffers in opposite order and hang.
pub fn nested_in_opposite_order(model: Model) {
    let model = model.sees(["nested", "refused"]);
    model.reaches(Site::BufferWrite, Outcome::WouldBlock).run(|| {
        let world = World::new();
        let [a, b] = [keep(&world.session(), &SECRET), keep(&world.session(), &OTHER)];
        let nest = |outer: &memguard::Buffer, inner: &memguard::Buffer| {
            let nested = outer.with_data_mut(|_| inner.with_data_mut(|_| ())).expect("the first access waits");
            match nested {
                Ok(()) => saw("nested"),
                Err(Error::WouldDeadlock { .. }) => saw("refused"),
                Err(error) => panic!("{error}"),
            }
        };
        let other = spawn({
            let (a, b) = (Arc::clone(&a), Arc::clone(&b));
            move || nest(&b, &a)
        });
        nest(&a, &b);
        other.join().expect("no panic");
        drop((a, b));
        world.end(2);
    });
}

/// A callback destroys its own buffer while another thread reads. The wipe is handed over and never happens during a
/// read.
pub fn destroy_from_inside_vs_read(model: Model) {
    model.sees(["read", "refused"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let reader = spawn_with(&buffer, move |buffer| look(&buffer));
        let inside = buffer.with_data(|bytes| {
            assert_eq!(buffer.destroy(), Ok(Disposal::HandedOver));
            buffer.is_alive();
            assert_eq!(bytes, SECRET, "WIPED: the bytes changed during an access");
        });
        assert_eq!(inside, Ok(()));
        read_or_refused(reader.join().expect("the reader does not panic"));
        drop(buffer);
        world.end(1);
    });
}

family! {
    read_vs_destroy,
    read_vs_write,
    destroy_vs_destroy,
    drop_alone,
    two_readers_vs_destroy,
    read_vs_destroy_vs_purge,
    panic_inside_vs_destroy,
    clone_vs_destroy,
    clone_vs_purge,
    freeze_vs_write,
    freeze_vs_destroy,
    tries_against_each_other,
    nested_in_opposite_order,
    destroy_from_inside_vs_read,
}
