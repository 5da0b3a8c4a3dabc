//! Bad input gives a typed error that says what to do. Nothing is lost or half-done.

use super::ciphers::sessions_of_each_cipher;
use crate::support::lockdep;
use memguard::{Buffer, Disposal, Enclave, Error, Session};

fn session() -> Session {
    Session::builder().rekey_interval(None).build().unwrap()
}

#[test]
fn length_zero() {
    let session = session();
    assert_eq!(session.buffer(0).map(drop), Err(Error::EmptyLength));
    assert_eq!(session.buffer_from_bytes(&mut []).map(drop), Err(Error::EmptyLength));
    assert_eq!(session.buffer_random(0).map(drop), Err(Error::EmptyLength));
    assert_eq!(session.enclave(&mut []).map(drop), Err(Error::EmptyLength));
    assert_eq!(session.enclave_random(0).map(drop), Err(Error::EmptyLength));
    assert_eq!(session.health().live_buffers, 0);
}

#[test]
fn lengths_near_the_end_of_the_address_space() {
    let session = session();
    for len in [usize::MAX, usize::MAX - 4096, usize::MAX / 2 + 1, isize::MAX as usize, isize::MAX as usize - 4096] {
        assert!(matches!(session.buffer(len), Err(Error::TooLong { .. } | Error::Limit(_))), "{len}");
        assert!(matches!(session.enclave_random(len), Err(Error::TooLong { .. } | Error::Limit(_))), "{len}");
    }
    // The length can be mapped in principle, but not here. The error names the limit. With 32 bits there is no such
    // length.
    if let Some(len) = 1_usize.checked_shl(46) {
        let error = session.buffer(len).map(drop).unwrap_err();
        assert!(matches!(error, Error::Limit(_)), "{error:?}");
    }
    assert_eq!(session.health().live_buffers, 0);
    assert!(session.buffer(8).is_ok());
}

/// Every length around the page sizes keeps its bytes, and nothing outside of them.
#[test]
fn lengths_around_pages() {
    let session = session();
    for len in [1, 2, 15, 16, 4095, 4096, 4097, 8191, 8192, 8193, 65_536, 65_537, 100_000] {
        let buffer = session.buffer(len).unwrap();
        buffer.write().unwrap().fill(0xff);
        assert_eq!(buffer.read().unwrap().len(), len);
        assert_eq!(buffer.destroy(), Ok(Disposal::Wiped), "the canary is intact at length {len}");
    }
    assert_eq!(session.audit().dirty_slots, 0);
}

#[test]
fn ranges_outside_the_buffer() {
    let session = session();
    let buffer = session.buffer(8).unwrap();
    let mut source = [1; 4];
    for offset in [5, 8, 9, usize::MAX - 3, usize::MAX] {
        let error = Error::OutOfRange { offset, len: 4, buffer_len: 8 };
        assert_eq!(buffer.copy_from_at(offset, &source), Err(error.clone()));
        assert_eq!(buffer.move_from_at(offset, &mut source), Err(error));
    }
    assert_eq!(source, [1; 4], "the source of a refused move is unchanged");
    assert!(buffer.equals(&[0; 8]).unwrap(), "nothing was half-done");
    assert!(matches!(buffer.copy_from(&[0; 9]), Err(Error::OutOfRange { offset: 0, len: 9, buffer_len: 8 })));
    buffer.copy_from_at(8, &[]).unwrap();
    buffer.copy_from_at(4, &source).unwrap();
    assert!(buffer.equals(&[0, 0, 0, 0, 1, 1, 1, 1]).unwrap());
}

#[test]
fn writing_frozen_memory() {
    let session = session();
    let buffer = session.buffer_from_bytes(&mut [1; 8]).unwrap();
    let mut source = [2; 8];
    assert_eq!(buffer.write().map(drop), Err(Error::Frozen));
    assert_eq!(buffer.try_write().map(drop), Err(Error::Frozen));
    assert_eq!(buffer.with_data_mut(|_| ()), Err(Error::Frozen));
    assert_eq!(buffer.move_from(&mut source), Err(Error::Frozen));
    assert_eq!(buffer.wipe(), Err(Error::Frozen));
    assert_eq!(buffer.scramble(), Err(Error::Frozen));
    assert_eq!(source, [2; 8]);
    assert!(buffer.equals(&[1; 8]).unwrap());
    buffer.freeze().unwrap();
    buffer.melt().unwrap();
    buffer.melt().unwrap();
    buffer.move_from(&mut source).unwrap();
    assert!(buffer.equals(&[2; 8]).unwrap());
    buffer.freeze().unwrap();
    assert_eq!(buffer.destroy(), Ok(Disposal::Wiped), "a frozen buffer can be wiped");
    assert_eq!(session.audit().dirty_slots, 0);
}

#[test]
fn use_after_destroy() {
    let session = session();
    let buffer = session.buffer_random(8).unwrap();
    assert_eq!(buffer.destroy(), Ok(Disposal::Wiped));
    assert_eq!(buffer.destroy(), Err(Error::Destroyed));
    assert_eq!(buffer.read().map(drop), Err(Error::Destroyed));
    assert_eq!(buffer.write().map(drop), Err(Error::Destroyed));
    assert_eq!(buffer.seal().map(drop), Err(Error::Destroyed));
    assert_eq!(buffer.equals(&[]), Err(Error::Destroyed));
    assert_eq!(buffer.uint64_slice(|_| ()), Err(Error::Destroyed));
    assert!(
        (buffer.len(), buffer.is_alive(), buffer.is_mutable(), session.exists(&buffer)) == (0, false, false, false)
    );
}

