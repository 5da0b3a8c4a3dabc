//! Draws small inputs for targets that have none: `cargo run -p memguard-fuzz --example draw_seeds TARGET …`

use memguard_stress::ops::Choices;
use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

/// Inputs for each target, of 16 bytes and more.
const SEEDS: u64 = 8;

fn main() -> io::Result<ExitCode> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let targets: Vec<String> = std::env::args().skip(1).collect();
    let is_target = |target: &String| here.join("fuzz_targets").join(format!("{target}.rs")).exists();
    if targets.is_empty() || !targets.iter().all(is_target) {
        eprintln!("name the targets to draw inputs for; each is a file in fuzz/fuzz_targets");
        return Ok(ExitCode::from(2));
    }
    for target in targets {
        let folder = here.join("seeds").join(target);
        fs::create_dir_all(&folder)?;
        for number in 0..SEEDS {
            let mut choices = Choices::new(number, 0);
            let bytes: Vec<u8> = (0..16 << (number / 2)).map(|_| choices.below(256) as u8).collect();
            fs::write(folder.join(format!("drawn-{number}")), bytes)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
