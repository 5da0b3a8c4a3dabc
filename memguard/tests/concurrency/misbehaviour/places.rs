//! The calls that run foreign code, one for each way in.

use super::scene::{ActsInDrop, Returned, Scene};
use crate::support::place::{Secret, new_secret};
use memguard::{Buffer, Error, FlatResult, ReadCause, ReadError, Stream};
#[cfg(feature = "serde")]
use serde::de::{
    DeserializeSeed,
    value::{Error as ValueError, SeqAccessDeserializer, SeqDeserializer},
};
use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::io::{self, BufRead, ErrorKind, Read};
use std::sync::Arc;
use std::thread;

type Result<T> = std::result::Result<T, Error>;

pub fn with_data(scene: &Arc<Scene>) -> Result<Returned> {
    scene.target.with_data(|bytes| scene.act_on_target(bytes))
}

pub fn with_data_mut(scene: &Arc<Scene>) -> Result<Returned> {
    scene.target.with_data_mut(|bytes| scene.act_on_target(bytes))
}

pub fn with_buffers(scene: &Arc<Scene>) -> Result<Returned> {
    memguard::with_buffers(&[&scene.target], &[&scene.other], |reads, _| scene.act_on_target(reads[0]))
}

pub fn string_slice(scene: &Arc<Scene>) -> Result<Returned> {
    scene.target.string_slice(|text| scene.act_on_target(text.as_bytes()))
}

pub fn byte_array(scene: &Arc<Scene>) -> Result<Returned> {
    scene.target.byte_array(|bytes: &[u8; 8]| scene.act_on_target(bytes))
}

pub fn uint64_slice(scene: &Arc<Scene>) -> Result<Returned> {
    scene.target.uint64_slice(|integers| scene.act_on_target(integers))
}

pub fn uint64_slice_mut(scene: &Arc<Scene>) -> Result<Returned> {
    scene.target.uint64_slice_mut(|integers| scene.act_on_target(integers))
}

pub fn enclave_with_data(scene: &Arc<Scene>) -> Result<Returned> {
    let sealed = scene.session().enclave(&mut scene.secret_of_target())?;
    sealed.with_data(|bytes| scene.act_on_target(bytes))
}

/// A reader that gives the secret and misbehaves before it returns from that.
struct Gives<'s> {
    scene: &'s Arc<Scene>,
    secret: Secret,
    given: usize,
    start: usize,
}

impl<'s> Gives<'s> {
    fn new(scene: &'s Arc<Scene>) -> Self {
        Self { scene, secret: new_secret(), given: 0, start: 0 }
    }
}

impl Read for Gives<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let secret = self.secret;
        if self.given == secret.len() {
            // The delimiter.
            into[0] = 0;
            return Ok(1);
        }
        if self.given == 0 {
            self.start = into.as_ptr().addr();
        }
        let now = into.len().min(secret.len() - self.given);
        into[..now].copy_from_slice(&secret[self.given..self.given + now]);
        let given = self.given + now;
        if given == secret.len() {
            self.scene.saw(self.start, secret);
            let returned = self.scene.act();
            if returned.0.is_some() {
                return Err(io::Error::new(ErrorKind::Interrupted, returned));
            }
        }
        self.given = given;
        Ok(now)
    }
}

fn read(result: std::result::Result<Buffer, ReadError>) -> Result<Returned> {
    match result.map_err(|error| error.cause) {
        Ok(_) => Ok(Returned(None)),
        Err(ReadCause::Memguard(error)) => Err(error),
        Err(other) => panic!("{other:?}"),
    }
}

pub fn buffer_from_reader(scene: &Arc<Scene>) -> Result<Returned> {
    read(scene.session().buffer_from_reader(Gives::new(scene), 8))
}

pub fn buffer_from_reader_until(scene: &Arc<Scene>) -> Result<Returned> {
    read(scene.session().buffer_from_reader_until(Gives::new(scene), 0))
}

pub fn buffer_from_entire_reader(scene: &Arc<Scene>) -> Result<Returned> {
    read(scene.session().buffer_from_entire_reader(Gives::new(scene).take(9)))
}

pub fn buffer_new_with(scene: &Arc<Scene>) -> Result<Returned> {
    scene.session().buffer_new_with(8, |bytes| drop(fill(scene, bytes))).map(|_| Returned(None))
}

