//! Operations, reference model and oracles: drawn, applied and checked the same way by the scenarios here, by property
//! tests, by fuzzing and by deep schedules.
//!
//! - [`Choices`] is where decisions come from: a seed fixes them.
//! - [`Op`] is one call of the public API as a value.
//! - [`Program`] is a session's options, operations, and threads that perform more of them: what properties and fuzz
//!   targets run.
//! - [`Actor`] applies an operation to a session and to its own model of what must be there, and compares the two.
//! - [`Content`] and [`tagged`] say what bytes must be, from a seed and a name alone.
//! - [`Tally`] keeps what callers were told, to hold the library's own counters against.
//!
//! ```
//! use memguard_stress::ops::{Actor, Choices, Environment, Op, Tally, create, read, write};
//! let session = memguard::Session::new()?;
//! let (tally, mut choices) = (Tally::default(), Choices::new(42, 0));
//! let mut actor = Actor::new(&session, &tally, Environment::default(), 42, 0);
//! for _ in 0..100 {
//!     actor.apply(&Op::draw(&mut choices, &[(1, create), (4, read), (2, write)])).unwrap();
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
mod draw;
mod model;
mod op;
mod op_mix;
mod parts;
mod program;
mod run;
pub mod tagged;
mod tally;
mod typed;

pub use actor::{Actor, Environment, PurgeWatch, SharedState};
pub use choices::Choices;
pub use content::Content;
pub use draw::{Mix, clone, create, end, from_reader, linger, open, purge, read, seal, simple, stream, tamper, write};
pub use op::{Op, SharedCall};
pub use op_mix::{BUFFERS, EVERYTHING, FAULTS, OpMix, READERS, REGISTRY, STREAMS, VIEWS};
pub use parts::{
    ARRAY, Damage, EnclaveCall, EnterCall, Origin, Query, ReadCall, ReadStep, ReaderCall, StreamCall, SystemCall,
    Width, WriteCall,
};
pub use program::{Options, Pages, Program, Step};
pub use tally::{Tally, Told};
