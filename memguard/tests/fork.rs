//! PROGRESS and WIPED across `fork`. Another thread may hold any lock at that moment. The child works and has none of
//! its parent's secrets, and its inherited handles return errors.

#[cfg(feature = "lockdep")]
mod fork_at_sites;
mod fork_contended;
mod support;

use memguard::{Buffer, Enclave, Error, Session, Stream};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, WaitOptions, pidfd_open, waitpid};
use std::sync::Arc;
use std::time::Duration;
use support::{PATIENCE, alone, isolations, this_thread};

support::needs!(lockdep: fork_at_sites);

/// Runs `body` in a forked child and returns its exit code; `None` if it had to be killed. The body must not print.
fn in_fork(body: impl FnOnce() -> i32) -> Option<i32> {
    // SAFETY: the child runs only `body` and ends without running code of its parent. These tests check that memguard
    // can be used there.
    match unsafe { libc::fork() } {
        0 => {
            let code = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).unwrap_or(101);
            // SAFETY: ends the child at once, without the exit handlers of its parent.
            unsafe { libc::_exit(code) }
        }
        child => end_of(child),
    }
}

/// The exit code of this child; `None` if it had to be killed, or died of a signal.
fn end_of(child: i32) -> Option<i32> {
    let child = Pid::from_raw(child).expect("fork works");
    let ended = pidfd_open(child, PidfdFlags::empty()).expect("the child is ours");
    let patience = Timespec::try_from(PATIENCE / 2).expect("a short time");
    if poll(&mut [PollFd::new(&ended, PollFlags::IN)], Some(&patience)).expect("one descriptor") == 0 {
        rustix::process::kill_process(child, rustix::process::Signal::KILL).expect("the child is ours");
    }
    let (_, status) = waitpid(Some(child), WaitOptions::empty()).expect("the child is ours").expect("it ended");
    status.exit_status()
}

/// What a parent has when it forks.
struct Inherited {
    session: Arc<Session>,
    buffer: Buffer,
    enclave: Enclave,
    stream: Stream,
}

impl Inherited {
    fn new() -> Self {
        let session = Arc::new(Session::builder().rekey_interval(Some(Duration::from_millis(1))).build().unwrap());
        let buffer = session.buffer_from_bytes(&mut b"of the parent".to_vec()).unwrap();
        let enclave = session.enclave(&mut b"of the parent".to_vec()).unwrap();
        let stream = session.stream().unwrap();
        stream.move_from(&mut b"of the parent".to_vec()).unwrap();
        Self { session, buffer, enclave, stream }
    }

    /// What the child must be able to do, and what it must be refused. The exit code says which step failed.
    fn check_in_child(&self) -> i32 {
        let works = |session: &Session| -> Result<bool, Error> {
            let sealed = session.enclave(&mut b"of the child".to_vec())?;
            let opened = sealed.open()?.equals(b"of the child")?;
            let buffer = session.buffer(32)?;
            buffer.write()?.fill(7);
            let stream = session.stream()?;
            stream.move_from(&mut [1])?;
            Ok(opened && stream.next()?.is_some() && buffer.equals(&[7; 32])? && session.exists(&buffer))
        };
        let default_works =
            || -> Result<bool, Error> { Enclave::new(&mut b"of the child".to_vec())?.open()?.equals(b"of the child") };
        let steps: [&dyn Fn() -> bool; 15] = [
            &|| self.stream.next().map(drop) == Err(Error::Forked) && self.stream.is_empty(),
            &|| self.stream.move_from(&mut [1]) == Err(Error::Forked),
            &|| self.stream.write_to(&mut std::io::sink()).is_err(),
            &|| !self.buffer.is_alive() && self.buffer.is_empty() && !self.buffer.is_mutable(),
            &|| self.buffer.read().map(drop) == Err(Error::Forked),
            &|| self.buffer.write().map(drop) == Err(Error::Forked),
            &|| self.buffer.freeze() == Err(Error::Forked),
            &|| self.buffer.destroy() == Err(Error::Forked),
            &|| self.buffer.seal().map(drop) == Err(Error::Forked),
            &|| self.enclave.open().map(drop) == Err(Error::Forked),
            &|| !self.session.exists(&self.buffer) && self.session.health().live_buffers == 0,
            &|| works(&self.session) == Ok(true),
            &|| default_works() == Ok(true),
            &|| works(memguard::session().unwrap()) == Ok(true),
            &|| self.session.purge().handed_over == 0 && memguard::purge().handed_over == 0,
        ];
        for (code, step) in (1..).zip(steps) {
            if !step() {
                return code;
            }
        }
        0
    }
}

/// A child's copy of a secret's pages is zero, even if the fork happened inside an access.
#[test]
fn a_child_has_no_secrets_of_its_parent() {
    if !alone("a_child_has_no_secrets_of_its_parent") {
        return;
    }
    let inherited = Inherited::new();
    let inside = inherited.buffer.read().unwrap();
    let code = in_fork(|| {
        if inside.iter().any(|&byte| byte != 0) {
            return 50;
        }
        drop(inherited.session.buffer(8));
        inherited.check_in_child()
    });
    assert_eq!(code, Some(0));
    assert_eq!(&inside[..], b"of the parent", "the parent's copy is as it was");
    drop(inside);
    assert!(inherited.enclave.open().unwrap().equals(b"of the parent").unwrap());
}

