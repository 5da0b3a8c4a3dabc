//! An enclave that is opened once leaves nothing that could be opened again. If it does not open, it is as it was.

use super::ciphers::sessions_of_each_cipher;
use crate::support::place::own_memory;
use memguard::{Enclave, Error, NotOpened};
use std::error::Error as _;
use std::io;
use std::os::unix::fs::FileExt;

/// Where the sealed bytes are, and what they are.
struct Sealed(u64, Vec<u8>);

impl Sealed {
    fn of(enclave: &Enclave) -> Self {
        Self(enclave.sealed().as_ptr().addr() as u64, enclave.sealed().to_vec())
    }

    /// Whether their second half is still there. The allocator may have written to the first.
    fn are_there(&self) -> bool {
        let half = &self.1[self.1.len() / 2..];
        let mut bytes = vec![0; half.len()];
        let read = own_memory().read_at(&mut bytes, self.0 + (self.1.len() - half.len()) as u64);
        read.is_ok() && bytes == half
    }
}

#[test]
fn no_sealed_copy_is_left() {
    for session in sessions_of_each_cipher() {
        for len in [1, 32, 5000] {
            let enclave = session.enclave(&mut vec![7; len]).unwrap();
            let sealed = Sealed::of(&enclave);
            assert!(sealed.are_there());
            let buffer = enclave.open_once().unwrap();
            assert!(!sealed.are_there(), "{len} bytes");
            assert!(buffer.equals(&vec![7; len]).unwrap() && !buffer.is_mutable());
            drop(buffer);
            assert_eq!((session.health().live_buffers, session.audit().dirty_slots), (0, 0));
        }
    }
}

#[test]
fn a_clone_keeps_the_sealed_bytes() {
    for session in sessions_of_each_cipher() {
        let enclave = session.enclave_new_for(&mut [7; 32], b"a user").unwrap();
        let clone = enclave.clone();
        let sealed = Sealed::of(&clone);
        assert!(enclave.open_once().unwrap().equals(&[7; 32]).unwrap());
        assert!(sealed.are_there());
        assert!(clone.open().unwrap().equals(&[7; 32]).unwrap());
        assert!(clone.open_once().unwrap().equals(&[7; 32]).unwrap());
        assert!(!sealed.are_there());
    }
}

/// The last clone wipes, whichever was opened. So clones that are opened at the same time do not leave it to each
/// other.
#[test]
fn the_last_clone_wipes_the_sealed_bytes() {
    for session in sessions_of_each_cipher() {
        let enclave = session.enclave(&mut [7; 600]).unwrap();
        let clone = enclave.clone();
        let sealed = Sealed::of(&clone);
        assert_eq!(enclave.open_once().unwrap().len(), 600);
        assert!(sealed.are_there());
        drop(clone);
        assert!(!sealed.are_there());
    }
}

#[test]
fn an_enclave_that_does_not_open_comes_back() {
    for session in sessions_of_each_cipher() {
        let enclave = session.enclave(&mut [7; 32]).unwrap();
        session.purge();
        let sealed = Sealed::of(&enclave);
        let error = enclave.open_once().unwrap_err();
        assert!(sealed.are_there());
        let text = error.to_string();
        assert!(text.contains("is in this error") && text.contains("was purged"), "{text}");
        assert!(error.source().is_none(), "the text has it");
        let NotOpened { enclave, cause, .. } = error;
        assert_eq!((enclave.sealed(), cause), (&sealed.1[..], Error::KeyGone));

        let error = enclave.clone().open_once().unwrap_err();
        assert_eq!(io::Error::from(error).downcast::<Error>().unwrap(), Error::KeyGone);
        assert_eq!(Error::from(enclave.open_once().unwrap_err()), Error::KeyGone);
    }
}

/// A shortage that passes does not cost the secret.
#[cfg(feature = "sim")]
#[test]
fn it_opens_after_a_shortage() {
    use memguard::{Fault, Limit, Session, Sim};
    let sim = Sim::new(4096);
    let session = Session::builder().rekey_interval(None).pool_pages(0).simulated(&sim).build().unwrap();
    let enclave = session.enclave(&mut [7; 32]).unwrap();
    sim.fail(Fault::NthOfAny { n: 1, errno: libc::ENOMEM });
    let NotOpened { enclave, cause, .. } = enclave.open_once().unwrap_err();
    assert!(matches!(cause, Error::Limit(Limit::Memory { .. } | Limit::LockedMemory { .. })), "{cause:?}");
    assert!(enclave.open_once().unwrap().equals(&[7; 32]).unwrap());
}

crate::support::needs!(sim: it_opens_after_a_shortage);
