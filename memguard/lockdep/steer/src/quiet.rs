//! Panics of runs are results, so nobody prints them.

use crate::execution::is_inside;
use shuttle::scheduler::RandomScheduler;
use shuttle::{Config, FailurePersistence, Runner};
use std::cell::Cell;
use std::panic::{set_hook, take_hook};
use std::sync::{Arc, Once};

thread_local! {
    static RUNS: Cell<bool> = const { Cell::new(false) };
}

/// Runs `run`. Its panics are not printed.
pub(crate) fn run<R>(run: impl FnOnce() -> R) -> R {
    install();
    struct Ended;
    impl Drop for Ended {
        fn drop(&mut self) {
            RUNS.set(false);
        }
    }
    RUNS.set(true);
    let _ended = Ended;
    run()
}

/// `shuttle` installs a hook of its own in the first run, which prints every panic of the process as a failure of a
/// model. From now on that one hears only of panics in models of others.
fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if std::thread::panicking() {
            return;
        }
        let before = Arc::new(take_hook());
        set_hook(Box::new({
            let before = Arc::clone(&before);
            move |info| before(info)
        }));
        let mut config = Config::new();
        config.failure_persistence = FailurePersistence::None;
        Runner::new(RandomScheduler::new_from_seed(0, 1), config).run(|| ());
        let of_models = take_hook();
        set_hook(Box::new(move |info| {
            if RUNS.get() {
                // Its run returns it.
            } else if is_inside() {
                of_models(info);
            } else {
                before(info);
            }
        }));
    });
}
