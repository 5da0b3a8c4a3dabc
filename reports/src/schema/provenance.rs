//! Where and when a run was made, for runners that are not Rust programs.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::commit;
use crate::schema::host::Host;

/// The commit, the time and the machine of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The commit, as [`commit::describe`] gives it.
    pub commit: String,
    /// When the run began, in seconds since 1970 UTC.
    pub started_unix_s: u64,
    /// The machine.
    pub host: Host,
}

impl Provenance {
    /// The provenance of a run that starts now in the tree at `dir`. Ask before the run writes anything into the tree.
    pub fn detect(dir: &Path) -> Self {
        Self::of_commit(commit::describe(dir))
    }

    /// The provenance of a run that starts now. The program was built from this commit.
    ///
    /// ```
    /// use memguard_reports::provenance::Provenance;
    /// assert_eq!(Provenance::of_commit("0123abc".into()).commit, "0123abc");
    /// ```
    pub fn of_commit(commit: String) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self { commit, started_unix_s: now.map_or(0, |since| since.as_secs()), host: Host::detect() }
    }
}
