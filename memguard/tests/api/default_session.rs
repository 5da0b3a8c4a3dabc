//! The default session is configured once, before its first use. Each test uses child processes, because a process has
//! one default session.

#![allow(clippy::disallowed_types, reason = "the test starts its threads together by a barrier of its own")]

use crate::support::{alone, child_detail, drop_privileges, lower_limit, run_child, transcript, within_patience};
use memguard::{Buffer, Enclave, Error, Limit, MlockPolicy, Session, SessionBuilder, Stream};
use std::sync::Barrier;
use std::time::Duration;

/// Runs `body` in a child process, which runs this test again.
fn in_child(test: &'static str, body: fn()) {
    if alone(&format!("api::default_session::{test}")) {
        within_patience(test, body);
    }
}

/// A small machine: this process may lock 64 KiB.
fn on_a_small_machine() {
    lower_limit(rustix::process::Resource::Memlock, 65_536);
    drop_privileges();
}

/// A session with a mark: its streams have chunks of this length.
fn marked(chunk: usize) -> SessionBuilder {
    Session::builder().stream_chunk(chunk)
}

/// The mark of the default session.
fn mark() -> usize {
    let stream = Stream::new().unwrap();
    stream.move_from(&mut [1; 1000]).unwrap();
    stream.next().unwrap().expect("1000 bytes wait").len()
}

#[test]
fn configured_it_works_on_a_small_machine() {
    in_child("configured_it_works_on_a_small_machine", || {
        on_a_small_machine();
        let session = Session::builder().mlock(MlockPolicy::Prefer).build_default().unwrap();
        let buffers: Vec<_> = (0..200).map(|at| Buffer::from_bytes(&mut [at; 32]).unwrap()).collect();
        let sealed = Enclave::new(&mut [7; 10_000]).unwrap();
        assert!(sealed.open().unwrap().equals(&[7; 10_000]).unwrap());
        assert!(Enclave::from_sealed(sealed.sealed()).unwrap().open().unwrap().equals(&[7; 10_000]).unwrap());
        assert_eq!(mark(), 1000);
        assert!((0..).zip(&buffers).all(|(at, buffer)| buffer.equals(&[at; 32]).unwrap() && memguard::exists(buffer)));
        assert!(session.health().degraded.unlocked_pages > 0, "each page that is not locked is counted");
        assert_eq!(memguard::purge().wiped, 200);
    });
}

/// A caller of `Buffer::new` can use the remedy that the error names, even after that error.
#[test]
fn the_remedy_of_the_limit_can_be_had() {
    in_child("the_remedy_of_the_limit_can_be_had", || {
        lower_limit(rustix::process::Resource::Memlock, 0);
        drop_privileges();
        let error = Buffer::new(32).map(drop).unwrap_err();
        assert!(matches!(error, Error::Limit(Limit::LockedMemory { .. })), "{error:?}");
        for remedy in ["Session::builder()", "MlockPolicy::Prefer", "build_default()", "ulimit -l"] {
            assert!(error.to_string().contains(remedy), "{remedy}: {error}");
        }
        Session::builder().mlock(MlockPolicy::Prefer).build_default().unwrap();
        assert!(Buffer::new(32).is_ok());
    });
}

#[test]
fn after_its_first_use_it_cannot_be_configured() {
    in_child("after_its_first_use_it_cannot_be_configured", || {
        let buffer = Buffer::new(32).unwrap();
        let error = marked(7).build_default().map(drop).unwrap_err();
        assert_eq!(error, Error::AlreadyConfigured);
        assert!(error.to_string().contains("build_default()") && error.to_string().contains("before the first use"));
        assert!(buffer.is_alive() && memguard::exists(&buffer), "the session goes on");
        assert_eq!(mark(), 1000, "as it was");
    });
}

#[test]
fn a_configuration_that_fails_leaves_the_next_free() {
    in_child("a_configuration_that_fails_leaves_the_next_free", || {
        lower_limit(rustix::process::Resource::Memlock, 0);
        drop_privileges();
        assert!(matches!(marked(7).build_default(), Err(Error::Limit(_))));
        marked(8).mlock(MlockPolicy::Prefer).build_default().unwrap();
        assert_eq!(mark(), 8);
    });
}

