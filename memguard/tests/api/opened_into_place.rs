//! EXACT: an enclave opens into a buffer that is there as it opens into a new one, or there is an error.

use memguard::{Buffer, Cipher, Error, Isolation, Session};

use super::ciphers::sessions_of_each_cipher;

fn session() -> Session {
    Session::builder().rekey_interval(None).build().unwrap()
}

fn bytes_of(buffer: &Buffer) -> Vec<u8> {
    buffer.with_data(<[u8]>::to_vec).unwrap()
}

#[test]
fn an_enclave_opens_into_a_buffer_of_any_session() {
    for session in sessions_of_each_cipher() {
        let isolated = [Isolation::Page, Isolation::Packed, Isolation::Concealed].map(|isolation| {
            let builder = Session::builder().rekey_interval(None).cipher(Cipher::default());
            builder.isolation(isolation).build().unwrap()
        });
        for len in [1, 32, 600, 5000] {
            let secret: Vec<u8> = (0..len).map(|at| at as u8).collect();
            let enclave = session.enclave(&mut secret.clone()).unwrap();
            for (home, more) in [(&session, 0), (&session, 3)].into_iter().chain(isolated.iter().map(|home| (home, 1)))
            {
                let buffer = home.buffer(len + more).unwrap();
                buffer.write().unwrap().fill(9);
                enclave.open_into(&buffer).unwrap();
                assert_eq!(bytes_of(&buffer), [&secret[..], &vec![9; more]].concat());
            }
        }
    }
}

#[test]
fn what_cannot_be_opened_into_place_leaves_the_buffer_alone() {
    let session = session();
    let enclave = session.enclave(&mut [1; 8]).unwrap();
    let short = session.buffer(7).unwrap();
    short.write().unwrap().fill(9);
    assert_eq!(enclave.open_into(&short), Err(Error::OutOfRange { offset: 0, len: 8, buffer_len: 7 }));
    let fits = session.buffer(8).unwrap();
    fits.copy_from(&[9; 8]).unwrap();
    fits.freeze().unwrap();
    assert_eq!(enclave.open_into(&fits), Err(Error::Frozen));
    fits.melt().unwrap();
    let inside = fits.read().unwrap();
    assert!(matches!(enclave.open_into(&fits), Err(Error::Reentrant { .. })));
    drop(inside);
    assert_eq!((bytes_of(&short), bytes_of(&fits)), (vec![9; 7], vec![9; 8]));
    let _ = session.purge();
    assert_eq!(enclave.open_into(&fits), Err(Error::Destroyed));
    let elsewhere = self::session().buffer(8).unwrap();
    assert_eq!(enclave.open_into(&elsewhere), Err(Error::Destroyed), "its session has ended");
    let other = self::session();
    let elsewhere = other.buffer(8).unwrap();
    elsewhere.copy_from(&[9; 8]).unwrap();
    assert_eq!(enclave.open_into(&elsewhere), Err(Error::KeyGone));
    drop(session);
    assert_eq!(enclave.open_into(&elsewhere), Err(Error::SessionEnded));
    assert_eq!(bytes_of(&elsewhere), [9; 8]);
}

/// Bytes that do not authenticate are nowhere, with either cipher.
#[test]
fn a_changed_enclave_leaves_zeros() {
    for session in sessions_of_each_cipher() {
        for len in [8, 600] {
            let mut changed = session.enclave(&mut vec![1; len]).unwrap().sealed().to_vec();
            *changed.last_mut().unwrap() ^= 1;
            let changed = session.enclave_from_sealed(&changed).unwrap();
            let buffer = session.buffer(len + 1).unwrap();
            buffer.write().unwrap().fill(9);
            assert_eq!(changed.open_into(&buffer), Err(Error::Tampered));
            assert_eq!(bytes_of(&buffer), [vec![0; len], vec![9]].concat());
        }
    }
}

#[test]
fn a_clone_opens_by_itself() {
    let session = session();
    let enclave = session.enclave(&mut [1; 8]).unwrap();
    let clone = enclave.clone();
    assert_eq!(enclave.sealed().as_ptr(), clone.sealed().as_ptr(), "no copy that could find no memory");
    drop(enclave);
    assert!(clone.open().unwrap().equals(&[1; 8]).unwrap());
    let _ = session.purge();
    assert_eq!(clone.clone().open().map(drop), Err(Error::KeyGone));
}
