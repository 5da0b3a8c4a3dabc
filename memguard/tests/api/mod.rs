//! The public API: what each call promises, refuses and says.

mod associated_data;
mod bad_input;
mod buffer_reader;
mod ciphers;
mod compared;
mod default_session;
#[cfg(feature = "sim")]
mod degraded;
#[cfg(all(feature = "serde", feature = "sim"))]
mod deserialize;
mod enclave_bytes;
mod error_texts;
mod filled_by_closures;
mod filled_by_readers;
mod go;
mod growable;
#[cfg(feature = "sim")]
mod no_leaks_in_text;
mod one_result;
mod opened_into_place;
mod opened_once;
mod stream;
#[cfg(feature = "sim")]
mod stream_as_queue;
mod strings;
mod symmetry;
mod traits;
mod typed_changes;
#[cfg(feature = "zerocopy")]
mod typed_secrets;
mod written_from_readers;
mod written_from_streams;

crate::support::needs!(sim: degraded, no_leaks_in_text, stream_as_queue);
crate::support::needs!(serde: deserialize);
crate::support::needs!(zerocopy: typed_secrets);
