//! Enclaves and streams.

use super::{BYTE, Kept, paged};
use crate::work::Work;
use memguard::{Cipher, Enclave, Session};
use std::io::{Read, Write};

fn session(cipher: Cipher) -> Session {
    let builder = Session::builder().rekey_interval(None).cipher(cipher);
    builder.build().expect("the processor has what the cipher needs")
}

/// An enclave in a session of its own.
fn kept(cipher: Cipher, len: usize) -> Kept<Enclave> {
    let session = session(cipher);
    Kept { value: sealed(&session, len), _session: session }
}

/// An enclave that was seen to open to its bytes.
fn sealed(session: &Session, len: usize) -> Enclave {
    let enclave = session.enclave(&mut vec![BYTE; len]).expect("there is memory");
    let is_exact = enclave.with_data(|bytes| *bytes == vec![BYTE; len]).expect("nothing is purged");
    assert!(is_exact, "an enclave opened to other bytes");
    enclave
}

/// Seals a slice, which is wiped.
pub fn seal(cipher: Cipher, len: usize) -> Work {
    let session = session(cipher);
    sealed(&session, len);
    let mut source = vec![0; len];
    Work::each(len as u64, move || {
        source[0] = BYTE;
        let enclave = session.enclave(&mut source).expect("there is memory");
        enclave.len() as u64 + u64::from(source[0])
    })
}

fn opened(enclave: &Enclave) -> u64 {
    enclave.open().expect("nothing is purged").len() as u64
}

/// Opens an enclave and destroys the buffer.
pub fn open(cipher: Cipher, len: usize) -> Work {
    let enclave = kept(cipher, len);
    Work::each(len as u64, move || opened(&enclave))
}

/// The same on several threads, with one enclave.
pub fn open_on(threads: u64, len: usize) -> Work {
    let enclave = kept(Cipher::default(), len);
    Work::on_threads(threads, len as u64, move || opened(&enclave))
}

/// Looks into an enclave of 32 bytes.
pub fn with_data(cipher: Cipher) -> Work {
    let enclave = kept(cipher, 32);
    Work::each(u64::from(BYTE), move || enclave.with_data(|bytes| u64::from(bytes[31])).expect("nothing is purged"))
}

/// Writes `len` bytes to a stream and reads them.
pub fn stream(len: usize) -> Work {
    let session = paged();
    let (source, mut out) = (vec![BYTE; len], vec![0; len]);
    Work::each(u64::from(BYTE), move || {
        let mut stream = session.stream().expect("the session runs");
        stream.write_all(&source).expect("there is memory");
        out[len - 1] = 0;
        stream.read_exact(&mut out).expect("all of it is there");
        u64::from(out[len - 1]) + stream.len() as u64
    })
}
