//! The report of `preflight` is true. `harden` does what it says, and nothing is hardened without it.

use crate::support::{child_detail, drop_privileges, lower_limit, run_child, transcript, within_patience};
use memguard::{Session, preflight};

fn core_limit() -> (u64, u64) {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Core);
    (limit.current.unwrap_or(u64::MAX), limit.maximum.unwrap_or(u64::MAX))
}

fn dumpable() -> bool {
    // SAFETY: asks and changes nothing.
    (unsafe { libc::prctl(libc::PR_GET_DUMPABLE) }) == 1
}

fn missing(control: &str) -> bool {
    preflight().missing().any(|missing| missing.name.contains(control))
}

/// Runs the named test in a child, where `body` may change the process.
fn in_child(test: &str, body: impl FnOnce() + Send + 'static) {
    if child_detail().is_some() {
        within_patience(test, body);
    } else {
        let output = run_child(test, "child");
        assert!(output.status.success(), "{}", transcript(&output));
    }
}

/// VISIBLE: the limits are those of the system, the use is what the session reports, and a page that cannot be locked
/// is a control that is not in force.
#[test]
fn limits_are_told() {
    in_child("memory::preflight::limits_are_told", || {
        drop_privileges();
        lower_limit(rustix::process::Resource::Memlock, 1 << 20);
        let before = preflight();
        assert!(!before.locks_without_limit);
        assert_eq!(before.limits.locked_memory.limit, Some(1 << 20));
        let session = Session::new().unwrap();
        let _buffers: Vec<_> = (0..10).map(|_| session.buffer(32).unwrap()).collect();
        let health = session.health();
        let now = health.limits();
        let locked = health.footprint.locked_bytes + health.key_pages.locked_bytes;
        assert_eq!(now.locked_memory.in_use, Some(locked));
        assert_eq!(now.locked_memory.left(), Some((1 << 20) - locked));
        assert!(now.mappings.in_use > before.limits.mappings.in_use && now.mappings.left() > Some(0));
        assert!(health.controls().all(|(_, in_force)| in_force));
        assert!(!missing("mlock"));
        lower_limit(rustix::process::Resource::Memlock, 0);
        assert!(missing("mlock"));
        let table = preflight().to_string();
        assert!(table.lines().any(|line| line.starts_with("mlock") && line.contains("NO: mlock: ")), "{table}");
    });
}

/// Side effects on the process: a session has none, `forbid_core_dumps()` changes the limit, and `harden` changes the
/// limit and the dumpable mark.
#[test]
fn nothing_is_hardened_unasked() {
    in_child("memory::preflight::nothing_is_hardened_unasked", || {
        let before = (core_limit(), dumpable());
        drop((Session::new().unwrap().buffer(8), preflight()));
        assert_eq!((core_limit(), dumpable()), before);
        let soft = (before.0.0 != u64::MAX).then_some(before.0.0);
        assert_eq!((preflight().core_limit, preflight().dumpable), (soft, Some(before.1)));
        drop(Session::builder().forbid_core_dumps().build().unwrap());
        assert_eq!((core_limit(), dumpable()), ((0, 0), before.1));
        let found = memguard::harden().unwrap();
        assert_eq!((found.core_limit_before, found.dumpable_before), (Some(0), Some(before.1)));
        assert_eq!((core_limit(), dumpable()), ((0, 0), false));
        assert!(!missing("no core dumps"));
        assert!(
            Session::new().unwrap().enclave_random(8).unwrap().open().is_ok(),
            "a session works in a hardened process"
        );
    });
}

/// The table names every control once, and `preflight` leaves nothing behind.
#[test]
fn asking_leaves_nothing() {
    in_child("memory::preflight::asking_leaves_nothing", || {
        let found = preflight();
        let first = preflight().limits;
        assert_eq!(preflight().limits, first, "a page was left behind");
        let table = found.to_string();
        for control in &found.controls {
            assert_eq!(table.lines().filter(|line| line.starts_with(control.name)).count(), 1, "{table}");
        }
        assert_eq!(found.controls.len(), 8, "{table}");
    });
}