/// A child that was forked in a closure returns from the closure. It must not touch the parent's pages on the way: the
/// pages of hidden sessions do not exist in the child.
#[test]
fn a_child_leaves_the_closure_that_it_was_forked_in() {
    if !alone("a_child_leaves_the_closure_that_it_was_forked_in") {
        return;
    }
    // SAFETY: the child returns from the closure and ends.
    let fork = || unsafe { libc::fork() };
    for isolation in isolations() {
        let session = Session::builder().rekey_interval(None).isolation(isolation).build().unwrap();
        let buffer = session.buffer(17).unwrap();
        let changes = |integers: &mut [u64]| {
            integers[0] = 5;
            fork()
        };
        let calls: [&dyn Fn() -> Result<i32, Error>; 4] = [
            &|| buffer.uint64_slice_mut(changes),
            &|| buffer.uint64_slice(|_| fork()),
            &|| buffer.with_data_mut(|_| fork()),
            &|| buffer.with_data(|_| fork()),
        ];
        for call in calls {
            match call().unwrap() {
                // SAFETY: ends the child at once, without the exit handlers of its parent.
                0 => unsafe { libc::_exit(0) },
                child => assert_eq!(end_of(child), Some(0), "{isolation:?}"),
            }
            assert_eq!(buffer.uint64_slice(|integers| integers.to_vec()), Ok(vec![5, 0]), "{isolation:?}");
        }
    }
}

/// Handles can be dropped in a child, guards and sessions too, and a grandchild is a child.
#[test]
fn inherited_handles_can_be_dropped_and_a_child_can_fork() {
    if !alone("inherited_handles_can_be_dropped_and_a_child_can_fork") {
        return;
    }
    let inherited = Inherited::new();
    let code = in_fork(|| {
        // These belong to the child, because the session in the child is built here.
        let own = Inherited { session: Arc::clone(&inherited.session), ..Inherited::new() };
        let (inside, left) = (own.buffer.read(), inherited.session.buffer(8));
        let code = in_fork(|| {
            let code = own.check_in_child();
            drop((inside, left, inherited));
            code
        });
        drop(own);
        code.unwrap_or(102)
    });
    assert_eq!(code, Some(0));
}

/// A child has no rekey thread of its parent, and starts one of its own. It ends sessions as a parent does.
/// EXACT: two processes that go on with the same counter would seal two secrets under one nonce.
#[test]
fn a_child_draws_nonces_of_its_own() {
    // A nonce is eight bytes of a counter and then random bytes of its thread.
    let random = || Enclave::new(&mut [7; 32]).unwrap().sealed()[26..42].to_vec();
    let of_the_parent = random();
    assert_eq!(random(), of_the_parent, "the thread keeps its random bytes");
    assert_eq!(in_fork(|| i32::from(random() == of_the_parent)), Some(0));
}

#[test]
fn a_child_rekeys() {
    if !alone("a_child_rekeys") {
        return;
    }
    let inherited = Inherited::new();
    let code = in_fork(|| {
        let wait = |session: &Session| {
            let _used = session.enclave(&mut [1]).unwrap();
            while session.health().rekeys < 3 {
                std::thread::yield_now();
            }
        };
        let own = Session::builder().rekey_interval(Some(Duration::from_millis(1))).build().unwrap();
        wait(&own);
        wait(&inherited.session);
        drop(own);
        drop(inherited);
        0
    });
    assert_eq!(code, Some(0));
}

/// A child purges its own sessions, and leaves those of its parent alone.
#[test]
fn a_child_purges_all_of_its_own() {
    if !alone("a_child_purges_all_of_its_own") {
        return;
    }
    let inherited = Inherited::new();
    let code = in_fork(|| {
        if memguard::purge_all() != Default::default() {
            return 1;
        }
        // One session takes the place of the parent's, and one is new.
        let (own, session) = (inherited.session.buffer(8), Session::new().unwrap());
        let buffers = (own.unwrap(), session.buffer(8).unwrap());
        if memguard::purge_all().wiped != 2 || buffers.0.is_alive() || buffers.1.is_alive() {
            return 2;
        }
        drop((session, inherited));
        if memguard::purge_all() == Default::default() { 0 } else { 3 }
    });
    assert_eq!(code, Some(0));
}

/// VISIBLE: an error in the child names a thread of the child, although the parent knew this thread by another number.
#[test]
fn an_error_names_a_thread_of_the_child() {
    if !alone("an_error_names_a_thread_of_the_child") {
        return;
    }
    let inherited = Inherited::new();
    drop(inherited.buffer.write());
    let code = in_fork(|| {
        let buffer = inherited.session.buffer(8).unwrap();
        let _inside = buffer.write();
        let refused = std::thread::scope(|scope| scope.spawn(|| buffer.try_read().map(drop)).join().unwrap());
        let is_named = matches!(refused, Err(Error::WouldBlock { holder: Some(by), .. }) if by.thread == this_thread());
        i32::from(!is_named)
    });
    assert_eq!(code, Some(0));
}
