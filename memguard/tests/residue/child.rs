//! The process that is searched. It gets secrets and does everything that can be done with them, in phases.

#![allow(clippy::disallowed_methods, reason = "a child that tells its parent where it is")]

use crate::taken_in::{self, LEN};
use memguard::{Buffer, Cipher, ControlKind, ControlPolicy, Enclave, Isolation, SecretVec, Session};
use std::fs::File;
use std::io::{BufRead, Read, Seek, SeekFrom, Write};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The standard input without the standard library's buffer, which would keep the bytes that it read.
fn input() -> ManuallyDrop<File> {
    // SAFETY: the descriptor is open, and `ManuallyDrop` keeps it so.
    ManuallyDrop::new(unsafe { File::from_raw_fd(0) })
}

fn say(line: &str) {
    println!("\nresidue: {line}");
}

/// A secret from the parent, read straight into locked pages.
fn receive(session: &Session) -> Buffer {
    say("want");
    session.buffer_from_reader(&mut *input(), LEN).unwrap()
}

/// A signal handler that does nothing. The kernel writes all registers to the stack below this thread's frames.
extern "C" fn nothing(_signal: i32) {}

fn handle_signals() {
    // SAFETY: a handler that does nothing may interrupt anything.
    unsafe { libc::signal(libc::SIGUSR1, nothing as *const () as libc::sighandler_t) };
}

/// A copy of the caller's own. `copy_from_slice` leaves bytes in the vector registers, and nobody clears those of a
/// caller: the next signal writes them to the stack. A byte at a time passes through one register only.
fn copy_bytewise(from: &[u8], into: &mut [u8]) {
    for (into, from) in into.iter_mut().zip(from) {
        // SAFETY: `into` is a reference to one byte. A volatile write is not joined with its neighbours.
        unsafe { std::ptr::write_volatile(into, *from) };
    }
}

/// Lets the parent search. It may find whole secrets in these buffers, and nothing elsewhere.
fn scan(phase: &str, live: &[&Buffer]) {
    // SAFETY: the signal has a handler.
    unsafe { libc::raise(libc::SIGUSR1) };
    let places: String = live
        .iter()
        .map(|buffer| buffer.with_data(|bytes| format!(" {:x}:{:x}", bytes.as_ptr().addr(), bytes.len())).unwrap())
        .collect();
    say(&format!("scan {phase}{places}"));
    let mut go = [0];
    input().read_exact(&mut go).unwrap();
}

/// Tells the parent the ciphertext of a known secret. The parent recognises the key by it.
fn tell_sealed(enclave: &Enclave) {
    let hex: String = enclave.sealed().iter().map(|byte| format!("{byte:02x}")).collect();
    say(&format!("sealed {hex}"));
}

/// A string of the secret, with a second copy behind the text in its memory.
fn text_of(secret: &Buffer) -> String {
    let mut bytes = vec![0; 2 * LEN];
    secret.with_data(|from| bytes.chunks_exact_mut(LEN).for_each(|half| copy_bytewise(from, half))).unwrap();
    bytes.truncate(LEN);
    // SAFETY: secrets are letters and digits. To check that would leave some in registers.
    unsafe { String::from_utf8_unchecked(bytes) }
}

