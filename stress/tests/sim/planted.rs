//! A planted bug is found, fails again in the same steps, and shrinks.

use memguard::{Fault, Sim};
use memguard_stress::ops::{Op, Program, Step};
use memguard_stress::sim::{Case, Ran, Shrunk, shrink};
use memguard_stress::thread::Failure;

/// In how many seeds the bug must show itself.
const SEEDS: u64 = 500;

fn skip_a_wipe(sim: &Sim) {
    sim.fail(Fault::SkipWipe { n: 6 });
}

/// The first case that fails with the bug.
fn found(bug: fn(&Sim)) -> (Case, Ran) {
    let cases = (0..SEEDS).map(Case::drawn);
    let failed = cases.map(|case| (case.run_with(bug), case)).find(|(ran, _)| ran.failure.is_some());
    let (ran, case) = failed.expect("the bug was not found");
    assert_eq!(case.run().failure, None, "it fails without the bug");
    (case, ran)
}

#[test]
fn a_skipped_wipe_fails_twenty_times_alike_and_shrinks() {
    let (case, ran) = found(skip_a_wipe);
    let failure = ran.failure.clone().expect("it failed");
    assert!(failure.text.starts_with("WIPED: "), "{failure:?}");
    for _ in 0..20 {
        assert_eq!(case.run_with(skip_a_wipe), ran);
    }
    assert!(ran.is_alike(&ran) && !ran.is_alike(&case.run()), "without the bug it ends in another way");
    let smallest = shrink(&case, &failure, 20_000, |case| case.run_with(skip_a_wipe).failure);
    let Shrunk { case: small, failure, runs } = smallest;
    assert!(small.ops() <= 12 && small.threads() <= 3, "{} tries left:\n{}", runs, small.to_code());
    assert!(small.ops() < case.ops(), "nothing was taken away");
    assert_eq!(small.run_with(skip_a_wipe).failure, Some(failure), "the smallest case fails in another way");
}

/// Each operation matters, and who makes it does not.
#[test]
fn fewer_threads_make_the_same_operations() {
    let needed = [Op::Purge, Op::Rekey, Op::Wipe(1), Op::Freeze(2)];
    let steps = needed.iter().map(|op| Step::Spawn(vec![op.clone()])).collect();
    let case = Case { program: Program { steps, ..Program::default() }, ..Case::default() };
    let failure = Failure { text: "all are there".into(), waits: String::new() };
    let fails = |case: &Case| {
        let made = case.program.to_code();
        needed.iter().all(|op| made.contains(&format!("Op::{op:?}"))).then(|| failure.clone())
    };
    let small = shrink(&case, &failure, 20_000, fails).case;
    assert_eq!((case.ops(), case.threads()), (4, 5));
    assert_eq!((small.ops(), small.threads()), (4, 1), "{}", small.to_code());
}

/// A budget is kept, and the case that is left still fails.
#[test]
fn shrinking_ends_when_its_tries_are_used_up() {
    let (case, ran) = found(skip_a_wipe);
    let failure = ran.failure.expect("it failed");
    for most in [0, 1, 10] {
        let smallest = shrink(&case, &failure, most, |case| case.run_with(skip_a_wipe).failure);
        assert!(smallest.runs <= most, "{} of {most}", smallest.runs);
        assert!(smallest.case.run_with(skip_a_wipe).failure.is_some());
    }
}
