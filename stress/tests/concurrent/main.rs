//! Programs of several threads keep every guarantee.
//!
//! On threads of the system (`cargo test`) the system decides the one schedule of each program. Under shuttle
//! (`cargo deep`) the schedule is drawn and shrunk with the program, so a failure can be repeated.

#[path = "../properties/strategies.rs"]
mod strategies;

use memguard_stress::{oracles, thread};
use proptest::collection::vec;
use proptest::prelude::*;
use strategies::{Family, config, programs};

proptest! {
    #![proptest_config(config())]

    /// PROGRESS, WIPED, EXACT, ORDER
    #[test]
    fn threads(program in programs(Family::Threads), schedule in vec(any::<u8>(), 0..300)) {
        let again = program.clone();
        let result = thread::run(&schedule, move || again.run());
        let found = |violation| format!("{violation}\n\nschedule: {schedule:?}\n\n{}", program.to_code());
        result.map_err(|violation| TestCaseError::fail(found(violation)))?;
    }

    /// `concurrent_program`
    #[test]
    fn any_bytes_are_threads_and_a_schedule(input in vec(any::<u8>(), 0..300)) {
        oracles::concurrent_program(&input);
    }
}

/// A fuzzer's crash file can be replayed: the same bytes are the same execution, step by step. Other bytes are another
/// one.
#[cfg(shuttle)]
#[test]
fn the_same_input_is_the_same_schedule() {
    use memguard_stress::ops::Choices;
    let mut different = 0;
    for seed in 0..100 {
        let mut choices = Choices::new(seed, 0);
        let mut input: Vec<u8> = (0..200).map(|_| choices.below(256) as u8).collect();
        let steps = || {
            oracles::concurrent_program(&input);
            thread::latest_schedule()
        };
        let first = steps();
        for _ in 0..3 {
            assert_eq!(steps(), first, "seed {seed}");
        }
        // The schedule is the second half: the same program in another order.
        input[100..].iter_mut().for_each(|byte| *byte = !*byte);
        oracles::concurrent_program(&input);
        different += u32::from(thread::latest_schedule() != first);
    }
    assert!(different > 50, "the schedule changed only {different} of 100 programs");
}
