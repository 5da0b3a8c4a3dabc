//! Programs, each family from a mix of its own.

use crate::ops::{self, OpMix, Program};

/// Runs a program.
///
/// # Panics
/// If it breaks a promise. The panic prints it as a test.
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
        /// Input: the session's options, then operations from a [`OpMix`], to the end.
        ///
        /// # Panics
        /// If a promise is broken.
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
    /// WIPED, EXACT: buffers, and accesses nested in each other, against a model.
    buffer_ops: BUFFERS;
    /// EXACT: streams against a queue.
    stream_ops: STREAMS;
    /// EXACT: views of the bytes as integers, text, arrays and readers.
    typed_views: VIEWS;
    /// EXACT, WIPED: buffers from readers that give little, fail, lie and panic.
    readers: READERS;
    /// VISIBLE, WIPED: what is registered, live and handed over is what there is.
    registry_ops: REGISTRY;
    /// WIPED, VISIBLE: faults of the system at any call of any operation.
    fault_plan: FAULTS;
}
