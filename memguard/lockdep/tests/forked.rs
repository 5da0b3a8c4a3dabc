//! A forked child learns anew, the thread that forked included.
#![cfg(unix)]

use memguard_lockdep::parking_lot::Mutex;
use memguard_lockdep::{Debt, Verdict};

/// Runs `child` in a forked child. Returns whether it is true there.
fn in_child(child: impl FnOnce() -> bool) -> bool {
    // SAFETY: no other thread of this process holds a lock of the system. The test runs in the only thread that does
    // anything.
    match unsafe { libc::fork() } {
        // SAFETY: it ends the child without the destructors that belong to the parent.
        0 => unsafe { libc::_exit(i32::from(!child())) },
        child => {
            let mut status = -1;
            // SAFETY: `status` is writable.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            status == 0
        }
    }
}

#[test]
fn a_child_knows_only_what_it_has_done_itself() {
    let (a, b) = (Mutex::named("A", ()), Mutex::named("B", ()));
    let nest = |outer: &Mutex<()>, inner: &Mutex<()>| {
        let _outer = outer.lock();
        drop(inner.lock());
    };
    memguard_lockdep::start_statistics();
    nest(&a, &b);
    assert!(in_child(|| memguard_lockdep::statistics().iter().any(|usage| usage.class.name() == Some("A"))));
    // What it did before, and then the other order.
    assert!(in_child(|| {
        nest(&a, &b);
        nest(&b, &a);
        let verdicts: Vec<Verdict> = memguard_lockdep::reports().iter().map(|report| report.verdict).collect();
        verdicts == [Verdict::Debt(Debt::OneThread)]
    }));
    // What the parent did does not count in the child.
    assert!(in_child(|| {
        nest(&b, &a);
        memguard_lockdep::reports().is_empty()
    }));
    assert!(memguard_lockdep::reports().is_empty());
}
