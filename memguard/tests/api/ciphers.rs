//! Sessions of either cipher: what each seals it opens, and the sealed form of the other is refused by name.

use memguard::{Cipher, Error, Session};
use std::io::{Read, Write};

/// The second byte of the sealed form names the cipher.
const NAME: usize = 1;

/// A session of each cipher that this processor can use.
pub fn sessions_of_each_cipher() -> impl Iterator<Item = Session> {
    crate::support::ciphers().map(session)
}

fn session(cipher: Cipher) -> Session {
    Session::builder().rekey_interval(None).cipher(cipher).build().unwrap()
}

#[test]
fn every_length_comes_back() {
    for session in sessions_of_each_cipher() {
        let around = [512, 1024, 4096, 16 << 10].into_iter().flat_map(|len| len - 33..=len + 33);
        for len in (1..=300).chain(around) {
            let secret: Vec<u8> = (0..len).map(|at| (at * 7 + at / 256) as u8).collect();
            let enclave = session.enclave(&mut secret.clone()).unwrap();
            assert_eq!(enclave.len(), len);
            assert!(enclave.open().unwrap().equals(&secret).unwrap(), "{len} bytes");
            assert!(enclave.with_data(|bytes| bytes == secret).unwrap(), "{len} bytes");
            let back = session.enclave_from_sealed(enclave.sealed()).unwrap();
            assert!(back.open().unwrap().equals(&secret).unwrap(), "{len} bytes");
        }
        assert_eq!(session.audit().dirty_slots, 0);
    }
}

/// No two seals have the same nonce, on one thread or on several.
#[test]
fn no_nonce_repeats() {
    for session in sessions_of_each_cipher() {
        let nonce = |_| session.enclave(&mut [7; 32]).unwrap().sealed()[18..42].to_vec();
        let thousand = || (0..1000).map(nonce).collect::<Vec<_>>();
        let nonces = std::thread::scope(|scope| {
            let threads = [(); 3].map(|()| scope.spawn(thousand));
            threads.map(|thread| thread.join().unwrap()).concat()
        });
        assert_eq!(nonces.iter().collect::<std::collections::HashSet<_>>().len(), 3000);
        let randoms = nonces.iter().map(|nonce| &nonce[8..]).collect::<std::collections::HashSet<_>>();
        assert_eq!(randoms.len(), 3, "each thread draws its own random bytes");
    }
}

#[test]
fn streams_of_each_cipher() {
    for session in sessions_of_each_cipher() {
        let mut stream = session.stream().unwrap();
        let (written, mut read) = ((0..100_000).map(|at: u32| at as u8).collect::<Vec<_>>(), Vec::new());
        stream.write_all(&written).unwrap();
        stream.read_to_end(&mut read).unwrap();
        assert!(read == written);
    }
}

#[test]
fn the_sealed_form_of_the_other_cipher_is_refused_by_name() {
    if !Cipher::Aegis256.is_available() {
        return;
    }
    let ciphers = [Cipher::XChaCha20Poly1305, Cipher::Aegis256];
    for (here, there) in [(ciphers[0], ciphers[1]), (ciphers[1], ciphers[0])] {
        let (of_here, of_there) = (session(here), session(there));
        let sealed = of_there.enclave(&mut [1; 100]).unwrap().sealed().to_vec();
        let refused = of_here.enclave_from_sealed(&sealed).map(drop);
        assert_eq!(refused, Err(Error::OtherCipher { sealed: there, session: here }));
        // A changed name helps nobody: it is authenticated, and the key is another.
        let mut renamed = sealed.clone();
        renamed[NAME] = of_here.enclave(&mut [1]).unwrap().sealed()[NAME];
        let opened = of_here.enclave_from_sealed(&renamed).and_then(|enclave| enclave.open().map(drop));
        assert_eq!(opened, Err(Error::KeyGone));
        renamed[NAME] = 0;
        assert_eq!(of_there.enclave_from_sealed(&renamed).map(drop), Err(Error::Tampered), "the name of no cipher");
    }
}

#[test]
fn a_processor_without_the_instructions_is_told_what_to_do() {
    assert!(Cipher::default() == Cipher::XChaCha20Poly1305 && Cipher::fastest().is_available());
    let text = Error::CipherUnavailable { cipher: Cipher::Aegis256 }.to_string();
    assert!(text.contains("AEGIS-256") && text.contains("Cipher::XChaCha20Poly1305"), "{text}");
    match Session::builder().cipher(Cipher::Aegis256).build() {
        Ok(_) => assert!(Cipher::Aegis256.is_available()),
        Err(error) => assert_eq!(error, Error::CipherUnavailable { cipher: Cipher::Aegis256 }),
    }
}
