//! Forks of a parent whose threads wait for locks all the time. A lock whose waiters are in a table of the process
//! fails here: the child inherits the table in the middle of a change.

#![allow(clippy::disallowed_types, reason = "what a user's program has, not the library")]

use crate::in_fork;
use crate::support::alone;
use memguard::{Error, Session};
use std::sync::Barrier;
use std::time::Duration;

const PARENT_THREADS: usize = 48;
const CHILDREN: usize = 300;
/// One child of so many has children of its own.
const GENERATIONS: usize = 8;
const CHILD_THREADS: u8 = 6;
const ROUNDS: u8 = 8;

fn busy_session() -> Session {
    Session::builder().rekey_interval(Some(Duration::from_millis(1))).build().unwrap()
}

/// Every thread waits for one buffer, for the key and for the registry.
fn contend(session: &Session, rounds: u8) -> Result<(), Error> {
    let buffer = session.buffer(1)?;
    std::thread::scope(|scope| {
        let works = || -> Result<(), Error> {
            for _ in 0..rounds {
                let mut inside = buffer.write()?;
                inside[0] = inside[0].wrapping_add(1);
                // The others go to sleep meanwhile.
                std::thread::yield_now();
                drop(inside);
                assert!(session.enclave(&mut [7; 16])?.open()?.equals(&[7; 16])?);
            }
            Ok(())
        };
        let threads: Vec<_> = (0..CHILD_THREADS).map(|_| scope.spawn(works)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no panic"))
    })?;
    assert!(buffer.equals(&[CHILD_THREADS.wrapping_mul(rounds)])?, "two threads were inside at once");
    Ok(())
}

/// What a child does with things of its own. The exit code says which step failed.
fn child(inherited: &Session, depth: usize) -> i32 {
    let session = busy_session();
    let steps: [&dyn Fn() -> bool; 5] = [
        &|| contend(&session, ROUNDS) == Ok(()),
        // Built here in the place of the inherited one.
        &|| contend(inherited, 2) == Ok(()),
        &|| session.purge().pending == 0 && session.buffer(8).is_ok(),
        &|| memguard::catch_signal(drop, &[libc::SIGUSR2]).is_ok(),
        &|| depth == 0 || in_fork(|| child(&session, depth - 1)) == Some(0),
    ];
    (1..).zip(steps).find(|(_, step)| !step()).map_or(0, |(code, _)| code)
}

/// PROGRESS, in the children and grandchildren of a contended parent.
#[test]
fn children_of_a_contended_parent_work() {
    if !alone("fork_contended::children_of_a_contended_parent_work") {
        return;
    }
    let session: &Session = Box::leak(Box::new(busy_session()));
    let buffers: &[_] = Box::leak((0..2).map(|_| session.buffer(16).unwrap()).collect());
    // They run until the process ends. None of them starts or ends while a child is forked, because the standard
    // library takes a lock of the process for that.
    static STARTED: Barrier = Barrier::new(PARENT_THREADS + 1);
    for first in 0..PARENT_THREADS {
        std::thread::spawn(move || {
            STARTED.wait();
            for at in first.. {
                if let Ok(mut inside) = buffers[at % buffers.len()].write() {
                    inside[0] = inside[0].wrapping_add(1);
                    std::thread::yield_now();
                }
                if at % 8 == 0 {
                    drop(session.enclave(&mut [1; 16]));
                }
            }
        });
    }
    STARTED.wait();
    for number in 0..CHILDREN {
        let depth = usize::from(number % GENERATIONS == 0) * 2;
        assert_eq!(in_fork(|| child(session, depth)), Some(0), "child {number}");
    }
}
