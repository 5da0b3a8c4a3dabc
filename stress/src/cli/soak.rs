//! `memguard-stress soak`: rounds of scenarios in one process, for hours. Memory must stay flat.

use super::args::SoakArgs;
use super::exit::Exit;
use super::output::{Output, complain};
use super::provenance::Provenance;
use super::run::{Ready, plan, with_seed};
use crate::kernel;
use crate::scenario::Scenario;
use std::io;
use std::time::Instant;

/// What the process may use is known after so many rounds: all code has run, and the allocator has its pools.
const WARM_UP: u64 = 3;

/// The growth that is allowed after them: an eighth, and what one more thread's pool of the allocator takes.
const MORE_BYTES: u64 = 16 << 20;
const MORE_MAPPINGS: u64 = 64;

/// Runs rounds until time is up or one does not pass. Each has the next seed.
pub fn soak(args: &SoakArgs, scenarios: &[&'static Scenario]) -> Exit {
    with_seed(&args.run, |seed, output| {
        let ready = Ready::new(&args.run)?;
        if !args.run.quiet {
            let first = plan(&args.run, scenarios, seed);
            output.print(Provenance::of(&first).text(&first));
        }
        soak_until(args, scenarios, seed, &ready, output)
    })
}

fn soak_until(
    args: &SoakArgs,
    scenarios: &[&'static Scenario],
    first_seed: u64,
    ready: &Ready,
    output: &mut Output,
) -> Result<Exit, String> {
    let (began, mut warm) = (Instant::now(), Memory::default());
    for round in 0.. {
        let plan = plan(&args.run, scenarios, first_seed.wrapping_add(round));
        let exit = ready.run(&plan, &Provenance::of(&plan), true, output);
        if exit != Exit::Pass {
            return Ok(exit);
        }
        let now = Memory::now().map_err(|error| format!("the memory of this process cannot be measured: {error}"))?;
        output.print(format_args!("round {}: {now}\n", round + 1));
        if round < WARM_UP {
            warm = warm.most(now);
        } else if !now.is_flat_after(warm) {
            complain(format_args!("memory grows: {now}; in the first {WARM_UP} rounds at most {warm}"));
            return Ok(Exit::Broken);
        }
        if began.elapsed() >= args.total || ready.is_to_end() {
            break;
        }
    }
    Ok(output.exit(Exit::Pass))
}

/// What a process has between two rounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Memory {
    resident: u64,
    mappings: u64,
}

impl Memory {
    fn now() -> io::Result<Self> {
        Ok(Self { resident: kernel::resident_bytes()?, mappings: kernel::mappings()? })
    }

    fn most(self, other: Self) -> Self {
        Self { resident: self.resident.max(other.resident), mappings: self.mappings.max(other.mappings) }
    }

    fn is_flat_after(self, warm: Self) -> bool {
        let limit = |amount: u64, more: u64| amount + amount / 8 + more;
        self.resident <= limit(warm.resident, MORE_BYTES) && self.mappings <= limit(warm.mappings, MORE_MAPPINGS)
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} MiB in RAM, {} mappings", self.resident >> 20, self.mappings)
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;

    #[test]
    fn growth_is_seen_in_bytes_and_in_mappings() {
        let warm = Memory { resident: 80 << 20, mappings: 800 };
        assert!(Memory { resident: 106 << 20, mappings: 964 }.is_flat_after(warm));
        assert!(!Memory { resident: (106 << 20) + 1, mappings: 0 }.is_flat_after(warm));
        assert!(!Memory { resident: 0, mappings: 965 }.is_flat_after(warm));
    }
}
