//! What the documentation of Go memguard v0.23.0 promises, function by function. `memguard/src/manual/go.md` is the
//! table of these tests.
//!
//! Functions that end something that other tests use are called in child processes.

use crate::support::{alone, child_detail, run_child, transcript};
use memguard::{Buffer, Disposal, Enclave, Error, ReadCause, ReadError, SIGNAL_EXIT_CODE, Stream, wipe_bytes};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::panic::catch_unwind;

/// A buffer of these bytes that can be changed.
fn mutable(bytes: &[u8]) -> Buffer {
    let buffer = Buffer::from_bytes(&mut bytes.to_vec()).unwrap();
    buffer.melt().unwrap();
    buffer
}

/// The bytes 1, 2, 3, ….
fn counted(len: u8) -> Vec<u8> {
    (1..=len).collect()
}

/// The part that came with the error, and the kind of the reader's error.
fn cut_short<T>(result: Result<T, ReadError>) -> (Option<Buffer>, ErrorKind) {
    match result {
        Ok(_) => panic!("the reader ends early"),
        Err(ReadError { part, cause: ReadCause::Reader(error), .. }) => (part, error.kind()),
        Err(other) => panic!("{other:?}"),
    }
}

/// "Purge resets the session key to a fresh value and destroys all existing LockedBuffers. Existing Enclave objects
/// will no longer be decryptable."
#[test]
fn purge_destroys_buffers_and_keys() {
    if !alone("api::go::purge_destroys_buffers_and_keys") {
        return;
    }
    let (buffer, enclave) = (Buffer::random(32).unwrap(), Enclave::random(32).unwrap());
    memguard::purge();
    assert!(!buffer.is_alive());
    assert_eq!(enclave.open().map(drop), Err(Error::KeyGone));
    assert!(Enclave::new(&mut [1]).unwrap().open().unwrap().equals(&[1]).unwrap(), "the fresh key works");
}

/// "SafeExit destroys everything sensitive before exiting with a specified status code."
#[test]
fn safe_exit_ends_with_the_code() {
    if child_detail().is_some() {
        let _buffer = Buffer::random(32).unwrap();
        memguard::safe_exit(7);
    }
    let output = run_child("api::go::safe_exit_ends_with_the_code", "go");
    assert_eq!(output.status.code(), Some(7), "{}", transcript(&output));
}

/// "SafePanic wipes all it can before calling panic(v)."
#[test]
fn safe_panic_wipes_and_panics() {
    if !alone("api::go::safe_panic_wipes_and_panics") {
        return;
    }
    let buffer = Buffer::random(32).unwrap();
    let panic = catch_unwind(|| memguard::safe_panic("the reason")).unwrap_err();
    assert_eq!(panic.downcast_ref::<String>().map(String::as_str), Some("the reason"));
    assert!(!buffer.is_alive());

    // Go's `SafePanic(v)` takes any value.
    #[derive(Debug, PartialEq)]
    struct Reason(u32);
    let buffer = Buffer::random(32).unwrap();
    let panic = catch_unwind(|| memguard::safe_panic_any(Reason(7))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&Reason(7)));
    assert!(!buffer.is_alive());
}

/// Sends the signal to this process and waits for its end.
fn raise(signal: i32) -> ! {
    // SAFETY: a signal to this process, which has a handler for it.
    assert_eq!(unsafe { libc::raise(signal) }, 0);
    loop {
        std::thread::park();
    }
}

/// "Interrupt handler is executed [...] Secure session state is wiped [...] Process terminates with exit code 1". "This
/// function can be called multiple times with the effect that only the last call will have any effect."
#[test]
fn catch_signal_runs_the_last_handler_and_ends() {
    if child_detail().is_some() {
        memguard::catch_signal(|_| eprintln!("the first handler"), &[libc::SIGTERM]).unwrap();
        memguard::catch_signal(|signal| eprintln!("the last handler: {signal}"), &[libc::SIGTERM]).unwrap();
        raise(libc::SIGTERM);
    }
    let output = run_child("api::go::catch_signal_runs_the_last_handler_and_ends", "go");
    let said = transcript(&output);
    assert_eq!(output.status.code(), Some(SIGNAL_EXIT_CODE), "{said}");
    assert!(said.contains("the last handler: 15") && !said.contains("the first handler"), "{said}");
}

