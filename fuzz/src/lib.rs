//! Code that the fuzz targets share. Under the fuzzer a target is its entry point. Without the fuzzer it is a program
//! that replays files.

use std::process::ExitCode;

#[cfg(fuzzing)]
#[doc(hidden)]
pub use libfuzzer_sys;

/// Turns an oracle into a file of `fuzz_targets/`. An oracle takes the input and panics if a guarantee is broken.
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

/// Runs the oracle on every file named on the command line. This replays a crash of the fuzzer on stable Rust.
///
/// # Panics
/// If the oracle finds a broken guarantee.
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
