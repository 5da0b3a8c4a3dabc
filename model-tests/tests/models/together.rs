//! `with_buffers`: several buffers at once, entered in the order in which they were made, so that no two callers wait
//! in a circle.

use memguard::sync::{Outcome, Site};
use memguard::{Buffer, Error, with_buffers};
use model_tests::{Model, OTHER, SECRET, World, keep, look, saw, spawn, spawn_with};
use std::sync::Arc;

/// Copies one buffer into another, both entered at once.
fn copy(from: &Buffer, to: &Buffer) -> memguard::Result<()> {
    with_buffers(&[from], &[to], |reads, writes| writes[0].copy_from_slice(reads[0]))
}

/// Failure 2 of the systems this library replaces, with this function: two threads name two buffers in opposite order,
/// and both enter.
pub fn opposite_arguments(model: Model) {
    let model = model.reaches(Site::BuffersRead, Outcome::Contended).reaches(Site::BuffersWrite, Outcome::Contended);
    model.sees(["both first", "both second"]).run(|| {
        let world = World::new();
        let [a, b] = [keep(&world.session(), &SECRET), keep(&world.session(), &OTHER)];
        let other = spawn({
            let (a, b) = (Arc::clone(&a), Arc::clone(&b));
            move || copy(&b, &a)
        });
        assert_eq!(copy(&a, &b), Ok(()));
        assert_eq!(other.join().expect("no panic"), Ok(()));
        match (look(&a), look(&b)) {
            (Ok(SECRET), Ok(SECRET)) => saw("both first"),
            (Ok(OTHER), Ok(OTHER)) => saw("both second"),
            mixed => panic!("EXACT: the copies interleaved: {mixed:?}"),
        }
        drop((a, b));
        world.end(2);
    });
}

/// A thread inside the second buffer keeps the caller waiting while the caller holds the first.
pub fn waiting_for_the_second(model: Model) {
    model.reaches(Site::BuffersWrite, Outcome::Contended).reaches(Site::LeaseWait, Outcome::Acquired).run(|| {
        let world = World::new();
        let [a, b] = [keep(&world.session(), &SECRET), keep(&world.session(), &OTHER)];
        let inside = b.read().expect("no thread destroys it");
        let copier = spawn({
            let (a, b) = (Arc::clone(&a), Arc::clone(&b));
            move || copy(&a, &b)
        });
        assert_eq!(*inside, OTHER);
        drop(inside);
        assert_eq!(copier.join().expect("no panic"), Ok(()));
        assert_eq!(look(&b), Ok(SECRET));
        drop((a, b));
        world.end(2);
    });
}

/// All or nothing: one of the two is destroyed.
pub fn with_buffers_vs_destroy(model: Model) {
    let model = model.reaches(Site::BuffersRead, Outcome::Destroyed).reaches(Site::BuffersWrite, Outcome::Destroyed);
    model.sees(["copied", "refused"]).run(|| {
        let world = World::new();
        let [a, b] = [keep(&world.session(), &SECRET), keep(&world.session(), &OTHER)];
        let destroyer = spawn_with(&a, move |a| a.destroy().map(drop));
        // Both orders of arguments enter `a` first.
        for copied in [copy(&a, &b), copy(&b, &a)] {
            match copied {
                Ok(()) => saw("copied"),
                Err(error) => {
                    assert_eq!(error, Error::Destroyed);
                    saw("refused");
                }
            }
        }
        assert_eq!(destroyer.join().expect("no panic"), Ok(()));
        let left = look(&b);
        assert!(left == Ok(SECRET) || left == Ok(OTHER), "EXACT: a half-done copy: {left:?}");
        drop((a, b));
        world.end(2);
    });
}

/// Inside another access the function never waits. It is refused at once if another thread is inside.
pub fn nested_vs_write(model: Model) {
    let model = model.reaches(Site::BuffersRead, Outcome::WouldBlock).reaches(Site::BuffersWrite, Outcome::WouldBlock);
    model.bound(3).sees(["copied", "refused"]).run(|| {
        let world = World::new();
        let [outer, a, b] = [SECRET, SECRET, SECRET].map(|secret| keep(&world.session(), &secret));
        let writers = [Arc::clone(&a), Arc::clone(&b)].map(|buffer| spawn(move || buffer.copy_from(&SECRET)));
        match outer.with_data(|_| copy(&a, &b)).expect("no thread destroys it") {
            Ok(()) => saw("copied"),
            Err(Error::WouldDeadlock { site, .. }) if site == Site::BuffersRead || site == Site::BuffersWrite => {
                saw("refused");
            }
            Err(error) => panic!("{error}"),
        }
        for writer in writers {
            assert_eq!(writer.join().expect("no panic"), Ok(()));
        }
        drop((outer, a, b));
        world.end(3);
    });
}

/// The waits end at the timeout. Every buffer that was entered before is left again.
pub fn with_buffers_times_out(model: Model) {
    let model = model.bound(3).expires().reaches(Site::BuffersRead, Outcome::TimedOut);
    let model = model.reaches(Site::BuffersWrite, Outcome::TimedOut).sees(["copied", "timed out"]);
    model.run(|| {
        let world = World::new();
        let [a, b] = [keep(&world.session(), &SECRET), keep(&world.session(), &OTHER)];
        let other = spawn({
            let (a, b) = (Arc::clone(&a), Arc::clone(&b));
            move || copy(&b, &a)
        });
        for copied in [copy(&a, &b), other.join().expect("no panic")] {
            match copied {
                Ok(()) => saw("copied"),
                Err(Error::Timeout { site, .. }) if site == Site::BuffersRead || site == Site::BuffersWrite => {
                    saw("timed out");
                }
                Err(error) => panic!("{error}"),
            }
        }
        // No thread is inside any more.
        assert_eq!((a.copy_from(&SECRET), b.copy_from(&OTHER)), (Ok(()), Ok(())));
        drop((a, b));
        world.end(2);
    });
}

/// A purge takes both buffers while a caller is inside both. The wipes are handed over, and the bytes stay whole until
/// the caller leaves.
pub fn with_buffers_vs_purge(model: Model) {
    model.sees(["inside", "refused"]).run(|| {
        let world = World::new();
        let [a, b] = [keep(&world.session(), &SECRET), keep(&world.session(), &OTHER)];
        let user = spawn({
            let (a, b) = (Arc::clone(&a), Arc::clone(&b));
            move || {
                with_buffers(&[&a, &b], &[], |reads, _| {
                    a.is_alive();
                    assert!(reads[0] == SECRET && reads[1] == OTHER, "WIPED: the bytes changed during an access");
                })
            }
        });
        let report = world.session().purge();
        assert_eq!(report.wiped + report.handed_over, 2);
        match user.join().expect("no panic") {
            Ok(()) => saw("inside"),
            Err(error) => {
                assert_eq!(error, Error::Destroyed);
                saw("refused");
            }
        }
        drop((a, b));
        world.end(2);
    });
}

family! {
    opposite_arguments,
    waiting_for_the_second,
    with_buffers_vs_destroy,
    nested_vs_write,
    with_buffers_times_out,
    with_buffers_vs_purge,
}
