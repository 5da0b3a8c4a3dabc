//! panics: user code panics inside accesses on all threads, while other threads use and destroy the same buffers.
//!
//! A panic ends an access as a return does. The buffer stays usable and holds what was written before the panic. If the
//! buffer was destroyed meanwhile, the thread that unwinds wipes it. A panic poisons nothing.

use super::shared::stamped_buffer;
use super::{RunContext, Scenario, ScenarioError, Worker};
use crate::ops::{Content, Tally, tagged};
use crate::places::Places;
use crate::{Guarantee, Violation, planted, thread};
use memguard::{Buffer, Disposal, Error, Session};
use std::cell::Cell;

pub(super) static SCENARIO: Scenario = Scenario {
    name: "panics",
    purpose: "panic inside accesses, with and without a destroy meanwhile; buffers must stay usable or be wiped",
    expects: &["handed_over_wipes"],
    min_threads: 2,
    run,
    ..Scenario::PLAIN
};

const LEN: usize = 64;
/// How many buffers the workers share.
const SHARED: usize = 4;

/// What a worker does to a buffer of its own, which has this content. Returns what the buffer must hold afterwards.
type Case = fn(&Session, &Tally, &Buffer, Content) -> Result<After, Violation>;

enum After {
    Holds(Content),
    Destroyed,
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
        let outer = Violation::unless_ok("Session::buffer_random", session.buffer_random(LEN))?;
        planted::survive(|| outer.with_data(|_| buffer.with_data_mut(|_| planted::panic())));
        Violation::unless_ok("reading after a nested panic", outer.with_data(|_| ()))?;
        Ok(After::Holds(content))
    }),
    ("destroy inside a read, then panic", |_, tally, buffer, content| {
        let destroyed = Cell::new(None);
        let inside = |bytes: &[u8]| destroyed.set(Some((buffer.destroy(), content.check(bytes))));
        planted::survive(|| {
            buffer.with_data(|bytes| {
                inside(bytes);
                planted::panic()
            })
        });
        handed_over(tally, destroyed.take())
    }),
    ("destroy inside a write, then panic", |_, tally, buffer, content| {
        let destroyed = Cell::new(None);
        let inside = |bytes: &[u8]| destroyed.set(Some((buffer.destroy(), content.check(bytes))));
        planted::survive(|| {
            buffer.with_data_mut(|bytes| {
                inside(bytes);
                planted::panic()
            })
        });
        handed_over(tally, destroyed.take())
    }),
    ("use the library while unwinding", use_while_unwinding),
];

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let shared = Places::<Buffer, SHARED>::default();
    for (at, id) in (0..SHARED).zip(1..) {
        let made = stamped_buffer(context.session, context.seed, id, LEN);
        shared.put(at, context.require("Session::buffer", made)?);
    }
    context.run_workers(|worker| {
        while worker.should_continue() {
            let at = worker.choices.below(SHARED);
            let result = match worker.choices.below(8) {
                0..4 => panic_inside_own(worker),
                4..7 => panic_inside_shared(worker, &shared, at),
                _ => replace_shared(worker, &shared, at),
            };
            worker.check(result);
        }
    })?;
    Ok(())
}

fn panic_inside_own(worker: &mut Worker<'_>) -> Result<(), Violation> {
    let (name, case) = worker.choices.pick(CASES);
    let (session, tally, content) = (worker.session(), worker.tally(), worker.next_content());
    worker.op(name, || run_case(session, tally, name, case, content))
}

fn run_case(session: &Session, tally: &Tally, name: &str, case: Case, content: Content) -> Result<(), Violation> {
    let buffer =
        Violation::unless_ok("Session::buffer_from_bytes", session.buffer_from_bytes(&mut content.bytes(LEN)))?;
    Violation::unless_ok("melt", buffer.melt())?;
    let after = case(session, tally, &buffer, content)?;
    match (after, buffer.with_data(|bytes| content_of(bytes, content))) {
        (After::Holds(content), Ok(Ok(found))) if found == content => Ok(()),
        (After::Holds(_), Ok(how)) => Err(Violation::new(Guarantee::Exact, format!("after {name}: {how:?}"))),
        (After::Holds(_), Err(error)) => Err(Violation::unexpected(format!("a read after {name}"), &error)),
        (After::Destroyed, Err(Error::Destroyed)) => Ok(()),
        (After::Destroyed, answer) => {
            Err(Violation::new(Guarantee::Wiped, format!("after {name} a destroyed buffer answers {answer:?}")))
        }
    }
}

/// Which content the bytes are: this one or the next one. A case leaves one of the two.
fn content_of(bytes: &[u8], content: Content) -> Result<Content, String> {
    content
        .check(bytes)
        .map(|()| content)
        .or_else(|how| content.next().check(bytes).map(|()| content.next()).map_err(|_| how))
}

/// Checks a destroy inside an access: the wipe was handed over to this thread, and the bytes stayed until the access
/// ended.
fn handed_over(
    tally: &Tally,
    seen: Option<(memguard::Result<Disposal>, Result<(), String>)>,
) -> Result<After, Violation> {
    let Some((destroyed, bytes)) = seen else {
        return Err(Violation::new(Guarantee::Visible, "an access to a live buffer was not granted"));
    };
    let disposal = Violation::unless_ok("destroy inside an access", destroyed)?;
    tally.disposal(disposal);
    let is_handed_over = disposal == Disposal::HandedOver;
    Violation::unless(is_handed_over, Guarantee::Wiped, || "a buffer was wiped while a thread was inside")?;
    bytes.map_err(|how| Violation::new(Guarantee::Exact, format!("bytes changed inside an access: {how}")))?;
    Ok(After::Destroyed)
}

/// A destructor uses the library in every way while a panic unwinds out of a write.
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
        other => {
            let what = format!("a read inside the same thread's write gave {other:?}");
            return Err(Violation::new(Guarantee::Progress, what));
        }
    }
    let is_right = Violation::unless_ok("sealing and opening while unwinding", opened)?;
    Violation::unless(is_right, Guarantee::Exact, || "an enclave opened to other bytes while unwinding")?;
    handed_over(tally, Some((destroyed, bytes)))
}

/// Reads a buffer that another thread may destroy meanwhile, and panics inside.
fn panic_inside_shared(worker: &mut Worker<'_>, places: &Places<Buffer, SHARED>, at: usize) -> Result<(), Violation> {
    let buffer = places.get(at).expect("workers replace shared buffers and never remove them");
    let seed = worker.seed();
    let seen = Cell::new(Ok(()));
    let answer = worker.op("panic inside a read of a shared buffer", || {
        planted::survive(|| {
            buffer.with_data(|bytes| {
                let before = tagged::check(seed, bytes).map(drop);
                thread::yield_now();
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

/// Puts another buffer in the place and destroys the one that was there, whether or not a thread is inside.
fn replace_shared(worker: &mut Worker<'_>, places: &Places<Buffer, SHARED>, at: usize) -> Result<(), Violation> {
    let (session, seed, id) = (worker.session(), worker.seed(), worker.next_id());
    let made = worker.op("creating a shared buffer", || stamped_buffer(session, seed, id, LEN));
    let old = places.put(at, Violation::unless_ok("creating a shared buffer", made)?);
    let old = old.expect("workers replace shared buffers and never remove them");
    let disposal = Violation::unless_ok("destroy", worker.op("destroying a shared buffer", || old.destroy()))?;
    worker.tally().disposal(disposal);
    Violation::unless(!old.is_alive(), Guarantee::Wiped, || "a destroyed buffer is alive")
}
