//! The lease: which threads wait at a buffer, and which thread wakes them. A lost wake-up is a deadlock here, because
//! strict models never time out.

use memguard::Error;
use memguard::sync::{Outcome, Site};
use model_tests::model_control::{Timed, set_timed_here};
use model_tests::{Model, OTHER, SECRET, World, keep, look, saw, spawn_with};

/// A reader that waits for a writer is woken when the writer leaves.
pub fn a_writer_that_leaves_wakes_a_reader(model: Model) {
    let model = model.reaches(Site::BufferRead, Outcome::Contended);
    model.reaches(Site::LeaseWake, Outcome::Contended).reaches(Site::LeaseWait, Outcome::Acquired).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let mut inside = buffer.write().expect("no thread destroys it");
        let reader = spawn_with(&buffer, move |buffer| look(&buffer));
        inside.copy_from_slice(&OTHER);
        drop(inside);
        assert_eq!(reader.join().expect("no panic"), Ok(OTHER));
        drop(buffer);
        world.end(1);
    });
}

/// A writer that waits behind two readers enters when both have left.
pub fn the_last_reader_wakes_a_writer(model: Model) {
    let model = model.bound(3);
    model.reaches(Site::BufferWrite, Outcome::Contended).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let inside = buffer.read().expect("no thread destroys it");
        let reader = spawn_with(&buffer, move |buffer| look(&buffer));
        let writer = spawn_with(&buffer, move |buffer| buffer.copy_from(&OTHER));
        assert_eq!(*inside, SECRET);
        drop(inside);
        assert_eq!(writer.join().expect("no panic"), Ok(()));
        let read = reader.join().expect("no panic").expect("no thread destroys it");
        assert!(read == SECRET || read == OTHER);
        assert_eq!(look(&buffer), Ok(OTHER));
        drop(buffer);
        world.end(1);
    });
}

/// The end of the buffer wakes waiting threads. They need not wait for the end of an access.
pub fn doom_wakes_waiters(model: Model) {
    let model = model.bound(3);
    let model = model.sees(["reader", "writer"]);
    model.run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let inside = buffer.write().expect("no thread destroys it");
        let reader = spawn_with(&buffer, move |buffer| look(&buffer).map(drop));
        let writer = spawn_with(&buffer, move |buffer| buffer.copy_from(&OTHER));
        assert_eq!(buffer.destroy(), Ok(memguard::Disposal::HandedOver));
        // Still inside: if only leaving woke the others, they would wait for ever.
        assert_eq!(reader.join().expect("no panic"), Err(Error::Destroyed));
        saw("reader");
        assert_eq!(writer.join().expect("no panic"), Err(Error::Destroyed));
        saw("writer");
        drop(inside);
        drop(buffer);
        world.end(1);
    });
}

/// A wait that expires returns an error that names the lock, and leaves nothing behind that would keep others out.
pub fn a_waiter_times_out(model: Model) {
    let model = model.expires().reaches(Site::BufferRead, Outcome::TimedOut);
    model.sees(["read", "timed out"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let writer = spawn_with(&buffer, move |buffer| buffer.copy_from(&OTHER));
        match look(&buffer) {
            Ok(bytes) => {
                assert!(bytes == SECRET || bytes == OTHER);
                saw("read");
            }
            Err(Error::Timeout { site, .. }) if site == Site::BufferRead => saw("timed out"),
            Err(error) => panic!("{error}"),
        }
        // The writer may have found the reader inside.
        let expected = if writer.join().expect("no panic").is_ok() { OTHER } else { SECRET };
        assert_eq!(look(&buffer), Ok(expected));
        drop(buffer);
        world.end(1);
    });
}

