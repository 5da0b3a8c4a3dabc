//! The logger of the process, which is foreign code too.

use super::bomb::{panic_with_a_bomb, survive};
use super::misdeed::{Misdeed, use_a_new_session};
use crate::scenario::own_session::builder;
use crate::scenario::{ScenarioError, Unfit, Worker};
use crate::{Guarantee, Violation, planted};
use log::{LevelFilter, Log, Metadata, Record};
use memguard::Disposal;
use std::cell::Cell;
use std::sync::OnceLock;

/// What the logger does at a record.
const MISDEEDS: [Misdeed; 3] = [Misdeed::Panics, Misdeed::PanicsWithABomb, Misdeed::UsesANewSession];

/// What the logger does on a thread, and what it saw there.
#[derive(Clone, Copy, Debug)]
struct Seen {
    misdeed: Option<Misdeed>,
    is_inside: bool,
    records: u64,
    records_inside: u64,
}

const NOTHING: Seen = Seen { misdeed: None, is_inside: false, records: 0, records_inside: 0 };

thread_local! { static SEEN: Cell<Seen> = const { Cell::new(NOTHING) }; }

struct Misbehaves;

impl Log for Misbehaves {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, _: &Record<'_>) {
        let seen = SEEN.get();
        let inside = u64::from(seen.is_inside);
        SEEN.set(Seen { records: seen.records + 1, records_inside: seen.records_inside + inside, ..seen });
        match seen.misdeed {
            Some(Misdeed::Panics) => planted::panic(),
            Some(Misdeed::PanicsWithABomb) => panic_with_a_bomb(),
            // The count of its panics tells what went wrong.
            Some(Misdeed::UsesANewSession) if use_a_new_session().is_err() => planted::panic(),
            _ => {}
        }
    }

    fn flush(&self) {}
}

/// The logger gets every record until this is dropped.
pub(super) struct Listening;

impl Listening {
    pub(super) fn start() -> Result<Self, ScenarioError> {
        static IS_OURS: OnceLock<bool> = OnceLock::new();
        if !IS_OURS.get_or_init(|| log::set_logger(&Misbehaves).is_ok()) {
            let what = "this process has a logger already: run foreign-code in one that has none";
            return Err(Unfit(what.to_owned()).into());
        }
        log::set_max_level(LevelFilter::Trace);
        Ok(Self)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        log::set_max_level(LevelFilter::Off);
    }
}

/// A call counts what is logged. The logger misbehaves, and the call must not be harmed.
pub(super) fn make_it_log(worker: &mut Worker<'_>) -> Result<(), Violation> {
    let misdeed = worker.choices.pick(&MISDEEDS);
    let answer = worker.op("a call that logs", || {
        SEEN.set(Seen { misdeed: Some(misdeed), ..NOTHING });
        let answer = survive(destroy_inside);
        (answer, SEEN.replace(NOTHING))
    });
    let (Some(answer), seen) = answer else {
        return Err(Violation::new(Guarantee::Foreign, "a panic of the logger left the call that logged"));
    };
    let (disposal, panics) = Violation::unless_ok("a call that logs", answer)?;
    let panicked = if misdeed == Misdeed::UsesANewSession { 0 } else { seen.records };
    let is_right = disposal == Disposal::HandedOver && seen.records > 0 && panics == panicked;
    Violation::unless(is_right, Guarantee::Foreign, || {
        format!("a logger that does {misdeed:?}: {disposal:?}, {panics} panics counted, {seen:?}")
    })?;
    Violation::unless(seen.records_inside == 0, Guarantee::Foreign, || {
        format!("the logger was called inside an access: {seen:?}")
    })
}

/// Destroys a buffer inside an access. The end of the access wipes it, and that is logged.
fn destroy_inside() -> memguard::Result<(Disposal, u64)> {
    let session = builder(1).rekey_interval(None).build()?;
    let buffer = session.buffer(8)?;
    let disposal = buffer.with_data(|_| {
        SEEN.set(Seen { is_inside: true, ..SEEN.get() });
        let disposal = buffer.destroy();
        SEEN.set(Seen { is_inside: false, ..SEEN.get() });
        disposal
    })??;
    Ok((disposal, session.health().degraded.logger_panics))
}
