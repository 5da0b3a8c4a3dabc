//! What a scenario is, and all scenarios.
//!
//! A scenario is a value: a name, the degraded outcomes it must provoke, how its session is configured, and a function
//! that runs it. The function gets a [`RunContext`] from the engine. It makes what the workers share, runs the workers,
//! and checks what they return. It knows the engine only as an [`Executor`].
//!
//! To add a scenario, see `stress/README.md`.

mod at_rest;
mod children;
mod context;
mod contract;
mod definition;
mod error;
mod executor;
mod final_check;
mod list;
mod own_session;
mod shared;
mod violations;
mod worker;
mod workers;

mod busted;
mod churn;
mod crowded;
mod enclaves;
mod exit_storm;
mod fault_storm;
mod foreign_code;
mod fork_storm;
mod isolations;
mod limits;
mod long_holders;
mod mixed;
mod nested;
mod other_limits;
mod oversubscribed;
mod panics;
mod purge_storm;
mod readers_writers;
mod rekey_storm;
mod sessions;
mod streams;
mod thread_exit;

pub(crate) use at_rest::ORDINARY;
#[cfg(shuttle)]
pub(crate) use at_rest::close_at_rest;
pub use context::RunContext;
pub use contract::Contract;
pub use definition::Scenario;
pub use error::{ScenarioError, Unfit};
pub use executor::{Executor, Job, Phase, WorkerControl};
pub use list::{ALL, BUSTED};
pub use violations::Violations;
pub use worker::Worker;
