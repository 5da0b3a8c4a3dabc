//! Typed accessors: the user's function gets a copy. A function that only reads the copy runs after the access has
//! ended, so it may call anything on the same buffer, in every race. A function that changes it runs inside a write.

use memguard::sync::{Outcome, Site};
use memguard::{Buffer, Error, Session};
use model_tests::{Model, OTHER, SECRET, World, keep, look, opens_or_key_gone, saw, spawn, spawn_with};
use std::sync::Arc;

const WORDS: [u64; 2] = {
    let (left, right) = SECRET.split_at(8);
    [u64::from_ne_bytes(first_eight(left)), u64::from_ne_bytes(first_eight(right))]
};

const fn first_eight(bytes: &[u8]) -> [u8; 8] {
    match bytes.first_chunk() {
        Some(chunk) => *chunk,
        None => panic!("eight bytes"),
    }
}

/// Reads the buffer as words and calls `inside` with the copy in hand. The copy must not change meanwhile.
fn typed(buffer: &Buffer, inside: impl FnOnce(&Buffer)) -> memguard::Result<()> {
    buffer.uint64_slice(|words| {
        assert_eq!(words, WORDS, "EXACT: the copy is not what the buffer held");
        inside(buffer);
        assert_eq!(words, WORDS, "WIPED: the copy changed while the user had it");
    })
}

/// The buffer is destroyed during a read. The reader gets a copy or an error.
pub fn typed_vs_destroy(model: Model) {
    model.sees(["read", "refused"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let destroyer = spawn_with(&buffer, move |buffer| drop(buffer.destroy()));
        let slots = match typed(&buffer, |buffer| {
            buffer.is_alive();
        }) {
            Ok(()) => {
                saw("read");
                2
            }
            Err(error) => {
                assert_eq!(error, Error::Destroyed);
                saw("refused");
                1
            }
        };
        destroyer.join().expect("no panic");
        drop(buffer);
        world.end(slots);
    });
}

/// The function writes to the buffer it was called for, while another thread reads it.
pub fn a_callback_that_writes_vs_read(model: Model) {
    model.sees(["before", "after"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let reader = spawn_with(&buffer, move |buffer| look(&buffer));
        typed(&buffer, |buffer| assert_eq!(buffer.copy_from(&OTHER), Ok(()))).expect("no thread destroys it");
        match reader.join().expect("no panic").expect("no thread destroys it") {
            SECRET => saw("before"),
            OTHER => saw("after"),
            mixed => panic!("EXACT: a half-written secret: {mixed:?}"),
        }
        drop(buffer);
        world.end(2);
    });
}

/// The function destroys the buffer it was called for. No access is under way, so the buffer is wiped at once.
pub fn a_callback_that_destroys_vs_write(model: Model) {
    model.sees(["written", "refused"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let writer = spawn({
            let buffer = Arc::clone(&buffer);
            // The same bytes: the result must not depend on which thread was first.
            move || buffer.copy_from(&SECRET)
        });
        typed(&buffer, |buffer| assert!(buffer.destroy().is_ok())).expect("no other thread destroys it");
        match writer.join().expect("no panic") {
            Ok(()) => saw("written"),
            Err(error) => {
                assert_eq!(error, Error::Destroyed);
                saw("refused");
            }
        }
        drop(buffer);
        world.end(2);
    });
}

/// The function purges, beside another thread's seal. Its own copy is handed over.
pub fn a_callback_that_purges_vs_seal(model: Model) {
    model.sees(["opens", "key gone"]).reaches(Site::CofferView, Outcome::Contended).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let sealer = spawn_with(&world.session(), move |session| {
            session.enclave(&mut { OTHER }).expect("a purge does not stop sealing")
        });
        let session = world.session();
        typed(&buffer, |_| assert_eq!(session.purge().handed_over, 1)).expect("no other thread destroys it");
        let enclave = sealer.join().expect("no panic");
        opens_or_key_gone(&enclave, OTHER);
        drop((enclave, buffer, session));
        world.end(4);
    });
}