/// Threads configure the default session and use it first at the same moment. The session of the call that returned
/// `Ok` is the default.
#[test]
fn racing_configurations_and_first_uses() {
    const NAME: &str = "api::default_session::racing_configurations_and_first_uses";
    if child_detail().is_some() {
        within_patience(NAME, || {
            let start = Barrier::new(4);
            let configure = &|mark| {
                start.wait();
                marked(mark).build_default().map(|session| (mark, session))
            };
            let first_use = &|| {
                start.wait();
                (Buffer::new(8).unwrap(), memguard::session().unwrap())
            };
            let (configured, used) = std::thread::scope(|scope| {
                let configuring = [7, 8].map(|mark| scope.spawn(move || configure(mark)));
                let using = [(); 2].map(|()| scope.spawn(first_use));
                (configuring.map(|thread| thread.join().unwrap()), using.map(|thread| thread.join().unwrap()))
            });
            let won: Vec<_> = configured.iter().filter_map(|result| result.as_ref().ok()).collect();
            assert!(
                configured.iter().all(|result| !matches!(result, Err(error) if *error != Error::AlreadyConfigured))
            );
            assert!(won.len() <= 1, "two configurations won");
            let default = memguard::session().unwrap();
            assert_eq!(mark(), won.first().map_or(1000, |(mark, _)| *mark), "the default session is not the one of Ok");
            assert!(won.iter().all(|(_, session)| std::ptr::eq(*session, default)));
            for (buffer, session) in &used {
                assert!(std::ptr::eq(*session, default) && buffer.is_alive() && memguard::exists(buffer));
            }
        });
        return;
    }
    for _ in 0..20 {
        let output = run_child(NAME, "child");
        assert!(output.status.success(), "{}", transcript(&output));
    }
}

/// First uses that race need more locked pages together than there are. Each gets the session that wins.
#[test]
fn racing_first_uses_on_a_small_machine() {
    const NAME: &str = "api::default_session::racing_first_uses_on_a_small_machine";
    if child_detail().is_some() {
        on_a_small_machine();
        within_patience(NAME, || {
            let start = Barrier::new(64);
            let first_use = || {
                start.wait();
                memguard::session().map(std::ptr::from_ref).map(|session| session.addr())
            };
            let used: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..64).map(|_| scope.spawn(first_use)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let default = std::ptr::from_ref(memguard::session().unwrap()).addr();
            assert!(used.iter().all(|used| *used == Ok(default)), "{used:?}");
        });
        return;
    }
    for _ in 0..20 {
        let output = run_child(NAME, "child");
        assert!(output.status.success(), "{}", transcript(&output));
    }
}

/// Runs `body` in a forked child and says whether it returned.
fn in_fork(body: fn()) -> bool {
    // SAFETY: the child runs only `body` and ends without running code of its parent.
    match unsafe { libc::fork() } {
        0 => {
            let code = i32::from(std::panic::catch_unwind(body).is_err());
            // SAFETY: ends the child at once, without the exit handlers it shares with its parent.
            unsafe { libc::_exit(code) }
        }
        child => {
            let mut status = 0;
            // SAFETY: waits for our own child; the pointer is to a live value.
            assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
            status == 0
        }
    }
}

#[test]
fn a_forked_child_has_the_same_configuration() {
    in_child("a_forked_child_has_the_same_configuration", || {
        on_a_small_machine();
        assert!(
            in_fork(|| {
                marked(5).build_default().unwrap();
                assert_eq!(mark(), 5);
            }),
            "a child that was forked before configures its own session"
        );
        marked(7).mlock(MlockPolicy::Prefer).acquire_timeout(Duration::from_secs(1)).build_default().unwrap();
        let of_the_parent = Buffer::new(8).unwrap();
        assert!(
            in_fork(|| {
                let _buffers: Vec<_> = (0..100).map(|_| Buffer::new(32).unwrap()).collect();
                assert_eq!(mark(), 7);
                assert_eq!(marked(9).build_default().map(drop), Err(Error::AlreadyConfigured));
            }),
            "the child has another configuration"
        );
        assert!(of_the_parent.is_alive());
        assert_eq!(mark(), 7);
    });
}