pub fn run(cipher: Cipher) {
    handle_signals();
    let session = Session::builder().rekey_interval(None).cipher(cipher).stream_chunk(100).build().unwrap();

    let buffer = receive(&session);
    scan("from a reader", &[&buffer]);

    let enclave = buffer.seal().unwrap();
    drop(buffer);
    tell_sealed(&enclave);
    scan("sealed", &[]);

    let opened = enclave.open().unwrap();
    scan("opened", &[&opened]);

    let letters = |bytes: &[u8]| bytes.iter().map(|&byte| usize::from(byte)).sum::<usize>();
    assert_eq!(enclave.with_data(letters).unwrap(), opened.with_data(letters).unwrap());
    scan("shown by an enclave", &[&opened]);

    let (placed, filled) = in_place(&session, &enclave, &opened);
    scan("opened and filled in place", &[&opened, &placed, &filled]);
    written(&filled, &placed);
    scan("written from a reader", &[&opened, &placed, &filled]);
    drop((placed, filled));

    // Too long for the cipher of short secrets.
    let long = session.buffer(2 * LEN).unwrap();
    for half in [0, LEN] {
        opened.with_data(|bytes| long.copy_from_at(half, bytes)).unwrap().unwrap();
    }
    let enclave_of_long = long.seal().unwrap();
    let long = enclave_of_long.open().unwrap();
    let placed = session.buffer(2 * LEN).unwrap();
    enclave_of_long.open_into(&placed).unwrap();
    scan("sealed and opened again", &[&opened, &long, &placed]);
    drop((long, placed));

    let mut source = [0; LEN];
    opened.with_data(|bytes| copy_bytewise(bytes, &mut source)).unwrap();
    let moved = session.buffer_from_bytes(&mut source).unwrap();
    let mut text = text_of(&opened);
    let from_text = session.buffer_from_string(&mut text).unwrap();
    scan("moved", &[&opened, &moved, &from_text]);
    drop((text, from_text));

    let from_terminal = taken_in::typed_in(&session, &opened);
    scan("typed at a terminal", &[&opened, &moved, &from_terminal]);
    drop(from_terminal);
    #[cfg(feature = "serde")]
    {
        let [buffer, from_enclave] = taken_in::deserialised(&session, &opened);
        scan("deserialised", &[&opened, &moved, &buffer, &from_enclave]);
    }

    let clone = opened.try_clone().unwrap();
    drop((opened, moved));
    scan("cloned", &[&clone]);

    typed(&clone);
    scan("typed", &[&clone]);
    typed_changes(&clone);
    scan("changed as integers", &[&clone]);

    edited(&session, &clone);
    scan("edited", &[&clone]);
    let grows = grown(&session, &clone);
    scan("grown", &[&clone, grows.as_buffer()]);
    drop((clone, grows));
    scan("dropped", &[]);

    stream(&session);

    let buffer = receive(&session);
    for _ in 0..2 {
        let panic = catch_unwind(AssertUnwindSafe(|| buffer.with_data(|_| panic!("planned, inside a read"))));
        assert!(panic.is_err());
        buffer.melt().unwrap();
        let panic = catch_unwind(AssertUnwindSafe(|| buffer.with_data_mut(|_| panic!("planned, inside a write"))));
        assert!(panic.is_err());
        let panic = catch_unwind(AssertUnwindSafe(|| buffer.uint64_slice(|_| panic!("planned, with integers"))));
        assert!(panic.is_err());
        let fill = |bytes: &mut [u8]| {
            buffer.with_data(|from| copy_bytewise(from, bytes)).unwrap();
            panic!("planned, in a new buffer");
        };
        assert!(catch_unwind(AssertUnwindSafe(|| session.buffer_new_with(LEN, fill))).is_err());
    }
    scan("panicked", &[&buffer]);
    drop(format!("{buffer:?} {:?} {:?}", buffer.read(), session));
    scan("shown", &[&buffer]);

    for _ in 0..20 {
        assert_eq!(session.rekey().unwrap(), memguard::Rekey::Done);
    }
    assert!(enclave.open().unwrap().equals(&enclave.open().unwrap().read().unwrap()).unwrap());
    scan("rekeyed", &[&buffer]);

    handed_over(&session, buffer);
    scan("handed over", &[]);

    for isolation in [Isolation::Packed, Isolation::Concealed, Isolation::Secret] {
        other_isolation(cipher, isolation);
    }

    let buffer = receive(&session);
    session.purge();
    assert!(enclave.open().is_err() && !buffer.is_alive());
    scan("purged", &[]);
    drop(session);
    scan("ended", &[]);

    let held = [Isolation::Page, Isolation::Packed, Isolation::Concealed, Isolation::Secret].map(|isolation| {
        let session = isolated(cipher, isolation);
        let buffer = receive(&session);
        (session, buffer)
    });
    let enclave = held[0].1.try_clone().unwrap().seal().unwrap();
    tell_sealed(&enclave);
    say("dump");
    // The parent ends this process here.
    let _ = input().read(&mut [0]);
}

