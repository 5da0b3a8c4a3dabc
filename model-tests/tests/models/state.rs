//! BUFFER, one buffer's inner state. Threads freeze and melt at the same time, also after a panic. Others ask whether
//! the buffer is frozen, or destroy it, without BUFFER.

use memguard::sync::{Outcome, Site};
use memguard::{Buffer, Error, Fault};
use model_tests::{Model, OTHER, SECRET, World, keep, look, saw, spawn_with};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// `is_mutable` enters no access, so it can meet a freeze in the middle.
pub fn freeze_vs_is_mutable(model: Model) {
    model.sees(["mutable", "frozen"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let asker = spawn_with(&buffer, move |buffer| buffer.is_mutable());
        buffer.freeze().expect("no thread destroys it");
        saw(if asker.join().expect("no panic") { "mutable" } else { "frozen" });
        assert_eq!(buffer.copy_from(&OTHER), Err(Error::Frozen));
        drop(buffer);
        world.end(1);
    });
}

/// One thread freezes, one melts. The last one wins, and the pages agree with what the buffer says.
pub fn freeze_vs_melt(model: Model) {
    model.reaches(Site::StateProtect, Outcome::Contended).sees(["mutable", "frozen"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let other = spawn_with(&buffer, move |buffer| buffer.melt());
        buffer.freeze().expect("no thread destroys it");
        other.join().expect("no panic").expect("no thread destroys it");
        if buffer.is_mutable() {
            saw("mutable");
            // The simulated pages report a write that they do not allow.
            assert_eq!(buffer.copy_from(&OTHER), Ok(()));
        } else {
            saw("frozen");
            assert_eq!(buffer.copy_from(&OTHER), Err(Error::Frozen));
        }
        drop(buffer);
        world.end(1);
    });
}

/// The pages are taken out while another thread asks about them.
pub fn destroy_vs_is_mutable(model: Model) {
    model.sees(["alive", "gone"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let asker = spawn_with(&buffer, move |buffer| buffer.is_mutable());
        let _wiped = buffer.destroy().expect("no other thread destroys it");
        saw(if asker.join().expect("no panic") { "alive" } else { "gone" });
        drop(buffer);
        world.end(1);
    });
}

/// A panic inside `freeze` poisons the state. The next thread, `then`, finds it sound and goes on.
fn panic_in_freeze_vs(model: Model, then: fn(&Buffer)) {
    model.expects_panics().sees(["panicked", "refused"]).run(move || {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        world.sim().fail(Fault::Panic { call: "mprotect", n: 1 });
        let freezer =
            spawn_with(&buffer, move |buffer| catch_unwind(AssertUnwindSafe(|| buffer.freeze())).map_err(drop));
        then(&buffer);
        match freezer.join().expect("it is caught") {
            Err(()) => saw("panicked"),
            // Another call met the planted panic, or the buffer was gone before.
            Ok(_) => saw("refused"),
        }
        world.sim().heal();
        let health = world.session().health();
        assert!(health.degraded.poison_recoveries <= 1, "one panic poisons one lock once");
        drop(buffer);
        world.end(1);
    });
}

/// A writer finds the buffer as it was before the freezer's panic.
pub fn panic_in_freeze_vs_write(model: Model) {
    panic_in_freeze_vs(model, |buffer| {
        assert!(buffer.is_mutable(), "the freeze failed");
        assert_eq!(buffer.copy_from(&OTHER), Ok(()));
        assert_eq!(look(buffer), Ok(OTHER));
        // The destroy makes some schedule refuse the freeze.
        let _ = buffer.destroy();
    });
}

/// A melting thread finds the freezer's poison.
pub fn panic_in_freeze_vs_melt(model: Model) {
    panic_in_freeze_vs(model.reaches(Site::StateProtect, Outcome::Poisoned), |buffer| {
        assert_eq!(buffer.melt(), Ok(()));
        let _ = buffer.destroy();
    });
}

/// The destroyer takes the pages out in spite of the freezer's poison. If the wipe was handed over, the freezer itself
/// does.
pub fn panic_in_freeze_vs_destroy(model: Model) {
    panic_in_freeze_vs(model, |buffer| {
        let _wiped_or_handed_over = buffer.destroy().expect("no other thread destroys it");
    });
}

family! {
    freeze_vs_is_mutable,
    freeze_vs_melt,
    destroy_vs_is_mutable,
    panic_in_freeze_vs_write,
    panic_in_freeze_vs_melt,
    panic_in_freeze_vs_destroy,
}