/// "If an interrupt is received, the process will wipe sensitive data in memory before terminating. A subsequent call
/// to CatchSignal will override this call."
#[test]
fn catch_interrupt_ends_the_process() {
    if let Some(detail) = child_detail() {
        memguard::catch_interrupt().unwrap();
        if detail == "overridden" {
            memguard::catch_signal(|_| eprintln!("overridden"), &[libc::SIGINT]).unwrap();
        }
        raise(libc::SIGINT);
    }
    for detail in ["plain", "overridden"] {
        let output = run_child("api::go::catch_interrupt_ends_the_process", detail);
        let said = transcript(&output);
        assert_eq!(output.status.code(), Some(SIGNAL_EXIT_CODE), "{said}");
        assert_eq!(said.contains("overridden"), detail == "overridden", "{said}");
    }
}

#[test]
fn scramble_bytes_overwrites() {
    let mut bytes = [0; 64];
    memguard::scramble_bytes(&mut bytes).unwrap();
    assert_ne!(bytes, [0; 64]);
    let before = bytes;
    memguard::scramble_bytes(&mut bytes).unwrap();
    assert_ne!(bytes, before);
}

#[test]
fn wipe_bytes_zeroes() {
    let mut bytes = counted(64);
    wipe_bytes(&mut bytes);
    assert_eq!(bytes, [0; 64]);
}

/// "The buffer is wiped after the data is copied. If the length of the buffer is zero, the function will return nil":
/// an error here.
#[test]
fn new_enclave_seals_and_wipes_the_source() {
    let mut source = counted(32);
    let enclave = Enclave::new(&mut source).unwrap();
    assert_eq!(source, [0; 32]);
    assert!(enclave.open().unwrap().equals(&counted(32)).unwrap());
    assert_eq!(Enclave::new(&mut []).map(drop), Err(Error::EmptyLength));
}

#[test]
fn new_enclave_random() {
    let open = || Enclave::random(32).unwrap().open().unwrap();
    let (one, other) = (open(), open());
    assert!(!one.equals(&[0; 32]).unwrap() && !one.with_data(|bytes| other.equals(bytes)).unwrap().unwrap());
    assert_eq!(Enclave::random(0).map(drop), Err(Error::EmptyLength));
}

/// "Open decrypts an Enclave object and places its contents into an immutable LockedBuffer. An error will be returned
/// if decryption failed."
#[test]
fn open_gives_an_immutable_buffer() {
    let enclave = Enclave::new(&mut counted(32)).unwrap();
    for _ in 0..2 {
        let opened = enclave.open().unwrap();
        assert!(!opened.is_mutable() && opened.equals(&counted(32)).unwrap());
    }
    let mut sealed = enclave.sealed().to_vec();
    *sealed.last_mut().unwrap() ^= 1;
    let broken = memguard::session().unwrap().enclave_from_sealed(&sealed).unwrap();
    assert_eq!(broken.open().map(drop), Err(Error::Tampered));
}

/// "Size returns the number of bytes of data stored within an Enclave."
#[test]
fn enclave_size() {
    for len in [1, 32, 5000] {
        assert_eq!(Enclave::random(len).unwrap().len(), len);
    }
}

#[test]
fn new_buffer_is_mutable_and_zero() {
    let buffer = Buffer::new(32).unwrap();
    assert!(buffer.is_alive() && buffer.is_mutable() && buffer.equals(&[0; 32]).unwrap());
    assert_eq!(buffer.len(), 32);
}

