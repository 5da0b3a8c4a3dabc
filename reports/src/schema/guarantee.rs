//! The promises of the library.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the library promises. SECURITY.md explains each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Guarantee {
    /// Locks are taken in one order.
    Order,
    /// No call blocks for ever.
    Progress,
    /// Every secret is wiped when its last access ends.
    Wiped,
    /// An enclave opens to what was sealed, or to an error.
    Exact,
    /// No copy is left outside locked pages.
    Clean,
    /// Code of others cannot break the library.
    Foreign,
    /// Every degraded outcome is told.
    Visible,
}

impl Guarantee {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Order, Self::Progress, Self::Wiped, Self::Exact, Self::Clean, Self::Foreign, Self::Visible];
}

impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{self:?}").to_uppercase())
    }
}
