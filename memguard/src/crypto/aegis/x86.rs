//! The blocks of x86 processors.

#[cfg(target_arch = "x86")]
use std::arch::x86 as arch;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64 as arch;

/// 16 bytes in a register.
pub(super) type Block = arch::__m128i;

/// Whether the processor has the instructions. Those of AVX take three registers, so that none is copied.
#[inline]
pub(super) fn is_available() -> bool {
    std::arch::is_x86_feature_detected!("aes") && std::arch::is_x86_feature_detected!("avx")
}

#[inline]
#[target_feature(enable = "aes")]
pub(super) fn load(bytes: &[u8; 16]) -> Block {
    // SAFETY: 16 bytes may be read there. The instruction needs no alignment.
    unsafe { arch::_mm_loadu_si128(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "aes")]
pub(super) fn store(block: Block, bytes: &mut [u8; 16]) {
    // SAFETY: 16 bytes may be written there. The instruction needs no alignment.
    unsafe { arch::_mm_storeu_si128(bytes.as_mut_ptr().cast(), block) }
}

#[inline]
#[target_feature(enable = "aes")]
pub(super) fn xor(a: Block, b: Block) -> Block {
    arch::_mm_xor_si128(a, b)
}

#[inline]
#[target_feature(enable = "aes")]
pub(super) fn and(a: Block, b: Block) -> Block {
    arch::_mm_and_si128(a, b)
}

/// A round without its key.
#[inline]
#[target_feature(enable = "aes")]
pub(super) fn mix(block: Block) -> Block {
    arch::_mm_aesenc_si128(block, arch::_mm_setzero_si128())
}

/// `AESRound` of the draft: one round of encryption with this round key.
#[inline]
#[target_feature(enable = "aes")]
pub(super) fn round(block: Block, key: Block) -> Block {
    arch::_mm_aesenc_si128(block, key)
}
