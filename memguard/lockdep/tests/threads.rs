//! Who waits for whom now. In a process of its own, because it is about all threads of the process.

use memguard_lockdep::parking_lot::Mutex;
use std::thread;

#[test]
fn a_thread_that_sleeps_is_shown_with_what_it_waits_for() {
    let (own, wanted) = (Mutex::named("OWN", ()), Mutex::named("WANTED", ()));
    let held = wanted.lock();
    thread::scope(|scope| {
        let waits = || {
            let _own = own.lock();
            drop(wanted.lock());
        };
        thread::Builder::new().name("sleeper".into()).spawn_scoped(scope, waits).unwrap();
        let sleeper = loop {
            let sleeper = memguard_lockdep::threads().into_iter().find(|thread| thread.waits.is_some());
            // The thread says that it waits, and then it does.
            match sleeper.filter(|sleeper| cfg!(not(target_os = "linux")) || sleeper.kernel.as_deref() != Some("R")) {
                Some(sleeper) => break sleeper,
                None => thread::yield_now(),
            }
        };
        let text = sleeper.to_string();
        assert!(sleeper.thread.starts_with("sleeper (#"), "{text}");
        assert_eq!(sleeper.holds.iter().filter_map(|lock| lock.class.name()).collect::<Vec<_>>(), ["OWN"]);
        assert_eq!(sleeper.waits.and_then(|lock| lock.class.name()), Some("WANTED"));
        assert!(text.contains("waits  WANTED") && text.contains(", for "), "{text}");
        if cfg!(target_os = "linux") {
            assert!(sleeper.kernel.as_deref().is_some_and(|kernel| kernel.starts_with('S')), "{text}");
        }
        drop(held);
    });
}
