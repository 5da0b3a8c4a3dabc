//! Purges of the whole process. They reach the sessions of other tests too, so this has a process of its own.

use memguard::{Session, Sim};
use std::thread;

/// A session ends while two threads use it to purge it. The last of them gives its core back.
#[test]
fn threads_purge_all_while_a_session_ends() {
    let sim = Sim::new(256);
    let session = Session::builder().simulated(&sim).rekey_interval(None).build().unwrap();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(memguard::purge_all);
        }
        drop(session);
    });
    let report = sim.report();
    assert_eq!((report.live_bytes, report.unwiped_bytes, report.violations), (0, 0, Vec::new()));
}