/// Inside an access to one buffer, another is read as words. The second access is only tried. The copy may wait for
/// POOL.
pub fn typed_inside_an_access_vs_write(model: Model) {
    let model = model.reaches(Site::BufferRead, Outcome::WouldBlock).sees(["read", "refused"]);
    model.run(|| {
        let world = World::new();
        let [outer, inner] = [keep(&world.session(), &OTHER), keep(&world.session(), &SECRET)];
        let writer = spawn_with(&inner, move |inner| inner.copy_from(&SECRET));
        let slots = match outer.with_data(|_| typed(&inner, |_| ())).expect("no thread destroys it") {
            Ok(()) => {
                saw("read");
                3
            }
            Err(Error::WouldDeadlock { site, .. }) if site == Site::BufferRead => {
                saw("refused");
                2
            }
            Err(error) => panic!("{error}"),
        };
        assert_eq!(writer.join().expect("no panic"), Ok(()));
        drop((outer, inner));
        world.end(slots);
    });
}

/// A callback creates and seals, which takes every lock, while another thread purges.
pub fn a_callback_that_makes_secrets_vs_purge(model: Model) {
    model.bound(3).sees(["lives", "purged"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let purger = spawn_with(&world.session(), move |session| {
            session.purge();
        });
        let session = world.session();
        let make = |session: &Session| {
            let new = session.buffer(SECRET.len()).expect("the session has not ended");
            let enclave = session.enclave(&mut { OTHER }).expect("a purge does not stop sealing");
            saw(if new.is_alive() { "lives" } else { "purged" });
            drop((new, enclave));
        };
        let read = typed(&buffer, |_| make(&session));
        assert!(matches!(read, Ok(()) | Err(Error::Destroyed)));
        purger.join().expect("no panic");
        drop((buffer, session));
        world.end(if read.is_ok() { 4 } else { 1 });
    });
}

/// A thread changes the bytes as integers, beside another that reads. The reader sees all of the change or none.
pub fn changes_vs_read(model: Model) {
    model.sees(["before", "after"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let reader = spawn_with(&buffer, move |buffer| look(&buffer));
        buffer.uint64_slice_mut(|words| words.reverse()).expect("no thread destroys it");
        match reader.join().expect("no panic").expect("no thread destroys it") {
            SECRET => saw("before"),
            bytes if bytes.split_at(8) == (SECRET.split_at(8).1, SECRET.split_at(8).0) => saw("after"),
            mixed => panic!("EXACT: {mixed:?}"),
        }
        drop(buffer);
        world.end(2);
    });
}

/// A thread changes the bytes as integers, beside another that destroys the buffer. What is written back is wiped too.
pub fn changes_vs_destroy(model: Model) {
    model.sees(["changed", "refused"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let destroyer = spawn_with(&buffer, move |buffer| drop(buffer.destroy()));
        let changed = buffer.uint64_slice_mut(|words| words.fill(u64::MAX));
        destroyer.join().expect("no panic");
        drop(buffer);
        world.end(slots_after(changed));
    });
}

/// A thread changes the bytes as integers, beside a purge and a reader.
pub fn changes_vs_purge_vs_read(model: Model) {
    model.bound(3).sees(["changed", "refused"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let purger = spawn_with(&world.session(), move |session| {
            session.purge();
        });
        let reader = spawn_with(&buffer, move |buffer| drop(look(&buffer)));
        let changed = buffer.uint64_slice_mut(|words| words.fill(u64::MAX));
        purger.join().expect("no panic");
        reader.join().expect("no panic");
        drop(buffer);
        world.end(slots_after(changed));
    });
}

/// How many slots there were: that of the buffer, and that of the copy if there was one.
fn slots_after(changed: Result<(), Error>) -> u64 {
    match changed {
        Ok(()) => {
            saw("changed");
            2
        }
        Err(error) => {
            assert_eq!(error, Error::Destroyed);
            saw("refused");
            1
        }
    }
}

family! {
    changes_vs_read,
    changes_vs_destroy,
    changes_vs_purge_vs_read,
    typed_vs_destroy,
    a_callback_that_writes_vs_read,
    a_callback_that_destroys_vs_write,
    a_callback_that_purges_vs_seal,
    typed_inside_an_access_vs_write,
    a_callback_that_makes_secrets_vs_purge,
}
