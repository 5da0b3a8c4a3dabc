//! The checked-in inputs of `concurrent_program` under shuttle. Each is exactly one execution, step by step.

#![cfg(shuttle)]

use memguard_stress::{oracles::concurrent_program, thread::latest_schedule};
use std::fs;
use std::path::Path;

#[test]
fn every_seed_and_every_past_crash_passes_and_is_repeatable() {
    let mut replayed = 0;
    for folder in ["seeds", "regressions"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("concurrent_program");
        // There may be no past crash.
        let Ok(files) = fs::read_dir(folder) else { continue };
        for file in files {
            let file = file.unwrap().path();
            let input = fs::read(&file).unwrap();
            let [first, second] = std::array::from_fn(|_| {
                concurrent_program(&input);
                latest_schedule()
            });
            assert_eq!(first, second, "{file:?}");
            replayed += 1;
        }
    }
    assert!(replayed >= 4, "the seeds are gone");
}
