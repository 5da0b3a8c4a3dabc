//! The models, one file per family of paths, and the gate that runs when all of them have passed.
//!
//! They have a harness of their own instead of libtest's, so that the gate can run after all models.
//! `cargo models NAME` runs the models whose names contain NAME, and no gate.

#[cfg(loom)]
macro_rules! family {
    ($($model:ident,)+) => {
        /// Every model of this file.
        pub fn models() -> Vec<(&'static str, fn(model_tests::Model))> {
            vec![$((stringify!($model), $model),)+]
        }
    };
}

#[cfg(loom)]
macro_rules! families {
    ($($family:ident,)+) => {
        $(mod $family;)+

        fn main() -> std::process::ExitCode {
            model_tests::run(vec![$((stringify!($family), $family::models()),)+])
        }
    };
}

#[cfg(loom)]
families! {
    buffer_life,
    lease,
    state,
    conceal,
    packed,
    typed,
    registry,
    shards,
    coffer,
    enclave,
    purge,
    stream,
    together,
    fork,
    signal,
    session_end,
}

#[cfg(not(loom))]
fn main() {
    println!("no models without loom: run `cargo models`");
}