pub fn buffer_try_new_with(scene: &Arc<Scene>) -> Result<Returned> {
    let fill = |bytes: &mut [u8]| {
        drop(fill(scene, bytes));
        Ok::<_, Error>(())
    };
    scene.session().buffer_try_new_with(8, fill).map(|_| Returned(None))
}

#[cfg(feature = "zerocopy")]
pub fn secret_new_with(scene: &Arc<Scene>) -> Result<Returned> {
    scene.session().secret_new_with(|bytes: &mut Secret| drop(fill(scene, bytes))).map(|_| Returned(None))
}

#[cfg(feature = "zerocopy")]
pub fn secret_try_new_with(scene: &Arc<Scene>) -> Result<Returned> {
    let fill = |bytes: &mut Secret| {
        drop(fill(scene, bytes));
        Ok::<_, Error>(())
    };
    scene.session().secret_try_new_with(fill).map(|_| Returned(None))
}

/// The closure writes a new secret, and misbehaves before it returns.
fn fill(scene: &Arc<Scene>, bytes: &mut [u8]) -> Returned {
    let secret = new_secret();
    bytes.copy_from_slice(&secret);
    scene.saw(bytes.as_ptr().addr(), secret);
    scene.act()
}

thread_local! {
    static MAKES_ERRORS: Cell<Option<Arc<Scene>>> = const { Cell::new(None) };
}

/// An error of the caller's own, which misbehaves as it is made.
struct Mine(Returned);

impl From<Error> for Mine {
    fn from(error: Error) -> Self {
        assert_eq!(error, Error::EmptyLength);
        let scene = MAKES_ERRORS.take();
        Self(scene.map_or(Returned(None), |scene| scene.act()))
    }
}

pub fn error_of_the_caller(scene: &Arc<Scene>) -> Result<Returned> {
    MAKES_ERRORS.set(Some(Arc::clone(scene)));
    made(scene.session().buffer_try_new_with(0, |_| Ok(())))
}

pub fn error_of_the_caller_by_flat(scene: &Arc<Scene>) -> Result<Returned> {
    MAKES_ERRORS.set(Some(Arc::clone(scene)));
    made(scene.session().buffer(0).map(Ok).flat())
}

fn made(result: std::result::Result<Buffer, Mine>) -> Result<Returned> {
    match result {
        Ok(_) => panic!("no buffer is empty"),
        Err(Mine(returned)) => Ok(returned),
    }
}

/// A writer that misbehaves when it is called.
struct Takes<'s>(&'s Arc<Scene>);

impl io::Write for Takes<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        drop(self.0.act_on_target(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Write for Takes<'_> {
    fn write_str(&mut self, _: &str) -> fmt::Result {
        drop(self.0.act());
        Ok(())
    }
}

pub fn read_into_a_guard(scene: &Arc<Scene>) -> Result<Returned> {
    let mut guard = scene.target.write()?;
    // Afterwards the target is as it was.
    let mut reader = Gives { secret: scene.secret_of_target(), ..Gives::new(scene) };
    drop(reader.read(&mut guard));
    Ok(Returned(None))
}

pub fn write_to(scene: &Arc<Scene>) -> Result<Returned> {
    written(scene.target.reader().write_to(&mut Takes(scene)))
}

fn stream_of(scene: &Scene, secret: Secret) -> Result<Stream> {
    let stream = scene.session().stream()?;
    stream.move_from(&mut secret.to_vec())?;
    Ok(stream)
}

/// A writer that misbehaves when it has seen what was in a stream.
struct TakesFromStream<'s>(&'s Arc<Scene>, Secret);

impl io::Write for TakesFromStream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.saw(bytes.as_ptr().addr(), self.1);
        drop(self.0.act());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn stream_write_to(scene: &Arc<Scene>) -> Result<Returned> {
    let secret = new_secret();
    let result = stream_of(scene, secret)?.write_to(&mut TakesFromStream(scene, secret));
    written(result)
}

pub fn dropped_error_of_a_streams_writer(scene: &Arc<Scene>) -> Result<Returned> {
    let secret = new_secret();
    let result = stream_of(scene, secret)?.write_to(&mut FailsToTake(scene, secret, false));
    written(result)
}

