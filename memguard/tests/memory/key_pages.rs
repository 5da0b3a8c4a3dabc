//! The pages that sessions share for the halves of their keys, as the kernel shows them.

use crate::support::{alone, lockdep, within_patience};
use memguard::{Error, Session};
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::thread;

fn session() -> Session {
    Session::builder().rekey_interval(None).pool_pages(0).build().unwrap()
}

/// The locked mappings of this process: where each begins, and what is in it.
fn locked() -> Vec<(u64, Vec<u8>)> {
    let smaps = fs::read_to_string("/proc/self/smaps").unwrap();
    let memory = File::open("/proc/self/mem").unwrap();
    let (mut range, mut found) = ((0, 0), Vec::new());
    for line in smaps.lines() {
        let first = line.split_whitespace().next().unwrap();
        if let Some((from, to)) = first.split_once('-').filter(|_| !first.ends_with(':')) {
            range = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        } else if first == "Locked:" && line.split_whitespace().nth(1) != Some("0") {
            let mut bytes = vec![0; (range.1 - range.0) as usize];
            memory.read_exact_at(&mut bytes, range.0).unwrap();
            found.push((range.0, bytes));
        }
    }
    found
}

/// Where two pictures of the same pages differ.
fn differences(one: &[u8], other: &[u8]) -> Vec<usize> {
    assert_eq!(one.len(), other.len());
    (0..one.len()).filter(|&at| one[at] != other[at]).collect()
}

/// CLEAN, WIPED: the halves of a key lie on two pages with guards between them. A purge wipes both in place. A session
/// beside it has other places, and keeps its key.
#[test]
fn halves_lie_apart_and_are_wiped_in_place() {
    if !alone("memory::key_pages::halves_lie_apart_and_are_wiped_in_place") {
        return;
    }
    let [session, other] = [session(), session()];
    let enclave = session.enclave(&mut [1; 8]).unwrap();
    session.purge();
    let empty = locked();
    let page = rustix::param::page_size();
    assert_eq!(empty.iter().map(|(_, bytes)| bytes.len()).collect::<Vec<_>>(), [page, page]);
    assert!(empty[0].0.abs_diff(empty[1].0) >= 2 * page as u64, "no guard is between them");
    let of_session = session.enclave(&mut [2; 8]).unwrap();
    let with_key = locked();
    let places: Vec<_> = (0..2).map(|at| differences(&empty[at].1, &with_key[at].1)).collect();
    for (at, place) in places.iter().enumerate() {
        let len = place.last().unwrap() - place[0] + 1;
        assert!(place.len() > 16 && len <= 32, "{at}: a half has 32 bytes, some of which may be zero: {place:?}");
        assert!(place.iter().all(|&byte| empty[at].1[byte] == 0));
    }
    let of_other = other.enclave(&mut [3; 8]).unwrap();
    session.purge();
    let wiped = locked();
    for at in 0..2 {
        assert!(places[at].iter().all(|&byte| wiped[at].1[byte] == 0), "a half is left");
        assert!(!differences(&wiped[at].1, &empty[at].1).is_empty(), "the other session has its key");
    }
    assert!([&enclave, &of_session].iter().all(|enclave| enclave.open().map(drop) == Err(Error::KeyGone)));
    assert!(of_other.open().unwrap().equals(&[3; 8]).unwrap());
    drop(other);
    for (at, (_, bytes)) in locked().iter().enumerate() {
        assert_eq!(differences(bytes, &empty[at].1), [0; 0], "the end of a session left something");
    }
    // Handles keep the core of their session.
    drop((session, enclave, of_session, of_other));
    assert_eq!(locked(), [], "a page without a half is given back");
}

/// PROGRESS: a thousand sessions that come and go on four threads lock a few pages for their keys, and each opens what
/// is its own.
#[test]
fn a_thousand_sessions_lock_few_pages() {
    if !alone("memory::key_pages::a_thousand_sessions_lock_few_pages") {
        return;
    }
    let pages = |session: &Session| session.health().key_pages;
    within_patience("a thousand sessions", move || {
        let first = session();
        let make = |number: u32| {
            let session = session();
            let enclave = session.enclave(&mut number.to_le_bytes()).unwrap();
            (number, session, enclave)
        };
        let mut all = Vec::new();
        thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|thread| {
                    scope.spawn(move || {
                        let mut made: Vec<_> = (0..250).map(|at| make(250 * thread + at)).collect();
                        // Places that become free are used again.
                        made.drain(50..150);
                        made.extend((0..100).map(|at| make(1000 + 100 * thread + at)));
                        made
                    })
                })
                .collect();
            all.extend(threads.into_iter().flat_map(|thread| thread.join().unwrap()));
        });
        assert_eq!(all.len(), 1000);
        let locked: u64 = locked().iter().map(|(_, bytes)| bytes.len() as u64).sum();
        assert_eq!(locked, pages(&first).locked_bytes + first.health().footprint.locked_bytes);
        // One page of each side for 124 of 1001, and a few that were emptied in part.
        assert!((18..=28).contains(&pages(&first).slots), "{:?}", pages(&first));
        for (number, _, enclave) in &all {
            assert!(enclave.open().unwrap().equals(&number.to_le_bytes()).unwrap());
        }
        drop(all);
        assert_eq!(pages(&first).slots, 2);
    });
    assert_eq!(lockdep::violations(), []);
}
