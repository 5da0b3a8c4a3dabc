//! Why a scenario ends early.

use crate::Violation;

/// The machine cannot run the scenarios as intended. The text says what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub String);

/// Why a scenario did not run to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// The machine cannot run it.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The library broke a guarantee while the scenario was being set up.
    #[error("{0}")]
    Violation(Violation),
}