fn written(result: io::Result<u64>) -> Result<Returned> {
    result.map(|_| Returned(None)).map_err(|error| error.downcast().expect("ours"))
}

/// A writer whose error misbehaves as it is dropped, while the bytes are seen.
struct FailsToTake<'s>(&'s Arc<Scene>, Secret, bool);

impl io::Write for FailsToTake<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.saw(bytes.as_ptr().addr(), self.1);
        if std::mem::replace(&mut self.2, true) {
            return Ok(bytes.len());
        }
        Err(io::Error::new(ErrorKind::Interrupted, ActsInDrop(Arc::clone(self.0))))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn dropped_error_of_a_writer(scene: &Arc<Scene>) -> Result<Returned> {
    written(scene.target.reader().write_to(&mut FailsToTake(scene, scene.secret_of_target(), false)))
}

pub fn write_from_a_guard(scene: &Arc<Scene>) -> Result<Returned> {
    let mut reader = scene.target.reader();
    let bytes = reader.fill_buf().map_err(|error| error.downcast::<Error>().expect("ours"))?;
    io::Write::write_all(&mut Takes(scene), bytes).expect("it fails never");
    Ok(Returned(None))
}

#[cfg(feature = "serde")]
pub fn buffer_seed(scene: &Arc<Scene>) -> Result<Returned> {
    let mut returned = Vec::new();
    let bytes = new_secret().into_iter().enumerate().map(move |(at, byte)| {
        if at == 7 {
            returned.push(scene.act());
        }
        byte
    });
    let session = scene.session();
    match memguard::BufferSeed(&session).deserialize(SeqDeserializer::<_, ValueError>::new(bytes)) {
        Ok(_) => Ok(Returned(None)),
        Err(error) => {
            assert!(error.to_string().contains("destroyed"), "{error}");
            Err(Error::Destroyed)
        }
    }
}

/// A sequence that misbehaves as it is dropped.
#[cfg(feature = "serde")]
struct Sequence<'s> {
    scene: &'s Arc<Scene>,
    left: std::array::IntoIter<u8, 8>,
}

#[cfg(feature = "serde")]
impl Drop for Sequence<'_> {
    fn drop(&mut self) {
        drop(self.scene.act());
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::de::SeqAccess<'de> for Sequence<'_> {
    type Error = ValueError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> std::result::Result<Option<T::Value>, Self::Error> {
        self.left.next().map(|byte| seed.deserialize(serde::de::IntoDeserializer::into_deserializer(byte))).transpose()
    }
}

#[cfg(feature = "serde")]
pub fn dropped_sequence(scene: &Arc<Scene>) -> Result<Returned> {
    let sequence = Sequence { scene, left: new_secret().into_iter() };
    let session = scene.session();
    memguard::BufferSeed(&session).deserialize(SeqAccessDeserializer::new(sequence)).expect("it fails never");
    Ok(Returned(None))
}

/// A writer that misbehaves, and sees no secret.
#[cfg(feature = "serde")]
struct TakesCounts<'s>(&'s Arc<Scene>);

#[cfg(feature = "serde")]
impl io::Write for TakesCounts<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        drop(self.0.act());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(feature = "serde")]
pub fn health_as_json(scene: &Arc<Scene>) -> Result<Returned> {
    serde_json::to_writer(TakesCounts(scene), &scene.session().health()).expect("it fails never");
    Ok(Returned(None))
}

fn destroyed(scene: &Scene) -> Result<Buffer> {
    let buffer = scene.session().buffer(8)?;
    let _wiped = buffer.destroy()?;
    Ok(buffer)
}

pub fn dropped_by_with_data(scene: &Arc<Scene>) -> Result<Returned> {
    let closure = ActsInDrop(Arc::clone(scene));
    destroyed(scene)?.with_data(|_| drop(closure)).map(|()| Returned(None))
}

pub fn dropped_by_with_buffers(scene: &Arc<Scene>) -> Result<Returned> {
    let closure = ActsInDrop(Arc::clone(scene));
    memguard::with_buffers(&[&scene.other, &destroyed(scene)?], &[], |_, _| drop(closure)).map(|()| Returned(None))
}

