//! Typed accessors: they show the bytes as integers, or let them be changed as integers.

use super::handle::Buffer;
use crate::Result;

/// An integer type: every bit pattern is a value, and the size is a power of two and a multiple of the alignment.
///
/// # Safety
/// Only such types may implement this trait.
unsafe trait Integer: Copy {
    /// How many bytes the whole integers in `len` bytes take.
    fn whole(len: usize) -> usize {
        len - len % size_of::<Self>()
    }
}

impl Buffer {
    #[cfg_attr(feature = "lockdep", track_caller)]
    fn typed_slice<T: Integer, R>(&self, user: impl FnOnce(&[T]) -> R) -> Result<R> {
        let whole = |len| Ok(T::whole(len));
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

    #[cfg_attr(feature = "lockdep", track_caller)]
    fn typed_slice_mut<T: Integer, R>(&self, user: impl FnOnce(&mut [T]) -> R) -> Result<R> {
        self.with_copy_mut(T::whole, |copy| {
            let count = copy.len() / size_of::<T>();
            if count == 0 {
                return user(&mut []);
            }
            // SAFETY: as in `typed_slice`. Every integer is a bit pattern of bytes, and nobody else has the copy.
            let integers = unsafe { std::slice::from_raw_parts_mut(copy.as_mut_ptr().cast(), count) };
            user(integers)
        })
    }
}

macro_rules! typed {
    ($($name:ident, $name_mut:ident, $int:ty;)+) => {$(
        // SAFETY: a primitive integer.
        unsafe impl Integer for $int {}

        impl Buffer {
            #[doc = concat!("Calls `user` with the bytes as `", stringify!($int), "`, in the machine's byte order.")]
            ///
            /// The slice is a copy in locked memory, wiped when `user` returns or panics. The access ends before
            /// `user` is called, so `user` may call anything on the same buffer. [Copies](Buffer#copies) says what
            /// that costs. Bytes at the end that do not make up a whole integer are left out, so a buffer shorter than
            /// one integer gives an empty slice.
            ///
            /// If `user` returns a `Result`, [`flat()`](crate::FlatResult) merges it with that of this call.
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

            #[doc = concat!(
                "Calls `user` with the bytes to change as `", stringify!($int), "`, in the machine's byte order."
            )]
            ///
            /// This is a write, as [`with_data_mut`](Buffer::with_data_mut) is. The slice is a copy in locked memory.
            /// When `user` returns or panics, the copy is written back to the buffer and wiped, and the write ends. A
            /// buffer that was destroyed meanwhile is wiped then. [Copies](Buffer#copies) says what the copy costs.
            /// Bytes at the end that do not make up a whole integer stay as they are, so a buffer shorter than one
            /// integer gives an empty slice.
            ///
            /// If `user` returns a `Result`, [`flat()`](crate::FlatResult) merges it with that of this call.
            ///
            /// # Errors
            /// As [`write`](Buffer::write), and [`Error::Limit`](crate::Error::Limit) if there is no locked memory for
            /// the copy.
            ///
            /// ```
            #[doc = concat!("let buffer = memguard::Buffer::new(2 * size_of::<", stringify!($int), ">())?;")]
            #[doc = concat!("buffer.", stringify!($name_mut), "(|integers| integers[1] = 7)?;")]
            #[doc = concat!("assert_eq!(buffer.", stringify!($name), "(|integers| integers.to_vec())?, [0, 7]);")]
            /// # Ok::<(), memguard::Error>(())
            /// ```
            #[cfg_attr(feature = "lockdep", track_caller)]
            pub fn $name_mut<R>(&self, user: impl FnOnce(&mut [$int]) -> R) -> Result<R> {
                self.typed_slice_mut(user)
            }
        }
    )+};
}

typed! {
    int8_slice, int8_slice_mut, i8;
    int16_slice, int16_slice_mut, i16;
    int32_slice, int32_slice_mut, i32;
    int64_slice, int64_slice_mut, i64;
    uint8_slice, uint8_slice_mut, u8;
    uint16_slice, uint16_slice_mut, u16;
    uint32_slice, uint32_slice_mut, u32;
    uint64_slice, uint64_slice_mut, u64;
}
