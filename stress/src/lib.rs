//! Stress for memguard: threads contend for locked memory, and oracles that do not rely on the library's own state
//! judge every answer.
//!
//! The floors, top first. A file imports only from its own floor and from floors below:
//!
//! - `cli` is the command line: [`main`] with any scenarios.
//! - [`engine`] runs scenarios: threads, time, a watchdog, and the check of what each scenario leaves behind.
//! - [`scenario`] defines what a scenario is and holds all of them.
//! - [`oracles`] judge raw bytes, for fuzz targets.
//! - `sim` draws a program and its schedule from a seed, runs them, and shrinks what fails. It exists only under
//!   `cfg(shuttle)`.
//! - `deep` runs programs under many schedules of shuttle. It exists only under `cfg(shuttle)`.
//! - [`ops`] are the operations and the reference model. Property tests and fuzz targets use them as well.
//! - [`planted`] raises and catches panics on purpose.
//! - [`thread`] provides the threads of programs: the system's, or shuttle's.
//! - [`diagnosis`] knows what a thread does when it stalls, and says what is known when a signal kills the process.
//! - [`seeds`], [`panic_payload`], [`kernel`], [`memlock`] and [`child`] are leaves: ranges of seeds, the message of a
//!   panic, the process's locked memory as the kernel counts it, the limit on it, and a forked child.
//!
//! A seed fixes what each thread does, not how the threads interleave. The same seed gives the same work in another
//! order.
//!
//! The binary `memguard-stress` is [`main`] with all scenarios of this crate. `stress/README.md` describes it.

pub mod child;
mod cli;
#[cfg(shuttle)]
pub mod deep;
pub mod diagnosis;
pub mod engine;
pub mod kernel;
pub mod memlock;
mod mutex;
pub mod ops;
pub mod oracles;
pub mod panic_payload;
mod places;
pub mod planted;
pub mod scenario;
pub mod seeds;
#[cfg(shuttle)]
pub mod sim;
pub mod thread;
mod violation;

pub use cli::main;
pub use memguard_reports::Guarantee;
pub use violation::Violation;
