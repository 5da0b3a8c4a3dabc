//! Runs one cell, and says in words what happened.

use super::scene::{Entry, Misdeed, Scene};
use super::words::{disposal, ending, name, use_a_new_session};
use crate::support::place::own_memory;
use memguard::{Isolation, Session, SessionBuilder};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// The pages of the secrets.
#[derive(Clone, Copy, Debug)]
pub enum Pages {
    Real(Isolation),
    #[cfg(feature = "sim")]
    Simulated,
}

/// Runs the foreign code of `entry`, and checks that everything is wiped at the end. The words are: what the foreign
/// code, or a thread outside, saw; how the call ended; whether the object lives.
pub fn outcome(pages: Pages, entry: Entry, misdeed: Misdeed) -> String {
    match pages {
        Pages::Real(isolation) => outcome_in(Session::builder().isolation(isolation), entry, misdeed),
        #[cfg(feature = "sim")]
        Pages::Simulated => {
            let sim = memguard::Sim::new(4096);
            let outcome = outcome_in(Session::builder().simulated(&sim), entry, misdeed);
            let report = sim.report();
            assert_eq!((report.live_bytes, report.unwiped_bytes, report.violations), (0, 0, vec![]));
            outcome
        }
    }
}

fn outcome_in(builder: SessionBuilder, entry: Entry, misdeed: Misdeed) -> String {
    let scene = Scene::new(misdeed, entry, builder);
    let end = match misdeed {
        Misdeed::NeverReturns => {
            let inside = start(&scene);
            look_from_outside(&scene);
            scene.let_go.set(()).expect("set once");
            inside.join().expect("its panic is caught")
        }
        Misdeed::WantsMutex => {
            let held = scene.mutex.lock().unwrap();
            let inside = start(&scene);
            look_from_outside(&scene);
            drop(held);
            inside.join().expect("its panic is caught")
        }
        _ => ending(|| scene.enter()),
    };
    scene.say(end);
    scene.say(if scene.target.is_alive() { "alive" } else { "gone" });
    let scene = Arc::into_inner(scene).expect("the foreign code has ended");
    let words = scene.words.lock().unwrap().join(", ");
    everything_is_wiped(scene);
    words
}

/// Makes the call on a thread of its own, which waits in the foreign code when this returns.
fn start(scene: &Arc<Scene>) -> JoinHandle<String> {
    let inside = thread::spawn({
        let scene = Arc::clone(scene);
        move || ending(|| scene.enter())
    });
    scene.waits.wait();
    inside
}

/// What other threads can do meanwhile: everything. What is not zero yet is counted.
fn look_from_outside(scene: &Arc<Scene>) {
    scene.say(scene.target.write().map_or_else(|error| name(&error), |_| "writes".into()));
    scene.say(disposal(scene.target.destroy()));
    let report = scene.session().purge();
    let left = readable(scene);
    assert!(left <= report.pending, "WIPED: {left} secrets are readable, and the report says {report:?}");
    scene.say(format!("{} pending", report.pending));
    use_a_new_session();
    // A call that is in the session itself keeps it open.
    let session = scene.session.lock().unwrap().take().expect("not closed");
    match Arc::try_unwrap(session) {
        Ok(session) => assert_eq!(session.close().pending, report.pending),
        Err(session) => *scene.session.lock().unwrap() = Some(session),
    }
}

/// How many of the secrets that were seen can still be read. Several places of one secret count once.
fn readable(scene: &Scene) -> u64 {
    let memory = own_memory();
    let mut secrets: Vec<_> = scene.seen.lock().unwrap().clone();
    secrets.retain(|place| place.holds_the_secret(&memory));
    secrets.sort_by_key(|place| place.secret);
    secrets.dedup_by_key(|place| place.secret);
    secrets.len() as u64
}

/// An object that lives is whole, and no access is left in it. Then everything ends, and no secret is left.
fn everything_is_wiped(scene: Scene) {
    if scene.target.is_alive() {
        let is_whole = || scene.target.try_write().expect("nobody is inside").starts_with(&scene.secret_of_target());
        assert!(thread::scope(|scope| scope.spawn(is_whole).join()).expect("no panic"), "EXACT");
    }
    if let Some(session) = &*scene.session.lock().unwrap() {
        let alive = u64::from(scene.target.is_alive()) + u64::from(scene.other.is_alive());
        assert_eq!(session.health().live_buffers, alive, "WIPED: a buffer that nobody owns lives");
        let report = session.purge();
        assert_eq!((report.pending, report.corrupted, report.failed), (0, 0, 0), "{report:?}");
        let health = session.health();
        assert_eq!((health.live_buffers, health.registered, health.handed_over), (0, 0, 0), "{health:?}");
        assert_eq!(session.audit().dirty_slots, 0);
    }
    assert_eq!(readable(&scene), 0, "WIPED: a secret is left");
}
