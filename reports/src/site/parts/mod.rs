//! The list of parts.

mod bench;
mod coverage;
mod fuzz;
mod kill_matrix;
mod lock_order;
mod models;
mod sim;
mod stress;
mod verify;

use crate::site::part::{Entry, entry};

/// Every part, in the order of the links. A new part is one line here.
pub(super) const PARTS: &[Entry] = &[
    entry::<lock_order::LockOrder>(),
    entry::<models::Models>(),
    entry::<kill_matrix::Matrix>(),
    entry::<stress::Stress>(),
    entry::<sim::Sim>(),
    entry::<fuzz::Fuzz>(),
    entry::<bench::Speed>(),
    entry::<coverage::LinesExecuted>(),
    entry::<verify::Verify>(),
];

#[cfg(test)]
mod tests {
    use super::PARTS;
    use crate::kinds;

    #[test]
    fn every_kind_of_record_has_a_part() {
        for kind in kinds::names() {
            assert!(PARTS.iter().any(|part| part.kind == kind), "{kind}");
        }
    }

    /// The tidiness test checks the commands of that page.
    #[test]
    fn the_readme_has_every_command() {
        let readme = include_str!("../../../README.md");
        for part in PARTS {
            assert!(readme.contains(&format!("`{}`", part.command)), "{}: {}", part.slug, part.command);
        }
    }
}
