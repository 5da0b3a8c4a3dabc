//! `SecretVec`: bytes that grow in locked pages, in one place at a time.

use super::stream::pattern;
use crate::support::{lockdep, place::own_memory, within_patience};
use memguard::{Error, Isolation, SecretVec, Session};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::sync::mpsc::channel;

const ISOLATIONS: [Isolation; 3] = [Isolation::Page, Isolation::Packed, Isolation::Concealed];

fn session(isolation: Isolation) -> Session {
    Session::builder().rekey_interval(None).isolation(isolation).build().unwrap()
}

fn holds(secret: &SecretVec, bytes: &[u8]) -> bool {
    secret.len() == bytes.len() && secret.as_buffer().equals(bytes).unwrap()
}

fn address(secret: &SecretVec) -> usize {
    secret.as_buffer().with_data(|bytes| bytes.as_ptr().addr()).unwrap()
}

/// What lies at this address, also where it is protected. `None` where nothing is mapped.
fn raw(address: usize, len: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; len];
    own_memory().read_exact_at(&mut bytes, address as u64).ok().map(|()| bytes)
}

/// Pieces of all lengths, and one byte at a time. Each growth leaves one live buffer and zeros in the old place.
#[test]
fn it_grows_like_a_vec() {
    for isolation in ISOLATIONS {
        let session = session(isolation);
        let (mut secret, mut reference) = (session.secret_vec().unwrap(), Vec::new());
        assert!(secret.is_empty() && holds(&secret, &[]));
        let mut moves = 0;
        for (turn, piece) in (0..200).map(|turn| pattern(turn * 7 % 151)).enumerate() {
            let (before, len) = (address(&secret), secret.len());
            match turn % 3 {
                0 => piece.iter().for_each(|&byte| secret.push(byte).unwrap()),
                1 => secret.extend_from_slice(&piece).unwrap(),
                _ => {
                    let mut source = piece.clone();
                    secret.move_from(&mut source).unwrap();
                    assert!(source.iter().all(|&byte| byte == 0));
                }
            }
            reference.extend(&piece);
            assert!(holds(&secret, &reference), "{isolation:?}, {turn}");
            assert!(secret.capacity() >= secret.len() && session.health().live_buffers == 1);
            if address(&secret) != before {
                moves += 1;
                assert!(raw(before, len).is_none_or(|old| old.iter().all(|&byte| byte == 0)), "{isolation:?}, {turn}");
            }
        }
        assert!((2..15).contains(&moves), "{moves} moves: it doubles");
        assert_eq!(session.audit().dirty_slots, 0);
        drop(secret);
        assert_eq!((session.health().live_buffers, session.audit().dirty_slots), (0, 0));
    }
}

#[test]
fn reserved_room_is_used_in_place() {
    for isolation in ISOLATIONS {
        let session = session(isolation);
        let mut secret = session.secret_vec_with_capacity(0).unwrap();
        secret.extend_from_slice(b"first").unwrap();
        secret.reserve(20_000).unwrap();
        let (place, room) = (address(&secret), secret.capacity());
        assert!(room >= 20_005 && holds(&secret, b"first"));
        secret.extend_from_slice(&pattern(room - 5)).unwrap();
        secret.reserve(0).unwrap();
        assert_eq!((address(&secret), secret.capacity(), secret.len()), (place, room, room));
        for wanted in [usize::MAX, usize::MAX - room, isize::MAX as usize] {
            let refused = secret.reserve(wanted);
            assert!(matches!(refused, Err(Error::TooLong { .. } | Error::Limit(_))), "{refused:?}");
        }
        assert_eq!((address(&secret), secret.len()), (place, room));
    }
}

