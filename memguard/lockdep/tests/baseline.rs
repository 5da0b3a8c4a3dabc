//! The graph of a project as a file: new edges fail until they are accepted. In a process of its own, because the graph
//! is the process's.

use memguard_lockdep::assert_baseline;
use memguard_lockdep::parking_lot::Mutex;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{env, fs};

#[test]
fn a_new_edge_fails_until_it_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("locks.baseline");
    let (a, b, c) = (Mutex::named("A", ()), Mutex::named("B", ()), Mutex::named("C", ()));
    let fails = || {
        catch_unwind(AssertUnwindSafe(|| assert_baseline(&path)))
            .err()
            .map(|payload| *payload.downcast::<String>().expect("the message is a text"))
    };

    // Nothing was nested, so no file is needed.
    assert_eq!(fails(), None);
    {
        let _a = a.lock();
        let _b = b.lock();
    }
    let message = fails().expect("the edge is new");
    assert!(message.contains("Mutex A -> Mutex B") && message.contains("baseline.rs:23:"), "{message}");
    assert!(!path.exists(), "a failed comparison writes nothing");

    // SAFETY: this process has no other thread that reads its environment.
    unsafe { env::set_var("LOCKDEP_ACCEPT", "1") };
    assert_eq!(fails(), None);
    // SAFETY: as above.
    unsafe { env::remove_var("LOCKDEP_ACCEPT") };
    assert_eq!(fails(), None);
    let lines =
        |text: String| text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(fs::read_to_string(&path).unwrap()), ["Mutex A -> Mutex B"]);

    {
        let _b = b.lock();
        let _c = c.lock();
    }
    let message = fails().expect("one more edge is new");
    assert!(message.contains("Mutex B -> Mutex C") && !message.contains("Mutex A"), "{message}");
}
