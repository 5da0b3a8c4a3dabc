//! The blocks of 64-bit ARM processors.

use std::arch::aarch64 as arch;

/// 16 bytes in a register.
pub(super) type Block = arch::uint8x16_t;

/// Whether the processor has the instructions. `false` on systems where a program cannot find out.
#[inline]
pub(super) fn is_available() -> bool {
    std::arch::is_aarch64_feature_detected!("aes")
}

#[inline]
#[target_feature(enable = "aes")]
pub(super) fn load(bytes: &[u8; 16]) -> Block {
    // SAFETY: 16 bytes may be read there. The instruction needs no alignment.
    unsafe { arch::vld1q_u8(bytes.as_ptr()) }
}

#[inline]
#[target_feature(enable = "aes")]
pub(super) fn store(block: Block, bytes: &mut [u8; 16]) {
    // SAFETY: 16 bytes may be written there. The instruction needs no alignment.
    unsafe { arch::vst1q_u8(bytes.as_mut_ptr(), block) }
}

#[inline]
#[target_feature(enable = "aes")]
pub(super) fn xor(a: Block, b: Block) -> Block {
    arch::veorq_u8(a, b)
}

#[inline]
#[target_feature(enable = "aes")]
pub(super) fn and(a: Block, b: Block) -> Block {
    arch::vandq_u8(a, b)
}

/// A round without its key. The instruction adds its key first, and the round adds it last, so the instruction gets
/// none.
#[inline]
#[target_feature(enable = "aes")]
pub(super) fn mix(block: Block) -> Block {
    arch::vaesmcq_u8(arch::vaeseq_u8(block, arch::vdupq_n_u8(0)))
}

/// `AESRound` of the draft: one round of encryption with this round key.
#[inline]
#[target_feature(enable = "aes")]
pub(super) fn round(block: Block, key: Block) -> Block {
    xor(mix(block), key)
}
