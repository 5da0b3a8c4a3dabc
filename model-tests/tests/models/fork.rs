//! A fork: the child inherits every lock in an unknown state, so it must wait for none and change nothing.
//!
//! In a model the child is a thread that sees itself in another process, while memory stays shared. A wrong wait is a
//! deadlock, and a wrong change breaks the parent's oracles.

use memguard::Error;
use model_tests::model_control::fork;
use model_tests::{Model, SECRET, World, keep, look, saw, spawn, spawn_with};
use std::sync::Arc;

/// The child uses every inherited handle while the parent is inside a write and creates and seals. It gets errors and
/// never waits.
pub fn child_vs_parent_inside_everything(model: Model) {
    model.sees(["told"]).run(|| {
        let world = World::new();
        let session = world.session();
        let (buffer, stream) = (keep(&session, &SECRET), Arc::new(session.stream().expect("a stream")));
        let enclave = Arc::new(session.enclave(&mut { SECRET }).expect("nothing purges"));
        let inside = buffer.write().expect("no thread destroys it");
        let child = spawn({
            let (buffer, enclave, stream) = (Arc::clone(&buffer), Arc::clone(&enclave), Arc::clone(&stream));
            move || {
                fork();
                assert_eq!(buffer.read().map(drop), Err(Error::Forked));
                assert_eq!(buffer.destroy().map(drop), Err(Error::Forked));
                assert_eq!(enclave.open().map(drop), Err(Error::Forked));
                assert_eq!(stream.next().map(drop), Err(Error::Forked));
                assert!(!buffer.is_alive() && stream.is_empty());
                saw("told");
            }
        });
        let made = keep(&session, &SECRET);
        stream.move_from(&mut { SECRET }).expect("nothing purges");
        drop(inside);
        child.join().expect("no panic");
        assert_eq!((look(&buffer), look(&made)), (Ok(SECRET), Ok(SECRET)), "the child changed the parent's bytes");
        drop((buffer, made, enclave, stream, session));
        world.end(4);
    });
}

/// A child forked inside an access leaves it without changing anything. The parent's reader is still counted, and
/// wipes.
pub fn child_leaves_an_access_vs_destroy(model: Model) {
    model.run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let child = spawn_with(&buffer, move |buffer| {
            // Inherited: this is the parent's reader, `inside` below.
            fork();
            assert_eq!(look(&buffer), Err(Error::Forked));
        });
        let inside = buffer.read().expect("no thread destroys it");
        assert!(buffer.destroy().is_ok());
        assert_eq!(*inside, SECRET, "WIPED: the bytes changed during an access");
        drop(inside);
        child.join().expect("no panic");
        drop(buffer);
        world.end(1);
    });
}

family! {
    child_vs_parent_inside_everything,
    child_leaves_an_access_vs_destroy,
}
