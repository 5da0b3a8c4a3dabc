//! streams: all threads write, read, flush and drain a few shared streams.
//!
//! Nothing purges here, so every byte that was written must come out once, in order. The bytes are made of units that
//! name themselves: see [`unit`]. Writes are of several chunks, and reads end in the middle of chunks, so threads meet
//! at every step of the queue.

mod account;
mod unit;

use super::{RunContext, Scenario, ScenarioError, Worker};
use crate::{Guarantee, Violation};
use account::{Account, Digest};
use memguard::Stream;
use std::io::{Read as _, Write as _};
use unit::{UNIT, Unit};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "streams",
    purpose: "write, read, flush and drain shared streams on all threads; every byte must come out once and in order",
    min_threads: 2,
    configure: |builder| builder.stream_chunk(CHUNK),
    run,
    ..Scenario::PLAIN
};

/// Four units.
const CHUNK: usize = 4 * UNIT;

/// How many streams the workers share.
const STREAMS: usize = 3;

/// The most units of one write. A write is of up to three chunks.
const LONGEST: usize = 10;

/// A worker writes to a stream that has less than this many bytes, and else reads it.
const ENOUGH: usize = 2048;

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let made = (0..STREAMS).map(|_| context.session.stream()).collect();
    let streams: Vec<Stream> = context.require("Session::stream", made)?;
    let accounts = context.run_workers(|worker| {
        let mut accounts: Vec<Account> = (0..STREAMS).map(|_| Account::default()).collect();
        while worker.should_continue() {
            let at = worker.choices.below(STREAMS);
            let result = use_stream(worker, &streams[at], &mut accounts[at]);
            worker.check(result);
        }
        accounts
    })?;
    for (at, stream) in streams.iter().enumerate() {
        let total = accounts.iter().map(|of_worker| &of_worker[at]).fold(Account::default(), Account::plus);
        context.violations.check(empty(context.seed, stream, total));
    }
    Ok(())
}

fn use_stream(worker: &mut Worker<'_>, stream: &Stream, account: &mut Account) -> Result<(), Violation> {
    match worker.choices.below(16) {
        0..8 if stream.len() < ENOUGH => write(worker, stream, account),
        0..12 => read(worker, stream, account),
        12 => next(worker, stream, account),
        13 => drain(worker, stream, account),
        14 => {
            let mut stream = stream;
            let flushed = worker.op("flush", || stream.flush());
            flushed.map_err(|error| Violation::new(Guarantee::Visible, format!("flush failed: {error}")))
        }
        _ => {
            let len = worker.op("Stream::len", || stream.len());
            Violation::unless(len.is_multiple_of(UNIT), Guarantee::Exact, || {
                format!("a stream of whole units holds {len} bytes")
            })
        }
    }
}

/// Writes units that follow one another, by `Write::write` or `Stream::move_from`.
fn write(worker: &mut Worker<'_>, stream: &Stream, account: &mut Account) -> Result<(), Violation> {
    let units = 1 + worker.choices.below(LONGEST);
    let of_write = Unit::of_write(worker.index, account.next_write(), units);
    let mut bytes = unit::bytes(worker.seed(), &of_write);
    let len = bytes.len();
    let written = if worker.choices.one_in(2) {
        worker.op("Stream::move_from", || stream.move_from(&mut bytes).map(|()| len).map_err(Into::into))
    } else {
        let mut stream = stream;
        worker.op("Stream::write", || stream.write(&bytes))
    };
    match written {
        Ok(written) if written == len => {
            account.written.add(&of_write);
            Ok(())
        }
        answer => Err(Violation::new(Guarantee::Visible, format!("a write of {len} bytes gave {answer:?}"))),
    }
}

/// Reads some units, which may be fewer than the chunk has left.
fn read(worker: &mut Worker<'_>, stream: &Stream, account: &mut Account) -> Result<(), Violation> {
    let mut bytes = vec![0; UNIT * (1 + worker.choices.below(6))];
    let mut from = stream;
    let read = worker.op("Stream::read", || from.read(&mut bytes));
    let read = read.map_err(|error| Violation::new(Guarantee::Visible, format!("a read failed: {error}")))?;
    take_piece(worker.seed(), account, &bytes[..read])
}

/// Takes in bytes that one call took out of the stream at once.
fn take_piece(seed: u64, account: &mut Account, bytes: &[u8]) -> Result<(), Violation> {
    let units = unit::read(seed, bytes)?;
    unit::in_one_piece(&units)?;
    account.take(&units)
}

fn next(worker: &mut Worker<'_>, stream: &Stream, account: &mut Account) -> Result<(), Violation> {
    let chunk = Violation::unless_ok("Stream::next", worker.op("Stream::next", || stream.next()))?;
    let Some(chunk) = chunk else { return Ok(()) };
    let seed = worker.seed();
    let taken = chunk.with_data(|bytes| take_piece(seed, account, bytes));
    Violation::unless_ok("reading a chunk", taken)?
}

/// Other threads may read meanwhile, so what comes out has gaps, and is in order.
fn drain(worker: &mut Worker<'_>, stream: &Stream, account: &mut Account) -> Result<(), Violation> {
    let drained = worker.op("Stream::drain", || stream.drain());
    let all = drained.map_err(|error| Violation::new(Guarantee::Visible, format!("a drain failed: {error}")))?;
    let Some(all) = all else { return Ok(()) };
    let seed = worker.seed();
    let taken = all.with_data(|bytes| account.take(&unit::read(seed, bytes)?));
    Violation::unless_ok("reading what was drained", taken)?
}

/// Drains a stream that no other thread uses. What comes out of it must be in one piece, and then nothing may be
/// missing and nothing may have come out twice.
fn empty(seed: u64, stream: &Stream, total: Account) -> Result<(), Violation> {
    let Account { written, read, .. } = total;
    let drained = stream.drain();
    let all = drained.map_err(|error| Violation::new(Guarantee::Visible, format!("the last drain failed: {error}")))?;
    let mut rest = Digest::default();
    if let Some(all) = all {
        let units = all.with_data(|bytes| unit::read(seed, bytes));
        let units = Violation::unless_ok("reading what was left", units)??;
        unit::in_one_piece(&units)?;
        rest.add(&units);
    }
    let seen = read.plus(rest);
    Violation::unless(stream.is_empty(), Guarantee::Exact, || "a stream is not empty after the last drain")?;
    Violation::unless(seen == written, Guarantee::Exact, || {
        format!("other units came out of a stream than were written: {written:?} were written, and {seen:?} came out")
    })
}
