//! The ways from outside into a buffer that the child has beside its pipe: a terminal, and serde.

use memguard::{Buffer, Session};
use std::fs::File;
use std::io::Write;
use std::os::fd::FromRawFd;

/// The length of every secret.
pub const LEN: usize = 512;

/// The secret, typed at a terminal that shows nothing, as at a prompt.
pub fn typed_in(session: &Session, secret: &Buffer) -> Buffer {
    let (mut ours, mut theirs) = (0, 0);
    let none = std::ptr::null_mut::<()>();
    // SAFETY: the call writes both numbers, and every other pointer may be null.
    assert_eq!(unsafe { libc::openpty(&mut ours, &mut theirs, none.cast(), none.cast(), none.cast()) }, 0);
    // SAFETY: both descriptors were opened above, and no other code owns them.
    let (mut keyboard, terminal) = unsafe { (File::from_raw_fd(ours), File::from_raw_fd(theirs)) };
    let mut modes = rustix::termios::tcgetattr(&terminal).unwrap();
    modes.local_modes.remove(rustix::termios::LocalModes::ECHO);
    rustix::termios::tcsetattr(&terminal, rustix::termios::OptionalActions::Now, &modes).unwrap();
    secret.with_data(|bytes| keyboard.write_all(bytes)).unwrap().unwrap();
    keyboard.write_all(b"\n").unwrap();
    session.buffer_from_reader_until(terminal, b'\n').unwrap()
}

/// The secret, read from JSON in a buffer: as a buffer, and as an enclave that is opened again.
#[cfg(feature = "serde")]
pub fn deserialised(session: &Session, secret: &Buffer) -> [Buffer; 2] {
    use memguard::{BufferSeed, EnclaveSeed};
    use serde::de::DeserializeSeed;
    use serde_json::Deserializer;

    let text = session.buffer(LEN + 2).unwrap();
    text.copy_from(b"\"").unwrap();
    secret.with_data(|bytes| text.copy_from_at(1, bytes)).unwrap().unwrap();
    text.copy_from_at(LEN + 1, b"\"").unwrap();
    let buffer = text.with_data(|text| BufferSeed(session).deserialize(&mut Deserializer::from_slice(text)));
    let enclave = text.with_data(|text| EnclaveSeed(session).deserialize(&mut Deserializer::from_slice(text)));
    [buffer.unwrap().unwrap(), enclave.unwrap().unwrap().open().unwrap()]
}