/// "The source buffer is wiped after the value has been copied over to the created container."
#[test]
fn new_buffer_from_bytes_is_immutable_and_wipes_the_source() {
    let mut source = counted(32);
    let buffer = Buffer::from_bytes(&mut source).unwrap();
    assert_eq!(source, [0; 32]);
    assert!(!buffer.is_mutable() && buffer.equals(&counted(32)).unwrap());
}

/// "An error is returned precisely when the number of bytes read is less than the requested amount. Any data read is
/// returned in either case."
#[test]
fn new_buffer_from_reader_returns_what_was_read() {
    let whole = Buffer::from_reader(&counted(32)[..], 32).unwrap();
    assert!(!whole.is_mutable() && whole.equals(&counted(32)).unwrap());
    let (part, kind) = cut_short(Buffer::from_reader(&counted(31)[..], 32));
    let part = part.unwrap();
    assert!(!part.is_mutable() && part.equals(&counted(31)).unwrap());
    assert_eq!(kind, ErrorKind::UnexpectedEof);
    let (nothing, kind) = cut_short(Buffer::from_reader(io::empty(), 32));
    assert!(nothing.is_none() && kind == ErrorKind::UnexpectedEof);
}

/// "If an error is encountered before the delimiter value, the error will be returned along with the data read up until
/// that point."
#[test]
fn new_buffer_from_reader_until_stops_at_the_delimiter() {
    let mut source = &b"before|behind"[..];
    let before = Buffer::from_reader_until(&mut source, b'|').unwrap();
    assert!(!before.is_mutable() && before.equals(b"before").unwrap());
    let (part, kind) = cut_short(Buffer::from_reader_until(source, b'|'));
    assert!(part.unwrap().equals(b"behind").unwrap());
    assert_eq!(kind, ErrorKind::UnexpectedEof);
}

/// "It will continue reading until EOF. A nil error is returned precisely when we managed to read all the way until
/// EOF. Any data read is returned in either case."
#[test]
fn new_buffer_from_entire_reader_reads_to_the_end() {
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(ErrorKind::ConnectionReset.into())
        }
    }
    let long = vec![7; 20_000];
    let whole = Buffer::from_entire_reader(&long[..]).unwrap();
    assert!(!whole.is_mutable() && whole.equals(&long).unwrap());
    let (part, kind) = cut_short(Buffer::from_entire_reader(long.chain(Fails)));
    assert!(part.unwrap().equals(&long).unwrap());
    assert_eq!(kind, ErrorKind::ConnectionReset);
}

#[test]
fn new_buffer_random_is_immutable() {
    let buffer = Buffer::random(32).unwrap();
    assert!(!buffer.is_mutable() && !buffer.equals(&[0; 32]).unwrap());
}

/// "The call can be reversed with Melt."
#[test]
fn freeze_makes_immutable() {
    let buffer = Buffer::new(8).unwrap();
    buffer.freeze().unwrap();
    assert!(!buffer.is_mutable());
    assert_eq!(buffer.write().map(drop), Err(Error::Frozen));
    buffer.melt().unwrap();
    assert!(buffer.is_mutable());
}

/// "The call can be reversed with Freeze."
#[test]
fn melt_makes_mutable() {
    let buffer = Buffer::random(8).unwrap();
    buffer.melt().unwrap();
    assert!(buffer.is_mutable());
    buffer.write().unwrap().fill(1);
    buffer.freeze().unwrap();
    assert!(!buffer.is_mutable() && buffer.equals(&[1; 8]).unwrap());
}

/// "Returns its contents encrypted inside a sealed Enclave object. The LockedBuffer is subsequently destroyed and its
/// contents wiped."
#[test]
fn seal_destroys_the_buffer() {
    let buffer = mutable(&counted(32));
    let enclave = buffer.seal().unwrap();
    assert!(!buffer.is_alive());
    assert!(enclave.open().unwrap().equals(&counted(32)).unwrap());
    assert_eq!(buffer.seal().map(drop), Err(Error::Destroyed));
}

