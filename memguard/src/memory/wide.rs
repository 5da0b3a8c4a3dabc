//! Loops over all bytes of a slot. They run for every buffer created and destroyed, so they are compiled twice: for the
//! registers that every processor of the target has, and for the wider ones that most have.

/// How many bytes are handled at once.
pub(super) const BLOCK: usize = 256;

/// A function that is compiled for registers of 32 bytes too, and takes that way where the processor has them.
macro_rules! wide {
    ($(#[$doc:meta])* fn $name:ident($($arg:ident: $Arg:ty),+) $(-> $Result:ty)? $body:block) => {
        $(#[$doc])*
        #[inline]
        pub(super) fn $name($($arg: $Arg),+) $(-> $Result)? {
            #[inline(always)]
            fn body($($arg: $Arg),+) $(-> $Result)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn wide($($arg: $Arg),+) $(-> $Result)? {
                    body($($arg),+)
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has these registers.
                    return unsafe { wide($($arg),+) };
                }
            }
            body($($arg),+)
        }
    };
}

// Blocks of a known length, with no exit inside, compile to vector code. A closure would not be compiled for the wider
// registers.

wide! {
    /// Whether all bytes are zero.
    fn all_zero(bytes: &[u8]) -> bool {
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        for block in blocks {
            let mut seen = 0;
            for byte in block {
                seen |= byte;
            }
            if seen != 0 {
                return false;
            }
        }
        // Not a call of `memcmp`: that asks for the bytes behind an empty rest too, and a guard page answers slowly.
        let mut seen = 0;
        for byte in rest {
            seen |= byte;
        }
        seen == 0
    }
}

wide! {
    /// Fills the bytes with copies of the pattern.
    fn fill(bytes: &mut [u8], pattern: &[u8; BLOCK]) {
        let (blocks, rest) = bytes.as_chunks_mut::<BLOCK>();
        for block in blocks {
            *block = *pattern;
        }
        rest.copy_from_slice(&pattern[..rest.len()]);
    }
}

wide! {
    /// Whether the bytes are copies of the pattern.
    fn fills(bytes: &[u8], pattern: &[u8; BLOCK]) -> bool {
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        for block in blocks {
            let mut difference = 0;
            for at in 0..BLOCK {
                difference |= block[at] ^ pattern[at];
            }
            if difference != 0 {
                return false;
            }
        }
        rest == &pattern[..rest.len()]
    }
}
