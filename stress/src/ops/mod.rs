//! Operations, and the reference model that checks them. Scenarios, property tests, fuzz targets and deep schedules use
//! them.
//!
//! - [`Choices`] are random decisions that a seed fixes.
//! - [`Op`] is one call of the public API as a value.
//! - [`Program`] is a session's options, the operations of the main thread, and threads with operations of their own.
//! - [`Actor`] applies an operation to a session and to its own model, and compares the two.
//! - [`Content`] and [`tagged`] derive the bytes of a secret from a seed and an id.
//! - [`Tally`] counts what callers were told. The library's own counters must agree with it.
//!
//! ```
//! use memguard_stress::ops::{Actor, BUFFERS, Choices, Environment, Tally};
//! let session = memguard::Session::new()?;
//! let (tally, mut choices) = (Tally::default(), Choices::new(42, 0));
//! let mut actor = Actor::new(&session, &tally, Environment::default(), 42, 0);
//! for _ in 0..100 {
//!     actor.apply(&BUFFERS.draw(&mut choices)).unwrap();
//! }
//! # Ok::<(), memguard::Error>(())
//! ```

mod actor;
mod choices;
mod code;
mod content;
mod decode;
mod decode_program;
mod degraded;
mod mixed;
mod model;
mod op;
pub(crate) mod op_mix;
mod parts;
mod program;
mod run;
pub mod tagged;
mod tally;
mod typed;

pub use actor::{Actor, Environment, FaultySystem, PurgeWatch, SharedState};
pub use choices::Choices;
pub use content::Content;
pub use op::{Op, SharedCall};
pub use op_mix::{BUFFERS, EVERYTHING, FAULTS, OpMix, READERS, REGISTRY, STREAMS, VIEWS};
pub use parts::{
    ARRAY, Damage, EnclaveCall, EnterCall, Origin, Query, ReadCall, ReadStep, ReaderCall, StreamCall, SystemCall,
    Width, WriteCall,
};
pub use program::{Options, Pages, Program, Step};
#[cfg(shuttle)]
pub(crate) use run::given_back;
pub use tally::{Tally, Told};
