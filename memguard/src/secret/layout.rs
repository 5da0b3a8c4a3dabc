//! The bytes of a typed secret as its value.

use zerocopy::{FromBytes, Immutable, IntoBytes};

/// The value that these bytes are.
///
/// # Safety
/// `bytes` are all bytes of the buffer of a `Secret<T>`.
#[inline]
pub(super) unsafe fn value<T: FromBytes + Immutable>(bytes: &[u8]) -> &T {
    debug_assert!(bytes.len() == size_of::<T>() && bytes.as_ptr().cast::<T>().is_aligned());
    // SAFETY: the buffer was made with the size and the alignment of `T`. Any bytes are a `T` (`FromBytes`), and no
    // reference to it changes them (`Immutable`).
    unsafe { &*bytes.as_ptr().cast() }
}

/// The value that these bytes are, to change.
///
/// # Safety
/// `bytes` are all bytes of the buffer of a `Secret<T>`.
#[inline]
pub(super) unsafe fn value_mut<T: FromBytes + IntoBytes>(bytes: &mut [u8]) -> &mut T {
    debug_assert!(bytes.len() == size_of::<T>() && bytes.as_ptr().cast::<T>().is_aligned());
    // SAFETY: the buffer was made with the size and the alignment of `T`. Any bytes are a `T` (`FromBytes`), and every
    // `T` is bytes without padding (`IntoBytes`).
    unsafe { &mut *bytes.as_mut_ptr().cast() }
}
