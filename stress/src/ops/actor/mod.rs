//! An actor applies operations to a session and to a model of its own, and compares the two.
//!
//! | files | what |
//! |---|---|
//! | `environment` | what other threads may do to an actor |
//! | `state` `check` | what an actor has; how an answer is compared with the model |
//! | `bytes` `lifecycle` `nested` `from_reader` `enclaves` `streams` | operations on the actor's own things |
//! | `session` | operations on the session |
//! | `shared_state` `shared_check` | what several actors share; how an answer about it is checked |
//! | `shared_buffers` `shared_nested` `shared_enclaves` `shared_streams` | operations on shared things |
//! | `apply` | which function applies which operation |

mod apply;
mod bytes;
mod check;
mod enclaves;
mod environment;
mod from_reader;
mod lifecycle;
mod nested;
mod session;
mod shared_buffers;
mod shared_check;
mod shared_enclaves;
mod shared_nested;
mod shared_state;
mod shared_streams;
mod state;
mod streams;

pub use environment::{Environment, FaultySystem, PurgeWatch};
pub use shared_state::SharedState;
pub use state::Actor;
pub(super) use state::SessionHandle;