#[test]
fn opening_after_purge_and_in_another_session() {
    let (here, there) = (session(), session());
    let enclave = here.enclave(&mut [1; 8]).unwrap();
    let foreign = there.enclave_from_sealed(enclave.sealed()).unwrap();
    assert_eq!(foreign.open().map(drop), Err(Error::KeyGone), "before the other session has a key");
    let _key_of_there = there.enclave(&mut [2; 8]).unwrap();
    assert_eq!(foreign.open().map(drop), Err(Error::KeyGone), "and after");
    here.purge();
    assert_eq!(enclave.open().map(drop), Err(Error::KeyGone), "before the session has a new key");
    let _new_key = here.enclave(&mut [3; 8]).unwrap();
    assert_eq!(enclave.open().map(drop), Err(Error::KeyGone), "and after");
    assert_eq!((here.health().live_buffers, there.health().live_buffers), (0, 0));
}

#[test]
fn a_session_that_has_ended() {
    let session = session();
    let enclave = session.enclave(&mut [1; 8]).unwrap();
    let buffer = session.buffer(8).unwrap();
    assert_eq!(session.close().wiped, 1);
    assert_eq!(enclave.open().map(drop), Err(Error::SessionEnded));
    assert_eq!(buffer.try_clone().map(drop), Err(Error::Destroyed));
    assert_eq!(buffer.destroy(), Err(Error::Destroyed));
}

/// EXACT: every bit flip, truncation and extension of sealed bytes is an error. None panics or leaves a buffer behind.
#[test]
fn tampered_enclaves() {
    for session in sessions_of_each_cipher() {
        let sealed = session.enclave(&mut [7; 64]).unwrap().sealed().to_vec();
        let open = |bytes: &[u8]| session.enclave_from_sealed(bytes).and_then(|enclave| enclave.open().map(drop));
        let show = |bytes: &[u8]| session.enclave_from_sealed(bytes).and_then(|enclave| enclave.with_data(|_| ()));
        assert_eq!((open(&sealed), show(&sealed)), (Ok(()), Ok(())));
        for bit in 0..sealed.len() * 8 {
            let mut bytes = sealed.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(open(&bytes), Err(Error::Tampered | Error::KeyGone)), "bit {bit}");
            assert_eq!(open(&bytes), show(&bytes), "bit {bit}");
        }
        for len in 0..sealed.len() {
            let cut = open(&sealed[..len]);
            assert!(matches!(cut, Err(Error::Tampered | Error::SealedTooShort { .. })), "cut to {len}");
        }
        for extra in 1..40 {
            let bytes: Vec<_> = sealed.iter().copied().chain(std::iter::repeat_n(0, extra)).collect();
            assert_eq!(open(&bytes), Err(Error::Tampered), "{extra} more");
        }
        assert_eq!(session.health().live_buffers, 0);
        assert_eq!(session.audit().dirty_slots, 0);
    }
}

/// The typed views give whole integers in the machine's byte order. They leave the rest out and do not change the
/// source.
#[test]
fn typed_views() {
    let session = session();
    let bytes: Vec<u8> = (1..=19).collect();
    let buffer = session.buffer_from_bytes(&mut bytes.clone()).unwrap();
    macro_rules! view {
        ($method:ident, $int:ty) => {{
            let expected: Vec<$int> =
                bytes.chunks_exact(size_of::<$int>()).map(|c| <$int>::from_ne_bytes(c.try_into().unwrap())).collect();
            assert_eq!(buffer.$method(|integers| integers.to_vec()).unwrap(), expected);
        }};
    }
    view!(int8_slice, i8);
    view!(int16_slice, i16);
    view!(int32_slice, i32);
    view!(int64_slice, i64);
    view!(uint8_slice, u8);
    view!(uint16_slice, u16);
    view!(uint32_slice, u32);
    view!(uint64_slice, u64);
    let short = session.buffer(3).unwrap();
    assert_eq!(short.uint32_slice(<[u32]>::len), Ok(0));
    assert!(buffer.equals(&bytes).unwrap());
    assert_eq!(session.audit().dirty_slots, 0, "the copies are wiped");
}

/// No error, `Debug` or panic text carries a byte of a secret.
#[test]
fn texts_carry_no_secret() {
    let session = session();
    let marker = b"MARKERMARKERMARK";
    let buffer = session.buffer_from_bytes(&mut marker.clone()).unwrap();
    let enclave: Enclave = session.enclave(&mut marker.clone()).unwrap();
    let guard = buffer.read().unwrap();
    let texts = [
        format!("{buffer:?} {enclave:?} {guard:?} {session:?}"),
        buffer.write().map(drop).unwrap_err().to_string(),
        buffer.copy_from(&[0; 99]).unwrap_err().to_string(),
    ];
    for text in texts {
        assert!(!text.contains("MARK") && !text.contains("77, 65, 82, 75"), "{text}");
    }
    drop(guard);
    let _: Buffer = buffer;
    assert_eq!(lockdep::violations(), []);
}
