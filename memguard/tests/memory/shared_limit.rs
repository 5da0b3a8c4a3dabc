//! The sessions of a process share its limit on locked memory. What one of them keeps for reuse, another gets.

use crate::support::{child_detail, drop_privileges, lockdep, lower_limit, run_child, transcript, within_patience};
use memguard::{Buffer, Error, Held, Isolation, Limit, Session};
use std::thread;

const PAGES: u64 = 64;

fn session(isolation: Isolation) -> Session {
    Session::builder().rekey_interval(None).isolation(isolation).build().unwrap()
}

/// As many secrets as fit.
fn fill(session: &Session) -> Vec<Buffer> {
    let mut buffers = Vec::new();
    loop {
        match session.buffer_from_bytes(&mut [7; 2000]) {
            Ok(buffer) => buffers.push(buffer),
            Err(Error::Limit(Limit::LockedMemory { .. })) => return buffers,
            Err(error) => panic!("{error}"),
        }
    }
}

/// How many bytes the kernel says that this process has locked.
fn kernel_locked() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmLck:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// What the error at the limit says of the sessions.
fn refused(session: &Session) -> (Held, String) {
    let error = session.buffer(8 << 20).unwrap_err();
    match error {
        Error::Limit(Limit::LockedMemory { held, .. }) => (held, error.to_string()),
        error => panic!("{error}"),
    }
}

/// VISIBLE: the limit is that of the process. So the session that meets it is told what the others hold.
#[test]
fn the_error_names_what_other_sessions_hold() {
    const TEST: &str = "memory::shared_limit::the_error_names_what_other_sessions_hold";
    if child_detail().is_none() {
        let output = run_child(TEST, "64 pages");
        assert!(output.status.success(), "{}", transcript(&output));
        return;
    }
    within_patience(TEST, || {
        drop_privileges();
        lower_limit(rustix::process::Resource::Memlock, PAGES * rustix::param::page_size() as u64);
        let locked = |session: &Session| session.health().footprint.locked_bytes;
        let (full, small) = (session(Isolation::Page), session(Isolation::Page));
        let (held, text) = refused(&small);
        let others = held.by_others.unwrap();
        assert_eq!((held.by_this_session, others.sessions, others.locked_bytes), (locked(&small), 1, 0), "{text}");

        let (_kept, buffers) = (small.buffer(8).unwrap(), fill(&full));
        assert!(locked(&full) > 40 * 4096 && locked(&small) > 0);
        let (held, text) = refused(&small);
        let others = held.by_others.unwrap();
        assert_eq!((held.by_this_session, others.sessions, others.locked_bytes), (locked(&small), 1, locked(&full)));
        let words = format!("this session has locked {} bytes, 1 other session {}", locked(&small), locked(&full));
        assert!(text.contains(&words), "{text}");
        let (held, _) = refused(&full);
        assert_eq!(held.by_others.map(|others| others.locked_bytes), Some(locked(&small)), "and the other way round");

        // Sessions that come and go.
        let third = session(Isolation::Packed);
        assert_eq!(refused(&small).0.by_others.map(|others| others.sessions), Some(2));
        drop((third, buffers, full));
        let (held, text) = refused(&small);
        assert!(text.contains("there is no other session") && held.by_this_session > 0, "{text}");

        // A session whose figures were read gives back all that it has, also the place of its key. 124 share a page.
        let keys = small.health().key_pages;
        for _ in 0..150 {
            let other = session(Isolation::Page);
            assert_eq!(refused(&small).0.by_others.map(|others| others.sessions), Some(1));
            drop(other);
        }
        // It also does if it ends while its figures are read.
        thread::scope(|scope| {
            let others = scope.spawn(|| (0..500).for_each(|_| drop(session(Isolation::Page).buffer(8))));
            while !others.is_finished() {
                assert!(refused(&small).0.by_others.unwrap().locked_bytes <= PAGES * 4096);
            }
        });
        assert_eq!(small.health().key_pages, keys);
        assert_eq!(kernel_locked(), locked(&small) + keys.locked_bytes);
    });
    assert_eq!(lockdep::violations(), []);
}

/// PROGRESS: at the limit, free pages of all sessions are given back: those on lists, the spares of each thread, and
/// pages that packed secrets have left. Secrets in use stay.
#[test]
fn idle_pages_of_other_sessions_are_given_back() {
    const TEST: &str = "memory::shared_limit::idle_pages_of_other_sessions_are_given_back";
    if child_detail().is_none() {
        let output = run_child(TEST, "64 pages");
        assert!(output.status.success(), "{}", transcript(&output));
        return;
    }
    within_patience(TEST, || {
        drop_privileges();
        let page = rustix::param::page_size() as u64;
        lower_limit(rustix::process::Resource::Memlock, PAGES * page);
        let (idle, packed, busy) = (session(Isolation::Page), session(Isolation::Packed), session(Isolation::Page));
        let kept = [&idle, &packed].map(|session| session.buffer_from_bytes(&mut [1; 32]).unwrap());
        let own = |session: &Session| session.health().footprint.slots - session.audit().free_slots;
        let in_use = own(&idle) + own(&packed) + own(&busy) + idle.health().key_pages.slots;
        for _ in 0..2 {
            drop(packed.buffer(500).unwrap());
            thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| drop([idle.buffer(8).unwrap(), packed.buffer(2000).unwrap()]));
                }
            });
            drop(fill(&idle));
            assert!(idle.audit().free_slots > 40, "it keeps what it had");
            let buffers = fill(&busy);
            assert_eq!((idle.audit().free_slots, packed.audit().free_slots), (0, 0));
            assert_eq!(buffers.len() as u64, PAGES - in_use);
            assert!(kept.iter().all(|kept| kept.equals(&[1; 32]) == Ok(true)));
            assert!(buffers.iter().all(|buffer| buffer.equals(&[7; 2000]) == Ok(true)));
        }
        assert_eq!(busy.purge().failed, 0);
    });
    assert_eq!(lockdep::violations(), []);
}
