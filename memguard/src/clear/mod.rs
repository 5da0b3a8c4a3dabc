//! Clears what handling a secret leaves behind: in registers, and on the stack below the call.
//!
//! A copy in a register is not gone: a context switch, a core dump or the next signal writes it to memory. A signal
//! that comes in the middle writes the registers to the stack. So each step that touches a secret runs in here, and the
//! stack is overwritten as deep as the step and a signal frame reach.

mod registers;
mod short;
#[cfg(all(test, target_os = "linux"))]
mod tests;

pub(crate) use short::{copy, equal};

/// What a copy uses of the stack, with a signal frame: 3376 bytes on a machine with AVX-512. In a program that has
/// asked the system for AMX, a frame is 8 KiB larger, and what lies deeper is not cleared.
const COPY: usize = 6 << 10;

/// What the ciphers and hashes use, with a signal frame. With optimisation (levels 1 to 3, `s`, `z`) they used 4.4 KiB,
/// without it 16 KiB. A crate cannot ask how its dependencies are optimised. In a build with debug assertions they most
/// likely are not.
const CIPHER: usize = if cfg!(debug_assertions) { 20 << 10 } else { 12 << 10 };

/// Runs a step that copies or compares secret bytes, and clears what it left.
#[inline]
pub(crate) fn after_copy<R>(step: impl FnOnce() -> R) -> R {
    after::<COPY, R>(step)
}

/// Runs a step that encrypts, decrypts or hashes, and clears what it left.
#[inline]
pub(crate) fn after_cipher<R>(step: impl FnOnce() -> R) -> R {
    after::<CIPHER, R>(step)
}

fn after<const DEPTH: usize, R>(step: impl FnOnce() -> R) -> R {
    /// Never inlined, so the step runs in a frame below the caller's. The overwriting starts there.
    #[inline(never)]
    fn below<R>(step: impl FnOnce() -> R) -> R {
        step()
    }
    let result = below(step);
    zeroize::zeroize_stack::<DEPTH>();
    registers::clear();
    result
}