fn typed(buffer: &Buffer) {
    let mut sum = 0;
    buffer.int8_slice(|ints| sum += ints.iter().map(|&int| i64::from(int)).sum::<i64>()).unwrap();
    buffer.int16_slice(|ints| sum += ints.iter().map(|&int| i64::from(int)).sum::<i64>()).unwrap();
    buffer.int32_slice(|ints| sum += ints.iter().map(|&int| i64::from(int)).sum::<i64>()).unwrap();
    buffer.int64_slice(|ints| sum ^= ints.iter().fold(0, |a, b| a ^ b)).unwrap();
    buffer.uint8_slice(|ints| sum += ints.iter().map(|&int| i64::from(int)).sum::<i64>()).unwrap();
    buffer.uint16_slice(|ints| sum += ints.iter().map(|&int| i64::from(int)).sum::<i64>()).unwrap();
    buffer.uint32_slice(|ints| sum += ints.iter().map(|&int| i64::from(int)).sum::<i64>()).unwrap();
    buffer.uint64_slice(|ints| sum ^= ints.iter().fold(0, |a, b| a ^ b).cast_signed()).unwrap();
    buffer.string_slice(|text| sum += i64::try_from(text.len()).unwrap()).unwrap();
    buffer.byte_array(|bytes: &[u8; 64]| sum += i64::from(bytes[63])).unwrap();
    assert_ne!(sum, 0);
}

/// Integers of the secret are changed, also by a closure that panics, and then changed back.
fn typed_changes(buffer: &Buffer) {
    buffer.melt().unwrap();
    buffer.int8_slice_mut(|ints| ints.iter_mut().for_each(|int| *int = !*int)).unwrap();
    buffer.uint16_slice_mut(|ints| ints.iter_mut().for_each(|int| *int = !*int)).unwrap();
    buffer.int32_slice_mut(|ints| ints[3] = !ints[3]).unwrap();
    let panics = |ints: &mut [u64]| {
        ints[3] = !ints[3];
        panic!("planned, in a closure");
    };
    for _ in 0..2 {
        assert!(catch_unwind(AssertUnwindSafe(|| buffer.uint64_slice_mut(panics))).is_err());
    }
    buffer.int32_slice_mut(|ints| ints[3] = !ints[3]).unwrap();
}

fn edited(session: &Session, buffer: &Buffer) {
    let other = session.buffer(LEN).unwrap();
    other.copy_from(&buffer.read().unwrap()).unwrap();
    other.copy_from_at(1, &buffer.read().unwrap()[..LEN - 1]).unwrap();
    assert!(buffer.equals(&buffer.read().unwrap()).unwrap());
    other.wipe().unwrap();
    memguard::with_buffers(&[buffer], &[&other], |reads, writes| copy_bytewise(reads[0], writes[0])).unwrap();
    other.scramble().unwrap();
    let mut reader = buffer.reader();
    reader.seek(SeekFrom::Start(7)).unwrap();
    let taken = reader.fill_buf().unwrap().len();
    reader.consume(taken / 2);
    let _ = reader.read(&mut other.write().unwrap()).unwrap();
    drop(reader);
    let until = session.buffer_from_reader_until(buffer.reader(), b'\n');
    drop(until.unwrap_err().part.unwrap());
    drop(session.buffer_from_entire_reader(buffer.reader()).unwrap());
    drop(grown(session, buffer));
}

/// The secret several times, in a growable one that has moved, was cut off and moves once more.
fn grown(session: &Session, buffer: &Buffer) -> SecretVec {
    let mut grows = session.secret_vec().unwrap();
    for _ in 0..10 {
        buffer.with_data(|bytes| grows.extend_from_slice(bytes)).unwrap().unwrap();
    }
    buffer.with_data(|bytes| bytes.iter().for_each(|&byte| grows.push(byte).unwrap())).unwrap();
    grows.truncate(LEN + 1).unwrap();
    grows.reserve(20 * LEN).unwrap();
    grows
}

/// The secret in two buffers: one that the enclave opened into, and one that a closure filled.
fn in_place(session: &Session, enclave: &Enclave, opened: &Buffer) -> (Buffer, Buffer) {
    let placed = session.buffer(LEN).unwrap();
    let mut changed = enclave.sealed().to_vec();
    *changed.last_mut().unwrap() ^= 1;
    assert!(session.enclave_from_sealed(&changed).unwrap().open_into(&placed).is_err());
    enclave.clone().open_into(&placed).unwrap();
    let copy = |bytes: &mut [u8]| opened.with_data(|from| copy_bytewise(from, bytes));
    drop(session.buffer_new_with(LEN, |bytes| copy(bytes).unwrap()).unwrap());
    let filled = session.buffer_try_new_with(LEN, copy).unwrap();
    assert!(filled.equals_buffer(&placed).unwrap());
    #[cfg(feature = "zerocopy")]
    typed_secret(session, &copy);
    (placed, filled)
}

