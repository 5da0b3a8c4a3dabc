//! `memguard-stress list`.

use super::exit::Exit;
use memguard_stress::scenario;

/// Lists the scenarios, one a line.
pub fn list() -> Exit {
    for scenario in scenario::ALL {
        println!("{:<12} {}", scenario.name, scenario.purpose);
        if !scenario.expects.is_empty() {
            println!("{:<12}   must provoke: {}", "", scenario.expects.join(", "));
        }
    }
    Exit::Pass
}
