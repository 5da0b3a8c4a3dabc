//! panics: user code panics inside accesses, on all threads, while others use and destroy the same buffers.
//!
//! A panic leaves an access like any other return: the buffer is as sound as before, holds what was written until then, and
//! is wiped by the thread that unwinds if it was destroyed meanwhile. Nothing is poisoned by it.

use super::Scenario;
use crate::engine::{Setback, Stage, Worker};
use crate::ops::{Content, Tally, tagged};
use crate::{Guarantee, Violation, planted};
use memguard::{Buffer, Disposal, Error, Session};
use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "panics",
    purpose: "panic inside accesses of every kind, with and without a destroy meanwhile: usable or wiped, never lost",
    expects: &["handed_over_wipes"],
    min_threads: 2,
    configure: |builder| builder,
    play,
};

const LEN: usize = 64;
/// Buffers that all threads share.
const SHARED: usize = 4;

type Place = Mutex<Arc<Buffer>>;

/// What can be done to one buffer of one's own. Each gets a buffer with this content, and says what it must hold afterwards:
/// a content, or nothing because it must be gone.
type Case = fn(&Session, &Tally, &Buffer, Content) -> Result<After, Violation>;

enum After {
    Holds(Content),
    Gone,
}

const CASES: &[(&str, Case)] = &[
    ("panic inside a read", |_, _, buffer, content| {
        planted::survive(|| buffer.with_data(|_| planted::panic()));
        Ok(After::Holds(content))
    }),
    ("panic inside a write", |_, _, buffer, content| {
        let other = content.next();
        planted::survive(|| {
            buffer.with_data_mut(|bytes| {
                other.fill(bytes);
                planted::panic()
            })
        });
        Ok(After::Holds(other))
    }),
    ("panic while a guard is held", |_, _, buffer, content| {
        planted::survive(|| {
            let _inside = buffer.write();
            planted::panic()
        });
        Ok(After::Holds(content))
    }),
    ("panic inside a typed callback", |_, _, buffer, content| {
        planted::survive(|| buffer.uint64_slice(|_| planted::panic()));
        planted::survive(|| buffer.int16_slice(|_| planted::panic()));
        Ok(After::Holds(content))
    }),
    ("panic inside nested accesses", |session, _, buffer, content| {
        let outer = expect("Session::buffer_random", session.buffer_random(LEN))?;
        planted::survive(|| outer.with_data(|_| buffer.with_data_mut(|_| planted::panic())));
        expect("reading after a nested panic", outer.with_data(|_| ()))?;
        Ok(After::Holds(content))
    }),
    ("destroy inside a read, then panic", |_, tally, buffer, content| {
        let destroyed = Cell::new(None);
        planted::survive(|| {
            buffer.with_data(|bytes| {
                destroyed.set(Some((buffer.destroy(), content.check(bytes))));
                planted::panic()
            })
        });
        handed_over(tally, destroyed.take())
    }),
    ("destroy inside a write, then panic", |_, tally, buffer, content| {
        let destroyed = Cell::new(None);
        planted::survive(|| {
            buffer.with_data_mut(|bytes| {
                destroyed.set(Some((buffer.destroy(), content.check(bytes))));
                planted::panic()
            })
        });
        handed_over(tally, destroyed.take())
    }),
    ("use the library while unwinding", use_while_unwinding),
];

fn play(stage: &Stage<'_>) -> Result<(), Setback> {
    let make = |id| make(stage.session(), stage.seed(), id).map(|buffer| Mutex::new(Arc::new(buffer)));
    let shared: Vec<Place> = stage.must("Session::buffer", (1..=SHARED as u64).map(make).collect())?;
    stage.crew(|worker| {
        let mut id = (worker.index() as u64 + 1) << 40;
        while worker.goes_on() {
            id += 1;
            let place = &shared[worker.choices.below(SHARED)];
            let judgement = match worker.choices.below(8) {
                0..4 => {
                    let (name, case) = worker.choices.pick(CASES);
                    let (session, stage) = (worker.session(), worker.stage());
                    worker.op(name, || play_case(session, stage.tally(), name, case, Content::new(stage.seed(), id)))
                }
                4..7 => panic_inside_shared(worker, place),
                _ => replace_shared(worker, place, id),
            };
            worker.report(judgement);
        }
    })?;
    Ok(())
}

fn play_case(session: &Session, tally: &Tally, name: &str, case: Case, content: Content) -> Result<(), Violation> {
    let buffer = expect("Session::buffer_from_bytes", session.buffer_from_bytes(&mut content.bytes(LEN)))?;
    expect("melt", buffer.melt())?;
    let after = case(session, tally, &buffer, content)?;
    match (after, buffer.with_data(|bytes| content_of(bytes, content))) {
        (After::Holds(content), Ok(Ok(found))) if found == content => Ok(()),
        (After::Holds(_), Ok(how)) => Err(Violation::new(Guarantee::Exact, format!("after {name}: {how:?}"))),
        (After::Holds(_), Err(error)) => Err(Violation::unexpected(format!("a read after {name}"), &error)),
        (After::Gone, Err(Error::Destroyed)) => Ok(()),
        (After::Gone, answer) => {
            Err(Violation::new(Guarantee::Wiped, format!("after {name} a destroyed buffer answers {answer:?}")))
        }
    }
}