#[cfg(feature = "zerocopy")]
fn typed_secret(session: &Session, copy: &dyn Fn(&mut [u8]) -> memguard::Result<()>) {
    use zerocopy::IntoBytes;
    let secret = session.secret_new_with(|value: &mut [u64; LEN / 8]| copy(value.as_mut_bytes()).unwrap()).unwrap();
    assert_ne!(secret.read().unwrap().iter().fold(0, |a, b| a ^ b), 0);
    let placed = session.secret::<[u64; LEN / 8]>().unwrap();
    secret.as_buffer().seal().unwrap().open_into(placed.as_buffer()).unwrap();
    placed.write().unwrap()[0] = 0;
}

fn written(from: &Buffer, to: &Buffer) {
    from.reader().write_to(&mut std::io::sink()).unwrap();
    let mut bytes = to.write().unwrap();
    assert_eq!(from.reader().write_to(&mut &mut bytes[..]).unwrap(), LEN as u64);
}

/// The writers of a stream are full, panic, and take the rest.
fn written_from_a_stream(session: &Session, secret: &Buffer) {
    struct Panics;
    impl Write for Panics {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            panic!("planned, in a writer");
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut stream = session.stream().unwrap();
    secret.with_data(|bytes| stream.write_all(bytes)).unwrap().unwrap();
    let part = session.buffer(150).unwrap();
    assert!(stream.write_to(&mut &mut part.write().unwrap()[..]).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| stream.write_to(&mut Panics))).is_err());
    assert_eq!(stream.write_to(&mut std::io::sink()).unwrap(), (LEN - 150) as u64);
}

fn stream(session: &Session) {
    let mut stream = session.stream().unwrap();
    let secret = receive(session);
    secret.with_data(|bytes| stream.write_all(bytes)).unwrap().unwrap();
    written_from_a_stream(session, &secret);
    drop(secret);
    scan("written to a stream, and from another one", &[]);

    // The chunks have 100 bytes. The second chunk stays open, half read, in a slot that only the parent's search can
    // find.
    let part = session.buffer(150).unwrap();
    let mut bytes = part.write().unwrap();
    stream.read_exact(&mut bytes).unwrap();
    drop(bytes);
    let chunk = stream.next().unwrap().unwrap();
    scan("read from a stream", &[&part, &chunk]);

    drop((part, chunk));
    let rest = stream.drain().unwrap().unwrap();
    scan("flushed", &[&rest]);
    drop((rest, stream));
    scan("stream dropped", &[]);
}

fn handed_over(session: &Session, buffer: Buffer) {
    std::thread::scope(|scope| {
        let inside = buffer.read().unwrap();
        let disposal = scope.spawn(|| buffer.destroy()).join().unwrap();
        assert_eq!(disposal, Ok(memguard::Disposal::HandedOver));
        let again = session.buffer(8);
        drop((inside, again));
    });
}

/// A session of this isolation. Where pages cannot be hidden, they are ordinary.
fn isolated(cipher: Cipher, isolation: Isolation) -> Session {
    let builder = Session::builder().rekey_interval(None).cipher(cipher).isolation(isolation);
    builder.control(ControlKind::Hide, ControlPolicy::Prefer).build().unwrap()
}

/// In a session whose pages are hidden, the parent finds nothing at all.
fn other_isolation(cipher: Cipher, isolation: Isolation) {
    let session = isolated(cipher, isolation);
    let buffer = receive(&session);
    let enclave = buffer.try_clone().unwrap().seal().unwrap();
    let opened = enclave.open().unwrap();
    typed(&opened);
    edited(&session, &opened);
    let (placed, filled) = in_place(&session, &enclave, &opened);
    written(&filled, &placed);
    written_from_a_stream(&session, &opened);
    drop((placed, filled));
    let is_hidden = isolation == Isolation::Secret && session.health().degraded.unhidden_pages == 0;
    let live = [&buffer, &opened];
    scan(&format!("{isolation:?}"), if is_hidden { &[] } else { &live });
    drop((buffer, opened));
    scan(&format!("{isolation:?} and dropped"), &[]);
}