/// Readers queue behind a waiting writer. When it gives up they must be woken, because nothing else keeps them out.
pub fn a_writer_that_gives_up_wakes_readers(model: Model) {
    let model = model.sees(["timed out"]);
    let model = model.reaches(Site::BufferWrite, Outcome::TimedOut).reaches(Site::BufferRead, Outcome::Contended);
    model.run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let inside = buffer.read().expect("no thread destroys it");
        let writer = spawn_with(&buffer, move |buffer| {
            set_timed_here(Timed::Expires);
            buffer.copy_from(&OTHER)
        });
        let reader = spawn_with(&buffer, move |buffer| look(&buffer));
        // Still inside, so the writer cannot enter. The reader can, once the writer no longer waits.
        assert_eq!(reader.join().expect("no panic"), Ok(SECRET));
        match writer.join().expect("no panic") {
            Err(Error::Timeout { site, .. }) if site == Site::BufferWrite => saw("timed out"),
            other => panic!("{other:?}"),
        }
        drop(inside);
        drop(buffer);
        world.end(1);
    });
}

/// The calls that never wait, while the buffer ends.
pub fn tries_vs_destroy(model: Model) {
    let model = model.reaches(Site::BufferTryRead, Outcome::Destroyed);
    let model = model.reaches(Site::BufferTryWrite, Outcome::Destroyed).sees(["read", "written", "refused"]);
    model.run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let destroyer = spawn_with(&buffer, move |buffer| buffer.destroy().map(drop));
        match buffer.try_read().map(|bytes| assert_eq!(*bytes, SECRET)) {
            Ok(()) => saw("read"),
            Err(error) => {
                assert_eq!(error, Error::Destroyed);
                saw("refused");
            }
        }
        match buffer.try_write().map(|mut bytes| bytes.copy_from_slice(&OTHER)) {
            Ok(()) => saw("written"),
            Err(error) => assert_eq!(error, Error::Destroyed),
        }
        assert_eq!(destroyer.join().expect("no panic"), Ok(()));
        drop(buffer);
        world.end(1);
    });
}

/// Freezing is an access like any other: it times out on a writer that stays.
pub fn a_freeze_times_out(model: Model) {
    let model = model.expires().reaches(Site::BufferProtect, Outcome::TimedOut).sees(["frozen", "timed out"]);
    model.run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let writer = spawn_with(&buffer, move |buffer| buffer.copy_from(&OTHER).is_ok());
        match buffer.freeze() {
            Ok(()) => saw("frozen"),
            Err(Error::Timeout { site, .. }) if site == Site::BufferProtect => saw("timed out"),
            Err(error) => panic!("{error}"),
        }
        let expected = if writer.join().expect("no panic") { OTHER } else { SECRET };
        assert_eq!(look(&buffer), Ok(expected));
        drop(buffer);
        world.end(1);
    });
}

/// Inside an access to one buffer, another one can be read or frozen if no thread writes it. Otherwise the call is
/// refused at once.
pub fn a_second_access_is_only_tried(model: Model) {
    let model = model.reaches(Site::BufferRead, Outcome::WouldBlock).reaches(Site::BufferProtect, Outcome::WouldBlock);
    model.sees(["read", "frozen", "refused"]).run(|| {
        let world = World::new();
        let [outer, inner] = [keep(&world.session(), &OTHER), keep(&world.session(), &SECRET)];
        let writer = spawn_with(&inner, move |inner| inner.copy_from(&SECRET));
        let inside = outer.read().expect("no thread destroys it");
        match look(&inner) {
            Ok(bytes) => {
                assert_eq!(bytes, SECRET);
                saw("read");
            }
            Err(Error::WouldDeadlock { site, .. }) if site == Site::BufferRead => saw("refused"),
            Err(error) => panic!("{error}"),
        }
        match inner.freeze() {
            Ok(()) => saw("frozen"),
            Err(Error::WouldDeadlock { site, .. }) if site == Site::BufferProtect => saw("refused"),
            Err(error) => panic!("{error}"),
        }
        drop(inside);
        assert!(matches!(writer.join().expect("no panic"), Ok(()) | Err(Error::Frozen)));
        drop((outer, inner));
        world.end(2);
    });
}

family! {
    a_writer_that_leaves_wakes_a_reader,
    the_last_reader_wakes_a_writer,
    doom_wakes_waiters,
    a_waiter_times_out,
    a_writer_that_gives_up_wakes_readers,
    tries_vs_destroy,
    a_freeze_times_out,
    a_second_access_is_only_tried,
}
