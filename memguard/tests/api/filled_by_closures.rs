//! A closure fills a new buffer in place. What it wrote is wiped if there is no buffer in the end.

use memguard::{Buffer, Error, Isolation, Session};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

fn session(isolation: Isolation) -> Session {
    Session::builder().rekey_interval(None).isolation(isolation).build().unwrap()
}

/// Nothing lives, and what was written is gone.
fn nothing_is_left(session: &Session) {
    assert_eq!((session.health().live_buffers, session.audit().dirty_slots), (0, 0));
}

#[test]
fn a_buffer_is_filled_in_place() {
    for isolation in [Isolation::Page, Isolation::Packed, Isolation::Concealed] {
        let session = session(isolation);
        let mut place = 0;
        let buffer = session.buffer_new_with(4, |bytes| {
            assert_eq!(bytes, [0; 4]);
            place = bytes.as_ptr().addr();
            bytes.copy_from_slice(&[1, 2, 3, 4]);
        });
        let buffer = buffer.unwrap();
        assert!(buffer.equals(&[1, 2, 3, 4]).unwrap() && !buffer.is_mutable());
        assert_eq!(buffer.with_data(|bytes| bytes.as_ptr().addr()).unwrap(), place, "it is not copied");
        assert_eq!(session.buffer_new_with(0, |_| panic!("it is not called")).unwrap_err(), Error::EmptyLength);
    }
}

/// WIPED: what a closure wrote before it panicked or failed is wiped with its buffer.
#[test]
fn a_closure_that_does_not_finish_leaves_nothing() {
    #[derive(Debug, PartialEq)]
    enum Mine {
        Refused,
        Memguard(Error),
    }
    impl From<Error> for Mine {
        fn from(error: Error) -> Self {
            Self::Memguard(error)
        }
    }
    for isolation in [Isolation::Page, Isolation::Packed, Isolation::Concealed] {
        let session = session(isolation);
        let panics = |bytes: &mut [u8]| {
            bytes.fill(7);
            resume_unwind(Box::new("planned"))
        };
        assert!(catch_unwind(AssertUnwindSafe(|| session.buffer_new_with(4, panics))).is_err());
        nothing_is_left(&session);
        let refuses = |bytes: &mut [u8]| {
            bytes.fill(7);
            Err(Mine::Refused)
        };
        assert_eq!(session.buffer_try_new_with(4, refuses).unwrap_err(), Mine::Refused);
        assert_eq!(session.buffer_try_new_with(0, refuses).unwrap_err(), Mine::Memguard(Error::EmptyLength));
        nothing_is_left(&session);
        let filled = session.buffer_try_new_with(4, |bytes| {
            bytes.fill(7);
            Ok::<_, Mine>(())
        });
        assert!(filled.unwrap().equals(&[7; 4]).unwrap());
    }
}

/// VISIBLE: a purge in the middle is told to the caller, who gets no dead buffer.
#[test]
fn a_purge_in_the_middle_is_an_error() {
    let session = session(Isolation::Page);
    let purged = session.buffer_new_with(4, |bytes| {
        assert_eq!(session.purge().handed_over, 1);
        bytes.fill(7);
    });
    assert_eq!(purged.unwrap_err(), Error::Destroyed);
    nothing_is_left(&session);
}

#[test]
fn the_default_session_has_the_same() {
    assert!(Buffer::new_with(2, |bytes| bytes.fill(3)).unwrap().equals(&[3; 2]).unwrap());
    let filled = Buffer::try_new_with(2, |bytes| {
        bytes.fill(3);
        Ok::<_, Error>(())
    });
    assert!(filled.unwrap().equals(&[3; 2]).unwrap());
}
