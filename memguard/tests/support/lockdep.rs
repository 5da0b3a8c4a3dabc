//! What most tests ask lockdep at their end. Without the feature, nothing is recorded, so there are no violations.

#[cfg(feature = "lockdep")]
pub use memguard::sync::lockdep::*;

/// Who waits for whom.
#[cfg(feature = "lockdep")]
pub fn waits() -> memguard_lockdep::WaitGraph {
    memguard_lockdep::WaitGraph::now()
}

#[cfg(not(feature = "lockdep"))]
pub use compiled_out::*;

#[cfg(not(feature = "lockdep"))]
mod compiled_out {
    /// This build does not check, so it has no violations.
    #[derive(Debug, PartialEq)]
    pub enum Violation {}

    pub fn violations() -> Vec<Violation> {
        Vec::new()
    }

    pub fn waits() -> &'static str {
        "run with --features lockdep to see which thread waits for which"
    }
}
