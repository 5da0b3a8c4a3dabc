//! scratch
use memguard_stress::ops::Choices;
use memguard_stress::oracles::concurrent_program;

#[test]
fn any() {
    let env = |name: &str, or: u64| std::env::var(name).ok().and_then(|s| s.parse().ok()).unwrap_or(or);
    let from: u64 = env("FROM", 0);
    let mut kinds = std::collections::BTreeMap::<String, (u64, u64)>::new();
    for seed in from..from + env("N", 1000) {
        let mut choices = Choices::new(seed, 0);
        let len = choices.below(400);
        let bytes: Vec<u8> = (0..len).map(|_| choices.below(256) as u8).collect();
        if let Err(p) = std::panic::catch_unwind(|| concurrent_program(&bytes)) {
            let text = p.downcast_ref::<String>().unwrap();
            let line: String = text.lines().next().unwrap().chars().filter(|c| !c.is_ascii_digit()).collect();
            let e = kinds.entry(line).or_insert((0, seed));
            e.0 += 1;
        }
    }
    println!("KINDS {kinds:#?}");
}
