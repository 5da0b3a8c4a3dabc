//! Typed accessors: the bytes as integers.

use super::handle::Buffer;
use crate::Result;

/// An integer type: every bit pattern is a value, and the size is a power of two and a multiple of the alignment.
///
/// # Safety
/// Only such types may implement this trait.
unsafe trait Integer: Copy {}

impl Buffer {
    #[cfg_attr(feature = "lockdep", track_caller)]
    fn typed_slice<T: Integer, R>(&self, user: impl FnOnce(&[T]) -> R) -> Result<R> {
        let whole = |len: usize| Ok(len - len % size_of::<T>());
        self.with_copy(whole, |copy| {
            let count = copy.len() / size_of::<T>();
            if count == 0 {
                return user(&[]);
            }
            // SAFETY: the copy ends at a page boundary and its length is a multiple of the integer's size. So it
            // starts at a multiple of that size, which satisfies the alignment. Every bit pattern is an integer.
            let integers = unsafe { std::slice::from_raw_parts(copy.as_ptr().cast(), count) };
            user(integers)
        })
    }
}

macro_rules! typed {
    ($($name:ident, $int:ty;)+) => {$(
        // SAFETY: a primitive integer.
        unsafe impl Integer for $int {}

        impl Buffer {
            #[doc = concat!("Calls `user` with the bytes as `", stringify!($int), "`, in the machine's byte order.")]
            ///
            /// The slice is a copy in locked memory, wiped when `user` returns or panics. The access ends before
            /// `user` is called, so `user` may call anything on the same buffer. [Copies](Buffer#copies) says what
            /// that costs. Bytes at the end that do not make up a whole integer are left out, so a buffer shorter than
            /// one integer gives an empty slice. If `user` returns a `Result`, [`flat()`](crate::FlatResult) makes one
            /// of the two.
            ///
            /// # Errors
            /// As [`read`](Buffer::read), and [`Error::Limit`](crate::Error::Limit) if there is no locked memory for
            /// the copy.
            ///
            /// ```
            #[doc = concat!("let buffer = memguard::Buffer::new(2 * size_of::<", stringify!($int), ">())?;")]
            #[doc = concat!("assert_eq!(buffer.", stringify!($name), "(|integers| integers.to_vec())?, [0, 0]);")]
            #[doc = concat!("assert!(buffer.", stringify!($name), "(|_| buffer.destroy())?.is_ok());")]
            /// # Ok::<(), memguard::Error>(())
            /// ```
            #[cfg_attr(feature = "lockdep", track_caller)]
            pub fn $name<R>(&self, user: impl FnOnce(&[$int]) -> R) -> Result<R> {
                self.typed_slice(user)
            }
        }
    )+};
}

typed! {
    int8_slice, i8;
    int16_slice, i16;
    int32_slice, i32;
    int64_slice, i64;
    uint8_slice, u8;
    uint16_slice, u16;
    uint32_slice, u32;
    uint64_slice, u64;
}
