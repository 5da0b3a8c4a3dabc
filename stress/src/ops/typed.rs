//! Compares the accessors that return integers with integers made from the model.

use super::model::Contents;
use super::parts::Width;
use memguard::{Buffer, Result};

/// Compares one integer with the bytes it must be made of.
trait Integer: Copy {
    fn is(self, bytes: &[u8]) -> bool;
}

macro_rules! integers {
    ($($int:ty)+) => {$(
        impl Integer for $int {
            fn is(self, bytes: &[u8]) -> bool {
                bytes == self.to_ne_bytes()
            }
        }
    )+};
}
integers!(i8 i16 i32 i64 u8 u16 u32 u64);

/// Reads the buffer as integers of this width and compares them with what must be there.
pub(super) fn check(buffer: &Buffer, width: Width, contents: &Contents) -> Result<std::result::Result<(), String>> {
    match width {
        Width::I8 => buffer.int8_slice(|seen| compare(seen, contents)),
        Width::I16 => buffer.int16_slice(|seen| compare(seen, contents)),
        Width::I32 => buffer.int32_slice(|seen| compare(seen, contents)),
        Width::I64 => buffer.int64_slice(|seen| compare(seen, contents)),
        Width::U8 => buffer.uint8_slice(|seen| compare(seen, contents)),
        Width::U16 => buffer.uint16_slice(|seen| compare(seen, contents)),
        Width::U32 => buffer.uint32_slice(|seen| compare(seen, contents)),
        Width::U64 => buffer.uint64_slice(|seen| compare(seen, contents)),
    }
}

fn compare<T: Integer>(seen: &[T], contents: &Contents) -> std::result::Result<(), String> {
    let (got, wanted) = (seen.len(), contents.len() / size_of::<T>());
    if got != wanted {
        return Err(format!("{got} integers of {} bytes instead of {wanted}", size_of::<T>()));
    }
    let Some(bytes) = contents.known() else { return Ok(()) };
    let mut pairs = seen.iter().zip(bytes.chunks_exact(size_of::<T>()));
    match pairs.position(|(integer, bytes)| !integer.is(bytes)) {
        Some(at) => Err(format!("integer {at} of {got} ({} bytes each) is not what was stored", size_of::<T>())),
        None => Ok(()),
    }
}
