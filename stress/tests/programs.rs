//! Programs decoded from drawn bytes, as a fuzzer draws them.

use memguard_stress::ops::{Choices, Program};

fn drawn(seed: u64, len: usize) -> Vec<u8> {
    let mut choices = Choices::new(seed, 0);
    (0..len).map(|_| choices.below(256) as u8).collect()
}

#[test]
fn any_bytes_are_a_program_that_keeps_every_promise() {
    for seed in 0..2000 {
        let program = Program::decode(&drawn(seed, 400));
        if let Err(violation) = program.run() {
            panic!("seed {seed}: {violation}\n{program:#?}");
        }
    }
}

#[test]
fn stats() {
    let mut kinds = std::collections::BTreeMap::<String, u64>::new();
    let (mut empty, mut conc, mut steps) = (0, 0, 0);
    for seed in 0..2000 {
        let program = Program::decode(&drawn(seed, 400));
        if program.steps.is_empty() {
            empty += 1;
        }
        if program.is_concurrent() {
            conc += 1;
        }
        steps += program.steps.len();
        for s in &program.steps {
            if let memguard_stress::ops::Step::Do(op) = s {
                *kinds.entry(op.name().to_string()).or_default() += 1;
            } else {
                *kinds.entry(format!("{s:?}").split('(').next().unwrap().to_string()).or_default() += 1;
            }
        }
    }
    println!("{empty} {conc} {steps} {kinds:#?}");
}
