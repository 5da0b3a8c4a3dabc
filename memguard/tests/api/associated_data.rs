//! EXACT: sealed bytes that are bound to associated data open with that data only.

use super::ciphers::sessions_of_each_cipher;
use memguard::{Buffer, Enclave, Error, Session};

/// Lengths that each cipher treats as short and as long. The last is too long for a slot with the key in it.
const SECRETS: [usize; 5] = [1, 32, 512, 513, 5000];

/// Around the blocks of the ciphers and the length of the header.
const DATA: [usize; 10] = [1, 14, 15, 16, 17, 18, 31, 32, 33, 5000];

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 31 + 7) as u8).collect()
}

fn opens(enclave: &Enclave, session: &Session, secret: &[u8]) {
    assert!(enclave.open().unwrap().equals(secret).unwrap());
    assert!(enclave.clone().with_data(|opened| opened == secret).unwrap());
    let place = session.buffer(secret.len()).unwrap();
    enclave.open_into(&place).unwrap();
    assert!(place.equals(secret).unwrap());
}

/// No way of opening gives anything, and nothing stays.
fn refused(session: &Session, sealed: &[u8], data: &[u8], what: &str) {
    let enclave = session.enclave_from_sealed_for(sealed, data).unwrap();
    assert_eq!(enclave.open().map(drop), Err(Error::Tampered), "{what}");
    assert_eq!(enclave.clone().with_data(|_| panic!("{what}")), Err(Error::Tampered), "{what}");
    let place = session.buffer(enclave.len()).unwrap();
    assert_eq!(enclave.open_into(&place), Err(Error::Tampered), "{what}");
    assert!(place.with_data(|bytes| bytes.iter().all(|byte| *byte == 0)).unwrap(), "{what}");
    drop(place);
    assert_eq!((session.health().live_buffers, session.audit().dirty_slots), (0, 0), "{what}");
}

#[test]
fn the_same_data_opens_and_no_other() {
    for session in sessions_of_each_cipher() {
        for (len, of_data) in SECRETS.into_iter().flat_map(|len| DATA.map(|of_data| (len, of_data))) {
            let (secret, data) = (bytes(len), bytes(of_data));
            let mut source = secret.clone();
            let enclave = session.enclave_new_for(&mut source, &data).unwrap();
            assert!(source.iter().all(|byte| *byte == 0), "WIPED: the source");
            opens(&enclave, &session, &secret);
            let sealed = enclave.sealed().to_vec();
            opens(&session.enclave_from_sealed_for(&sealed, &data).unwrap(), &session, &secret);

            let what = format!("{len} bytes, {of_data} of data");
            refused(&session, &sealed, &[], &format!("{what}: none"));
            for bit in [0, 8 * of_data - 1] {
                let mut flipped = data.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                refused(&session, &sealed, &flipped, &format!("{what}: bit {bit} flipped"));
            }
            refused(&session, &sealed, &data[1..], &format!("{what}: cut at its start"));
            refused(&session, &sealed, &data[..of_data - 1], &format!("{what}: cut at its end"));
            refused(&session, &sealed, &[&data[..], &[0]].concat(), &format!("{what}: a zero behind"));
            refused(&session, &sealed, &[&sealed[..18], &data[..]].concat(), &format!("{what}: behind the header"));
        }
    }
}

/// The sealed form is the same with data and without, in length and version. Empty data is the same as none.
#[test]
fn without_data_all_is_as_it_was() {
    for session in sessions_of_each_cipher() {
        let plain = session.enclave(&mut [7; 32]).unwrap();
        let empty = session.enclave_new_for(&mut [7; 32], &[]).unwrap();
        let bound = session.enclave_new_for(&mut [7; 32], b"row 12").unwrap();
        for other in [&empty, &bound] {
            assert_eq!(other.sealed().len(), plain.sealed().len());
            assert_eq!(other.sealed()[..18], plain.sealed()[..18], "version, cipher and key");
            assert_eq!(other.len(), 32);
        }
        opens(&session.enclave_from_sealed(empty.sealed()).unwrap(), &session, &[7; 32]);
        opens(&session.enclave_from_sealed_for(plain.sealed(), &[]).unwrap(), &session, &[7; 32]);
        refused(&session, plain.sealed(), b"row 12", "sealed for none");
        assert_eq!(session.enclave_from_sealed(bound.sealed()).unwrap().open().map(drop), Err(Error::Tampered));
    }
}

/// A buffer is sealed for associated data. Every flipped bit behind the header is found.
#[test]
fn a_buffer_is_sealed_for_data() {
    for session in sessions_of_each_cipher() {
        let buffer = session.buffer_from_bytes(&mut [5; 40]).unwrap();
        let sealed = buffer.seal_for(b"tenant 3").unwrap().sealed().to_vec();
        assert!(!buffer.is_alive(), "sealing destroys it");
        opens(&session.enclave_from_sealed_for(&sealed, b"tenant 3").unwrap(), &session, &[5; 40]);
        refused(&session, &sealed, b"tenant 4", "another tenant");
        for bit in 8 * 18..8 * sealed.len() {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            refused(&session, &flipped, b"tenant 3", &format!("bit {bit} flipped"));
        }
        assert_eq!(session.enclave_new_for(&mut [], b"tenant 3").map(drop), Err(Error::EmptyLength));
        session.purge();
        let back = session.enclave_from_sealed_for(&sealed, b"tenant 3").unwrap();
        assert_eq!(back.open().map(drop), Err(Error::KeyGone), "sealed bytes die with the key");
    }
}

/// The twins in the default session.
#[test]
fn the_default_session_does_the_same() {
    let enclave = Enclave::new_for(&mut [9; 16], b"user 17").unwrap();
    let back = Enclave::from_sealed_for(enclave.sealed(), b"user 17").unwrap();
    let open = |enclave: &Enclave| enclave.open().and_then(|buffer: Buffer| buffer.equals(&[9; 16]));
    assert_eq!(open(&back), Ok(true));
    let other = Enclave::from_sealed_for(enclave.sealed(), b"user 18").unwrap();
    assert_eq!(open(&other), Err(Error::Tampered));
}
