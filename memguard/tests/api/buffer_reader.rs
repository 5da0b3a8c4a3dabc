//! `Buffer::reader` as the standard library's traits describe a reader, and the views of the bytes as text and arrays.

use crate::support::lockdep;
#[cfg(feature = "lockdep")]
use memguard::sync::Site;
use memguard::{Disposal, Error, Session};
use std::io::{BufRead, ErrorKind, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

crate::support::needs!(lockdep: errors_come_through);

fn session() -> Session {
    Session::builder().rekey_interval(None).build().unwrap()
}

#[test]
fn reads_from_start_to_end() {
    let session = session();
    let buffer = session.buffer_from_bytes(&mut b"0123456789".to_vec()).unwrap();
    let mut reader = buffer.reader();
    let mut four = [0; 4];
    for (expected, read) in [(&b"0123"[..], 4), (b"4567", 4), (b"89", 2), (b"", 0), (b"", 0)] {
        assert_eq!(reader.read(&mut four).unwrap(), read);
        assert_eq!(&four[..read], expected);
    }
    assert_eq!(reader.read(&mut []).unwrap(), 0);
    let mut whole = Vec::new();
    buffer.reader().read_to_end(&mut whole).unwrap();
    assert_eq!(whole, b"0123456789");
    assert!(buffer.reader().chain(buffer.reader()).bytes().all(|byte| byte.unwrap().is_ascii_digit()));
    assert_eq!(buffer.reader().read_exact(&mut [0; 11]).unwrap_err().kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn seeks() {
    let session = session();
    let buffer = session.buffer_from_bytes(&mut b"0123456789".to_vec()).unwrap();
    let mut reader = buffer.reader();
    let mut at = |to| {
        let position = reader.seek(to).map_err(|error| error.kind())?;
        Ok((position, reader.fill_buf().unwrap().first().copied()))
    };
    assert_eq!(at(SeekFrom::Start(3)), Ok((3, Some(b'3'))));
    assert_eq!(at(SeekFrom::Current(2)), Ok((5, Some(b'5'))));
    assert_eq!(at(SeekFrom::Current(-6)), Err(ErrorKind::InvalidInput));
    assert_eq!(at(SeekFrom::Current(0)), Ok((5, Some(b'5'))), "a refused seek does not move");
    assert_eq!(at(SeekFrom::End(-1)), Ok((9, Some(b'9'))));
    assert_eq!(at(SeekFrom::End(-11)), Err(ErrorKind::InvalidInput));
    assert_eq!(at(SeekFrom::End(5)), Ok((15, None)), "there is nothing behind the end");
    assert_eq!(at(SeekFrom::Start(u64::MAX)), Ok((u64::MAX, None)));
    assert_eq!(at(SeekFrom::Current(1)), Err(ErrorKind::InvalidInput));
    assert_eq!(at(SeekFrom::Start(0)), Ok((0, Some(b'0'))));
}

/// `fill_buf` stays inside. Every other call leaves.
#[test]
fn an_access_lasts_from_fill_buf_to_consume() {
    let session = session();
    let buffer = session.buffer(10).unwrap();
    let is_free = || std::thread::scope(|scope| scope.spawn(|| buffer.try_write().is_ok()).join().unwrap());
    let mut reader = buffer.reader();
    assert_eq!(reader.read(&mut [0; 3]).unwrap(), 3);
    assert!(is_free(), "a read leaves");
    assert_eq!(reader.fill_buf().unwrap().len(), 7);
    assert!(!is_free(), "inside");
    assert_eq!(reader.fill_buf().unwrap().len(), 7, "a second call gives the same bytes");
    reader.consume(2);
    assert!(is_free(), "consume leaves");
    assert_eq!(reader.fill_buf().unwrap().len(), 5);
    reader.seek(SeekFrom::End(0)).unwrap();
    assert!(is_free(), "a seek leaves");
    assert_eq!(reader.fill_buf().unwrap().len(), 0);
    assert!(is_free(), "at the end nothing is held");
    reader.rewind().unwrap();
    assert_eq!(reader.fill_buf().unwrap().len(), 10);
    drop(reader);
    assert!(is_free());
    assert_eq!(lockdep::violations(), []);
}

/// Errors are the library's own, inside the standard library's.
#[cfg(feature = "lockdep")]
#[test]
fn errors_come_through() {
    let session = session();
    let buffer = session.buffer(4).unwrap();
    let mut reader = buffer.reader();
    let writing = buffer.write().unwrap();
    let error = reader.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deadlock);
    assert_eq!(error.downcast::<Error>().unwrap(), Error::Reentrant { site: Site::BufferRead.into() });
    drop(writing);

    assert_eq!(reader.fill_buf().unwrap().len(), 4);
    assert_eq!(buffer.destroy(), Ok(Disposal::HandedOver));
    assert_eq!(reader.fill_buf().unwrap().len(), 4, "inside, the bytes stay");
    reader.consume(1);
    assert_eq!(session.health().live_buffers, 0, "the last thread to leave has wiped");
    let error = reader.read(&mut [0]).unwrap_err();
    assert_eq!(error.downcast::<Error>().unwrap(), Error::Destroyed);
    assert_eq!(reader.seek(SeekFrom::End(0)).unwrap_err().downcast::<Error>().unwrap(), Error::Destroyed);
    assert_eq!(session.audit().dirty_slots, 0);
}

/// A buffer can be read from the reader of another buffer. The thread is then inside both.
#[test]
fn from_one_buffer_into_another() {
    let session = session();
    let source = session.buffer_from_bytes(&mut b"key=value\n".to_vec()).unwrap();
    let mut reader = source.reader();
    assert!(session.buffer_from_reader_until(&mut reader, b'=').unwrap().equals(b"key").unwrap());
    assert!(session.buffer_from_reader(&mut reader, 5).unwrap().equals(b"value").unwrap());
    assert!(session.buffer_from_entire_reader(reader).unwrap().equals(b"\n").unwrap());
    assert_eq!(lockdep::violations(), []);
}

#[test]
fn text_and_arrays() {
    let session = session();
    let buffer = session.buffer_from_bytes(&mut "grüße".as_bytes().to_vec()).unwrap();
    assert_eq!(buffer.string_slice(str::to_owned), Ok("grüße".to_owned()));
    assert_eq!(buffer.byte_array(|bytes: &[u8; 3]| *bytes), Ok(*b"gr\xc3"));
    assert_eq!(buffer.byte_array(|bytes: &[u8; 0]| bytes.len()), Ok(0));
    assert_eq!(buffer.byte_array(|_: &[u8; 8]| ()), Err(Error::OutOfRange { offset: 0, len: 8, buffer_len: 7 }));
    let broken = session.buffer_from_bytes(&mut b"ab\xffcd".to_vec()).unwrap();
    assert_eq!(broken.string_slice(|_| ()), Err(Error::NotUtf8 { valid_up_to: 2 }));

    // The access has ended, so the callback may do anything. The copy is wiped in any case.
    assert_eq!(buffer.string_slice(|_| buffer.melt().and_then(|()| buffer.wipe())), Ok(Ok(())));
    let panics = || broken.byte_array(|_: &[u8; 5]| std::panic::resume_unwind(Box::new("planned")));
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    assert_eq!(broken.destroy(), Ok(Disposal::Wiped));
    assert_eq!(session.audit().dirty_slots, 0);
    assert_eq!(lockdep::violations(), []);
}
