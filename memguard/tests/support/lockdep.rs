//! What most tests ask of lockdep at their end. Without the feature there is nothing to ask, and so there are no
//! violations.

#[cfg(feature = "lockdep")]
pub use memguard::sync::lockdep::*;

#[cfg(not(feature = "lockdep"))]
pub use compiled_out::*;

#[cfg(not(feature = "lockdep"))]
mod compiled_out {
    /// There is none: this build does not look.
    #[derive(Debug, PartialEq)]
    pub enum Violation {}

    pub fn violations() -> Vec<Violation> {
        Vec::new()
    }

    pub fn snapshot() -> &'static str {
        "who waits for whom is known with --features lockdep"
    }
}
