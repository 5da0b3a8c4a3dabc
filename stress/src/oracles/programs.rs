//! Oracles that run programs, one for each mix.

use crate::ops::{self, OpMix, Program};

/// Runs a program.
///
/// # Panics
/// If a guarantee is broken. The panic prints the program as a test.
///
/// ```
/// use memguard_stress::{ops::Program, oracles};
/// oracles::in_program(&Program::default());
/// ```
pub fn in_program(program: &Program) {
    if let Err(violation) = program.run() {
        panic!("{violation}\n\nAs a test, for stress/tests:\n\n{}", program.to_code());
    }
}

macro_rules! families {
    ($($(#[doc = $doc:literal])+ $name:ident: $mix:ident;)+) => {$(
        $(#[doc = $doc])+
        ///
        /// Input: the session's options, then operations from an [`OpMix`] until the input ends.
        ///
        /// # Panics
        /// If a guarantee is broken.
        ///
        /// ```
        #[doc = concat!("memguard_stress::oracles::", stringify!($name), "(b\"any bytes are a program\");")]
        /// ```
        pub fn $name(input: &[u8]) {
            const MIX: OpMix = ops::$mix;
            in_program(&Program::decode_from(MIX, input));
        }
    )+};
}

families! {
    /// WIPED, EXACT: buffers, and accesses nested in each other, compared with a model.
    buffer_ops: BUFFERS;
    /// EXACT: streams, compared with a queue.
    stream_ops: STREAMS;
    /// EXACT: views of the bytes as integers, text, arrays and readers.
    typed_views: VIEWS;
    /// EXACT, WIPED: buffers from readers that give few bytes, fail, lie and panic.
    readers: READERS;
    /// VISIBLE, WIPED: the counts of registered, live and handed-over buffers are exact.
    registry_ops: REGISTRY;
    /// WIPED, VISIBLE: faults of the system in any call of any operation.
    fault_plan: FAULTS;
}