/// WIPED: what is cut off is gone at once, and does not come back.
#[test]
fn what_is_cut_off_is_wiped() {
    for isolation in ISOLATIONS {
        let session = session(isolation);
        let mut secret = session.secret_vec().unwrap();
        secret.extend_from_slice(b"0123456789").unwrap();
        secret.truncate(99).unwrap();
        assert!(holds(&secret, b"0123456789"), "there are no more");
        secret.truncate(3).unwrap();
        assert!(holds(&secret, b"012"));
        assert_eq!(raw(address(&secret), 10).unwrap(), b"012\0\0\0\0\0\0\0");
        secret.extend_from_slice(b"ab").unwrap();
        assert!(holds(&secret, b"012ab"));
        secret.truncate(0).unwrap();
        assert_eq!((secret.is_empty(), secret.as_buffer().seal().map(drop)), (true, Err(Error::EmptyLength)));
        secret.push(1).unwrap();
        assert!(holds(&secret, &[1]));
    }
}

/// The rest is the buffer's. A frozen secret neither changes nor moves.
#[test]
fn it_is_a_buffer() {
    let session = session(Isolation::Page);
    let mut secret = session.secret_vec().unwrap();
    secret.extend_from_slice(b"0123456789").unwrap();
    secret.as_buffer().freeze().unwrap();
    assert_eq!(secret.push(1), Err(Error::Frozen));
    assert_eq!(secret.extend_from_slice(&[1; 9000]), Err(Error::Frozen));
    assert_eq!((secret.reserve(1), secret.truncate(1)), (Err(Error::Frozen), Err(Error::Frozen)));
    assert!(holds(&secret, b"0123456789"));
    secret.as_buffer().melt().unwrap();
    assert!(secret.as_buffer().verify().unwrap().is_intact());

    let stream = session.stream().unwrap();
    secret.as_buffer().reader().write_to(&mut &stream).unwrap();
    assert_eq!(stream.write_to(&mut secret).unwrap(), 10);
    write!(secret, "{}", 42).unwrap();
    assert!(holds(&secret, b"0123456789012345678942"));
    assert_eq!(format!("{secret:?}"), format!("SecretVec {{ len: 22, capacity: {} }}", secret.capacity()));
    let sealed = secret.into_buffer().seal().unwrap();
    assert!(sealed.open().unwrap().equals(b"0123456789012345678942").unwrap());
    assert_eq!(session.health().live_buffers, 0);
}

#[test]
fn a_purge_destroys_it() {
    let session = session(Isolation::Page);
    let mut secret = session.secret_vec().unwrap();
    secret.extend_from_slice(b"0123456789").unwrap();
    assert_eq!(session.purge().wiped, 1);
    assert_eq!((secret.len(), secret.capacity()), (0, 0));
    for refused in [secret.push(1), secret.extend_from_slice(&[1; 9000]), secret.reserve(0), secret.truncate(0)] {
        assert_eq!(refused, Err(Error::Destroyed));
    }
}

/// WIPED: a purge that comes while the secret moves reaches both copies, also if it finds one in the registry.
#[test]
fn a_purge_in_the_middle_reaches_every_copy() {
    within_patience("growing", || {
        let session = session(Isolation::Page);
        let ((filled, to_purge), (purged, done)) = (channel(), channel());
        std::thread::scope(|scope| {
            let session = &session;
            scope.spawn(move || {
                for () in to_purge {
                    session.purge();
                    purged.send(()).unwrap();
                }
            });
            for turn in 0..300 {
                let mut secret = session.secret_vec().unwrap();
                // A copy takes a while, and so does the next larger buffer.
                let extended = secret.extend_from_slice(&pattern(20_000 + turn));
                extended.unwrap();
                filled.send(()).unwrap();
                let grown = secret.reserve(40_000);
                done.recv().unwrap();
                assert!(matches!(grown, Ok(()) | Err(Error::Destroyed)), "{grown:?}");
                assert!(!secret.as_buffer().is_alive(), "{turn}: a copy outlives the purge; growing said {grown:?}");
            }
            drop(filled);
        });
        let health = session.health();
        assert_eq!((health.live_buffers, health.handed_over, session.audit().dirty_slots), (0, 0, 0));
    });
    assert_eq!(lockdep::violations(), []);
}

#[test]
fn the_default_session_has_the_same() {
    let mut secret = SecretVec::with_capacity(3).unwrap();
    secret.extend_from_slice(&[1, 2, 3]).unwrap();
    assert!(holds(&secret, &[1, 2, 3]) && SecretVec::new().unwrap().is_empty());
}