#[test]
fn copy() {
    let (buffer, source) = (Buffer::new(4).unwrap(), [1, 2]);
    buffer.copy_from(&source).unwrap();
    assert!(buffer.equals(&[1, 2, 0, 0]).unwrap());
    assert_eq!(source, [1, 2]);
}

#[test]
fn copy_at() {
    let buffer = Buffer::new(4).unwrap();
    buffer.copy_from_at(2, &[1, 2]).unwrap();
    assert!(buffer.equals(&[0, 0, 1, 2]).unwrap());
}

/// "The source is wiped after the bytes are copied."
#[test]
fn move_wipes_the_source() {
    let (buffer, mut source) = (Buffer::new(4).unwrap(), [1, 2]);
    buffer.move_from(&mut source).unwrap();
    assert!(buffer.equals(&[1, 2, 0, 0]).unwrap());
    assert_eq!(source, [0, 0]);
}

#[test]
fn move_at_wipes_the_source() {
    let (buffer, mut source) = (Buffer::new(4).unwrap(), [1, 2]);
    buffer.move_from_at(1, &mut source).unwrap();
    assert!(buffer.equals(&[0, 1, 2, 0]).unwrap());
    assert_eq!(source, [0, 0]);
}

#[test]
fn scramble_overwrites() {
    let buffer = Buffer::new(32).unwrap();
    buffer.scramble().unwrap();
    assert!(!buffer.equals(&[0; 32]).unwrap() && buffer.is_mutable());
}

#[test]
fn wipe_zeroes() {
    let buffer = mutable(&counted(32));
    buffer.wipe().unwrap();
    assert!(buffer.equals(&[0; 32]).unwrap() && buffer.is_alive());
}

/// "A destroyed LockedBuffer will have a size of zero."
#[test]
fn size_is_zero_once_destroyed() {
    let buffer = Buffer::new(32).unwrap();
    assert_eq!(buffer.len(), 32);
    assert_eq!(buffer.destroy(), Ok(Disposal::Wiped));
    assert_eq!(buffer.len(), 0);
}

/// "The LockedBuffer will not be accessible or usable" afterwards.
#[test]
fn destroy_ends_all_use() {
    let buffer = Buffer::random(32).unwrap();
    assert_eq!(buffer.destroy(), Ok(Disposal::Wiped));
    assert_eq!(buffer.read().map(drop), Err(Error::Destroyed));
    assert_eq!(buffer.melt(), Err(Error::Destroyed));
    assert_eq!(buffer.destroy(), Err(Error::Destroyed));
}

#[test]
fn is_alive_until_destroyed() {
    let buffer = Buffer::new(1).unwrap();
    assert!(buffer.is_alive());
    let _ = buffer.destroy().unwrap();
    assert!(!buffer.is_alive());
}

#[test]
fn is_mutable_until_frozen() {
    let buffer = Buffer::new(1).unwrap();
    assert!(buffer.is_mutable());
    buffer.freeze().unwrap();
    assert!(!buffer.is_mutable());
    buffer.melt().unwrap();
    let _ = buffer.destroy().unwrap();
    assert!(!buffer.is_mutable(), "a destroyed buffer is not mutable");
}

/// "A destroyed LockedBuffer will always return false."
#[test]
fn equal_to() {
    let buffer = mutable(&[1, 2, 3]);
    for (other, equal) in
        [(&[1, 2, 3][..], true), (&[1, 2, 4], false), (&[1, 2], false), (&[1, 2, 3, 0], false), (&[], false)]
    {
        assert_eq!(buffer.equals(other), Ok(equal), "{other:?}");
    }
    let _ = buffer.destroy().unwrap();
    assert_eq!(buffer.equals(&[]), Err(Error::Destroyed));
}

