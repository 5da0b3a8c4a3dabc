//! scratch
use memguard_stress::ops::Choices;
use memguard_stress::oracles::concurrent_program;

#[test]
fn any() {
    let from: u64 = std::env::var("FROM").ok().and_then(|s| s.parse().ok()).unwrap_or(0);
    for seed in from..from + 1000 {
        let mut choices = Choices::new(seed, 0);
        let len = choices.below(400);
        let bytes: Vec<u8> = (0..len).map(|_| choices.below(256) as u8).collect();
        if std::panic::catch_unwind(|| concurrent_program(&bytes)).is_err() { panic!("seed {seed}"); }
    }
}
