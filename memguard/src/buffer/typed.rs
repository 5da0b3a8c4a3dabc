//! Typed accessors: the bytes as integers.

use super::Buffer;
use crate::Result;

macro_rules! typed {
    ($($name:ident, $int:ty, $width:literal;)+) => {$(
        #[doc = concat!("Calls `user` with the bytes as a slice of `", stringify!($int), "`, in the machine's byte order.")]
        ///
        /// The slice is a copy in locked memory, wiped when `user` returns or panics, and the access has ended before `user`
        /// is called: `user` may call anything on the same buffer. What does not make up a whole integer at the end is left
        /// out, so a buffer too short for one gives an empty slice.
        ///
        /// # Errors
        /// As [`read`](Buffer::read), and [`Error::Limit`](crate::Error::Limit) if there is no locked memory for the copy.
        ///
        /// ```
        #[doc = concat!("let buffer = memguard::Buffer::new(2 * ", $width, " + ", $width, " / 2)?;")]
        #[doc = concat!("assert_eq!(buffer.", stringify!($name), "(|integers| integers.to_vec())?, [0, 0]);")]
        #[doc = concat!("assert!(buffer.", stringify!($name), "(|_| buffer.destroy())?.is_ok());")]
        /// # Ok::<(), memguard::Error>(())
        /// ```
        pub fn $name<R>(&self, user: impl FnOnce(&[$int]) -> R) -> Result<R> {
            const { assert!(size_of::<$int>() == $width && align_of::<$int>() <= 64) };
            let bytes = self.read()?;
            let whole = bytes.len() - bytes.len() % $width;
            if whole == 0 {
                drop(bytes);
                return Ok(user(&[]));
            }
            let mut copy = self.core.pool.scratch(whole)?;
            copy.copy_from_slice(&bytes[..whole]);
            drop(bytes);
            // SAFETY: the copy ends at a page boundary and its length is a multiple of the width, so it starts at one too;
            // every bit pattern is an integer.
            let integers = unsafe { std::slice::from_raw_parts(copy.as_ptr().cast(), whole / $width) };
            Ok(user(integers))
        }
    )+};
}

impl Buffer {
    typed! {
        int8_slice, i8, 1;
        int16_slice, i16, 2;
        int32_slice, i32, 4;
        int64_slice, i64, 8;
        uint8_slice, u8, 1;
        uint16_slice, u16, 2;
        uint32_slice, u32, 4;
        uint64_slice, u64, 8;
    }
}
