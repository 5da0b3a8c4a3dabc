//! `memguard-stress list`.

use super::exit::Exit;
use super::output;
use crate::scenario::Scenario;
use std::fmt::Write as _;

/// Lists the scenarios, one a line.
pub fn list(scenarios: &[&Scenario]) -> Exit {
    let mut lines = String::new();
    for scenario in scenarios {
        // A string takes every text.
        let _ = writeln!(lines, "{:<12} {}", scenario.name, scenario.purpose);
        if !scenario.expects.is_empty() {
            let _ = writeln!(lines, "{:<12}   must provoke: {}", "", scenario.expects.join(", "));
        }
    }
    output::print(lines, Exit::Pass)
}
