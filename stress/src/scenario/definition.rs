//! What a scenario is.

use super::context::RunContext;
use super::contract::Contract;
use super::error::ScenarioError;
use memguard::SessionBuilder;

/// One way in which threads contend, on a session of its own.
#[derive(Debug)]
pub struct Scenario {
    /// A short, unique name.
    pub name: &'static str,
    /// What the scenario is for, in one line.
    pub purpose: &'static str,
    /// The degraded outcomes that the scenario must provoke, by field name of `memguard::Degraded`. A run in which one
    /// of them never occurs does not pass.
    pub expects: &'static [&'static str],
    /// The scenario needs at least this many threads.
    pub min_threads: usize,
    /// So many threads run for each processor, if that is more than is asked for and memory can be locked for them.
    pub threads_per_core: usize,
    /// Some waits are in vain. So the acquire timeout is as short as this machine allows.
    pub short_timeout: bool,
    /// How long things may take, and how unevenly the workers may get on.
    pub contract: Contract,
    /// How the scenario's session differs from the default one.
    pub configure: fn(SessionBuilder) -> SessionBuilder,
    /// Runs the scenario. It must drop every buffer and enclave before it returns.
    pub run: fn(&RunContext<'_>) -> Result<(), ScenarioError>,
}

impl Scenario {
    /// Does nothing, in a session as most have it. Others name their fields, and take the rest from it.
    pub const PLAIN: Self = Self {
        name: "",
        purpose: "",
        expects: &[],
        min_threads: 1,
        threads_per_core: 0,
        short_timeout: false,
        contract: Contract::USUAL,
        configure: |builder| builder,
        run: |_| Ok(()),
    };
}
