//! Arrays that are too large for the stack of a small thread.

/// An array on the heap. It is never on the stack, also without optimisation.
pub(crate) fn array<T, const N: usize>(make: impl FnMut() -> T) -> Box<[T; N]> {
    let all: Box<[T]> = std::iter::repeat_with(make).take(N).collect();
    all.try_into().unwrap_or_else(|_| unreachable!("it has N elements"))
}
