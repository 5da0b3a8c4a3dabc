//! Panics in models: which are part of the model, and which end it.

use memguard::sync::model_control;
use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static QUIET: AtomicBool = AtomicBool::new(false);

/// Watches every panic of this process that is not resumed. A panic planted in the simulated pages is part of its model
/// and prints nothing. Any other panic ends the execution, and guards must not touch loom while it unwinds.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = take_hook();
        set_hook(Box::new(move |panic| {
            if is_planted(panic) {
                return;
            }
            model_control::expect_panics(false);
            if !QUIET.load(Ordering::Relaxed) {
                print(panic);
            }
        }));
    });
}

/// Runs `body` without printing its panics, because they were reported before.
pub(crate) fn quietly<R>(body: impl FnOnce() -> R) -> R {
    QUIET.store(true, Ordering::Relaxed);
    let result = body();
    QUIET.store(false, Ordering::Relaxed);
    result
}

fn is_planted(panic: &PanicHookInfo<'_>) -> bool {
    panic.payload().downcast_ref::<String>().is_some_and(|text| text.starts_with("planted panic in "))
}
