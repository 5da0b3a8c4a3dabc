//! `memguard-stress list`.

use super::Exit;
use memguard_stress::scenarios;

/// Names the scenarios, one a line.
pub fn list() -> Exit {
    for scenario in scenarios::ALL {
        println!("{:<12} {}", scenario.name, scenario.purpose);
        if !scenario.expects.is_empty() {
            println!("{:<12}   must show: {}", "", scenario.expects.join(", "));
        }
    }
    Exit::Pass
}
