//! Programs decoded from drawn bytes, as a fuzzer draws them.

use memguard_stress::ops::{Choices, Program};
use memguard_stress::oracles;

fn drawn(seed: u64, len: usize) -> Vec<u8> {
    let mut choices = Choices::new(seed, 0);
    (0..len).map(|_| choices.below(256) as u8).collect()
}

#[test]
fn fam() {
    let n = std::env::var("N").ok().and_then(|n| n.parse().ok()).unwrap_or(1000);
    for (name, f) in
        [("stream", oracles::stream_ops as fn(&[u8])), ("faults", oracles::fault_plan), ("layout", oracles::layout)]
    {
        let t = std::time::Instant::now();
        let mut bad = 0;
        for seed in 0..n {
            if std::panic::catch_unwind(|| f(&drawn(seed, 20 + (seed as usize % 10) * 20))).is_err() {
                bad += 1;
                println!("{name} {seed}");
                if bad > 2 {
                    break;
                }
            }
        }
        println!("{name} {:?} {bad}", t.elapsed());
    }
}
#[test]
fn all() {
    for seed in 0..1000 {
        oracles::in_program(&Program::decode(&drawn(seed, 400)));
    }
}
