//! The registers that a called function may change. The others have the caller's values again when a call returns.

/// Sets the vector registers and the general registers to zero.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn clear() {
    if std::arch::is_x86_feature_detected!("avx512f") {
        // SAFETY: the processor has these registers, and `clobber_abi` says that they change.
        unsafe {
            std::arch::asm!(
                "vpxord zmm16, zmm16, zmm16",
                "vpxord zmm17, zmm17, zmm17",
                "vpxord zmm18, zmm18, zmm18",
                "vpxord zmm19, zmm19, zmm19",
                "vpxord zmm20, zmm20, zmm20",
                "vpxord zmm21, zmm21, zmm21",
                "vpxord zmm22, zmm22, zmm22",
                "vpxord zmm23, zmm23, zmm23",
                "vpxord zmm24, zmm24, zmm24",
                "vpxord zmm25, zmm25, zmm25",
                "vpxord zmm26, zmm26, zmm26",
                "vpxord zmm27, zmm27, zmm27",
                "vpxord zmm28, zmm28, zmm28",
                "vpxord zmm29, zmm29, zmm29",
                "vpxord zmm30, zmm30, zmm30",
                "vpxord zmm31, zmm31, zmm31",
                clobber_abi("sysv64"),
                options(nostack),
            );
        }
    }
    clear_common_vectors();
    // SAFETY: every processor of this architecture has these registers, and `clobber_abi` says that they change.
    unsafe {
        std::arch::asm!(
            "pxor xmm8, xmm8",
            "pxor xmm9, xmm9",
            "pxor xmm10, xmm10",
            "pxor xmm11, xmm11",
            "pxor xmm12, xmm12",
            "pxor xmm13, xmm13",
            "pxor xmm14, xmm14",
            "pxor xmm15, xmm15",
            "xor eax, eax",
            "xor ecx, ecx",
            "xor edx, edx",
            "xor esi, esi",
            "xor edi, edi",
            "xor r8d, r8d",
            "xor r9d, r9d",
            "xor r10d, r10d",
            "xor r11d, r11d",
            clobber_abi("sysv64"),
            options(nostack),
        );
    }
}

/// Sets the vector registers and the general registers to zero.
#[cfg(all(target_arch = "x86", target_feature = "sse2"))]
#[inline]
pub(super) fn clear() {
    clear_common_vectors();
    // SAFETY: `clobber_abi` says that these registers change.
    unsafe {
        std::arch::asm!("xor eax, eax", "xor ecx, ecx", "xor edx, edx", clobber_abi("C"), options(nostack));
    }
}

/// Sets the vector registers that processors of 32 and 64 bits share to zero.
#[cfg(any(target_arch = "x86_64", all(target_arch = "x86", target_feature = "sse2")))]
#[inline]
fn clear_common_vectors() {
    if std::arch::is_x86_feature_detected!("avx") {
        // SAFETY: the processor has the instruction, and `clobber_abi` says that the registers change.
        unsafe { std::arch::asm!("vzeroall", clobber_abi("C"), options(nostack)) };
    } else {
        // SAFETY: the target has these registers, and `clobber_abi` says that they change.
        unsafe {
            std::arch::asm!(
                "pxor xmm0, xmm0",
                "pxor xmm1, xmm1",
                "pxor xmm2, xmm2",
                "pxor xmm3, xmm3",
                "pxor xmm4, xmm4",
                "pxor xmm5, xmm5",
                "pxor xmm6, xmm6",
                "pxor xmm7, xmm7",
                clobber_abi("C"),
                options(nostack),
            );
        }
    }
}

/// Sets the vector registers and the general registers to zero. The lower halves of v8 to v15 are the caller's.
#[cfg(target_arch = "aarch64")]
#[inline]
pub(super) fn clear() {
    // SAFETY: `clobber_abi` says that all these registers change, but for the upper halves of v8 to v15, which no code
    // keeps over a call.
    unsafe {
        std::arch::asm!(
            "movi v0.2d, #0",
            "movi v1.2d, #0",
            "movi v2.2d, #0",
            "movi v3.2d, #0",
            "movi v4.2d, #0",
            "movi v5.2d, #0",
            "movi v6.2d, #0",
            "movi v7.2d, #0",
            "mov v8.d[1], xzr",
            "mov v9.d[1], xzr",
            "mov v10.d[1], xzr",
            "mov v11.d[1], xzr",
            "mov v12.d[1], xzr",
            "mov v13.d[1], xzr",
            "mov v14.d[1], xzr",
            "mov v15.d[1], xzr",
            "movi v16.2d, #0",
            "movi v17.2d, #0",
            "movi v18.2d, #0",
            "movi v19.2d, #0",
            "movi v20.2d, #0",
            "movi v21.2d, #0",
            "movi v22.2d, #0",
            "movi v23.2d, #0",
            "movi v24.2d, #0",
            "movi v25.2d, #0",
            "movi v26.2d, #0",
            "movi v27.2d, #0",
            "movi v28.2d, #0",
            "movi v29.2d, #0",
            "movi v30.2d, #0",
            "movi v31.2d, #0",
            clobber_abi("C"),
            options(nostack),
        );
        std::arch::asm!(
            "mov x0, xzr",
            "mov x1, xzr",
            "mov x2, xzr",
            "mov x3, xzr",
            "mov x4, xzr",
            "mov x5, xzr",
            "mov x6, xzr",
            "mov x7, xzr",
            "mov x8, xzr",
            "mov x9, xzr",
            "mov x10, xzr",
            "mov x11, xzr",
            "mov x12, xzr",
            "mov x13, xzr",
            "mov x14, xzr",
            "mov x15, xzr",
            "mov x16, xzr",
            "mov x17, xzr",
            clobber_abi("C"),
            options(nostack),
        );
    }
}

/// Other processors: the registers keep what they have. See SECURITY.md.
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "x86", target_feature = "sse2"), target_arch = "aarch64")))]
#[inline]
pub(super) fn clear() {}
