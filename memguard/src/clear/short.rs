//! Copies and compares short secrets so that nothing is left to clear: no byte passes through a vector register or the
//! stack. To overwrite the stack would take three times as long as the work.

use super::after_copy;

/// Longer secrets are copied and compared faster the usual way, and then cleared.
const SHORT: usize = 1024;

/// Copies all of `from` to the start of `into`, which is as long or longer.
#[inline]
pub(crate) fn copy(from: &[u8], into: &mut [u8]) {
    let into = &mut into[..from.len()];
    if from.len() > SHORT || !bytewise::copy(from, into) {
        after_copy(|| into.copy_from_slice(from));
    }
}

/// Whether two slices are equal. The time depends on the lengths only.
#[inline]
pub(crate) fn equal(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let short = if left.len() > SHORT { None } else { bytewise::equal(left, right) };
    // SAFETY: both slices are readable for this length.
    short.unwrap_or_else(|| after_copy(|| unsafe { memsec::memeq(left.as_ptr(), right.as_ptr(), left.len()) }))
}

/// On slices of the same length.
#[cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]
mod bytewise {
    use std::arch::asm;

    /// Moves the bytes from memory to memory. Returns whether this processor can.
    #[inline]
    pub(super) fn copy(from: &[u8], into: &mut [u8]) -> bool {
        // SAFETY: the caller gives slices of the same length, and no two references overlap. The direction flag is
        // clear by the calling convention.
        unsafe {
            asm!(
                "rep movsb",
                inout("rcx") from.len() => _,
                inout("rsi") from.as_ptr() => _,
                inout("rdi") into.as_mut_ptr() => _,
                options(nostack, preserves_flags),
            );
        }
        true
    }

    /// Compares byte by byte, each in the same register, and clears it. A signal in the middle writes one byte to the
    /// stack. `None` if this processor cannot.
    #[inline]
    pub(super) fn equal(left: &[u8], right: &[u8]) -> Option<bool> {
        let different: u64;
        // SAFETY: the caller gives slices of the same length, and the loop reads that many bytes of each.
        unsafe {
            asm!(
                "xor {difference:e}, {difference:e}",
                "test {len}, {len}",
                "jz 3f",
                "2:",
                "movzx {byte:e}, byte ptr [{left} + {len} - 1]",
                "xor {byte:l}, byte ptr [{right} + {len} - 1]",
                "or {difference:e}, {byte:e}",
                "dec {len}",
                "jnz 2b",
                "xor {byte:e}, {byte:e}",
                "3:",
                // 1 if any bit is set, else 0.
                "neg {difference:e}",
                "sbb {difference:e}, {difference:e}",
                "neg {difference:e}",
                len = inout(reg) left.len() => _,
                left = in(reg) left.as_ptr(),
                right = in(reg) right.as_ptr(),
                byte = out(reg) _,
                difference = out(reg) different,
                options(nostack, readonly),
            );
        }
        Some(different == 0)
    }
}

/// Other processors do it the usual way.
#[cfg(not(all(target_arch = "x86_64", target_pointer_width = "64")))]
mod bytewise {
    #[inline]
    pub(super) fn copy(_: &[u8], _: &mut [u8]) -> bool {
        false
    }

    #[inline]
    pub(super) fn equal(_: &[u8], _: &[u8]) -> Option<bool> {
        None
    }
}