/// Which of the two contents that a case can leave these bytes are.
fn content_of(bytes: &[u8], content: Content) -> Result<Content, String> {
    content
        .check(bytes)
        .map(|()| content)
        .or_else(|how| content.next().check(bytes).map(|()| content.next()).map_err(|_| how))
}

/// A destroy inside an access was handed over to this very thread, and the bytes stayed until it left.
fn handed_over(
    tally: &Tally,
    seen: Option<(memguard::Result<Disposal>, Result<(), String>)>,
) -> Result<After, Violation> {
    let Some((destroyed, bytes)) = seen else {
        return Err(Violation::new(Guarantee::Visible, "an access to a live buffer was not granted"));
    };
    let disposal = expect("destroy inside an access", destroyed)?;
    tally.disposal(disposal);
    if disposal != Disposal::HandedOver {
        return Err(Violation::new(Guarantee::Wiped, "a buffer was wiped under the thread that was inside"));
    }
    bytes.map_err(|how| Violation::new(Guarantee::Exact, format!("bytes changed inside an access: {how}")))?;
    Ok(After::Gone)
}

/// A destructor that runs while a panic unwinds over a write uses the library in every way.
fn use_while_unwinding(
    session: &Session,
    tally: &Tally,
    buffer: &Buffer,
    content: Content,
) -> Result<After, Violation> {
    struct OnDrop<F: FnMut()>(F);
    impl<F: FnMut()> Drop for OnDrop<F> {
        fn drop(&mut self) {
            (self.0)();
        }
    }
    let answers = Cell::new(None);
    planted::survive(|| {
        buffer.with_data_mut(|bytes| {
            let _unwinding = OnDrop(|| {
                let read = buffer.read().map(drop);
                let made = session.buffer_from_bytes(&mut content.next().bytes(LEN)).and_then(|made| made.seal());
                let opened = made.and_then(|enclave| enclave.open()?.equals(&content.next().bytes(LEN)));
                answers.set(Some((read, opened, buffer.destroy(), content.check(bytes))));
            });
            planted::panic()
        })
    });
    let Some((read, opened, destroyed, bytes)) = answers.take() else {
        return Err(Violation::new(Guarantee::Visible, "a write to a live buffer was not granted"));
    };
    match read {
        Err(error @ Error::Reentrant { .. }) => tally.error(&error),
        other => return Err(Violation::new(Guarantee::Progress, format!("a read inside an own write gave {other:?}"))),
    }
    if !expect("sealing and opening while unwinding", opened)? {
        return Err(Violation::new(Guarantee::Exact, "an enclave opened to other bytes while unwinding"));
    }
    handed_over(tally, Some((destroyed, bytes)))
}

/// Reads a buffer that another thread may destroy meanwhile, and panics inside.
fn panic_inside_shared(worker: &mut Worker<'_>, place: &Place) -> Result<(), Violation> {
    let buffer = Arc::clone(&place.lock().unwrap_or_else(PoisonError::into_inner));
    let seed = worker.stage().seed();
    let seen = Cell::new(Ok(()));
    let answer = worker.op("panic inside a read of a shared buffer", || {
        planted::survive(|| {
            buffer.with_data(|bytes| {
                let before = tagged::check(seed, bytes).map(drop);
                std::thread::yield_now();
                seen.set(before.and_then(|()| tagged::check(seed, bytes).map(drop)));
                planted::panic()
            })
        })
    });
    match answer {
        None => seen.into_inner().map_err(|how| Violation::new(Guarantee::Exact, format!("a shared buffer: {how}"))),
        Some(Err::<(), _>(Error::Destroyed)) if !buffer.is_alive() => Ok(()),
        Some(Err(error)) => Err(Violation::unexpected("reading a shared buffer", &error)),
        Some(Ok(())) => Err(Violation::new(Guarantee::Progress, "a planted panic was swallowed")),
    }
}

/// Puts another buffer in the place and destroys the one that was there, whoever is inside.
fn replace_shared(worker: &mut Worker<'_>, place: &Place, id: u64) -> Result<(), Violation> {
    let (session, seed) = (worker.session(), worker.stage().seed());
    let fresh = expect("making a shared buffer", worker.op("making a shared buffer", || make(session, seed, id)))?;
    let old = std::mem::replace(&mut *place.lock().unwrap_or_else(PoisonError::into_inner), Arc::new(fresh));
    let disposal = expect("destroy", worker.op("destroying a shared buffer", || old.destroy()))?;
    worker.stage().tally().disposal(disposal);
    if old.is_alive() {
        return Err(Violation::new(Guarantee::Wiped, "a destroyed buffer is alive"));
    }
    Ok(())
}

fn make(session: &Session, seed: u64, id: u64) -> memguard::Result<Buffer> {
    let buffer = session.buffer(LEN)?;
    buffer.with_data_mut(|bytes| tagged::write(seed, id, bytes))?;
    Ok(buffer)
}

fn expect<T>(call: &str, answer: memguard::Result<T>) -> Result<T, Violation> {
    answer.map_err(|error| Violation::unexpected(call, &error))
}