/// "Bytes returns a byte slice referencing the protected region of memory."
#[test]
fn bytes_reference_the_buffer() {
    let buffer = mutable(&counted(8));
    buffer.write().unwrap()[0] = 9;
    assert_eq!(buffer.read().unwrap()[..2], [9, 2]);
    buffer.with_data_mut(|bytes| bytes[1] = 8).unwrap();
    assert_eq!(buffer.with_data(|bytes| bytes[..2].to_vec()), Ok(vec![9, 8]));
    let (one, other) = (buffer.read().unwrap(), buffer.read().unwrap());
    assert_eq!(one.as_ptr(), other.as_ptr(), "no copy");
}

#[test]
fn reader_reads_the_buffer() {
    let buffer = mutable(&counted(8));
    let mut bytes = Vec::new();
    buffer.reader().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, counted(8));
}

#[test]
fn string_is_the_text() {
    assert_eq!(mutable("grüße".as_bytes()).string_slice(str::to_owned), Ok("grüße".to_owned()));
}

/// "Excluding any remaining part that doesn't form a complete" value. "If called on a destroyed LockedBuffer, a nil
/// slice will be returned": an error here.
macro_rules! integers {
    ($($test:ident, $view:ident, $int:ty;)+) => {$(
        #[test]
        fn $test() {
            let len = 4 * size_of::<$int>() + size_of::<$int>() - 1;
            let bytes = counted(len as u8);
            let buffer = mutable(&bytes);
            let whole = bytes.chunks_exact(size_of::<$int>());
            let expected: Vec<_> = whole.map(|bytes| <$int>::from_ne_bytes(bytes.try_into().unwrap())).collect();
            assert_eq!(buffer.$view(<[$int]>::to_vec), Ok(expected));
            let _ = buffer.destroy().unwrap();
            assert_eq!(buffer.$view(<[$int]>::len), Err(Error::Destroyed));
        }
    )+};
}

integers! {
    uint16_leaves_out_the_rest, uint16_slice, u16;
    uint32_leaves_out_the_rest, uint32_slice, u32;
    uint64_leaves_out_the_rest, uint64_slice, u64;
    int8_is_every_byte, int8_slice, i8;
    int16_leaves_out_the_rest, int16_slice, i16;
    int32_leaves_out_the_rest, int32_slice, i32;
    int64_leaves_out_the_rest, int64_slice, i64;
}

/// "The length of the buffer must be at least" so many "bytes in size and the LockedBuffer should not be destroyed. In
/// either of these cases a nil value is returned": an error here.
macro_rules! arrays {
    ($($test:ident, $n:literal;)+) => {$(
        #[test]
        fn $test() {
            let array = |len: u8| {
                let buffer = mutable(&counted(len));
                let array = buffer.byte_array(|bytes: &[u8; $n]| bytes.to_vec());
                let _ = buffer.destroy().unwrap();
                assert_eq!(buffer.byte_array(|_: &[u8; $n]| ()), Err(Error::Destroyed));
                array
            };
            assert_eq!(array($n), Ok(counted($n)));
            assert_eq!(array($n + 1), Ok(counted($n)));
            assert_eq!(array($n - 1), Err(Error::OutOfRange { offset: 0, len: $n, buffer_len: $n - 1 }));
        }
    )+};
}

arrays! {
    byte_array_8, 8;
    byte_array_16, 16;
    byte_array_32, 32;
    byte_array_64, 64;
}

#[test]
fn new_stream_is_empty() {
    let stream = Stream::new().unwrap();
    assert_eq!((stream.len(), stream.next().unwrap().map(drop)), (0, None));
}

/// "The data is broken down into chunks and added to the stream in order." That is first in, first out.
#[test]
fn stream_write_keeps_the_order() {
    let mut stream = Stream::new().unwrap();
    let long: Vec<u8> = (0..20_000).map(|at: u32| (at % 251) as u8).collect();
    stream.write_all(&long).unwrap();
    stream.write_all(b"the end").unwrap();
    let mut read = Vec::new();
    stream.read_to_end(&mut read).unwrap();
    assert_eq!(read, [&long[..], b"the end"].concat());
}

