//! Buffers: secrets in locked pages, reached through accesses.

mod access;
mod default_session;
mod duplicate;
mod edit;
mod freeze;
mod guard;
mod handle;
mod intake;
mod lent;
mod read_error;
mod reader;
mod together;
mod typed;
mod verify;
mod views;
mod write_back;

pub use guard::{ReadGuard, WriteGuard};
pub use handle::Buffer;
pub use read_error::{ReadCause, ReadError};
pub use reader::Reader;
pub use together::with_buffers;
pub use verify::Verified;

pub(crate) use intake::drop_before;
