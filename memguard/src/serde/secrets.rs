//! Secrets are deserialised straight into locked pages.

use crate::buffer::drop_before;
use crate::{Buffer, Enclave, ReadCause, Session, global};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, SeqAccess, Unexpected, Visitor};
use std::fmt;
use std::io::{self, Read};
use zeroize::Zeroizing;

// Exhaustive: a seed is a session and nothing else.
/// Deserialises a [`Buffer`] into this session: the twin of `Buffer::deserialize`, which uses the default session.
///
/// ```
/// use memguard::{BufferSeed, Session};
/// use serde::de::DeserializeSeed;
/// let session = Session::new()?;
/// let secret = BufferSeed(&session).deserialize(&mut serde_json::Deserializer::from_str("[1, 2, 3]"))?;
/// assert!(secret.equals(&[1, 2, 3])? && session.exists(&secret));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a seed does nothing until it deserialises"]
pub struct BufferSeed<'s>(pub &'s Session);

// Exhaustive: a seed is a session and nothing else.
/// Deserialises an [`Enclave`] of this session: the twin of `Enclave::deserialize`, which uses the default session.
///
/// The secret is in locked pages until it is sealed.
///
/// ```
/// use memguard::{EnclaveSeed, Session};
/// use serde::de::DeserializeSeed;
/// let session = Session::new()?;
/// let secret = EnclaveSeed(&session).deserialize(&mut serde_json::Deserializer::from_str("\"hunter2\""))?;
/// assert!(secret.open()?.equals(b"hunter2")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a seed does nothing until it deserialises"]
pub struct EnclaveSeed<'s>(pub &'s Session);

impl<'de> Deserialize<'de> for Buffer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BufferSeed(global::session().map_err(D::Error::custom)?).deserialize(deserializer)
    }
}

impl<'de> Deserialize<'de> for Enclave {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        EnclaveSeed(global::session().map_err(D::Error::custom)?).deserialize(deserializer)
    }
}

impl<'de> DeserializeSeed<'de> for BufferSeed<'_> {
    type Value = Buffer;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Buffer, D::Error> {
        describe_or(deserializer, self, D::deserialize_bytes)
    }
}

impl<'de> DeserializeSeed<'de> for EnclaveSeed<'_> {
    type Value = Enclave;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Enclave, D::Error> {
        BufferSeed(self.0).deserialize(deserializer)?.seal().map_err(D::Error::custom)
    }
}

/// Asks a human-readable format for the value that it has. If it were asked for a `wanted` kind of value, its error
/// would show the value that it found instead. Other formats cannot say what they have, so they are asked for the
/// `wanted` kind.
fn describe_or<'de, D: Deserializer<'de>, V: Visitor<'de>>(
    deserializer: D,
    visitor: V,
    wanted: fn(D, V) -> Result<V::Value, D::Error>,
) -> Result<V::Value, D::Error> {
    if deserializer.is_human_readable() { deserializer.deserialize_any(visitor) } else { wanted(deserializer, visitor) }
}

/// Refuses values of these kinds. The errors do not show the values, because they may be secrets in the wrong form.
macro_rules! refuse {
    ($($visit:ident: $type:ty => $kind:literal,)+) => {$(
        fn $visit<E: Error>(self, _: $type) -> Result<Self::Value, E> {
            Err(E::invalid_type(Unexpected::Other($kind), &self))
        }
    )+};
}

impl<'de> Visitor<'de> for BufferSeed<'_> {
    type Value = Buffer;

    refuse! {
        visit_bool: bool => "boolean",
        visit_i64: i64 => "integer",
        visit_i128: i128 => "integer",
        visit_u64: u64 => "integer",
        visit_u128: u128 => "integer",
        visit_f64: f64 => "floating point number",
        visit_char: char => "character",
    }

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret (a byte string, a text, or a sequence of numbers from 0 to 255)")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Buffer, E> {
        self.0.buffer_of(bytes).map_err(E::custom)
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Buffer, E> {
        // Wiped also if the format panics as it makes its error.
        self.visit_bytes(&Zeroizing::new(bytes))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Buffer, E> {
        self.visit_bytes(text.as_bytes())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Buffer, E> {
        self.visit_byte_buf(text.into_bytes())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Buffer, A::Error> {
        let core = self.0.core().map_err(A::Error::custom)?;
        let mut bytes = Bytes { seq, end: None };
        let buffer = Buffer::read_to_end(core, &mut bytes);
        drop_before(bytes.seq, buffer).map_err(|failed| match (bytes.end, failed.cause) {
            (Some(Err(error)), _) => error,
            (_, ReadCause::Memguard(error)) => A::Error::custom(error),
            (_, ReadCause::Reader(error)) => A::Error::custom(error),
        })
    }
}

/// A reader of the bytes of a sequence. So they go straight into locked pages that grow, as the bytes of any reader.
struct Bytes<A, E> {
    seq: A,
    /// How the sequence ended. The sequence is not asked again afterwards, because its answer may change.
    end: Option<Result<(), E>>,
}

impl<'de, A: SeqAccess<'de>> Read for Bytes<A, A::Error> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut read = 0;
        while self.end.is_none() && read < out.len() {
            match self.seq.next_element_seed(Byte) {
                Ok(Some(byte)) => {
                    out[read] = byte;
                    read += 1;
                }
                Ok(None) => self.end = Some(Ok(())),
                Err(error) => self.end = Some(Err(error)),
            }
        }
        match self.end {
            // The error itself is kept: it says where in the input it is.
            Some(Err(_)) => Err(io::ErrorKind::InvalidData.into()),
            _ => Ok(read),
        }
    }
}

/// One number of a sequence.
struct Byte;

impl<'de> DeserializeSeed<'de> for Byte {
    type Value = u8;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u8, D::Error> {
        describe_or(deserializer, self, D::deserialize_u8)
    }
}

impl Visitor<'_> for Byte {
    type Value = u8;

    refuse! {
        visit_bool: bool => "boolean",
        visit_i128: i128 => "integer",
        visit_u128: u128 => "integer",
        visit_f64: f64 => "floating point number",
        visit_str: &str => "text",
        visit_bytes: &[u8] => "byte string",
    }

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number from 0 to 255")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<u8, E> {
        u8::try_from(number).map_err(|_| E::invalid_value(Unexpected::Other("integer"), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<u8, E> {
        u8::try_from(number).map_err(|_| E::invalid_value(Unexpected::Other("integer"), &self))
    }
}