/// "If the caller provides a buffer that is too small to hold the next chunk of data, the remaining bytes are [...]
/// returned in the next call."
#[test]
fn stream_read_leaves_the_rest() {
    let mut stream = Stream::new().unwrap();
    stream.write_all(&counted(10)).unwrap();
    let mut three = [0; 3];
    for expected in [&[1, 2, 3][..], &[4, 5, 6], &[7, 8, 9], &[10], &[]] {
        let read = stream.read(&mut three).unwrap();
        assert_eq!(&three[..read], expected);
    }
}

/// "Next grabs the next chunk of data from the Stream and returns it decrypted inside a LockedBuffer."
#[test]
fn stream_next_gives_a_chunk() {
    let mut stream = Stream::new().unwrap();
    for chunk in [&b"one"[..], b"two"] {
        stream.write_all(chunk).unwrap();
    }
    for chunk in [&b"one"[..], b"two"] {
        assert!(stream.next().unwrap().unwrap().equals(chunk).unwrap());
    }
    assert!(stream.next().unwrap().is_none());
}

/// "Flush reads all of the data from a Stream and returns it inside a LockedBuffer. If an error is encountered before
/// all the data could be read, it is returned along with any data read up until that point."
#[test]
fn stream_flush_gives_everything() {
    if !alone("api::go::stream_flush_gives_everything") {
        return;
    }
    let mut stream = Stream::new().unwrap();
    stream.write_all(&[1; 10_000]).unwrap();
    stream.write_all(&[1; 3]).unwrap();
    assert!(stream.drain().unwrap().unwrap().equals(&[1; 10_003]).unwrap());
    assert!(stream.is_empty());
    stream.write_all(&[2; 8]).unwrap();
    memguard::purge();
    let error = stream.drain().unwrap_err();
    assert!(error.part.is_none() && matches!(error.cause, ReadCause::Memguard(Error::KeyGone)), "{error:?}");
}

/// "Size returns the number of bytes of data currently stored within a Stream object."
#[test]
fn stream_size_counts_what_waits() {
    let mut stream = Stream::new().unwrap();
    stream.write_all(&[1; 10_000]).unwrap();
    assert_eq!(stream.len(), 10_000);
    stream.read_exact(&mut [0; 4_321]).unwrap();
    assert_eq!(stream.len(), 10_000 - 4_321);
}

/// One row for each test and one test for each row.
#[test]
fn the_table_and_the_tests_match() {
    let table = include_str!("../../src/manual/go.md");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    let mut functions = Vec::new();
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [function, _, _, test] = cells[..] else { panic!("four cells: {row}") };
        functions.push(function);
        *uses.entry(test.trim_matches('`')).or_default() += 1;
    }
    assert!(uses.values().all(|&rows| rows == 1), "two rows name the same test: {uses:?}");
    let count = functions.len();
    functions.sort_unstable();
    functions.dedup();
    assert_eq!((functions.len(), count), (count, uses.len()), "two rows for one function");

    // Tests are functions behind `#[test]`, and lines of the two macros that write tests.
    let source = include_str!("go.rs");
    let mut tests = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "#[test]" {
            let name = lines.next().and_then(|line| line.trim().strip_prefix("fn ")?.split('(').next());
            tests.extend(name.filter(|name| !name.starts_with('$')));
        } else if matches!(line, "integers! {" | "arrays! {") {
            tests.extend(
                lines.by_ref().take_while(|line| *line != "}").filter_map(|line| line.trim().split(',').next()),
            );
        }
    }
    tests.retain(|&test| test != "the_table_and_the_tests_match");
    for test in &tests {
        assert!(uses.remove(test).is_some(), "{test} has no row in go.md");
    }
    assert!(uses.is_empty(), "rows of go.md without a test: {uses:?}");
    assert!(tests.len() >= 51, "only {} tests found: the source has moved", tests.len());
}
