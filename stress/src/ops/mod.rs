//! Operations, reference model and oracles: drawn, applied and judged the same way by the scenarios here, by property tests
//! and by fuzzing.
//!
//! - [`Choices`] is where decisions come from: a seed fixes them.
//! - [`Op`] is one call of the public API as a value.
//! - [`Program`] is a session's options, operations, and threads that perform more of them: what properties and fuzz targets run.
//! - [`Actor`] applies an operation to a session and to its own record of what must be there, and compares the two.
//! - [`Content`] and [`stamp`] say what bytes must be, from a seed and a name alone.
//! - [`Tally`] keeps what callers were told, to hold the library's own counters against.
//!
//! ```
//! use memguard_stress::ops::{Actor, Choices, Hazards, Op, Tally, create, read, write};
//! let session = memguard::Session::new()?;
//! let (tally, mut choices) = (Tally::default(), Choices::new(42, 0));
//! let mut actor = Actor::new(&session, &tally, Hazards::default(), 42, 0);
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
mod draw;
mod menu;
mod op;
mod parts;
mod program;
mod record;
mod run;
pub mod stamp;
mod tally;
mod typed;

pub use actor::{Actor, Commons, Hazards, PurgeWatch};
pub use choices::Choices;
pub use content::Content;
pub use draw::{Mix, clone, create, end, linger, open, purge, queue, read, seal, simple, take, tamper, write};
pub use menu::{BUFFERS, COMINGS_AND_GOINGS, EVERYTHING, FAULTS, Menu, READERS, STREAMS, VIEWS};
pub use op::Op;
pub use parts::{
    ARRAY, Damage, Entering, Giving, Look, Origin, Queueing, Reading, Sharing, SystemCall, Taking, Width, Writing,
};
pub use program::{Options, Pages, Program, Step};
pub use tally::Tally;