pub fn dropped_by_string_slice(scene: &Arc<Scene>) -> Result<Returned> {
    let closure = ActsInDrop(Arc::clone(scene));
    destroyed(scene)?.string_slice(|_| drop(closure)).map(|()| Returned(None))
}

/// It is not called, because there are no empty buffers.
pub fn dropped_by_new_with(scene: &Arc<Scene>) -> Result<Returned> {
    let closure = ActsInDrop(Arc::clone(scene));
    match scene.session().buffer_new_with(0, |_| drop(closure)) {
        Err(Error::EmptyLength) => Ok(Returned(None)),
        other => panic!("{other:?}"),
    }
}

/// It is called, and what it owns is dropped as it returns.
pub fn dropped_in_new_with(scene: &Arc<Scene>) -> Result<Returned> {
    let owned = ActsInDrop(Arc::clone(scene));
    let fill = move |bytes: &mut [u8]| {
        let secret = new_secret();
        bytes.copy_from_slice(&secret);
        owned.0.saw(bytes.as_ptr().addr(), secret);
    };
    scene.session().buffer_new_with(8, fill).map(|_| Returned(None))
}

/// A reader that misbehaves as it is dropped, after it has given all.
struct ActsAfter<'s>(&'s Arc<Scene>);

impl Read for ActsAfter<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        give_all(self.0, into)
    }
}

impl Drop for ActsAfter<'_> {
    fn drop(&mut self) {
        drop(self.0.act());
    }
}

fn give_all(scene: &Scene, into: &mut [u8]) -> io::Result<usize> {
    let secret = new_secret();
    scene.saw(into.as_ptr().addr(), secret);
    into.copy_from_slice(&secret);
    Ok(into.len())
}

pub fn dropped_reader(scene: &Arc<Scene>) -> Result<Returned> {
    read(scene.session().buffer_from_reader(ActsAfter(scene), 8))
}

/// A reader whose error misbehaves as it is dropped.
struct FailsOnce<'s>(&'s Arc<Scene>, bool);

impl Read for FailsOnce<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = give_all(self.0, into);
        if std::mem::replace(&mut self.1, true) {
            return read;
        }
        Err(io::Error::new(ErrorKind::Interrupted, ActsInDrop(Arc::clone(self.0))))
    }
}

pub fn dropped_error(scene: &Arc<Scene>) -> Result<Returned> {
    read(scene.session().buffer_from_reader(FailsOnce(scene, false), 8))
}

thread_local! {
    static LEFT: Cell<Option<ActsInDrop>> = const { Cell::new(None) };
}

/// Before those of the library: the last thread-local is destroyed first.
pub fn thread_local_first(scene: &Arc<Scene>) -> Result<Returned> {
    at_thread_exit(scene, |scene| drop(scene.other.read()), |_| ())
}

/// After those of the library.
pub fn thread_local_last(scene: &Arc<Scene>) -> Result<Returned> {
    at_thread_exit(scene, |_| (), |scene| drop(scene.other.read()))
}

fn at_thread_exit(scene: &Arc<Scene>, before: fn(&Scene), after: fn(&Scene)) -> Result<Returned> {
    let scene = Arc::clone(scene);
    let thread = thread::spawn(move || {
        before(&scene);
        LEFT.set(Some(ActsInDrop(Arc::clone(&scene))));
        after(&scene);
    });
    thread.join().expect("it ends");
    Ok(Returned(None))
}

struct Message<'s>(&'s Arc<Scene>);

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        drop(self.0.act());
        f.write_str("planned")
    }
}

pub fn safe_panic(scene: &Arc<Scene>) -> Result<Returned> {
    memguard::safe_panic(Message(scene))
}

pub fn safe_panic_any(scene: &Arc<Scene>) -> Result<Returned> {
    memguard::safe_panic_any(ActsInDrop(Arc::clone(scene)))
}

pub fn debug_of_a_buffer(scene: &Arc<Scene>) -> Result<Returned> {
    write!(Takes(scene), "{:?}", scene.target).expect("it fails never");
    Ok(Returned(None))
}

pub fn debug_of_a_session(scene: &Arc<Scene>) -> Result<Returned> {
    write!(Takes(scene), "{:?}", scene.session()).expect("it fails never");
    Ok(Returned(None))
}
