//! Packed pages: threads share pages, and a page that no secret uses is given back.

use memguard::sync::{Outcome, Site};
use memguard::{Buffer, Isolation};
use model_tests::{Model, World, assert_slots_clean, spawn};

/// The longest secret that shares a page of the simulation, and how many fill one.
const LEN: usize = 15;
const PLACES: usize = 4;

/// One thread needs a place while all pages are full, and another brings one back. No page stays unused.
pub fn new_vs_drop(model: Model) {
    model.reaches(Site::PoolTake, Outcome::Contended).run(|| {
        let world = World::built(|builder| builder.isolation(Isolation::Packed));
        let session = world.session();
        let mut full: Vec<Buffer> = (0..PLACES).map(|_| session.buffer(LEN).expect("no fault is planted")).collect();
        let dropped = full.pop();
        let dropper = spawn(move || drop(dropped));
        let new = session.buffer(LEN).expect("no fault is planted");
        dropper.join().expect("no panic");
        drop((full, new, session));
        // An audit would give an unused page back, so `World::end` does not see one.
        let (sim, session) = world.split();
        drop(session);
        // One wipe for each buffer and for each page.
        assert_slots_clean(&sim, 6..=7);
    });
}

family! {
    new_vs_drop,
}
