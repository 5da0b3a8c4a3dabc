//! FOREIGN: each place that runs code of others, with each thing that this code may do. No call hangs, and every secret
//! is wiped. The places are those of "Code of others" in ARCHITECTURE.md.

#![allow(clippy::disallowed_types, reason = "what a user's program has, not the library")]

mod aborts;
mod complete;
mod places;
mod run;
mod scene;
mod words;

use crate::support::{alone, hides_pages, lockdep, within_patience};
use memguard::Isolation;
use places::*;
use run::{Pages, outcome};
use scene::{Entry, MISDEEDS};

/// What is expected of one place with one misdeed.
#[derive(Clone, Copy, Debug)]
enum Cell {
    /// The words of [`run::outcome`]: what was seen meanwhile, how the call ended, whether the object lives.
    Is(&'static str),
    /// A test elsewhere, as `file: name`, or one row of its table.
    Test(&'static str),
    /// There is no such thing, because of this.
    Cannot(&'static str),
}

use Cell::{Cannot, Is, Test};

/// The foreign code: panics; panics with a payload that panics as it is dropped; returns a value that does; purges;
/// makes the same call on the same object, then destroys that; uses a new session; never returns; waits for a mutex.
/// In the last two, another thread writes the object, destroys it, purges, uses a new session and closes this one, and
/// holds the mutex while it does.
type Cells = [Cell; 8];

const READS: Cells = [
    Is("panics, alive"),
    Is("panics, alive"),
    Is("returns, alive"),
    Is("handed over, returns, gone"),
    Is("returns, HandedOver, returns, gone"),
    Is("returns, alive"),
    Is("Timeout, HandedOver, 1 pending, returns, gone"),
    Is("Timeout, HandedOver, 1 pending, returns, gone"),
];

const WRITES: Cells = [
    Is("panics, alive"),
    Is("panics, alive"),
    Is("returns, alive"),
    Is("handed over, returns, gone"),
    Is("Reentrant, HandedOver, returns, gone"),
    Is("returns, alive"),
    Is("Timeout, HandedOver, 1 pending, returns, gone"),
    Is("Timeout, HandedOver, 1 pending, returns, gone"),
];

/// One is read, another is written.
const SEVERAL: Cells = [
    Is("panics, alive"),
    Is("panics, alive"),
    Is("returns, alive"),
    Is("handed over, returns, gone"),
    Is("Reentrant, HandedOver, returns, gone"),
    Is("returns, alive"),
    Is("Timeout, HandedOver, 2 pending, returns, gone"),
    Is("Timeout, HandedOver, 2 pending, returns, gone"),
];

/// The code sees a copy, so the object itself can be written.
const COPIES: Cells = [
    Is("panics, alive"),
    Is("panics, alive"),
    Is("returns, alive"),
    Is("handed over, returns, gone"),
    Is("returns, HandedOver, returns, gone"),
    Is("returns, alive"),
    Is("writes, HandedOver, 1 pending, returns, gone"),
    Is("writes, HandedOver, 1 pending, returns, gone"),
];

/// The code sees what an enclave holds, so the object itself is not in use.
const OPENED: Cells = [
    Is("panics, alive"),
    Is("panics, alive"),
    Is("returns, alive"),
    Is("handed over, returns, gone"),
    Is("returns, Wiped, returns, gone"),
    Is("returns, alive"),
    Is("writes, Wiped, 1 pending, returns, gone"),
    Is("writes, Wiped, 1 pending, returns, gone"),
];

/// The buffer that is being filled is nobody else's. A purge ends the call.
const FILLS: Cells = [
    Is("panics, alive"),
    Is("panics, alive"),
    Is("panics, alive"),
    Is("handed over, Destroyed, gone"),
    Is("returns, Wiped, returns, gone"),
    Is("returns, alive"),
    Is("writes, Wiped, 1 pending, Destroyed, gone"),
    Is("writes, Wiped, 1 pending, Destroyed, gone"),
];

const WRITES_FROM_A_GUARD: Cells = [
    Is("panics, alive"),
    Is("panics, alive"),
    Is("panics, alive"),
    Is("handed over, returns, gone"),
    Is("returns, HandedOver, returns, gone"),
    Is("returns, alive"),
    Is("Timeout, HandedOver, 1 pending, returns, gone"),
    Is("Timeout, HandedOver, 1 pending, returns, gone"),
];

const READS_INTO_A_GUARD: Cells = [
    Is("panics, alive"),
    Is("panics, alive"),
    Is("panics, alive"),
    Is("handed over, returns, gone"),
    Is("Reentrant, HandedOver, returns, gone"),
    Is("returns, alive"),
    Is("Timeout, HandedOver, 1 pending, returns, gone"),
    Is("Timeout, HandedOver, 1 pending, returns, gone"),
];

/// The code sees a chunk of a stream, and has taken all of it. So the object itself is not in use.
const WRITES_FROM_A_STREAM: Cells = [
    Is("panics, alive"),
    Is("panics, alive"),
    Is("panics, alive"),
    OPENED[3],
    OPENED[4],
    OPENED[5],
    OPENED[6],
    OPENED[7],
];

/// Nothing is held, and the call does what it does.
const HOLDS_NOTHING: Cells = [
    Is("panics, alive"),
    Is("panics, alive"),
    Is("panics, alive"),
    Is("wiped, returns, gone"),
    Is("returns, Wiped, returns, gone"),
    Is("returns, alive"),
    Is("writes, Wiped, 0 pending, returns, gone"),
    Is("writes, Wiped, 0 pending, returns, gone"),
];

/// Nothing is held, and what comes out is dropped by the caller.
const MAKES_AN_ERROR: Cells = [
    HOLDS_NOTHING[0],
    HOLDS_NOTHING[1],
    Is("returns, alive"),
    HOLDS_NOTHING[3],
    HOLDS_NOTHING[4],
    HOLDS_NOTHING[5],
    HOLDS_NOTHING[6],
    HOLDS_NOTHING[7],
];

/// The buffer is read, and not all is written yet. A purge ends the call.
const ENDS_A_WRITE: Cells = [
    Is("panics, alive"),
    Is("panics, alive"),
    Is("panics, alive"),
    Is("handed over, Destroyed, gone"),
    Is("returns, HandedOver, Destroyed, gone"),
    Is("returns, alive"),
    Is("Timeout, HandedOver, 1 pending, Destroyed, gone"),
    Is("Timeout, HandedOver, 1 pending, Destroyed, gone"),
];

/// The closure is dropped, because its buffer is destroyed.
const NOT_CALLED: Cells = [
    Is("panics, alive"),
    Is("panics, alive"),
    Is("panics, alive"),
    Is("wiped, Destroyed, gone"),
    Is("Destroyed, Wiped, Destroyed, gone"),
    Is("Destroyed, alive"),
    Is("writes, Wiped, 0 pending, Destroyed, gone"),
    Is("writes, Wiped, 0 pending, Destroyed, gone"),
];

/// `safe_panic` has purged every session when its message is written, or when its payload is dropped.
const MESSAGE: Cells = [
    Is("panics, gone"),
    Is("panics, gone"),
    Is("panics, gone"),
    Is("wiped, panics, gone"),
    Is("panics, Destroyed, panics, gone"),
    Is("panics, gone"),
    Is("Destroyed, Destroyed, 0 pending, panics, gone"),
    Is("Destroyed, Destroyed, 0 pending, panics, gone"),
];

const THREAD_LOCAL: Cells = [
    Test("concurrency/misbehaviour/aborts.rs: a_thread_local_that_panics_aborts"),
    Test("concurrency/misbehaviour/aborts.rs: a_thread_local_that_panics_aborts"),
    Test("concurrency/misbehaviour/aborts.rs: a_thread_local_that_panics_aborts"),
    HOLDS_NOTHING[3],
    HOLDS_NOTHING[4],
    HOLDS_NOTHING[5],
    HOLDS_NOTHING[6],
    HOLDS_NOTHING[7],
];

const LOGGER: Cells = [
    Test("concurrency/foreign_logger.rs: panics"),
    Test("concurrency/foreign_logger.rs: panics with a value whose drop panics"),
    Cannot("a logger returns nothing"),
    Test("concurrency/foreign_logger.rs: purges"),
    Test("concurrency/foreign_logger.rs: destroys the same buffer"),
    Test("concurrency/foreign_logger.rs: makes a session and drops it"),
    Test("concurrency/foreign_logger.rs: never returns"),
    Test("concurrency/foreign_logger.rs: takes a mutex that another thread holds"),
];

const HANDLER: Cells = [
    Test("hostile/handlers.rs: panics"),
    Test("hostile/handlers.rs: panics_with_a_payload_that_panics"),
    Cannot("a handler returns nothing"),
    Test("hostile/handlers.rs: purges_itself"),
    Test("hostile/handlers.rs: catches_signals_again"),
    Test("hostile/handlers.rs: uses_a_new_session"),
    Test("hostile/handlers.rs: never_returns_until_the_deadline"),
    Test("hostile/handlers.rs: takes_a_mutex_that_another_thread_holds"),
];

const EXIT_HANDLER: Cells = [
    Test("hostile/exits.rs: panic"),
    Test("hostile/exits.rs: panic"),
    Cannot("an exit handler returns nothing"),
    Test("hostile/exits.rs: use_memguard"),
    Test("hostile/exits.rs: use_memguard"),
    Test("hostile/exits.rs: use_memguard"),
    Test("hostile/exits.rs: never_return_until_the_deadline"),
    Test("hostile/exits.rs: take_a_mutex_that_another_thread_holds"),
];

const ALLOCATOR: Cells = [
    Cannot("Rust forbids it: a panic of the allocator is undefined behaviour"),
    Cannot("Rust forbids it"),
    Cannot("an allocator returns memory"),
    Test("allocator.rs: one_that_uses_memguard_works"),
    Test("allocator.rs: one_that_uses_memguard_works"),
    Test("allocator.rs: one_that_uses_memguard_works"),
    Test("allocator.rs: one_that_stops_a_thread_stops_no_other"),
    Test("allocator.rs: one_that_stops_a_thread_stops_no_other"),
];

struct Row {
    /// The first column of the table in ARCHITECTURE.md.
    place: &'static str,
    way_in: &'static str,
    /// `None` if all cells are elsewhere, or this build lacks the feature.
    entry: Option<Entry>,
    cells: Cells,
}

const fn row(place: &'static str, way_in: &'static str, entry: Entry, cells: Cells) -> Row {
    Row { place, way_in, entry: Some(entry), cells }
}

const fn elsewhere(place: &'static str, cells: Cells) -> Row {
    Row { place, way_in: "elsewhere", entry: None, cells }
}

/// A row whose calls need a feature. Other builds keep the row and do not run it.
macro_rules! with_feature {
    ($feature:literal, $place:expr, $way_in:expr, $entry:ident, $cells:expr) => {
        Row {
            place: $place,
            way_in: $way_in,
            #[cfg(feature = $feature)]
            entry: Some($entry),
            #[cfg(not(feature = $feature))]
            entry: None,
            cells: $cells,
        }
    };
}

macro_rules! with_serde {
    ($($row:tt)+) => { with_feature!("serde", $($row)+) };
}

const ACCESS: &str = "closures of accesses (`with_data`, `with_buffers`, `uint64_slice_mut` and the like)";
const COPY: &str = "closures that get a copy (`string_slice`, `uint64_slice` and the like, `Enclave::with_data`)";
const FILL: &str = "`Read` that fills a buffer";
const FILL_CLOSURE: &str = "closures that fill a new buffer (`new_with`, `try_new_with`)";
const FROM_ERROR: &str = "`From` that makes the error of the caller (`try_new_with`, `flat`)";
const WRITE_TO: &str = "`Write` that takes a buffer's bytes (`Reader::write_to`)";
const STREAM_WRITE_TO: &str = "`Write` that takes a stream's bytes (`Stream::write_to`)";
const GUARD: &str = "`Read`, `Write` of the user around a guard";
const DROP: &str = "`Drop` of what the user gave (closures, readers, their errors, sequences)";
const PAYLOAD: &str = "`Drop` of the payload of `safe_panic_any`, in the code that catches it";
const SHOW: &str = "`fmt::Write`, `Serializer` that a value is shown to";

const TABLE: &[Row] = &[
    row(ACCESS, "with_data", with_data, READS),
    row(ACCESS, "with_data_mut", with_data_mut, WRITES),
    row(ACCESS, "uint64_slice_mut", uint64_slice_mut, WRITES),
    row(ACCESS, "with_buffers", with_buffers, SEVERAL),
    row(COPY, "string_slice", string_slice, COPIES),
    row(COPY, "byte_array", byte_array, COPIES),
    row(COPY, "uint64_slice", uint64_slice, COPIES),
    row(COPY, "Enclave::with_data", enclave_with_data, OPENED),
    row(FILL, "buffer_from_reader", buffer_from_reader, FILLS),
    row(FILL, "buffer_from_reader_until", buffer_from_reader_until, FILLS),
    row(FILL, "buffer_from_entire_reader", buffer_from_entire_reader, FILLS),
    row(FILL_CLOSURE, "buffer_new_with", buffer_new_with, FILLS),
    row(FILL_CLOSURE, "buffer_try_new_with", buffer_try_new_with, FILLS),
    with_feature!("zerocopy", FILL_CLOSURE, "secret_new_with", secret_new_with, FILLS),
    with_feature!("zerocopy", FILL_CLOSURE, "secret_try_new_with", secret_try_new_with, FILLS),
    row(FROM_ERROR, "buffer_try_new_with", error_of_the_caller, MAKES_AN_ERROR),
    row(FROM_ERROR, "flat", error_of_the_caller_by_flat, MAKES_AN_ERROR),
    row(WRITE_TO, "write_to", write_to, WRITES_FROM_A_GUARD),
    row(STREAM_WRITE_TO, "stream_write_to", stream_write_to, WRITES_FROM_A_STREAM),
    row(GUARD, "read into a guard", read_into_a_guard, READS_INTO_A_GUARD),
    row(GUARD, "write from a guard", write_from_a_guard, WRITES_FROM_A_GUARD),
    elsewhere("the logger", LOGGER),
    with_serde!("`Deserializer`", "BufferSeed", buffer_seed, FILLS),
    row(DROP, "a closure of with_data", dropped_by_with_data, NOT_CALLED),
    row(DROP, "a closure of with_buffers", dropped_by_with_buffers, NOT_CALLED),
    row(DROP, "a closure of string_slice", dropped_by_string_slice, NOT_CALLED),
    row(DROP, "a closure of buffer_new_with", dropped_by_new_with, HOLDS_NOTHING),
    row(DROP, "what a closure of buffer_new_with owns", dropped_in_new_with, FILLS),
    row(DROP, "an error of a writer", dropped_error_of_a_writer, ENDS_A_WRITE),
    row(DROP, "an error of a stream's writer", dropped_error_of_a_streams_writer, FILLS),
    row(DROP, "a reader at its end", dropped_reader, HOLDS_NOTHING),
    row(DROP, "an error of a reader", dropped_error, FILLS),
    with_serde!(DROP, "a sequence at its end", dropped_sequence, HOLDS_NOTHING),
    row(SHOW, "a buffer", debug_of_a_buffer, HOLDS_NOTHING),
    row(SHOW, "a session", debug_of_a_session, HOLDS_NOTHING),
    with_serde!(SHOW, "a health report", health_as_json, HOLDS_NOTHING),
    row("the message of `safe_panic`", "safe_panic", safe_panic, MESSAGE),
    row(PAYLOAD, "safe_panic_any", safe_panic_any, MESSAGE),
    row("thread-local destructors", "before those of the library", thread_local_first, THREAD_LOCAL),
    row("thread-local destructors", "after those of the library", thread_local_last, THREAD_LOCAL),
    elsewhere("the handler of a signal", HANDLER),
    elsewhere("exit handlers after a signal", EXIT_HANDLER),
    elsewhere("the allocator", ALLOCATOR),
];

/// Runs every cell. The process is alone, because `safe_panic` purges the default session.
fn the_table(test: &str, pages: Pages) {
    if !alone(&format!("concurrency::misbehaviour::{test}")) {
        return;
    }
    let mut wrong = Vec::new();
    for Row { place, way_in, entry, cells } in TABLE {
        for (misdeed, cell) in MISDEEDS.into_iter().zip(cells) {
            let (&Some(entry), &Is(expected)) = (entry, cell) else { continue };
            let name = format!("{misdeed:?} in {way_in} ({place})");
            let seen = within_patience(&name, move || outcome(pages, entry, misdeed));
            if seen != expected {
                wrong.push(format!("{name}: expected {expected:?}, was {seen:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{pages:?}:\n{}", wrong.join("\n"));
    assert_eq!(lockdep::violations(), []);
}

#[test]
fn on_pages_of_their_own() {
    the_table("on_pages_of_their_own", Pages::Real(Isolation::Page));
}

#[test]
fn on_packed_pages() {
    the_table("on_packed_pages", Pages::Real(Isolation::Packed));
}

#[test]
fn on_concealed_pages() {
    the_table("on_concealed_pages", Pages::Real(Isolation::Concealed));
}

#[test]
fn on_hidden_pages() {
    if hides_pages() {
        the_table("on_hidden_pages", Pages::Real(Isolation::Secret));
    }
}

#[cfg(feature = "sim")]
#[test]
fn on_simulated_pages() {
    the_table("on_simulated_pages", Pages::Simulated);
}

crate::support::needs!(sim: on_simulated_pages);
