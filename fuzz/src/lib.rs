//! What the fuzz targets share: under the fuzzer a target is its entry point, and without it a program that replays
//! files.

use std::process::ExitCode;

#[cfg(fuzzing)]
#[doc(hidden)]
pub use libfuzzer_sys;

/// Makes a file of `fuzz_targets/` out of an oracle: a function that takes the input and panics if a guarantee is
/// broken.
#[macro_export]
macro_rules! target {
    ($oracle:path) => {
        #[cfg(fuzzing)]
        $crate::libfuzzer_sys::fuzz_target!(|input: &[u8]| $oracle(input));

        #[cfg(not(fuzzing))]
        fn main() -> ::std::process::ExitCode {
            $crate::replay($oracle)
        }
    };
}

/// Runs the oracle on every file named on the command line: how a crash of the fuzzer is looked at on stable Rust.
///
/// # Panics
/// If the oracle finds a broken guarantee: the file is one that shows it.
pub fn replay(oracle: fn(&[u8])) -> ExitCode {
    let files: Vec<_> = std::env::args_os().skip(1).collect();
    if files.is_empty() {
        eprintln!("usage: name the files to replay");
        return ExitCode::from(2);
    }
    for file in files {
        match std::fs::read(&file) {
            Ok(input) => oracle(&input),
            Err(error) => {
                eprintln!("{} cannot be read: {error}", file.display());
                return ExitCode::from(2);
            }
        }
        println!("{}: passed", file.display());
    }
    ExitCode::SUCCESS
}
