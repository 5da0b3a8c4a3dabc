//! `memguard-stress list`.

use super::exit::Exit;
use super::output;
use memguard_stress::scenario;
use std::fmt::Write as _;

/// Lists the scenarios, one a line.
pub fn list() -> Exit {
    let mut lines = String::new();
    for scenario in scenario::ALL {
        // A string takes every text.
        let _ = writeln!(lines, "{:<12} {}", scenario.name, scenario.purpose);
        if !scenario.expects.is_empty() {
            let _ = writeln!(lines, "{:<12}   must provoke: {}", "", scenario.expects.join(", "));
        }
    }
    output::print(lines, Exit::Pass)
}
