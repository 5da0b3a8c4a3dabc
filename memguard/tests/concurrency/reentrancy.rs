//! PROGRESS: every public function is called from every context in which a program can call it. The table lists the
//! outcome of each cell. No call blocks.

use crate::support::sources::{Item, public_items};
use crate::support::{alone, child_detail, lockdep, run_child, transcript, within_patience};
#[cfg(feature = "zerocopy")]
use memguard::Secret;
use memguard::{
    Buffer, Disposal, Enclave, Error, FlatResult, Isolation, ReadCause, ReadError, SecretVec, Session, SessionBuilder,
    Stream,
};
use std::cell::RefCell;
use std::fmt::Debug;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

/// Where a function is called from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Context {
    TopLevel,
    InsideRead,
    InsideWrite,
    InsideOther,
    DuringPurge,
    Unwinding,
    ThreadLocalDestructor,
}

use Context::*;

const CONTEXTS: [Context; 7] =
    [TopLevel, InsideRead, InsideWrite, InsideOther, DuringPurge, Unwinding, ThreadLocalDestructor];

/// What every cell starts from.
struct Fixture {
    /// The session of the buffers: its own, or the default one for functions that use that.
    session: Option<Arc<Session>>,
    target: Buffer,
    other: Buffer,
    enclave: Enclave,
    stream: Stream,
}

impl Fixture {
    fn own(builder: SessionBuilder) -> Self {
        let session = Arc::new(builder.build().unwrap());
        let fixture = Self::of(&session);
        Self { session: Some(session), ..fixture }
    }

    fn default_session(_: SessionBuilder) -> Self {
        Self::of(memguard::session().unwrap())
    }

    fn of(session: &Session) -> Self {
        let buffer = || session.buffer(16).unwrap();
        let enclave = session.enclave(&mut [3; 16]).unwrap();
        let stream = session.stream().unwrap();
        stream.move_from(&mut [4; 16]).unwrap();
        Self { session: None, target: buffer(), other: buffer(), enclave, stream }
    }

    fn session(&self) -> &Session {
        self.session.as_deref().unwrap_or_else(|| memguard::session().unwrap())
    }
}

/// The outcome of a call, in the words of the table.
type Outcome = String;

const DONE: &str = "done";
const HANDED_OVER: &str = "handed over";

fn outcome<T>(result: Result<T, Error>) -> Outcome {
    result.map_or_else(|error| name(&error), |_| DONE.into())
}

/// The outcome of a read whose reader does not fail.
fn read<T>(result: Result<T, ReadError>) -> Outcome {
    outcome(result.map_err(|error| match error.cause {
        ReadCause::Memguard(error) => error,
        other => panic!("{other:?}"),
    }))
}

fn inner(error: std::io::Error) -> Error {
    error.downcast().unwrap()
}

fn disposed(result: Result<Disposal, Error>) -> Outcome {
    match result {
        Ok(Disposal::Wiped) => DONE.into(),
        Ok(Disposal::HandedOver) => HANDED_OVER.into(),
        Ok(other) => panic!("unknown: {other:?}"),
        Err(error) => name(&error),
    }
}

fn purged(report: memguard::PurgeReport) -> Outcome {
    if report.handed_over > 0 { HANDED_OVER.into() } else { DONE.into() }
}

fn done<T>(_: T) -> Outcome {
    DONE.into()
}

/// The name of the variant.
fn name(error: &impl Debug) -> Outcome {
    format!("{error:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// One public function: how to call it, in which session it works, and its outcome in each context.
struct Row {
    function: &'static str,
    fixture: fn(SessionBuilder) -> Fixture,
    /// Whether it works in the default session, which other tests leave alone meanwhile.
    global: bool,
    call: fn(&Fixture) -> Outcome,
    expected: [&'static str; 7],
}

const fn own(function: &'static str, call: fn(&Fixture) -> Outcome, expected: [&'static str; 7]) -> Row {
    Row { function, fixture: Fixture::own, global: false, call, expected }
}

const fn global(function: &'static str, call: fn(&Fixture) -> Outcome, expected: [&'static str; 7]) -> Row {
    Row { function, fixture: Fixture::default_session, global: true, call, expected }
}

/// Columns: top level, inside a read of the same buffer, inside a write of it, inside an access to another buffer,
/// inside a read while another thread purges (it has purged at least once), while unwinding, in a thread-local
/// destructor.
const ALWAYS: [&str; 7] = [DONE; 7];
/// Functions that read the target. A write of this thread excludes them, and the target is gone after the purge.
const READS: [&str; 7] = [DONE, DONE, "Reentrant", DONE, "Destroyed", DONE, DONE];
/// Functions that write the target. Any access of this thread excludes them.
const WRITES: [&str; 7] = [DONE, "Reentrant", "Reentrant", DONE, "Destroyed", DONE, DONE];
/// Functions that end the target. A target in use is handed over.
const ENDS: [&str; 7] = [DONE, HANDED_OVER, HANDED_OVER, DONE, "Destroyed", DONE, DONE];
/// Functions that wipe everything. Inside an access to `other`, `other` is handed over. The other thread's purge has
/// left nothing.
const PURGES: [&str; 7] = [DONE, HANDED_OVER, HANDED_OVER, HANDED_OVER, DONE, DONE, DONE];
/// Opening an enclave sealed before the other thread's purge.
const OPENS: [&str; 7] = [DONE, DONE, DONE, DONE, "KeyGone", DONE, DONE];
/// Functions that make a buffer and use it in the same call: a purge may come in between.
const MAKES: [&str; 7] = [DONE, DONE, DONE, DONE, "done or Destroyed", DONE, DONE];

fn grown(fixture: &Fixture, change: fn(&mut SecretVec) -> Result<(), Error>) -> Result<(), Error> {
    let mut secret = fixture.session().secret_vec()?;
    secret.extend_from_slice(&[7; 10])?;
    change(&mut secret)
}

#[cfg(feature = "zerocopy")]
fn one(value: &mut u64) {
    *value = 1;
}

#[cfg(feature = "zerocopy")]
fn one_or_none(value: &mut u64) -> Result<(), Error> {
    *value = 1;
    Ok(())
}

const TABLE: &[Row] = &[
    global("Buffer::new", |_| outcome(Buffer::new(8)), ALWAYS),
    global("Buffer::new_with", |_| outcome(Buffer::new_with(8, |bytes| bytes.fill(1))), MAKES),
    global("Buffer::try_new_with", |_| outcome(Buffer::try_new_with(8, |_| Ok(()))), MAKES),
    global("Buffer::from_bytes", |_| outcome(Buffer::from_bytes(&mut [1; 8])), MAKES),
    global("Buffer::from_string", |_| outcome(Buffer::from_string(&mut "text".into())), MAKES),
    global("Buffer::random", |_| outcome(Buffer::random(8)), MAKES),
    global("Buffer::from_reader", |_| read(Buffer::from_reader(&[1; 8][..], 8)), MAKES),
    global("Buffer::from_reader_until", |_| read(Buffer::from_reader_until(&[1, 0][..], 0)), MAKES),
    global("Buffer::from_entire_reader", |_| read(Buffer::from_entire_reader(&[1; 8][..])), MAKES),
    own("Buffer::read", |f| outcome(f.target.read()), READS),
    own("Buffer::write", |f| outcome(f.target.write()), WRITES),
    own("Buffer::try_read", |f| outcome(f.target.try_read()), READS),
    own("Buffer::try_write", |f| outcome(f.target.try_write()), WRITES),
    own("Buffer::with_data", |f| outcome(f.target.with_data(|_| ())), READS),
    own("FlatResult::flat", |f| outcome(f.target.with_data(|_| Ok::<_, Error>(())).flat()), READS),
    own("Buffer::with_data_mut", |f| outcome(f.target.with_data_mut(|_| ())), WRITES),
    own("Buffer::freeze", |f| outcome(f.target.freeze()), READS),
    own("Buffer::melt", |f| outcome(f.target.melt()), READS),
    own("Buffer::len", |f| done(f.target.len()), ALWAYS),
    own("Buffer::is_empty", |f| done(f.target.is_empty()), ALWAYS),
    own("Buffer::is_alive", |f| done(f.target.is_alive()), ALWAYS),
    own("Buffer::is_mutable", |f| done(f.target.is_mutable()), ALWAYS),
    own("Buffer::seal", |f| outcome(f.target.seal()), READS),
    own("Buffer::seal_for", |f| outcome(f.target.seal_for(&[5])), READS),
    own("Buffer::try_clone", |f| outcome(f.target.try_clone()), READS),
    own("Buffer::destroy", |f| disposed(f.target.destroy()), ENDS),
    own("Buffer::copy_from", |f| outcome(f.target.copy_from(&[1; 4])), WRITES),
    own("Buffer::copy_from_at", |f| outcome(f.target.copy_from_at(1, &[1; 4])), WRITES),
    own("Buffer::move_from", |f| outcome(f.target.move_from(&mut [1; 4])), WRITES),
    own("Buffer::move_from_at", |f| outcome(f.target.move_from_at(1, &mut [1; 4])), WRITES),
    own("Buffer::wipe", |f| outcome(f.target.wipe()), WRITES),
    own("Buffer::scramble", |f| outcome(f.target.scramble()), WRITES),
    own("Buffer::equals", |f| outcome(f.target.equals(&[0; 16])), READS),
    own("Buffer::equals_buffer", |f| outcome(f.target.equals_buffer(&f.target)), READS),
    own("Reader::write_to", |f| outcome(f.target.reader().write_to(&mut io::sink()).map_err(inner)), READS),
    own("Buffer::verify, Verified::is_intact", |f| outcome(f.target.verify().map(|found| found.is_intact())), READS),
    own("Buffer::protection", |f| outcome(f.target.protection()), READS),
    own("Buffer::reader", |f| outcome(f.target.reader().read(&mut [0; 4]).map_err(inner)), READS),
    own("Buffer::string_slice", |f| outcome(f.target.string_slice(|_| ())), READS),
    own("Buffer::byte_array", |f| outcome(f.target.byte_array(|_: &[u8; 8]| ())), READS),
    own("Buffer::int8_slice", |f| outcome(f.target.int8_slice(|_| ())), READS),
    own("Buffer::int16_slice", |f| outcome(f.target.int16_slice(|_| ())), READS),
    own("Buffer::int32_slice", |f| outcome(f.target.int32_slice(|_| ())), READS),
    own("Buffer::int64_slice", |f| outcome(f.target.int64_slice(|_| ())), READS),
    own("Buffer::uint8_slice", |f| outcome(f.target.uint8_slice(|_| ())), READS),
    own("Buffer::uint16_slice", |f| outcome(f.target.uint16_slice(|_| ())), READS),
    own("Buffer::uint32_slice", |f| outcome(f.target.uint32_slice(|_| ())), READS),
    own("Buffer::uint64_slice", |f| outcome(f.target.uint64_slice(|_| ())), READS),
    own("Buffer::int8_slice_mut", |f| outcome(f.target.int8_slice_mut(|_| ())), WRITES),
    own("Buffer::int16_slice_mut", |f| outcome(f.target.int16_slice_mut(|_| ())), WRITES),
    own("Buffer::int32_slice_mut", |f| outcome(f.target.int32_slice_mut(|_| ())), WRITES),
    own("Buffer::int64_slice_mut", |f| outcome(f.target.int64_slice_mut(|_| ())), WRITES),
    own("Buffer::uint8_slice_mut", |f| outcome(f.target.uint8_slice_mut(|_| ())), WRITES),
    own("Buffer::uint16_slice_mut", |f| outcome(f.target.uint16_slice_mut(|_| ())), WRITES),
    own("Buffer::uint32_slice_mut", |f| outcome(f.target.uint32_slice_mut(|_| ())), WRITES),
    own("Buffer::uint64_slice_mut", |f| outcome(f.target.uint64_slice_mut(|_| ())), WRITES),
    own("with_buffers, reads", |f| outcome(memguard::with_buffers(&[&f.target; 2], &[], |_, _| ())), READS),
    own("with_buffers, writes", |f| outcome(memguard::with_buffers(&[], &[&f.target], |_, _| ())), WRITES),
    own(
        "with_buffers, both",
        |f| outcome(memguard::with_buffers(&[&f.target], &[&f.other], |_, _| ())),
        [DONE, DONE, "Reentrant", "Reentrant", "Destroyed", DONE, DONE],
    ),
    own(
        "typed callback uses the buffer",
        |f| outcome(f.target.uint8_slice(|_| f.target.write().map(drop)).and_then(|r| r)),
        [DONE, "Reentrant", "Reentrant", DONE, "Destroyed", DONE, DONE],
    ),
    #[cfg(feature = "zerocopy")]
    global("Secret::new, as_buffer", |_| outcome(Secret::<u64>::new().map(|secret| secret.as_buffer().len())), ALWAYS),
    #[cfg(feature = "zerocopy")]
    global("Secret::new_with, into_buffer", |_| outcome(Secret::new_with(one).map(Secret::into_buffer)), MAKES),
    #[cfg(feature = "zerocopy")]
    own("Session::secret, read", |f| outcome(f.session().secret::<u64>().and_then(|s| s.read().map(drop))), MAKES),
    #[cfg(feature = "zerocopy")]
    own("Session::secret, write", |f| outcome(f.session().secret::<u64>().and_then(|s| s.write().map(drop))), MAKES),
    #[cfg(feature = "zerocopy")]
    global("Secret::try_new_with", |_| outcome(Secret::try_new_with(one_or_none)), MAKES),
    #[cfg(feature = "zerocopy")]
    own("Session::secret_try_new_with", |f| outcome(f.session().secret_try_new_with(one_or_none)), MAKES),
    #[cfg(feature = "zerocopy")]
    own("Session::secret_new_with", |f| outcome(f.session().secret_new_with(one)), MAKES),
    global("SecretVec::new, len", |_| outcome(SecretVec::new().map(|vec| vec.len())), ALWAYS),
    global(
        "SecretVec::with_capacity, capacity",
        |_| outcome(SecretVec::with_capacity(9).map(|vec| vec.capacity())),
        ALWAYS,
    ),
    own("SecretVec::push, is_empty, as_buffer", |f| outcome(grown(f, |vec| vec.push(1))), MAKES),
    own("SecretVec::extend_from_slice", |f| outcome(grown(f, |vec| vec.extend_from_slice(&[1; 5000]))), MAKES),
    own("SecretVec::move_from", |f| outcome(grown(f, |vec| vec.move_from(&mut [1; 50]))), MAKES),
    own("SecretVec::reserve", |f| outcome(grown(f, |vec| vec.reserve(5000))), MAKES),
    own("SecretVec::truncate", |f| outcome(grown(f, |vec| vec.truncate(0))), MAKES),
    own("Session::secret_vec, into_buffer", |f| outcome(f.session().secret_vec().map(SecretVec::into_buffer)), ALWAYS),
    own("Session::secret_vec_with_capacity", |f| outcome(f.session().secret_vec_with_capacity(9)), ALWAYS),
    own("Buffer as drop", |f| outcome(f.session().buffer(8).map(drop)), ALWAYS),
    own("Buffer as Debug", |f| done(format!("{:?}", f.target)), ALWAYS),
    global("Enclave::new", |_| outcome(Enclave::new(&mut [1; 8])), ALWAYS),
    global("Enclave::random", |_| outcome(Enclave::random(8)), ALWAYS),
    global("Enclave::from_sealed", |f| outcome(Enclave::from_sealed(f.enclave.sealed())), ALWAYS),
    global("Enclave::new_for", |_| outcome(Enclave::new_for(&mut [1; 8], &[5])), ALWAYS),
    global("Enclave::from_sealed_for", |f| outcome(Enclave::from_sealed_for(f.enclave.sealed(), &[5])), ALWAYS),
    own("Enclave::open", |f| outcome(f.enclave.open()), OPENS),
    own(
        "Enclave::open_into, a new buffer",
        |f| outcome(f.session().buffer(16).and_then(|buffer| f.enclave.open_into(&buffer))),
        [DONE, DONE, DONE, DONE, "KeyGone or Destroyed", DONE, DONE],
    ),
    own("Enclave::open_into, the target", |f| outcome(f.enclave.open_into(&f.target)), WRITES),
    own("Enclave as Clone", |f| outcome(f.enclave.clone().open()), OPENS),
    own("Enclave::with_data", |f| outcome(f.enclave.with_data(|_| ())), OPENS),
    own("Enclave::open_once", |f| outcome(f.enclave.clone().open_once().map_err(Error::from)), OPENS),
    own("Enclave::len", |f| done(f.enclave.len()), ALWAYS),
    own("Enclave::is_empty", |f| done(f.enclave.is_empty()), ALWAYS),
    own("Enclave::sealed", |f| done(f.enclave.sealed().len()), ALWAYS),
    global("Stream::new", |_| outcome(Stream::new()), ALWAYS),
    own("Session::stream", |f| outcome(f.session().stream()), ALWAYS),
    own("Stream::move_from", |f| outcome(f.stream.move_from(&mut [1; 8])), ALWAYS),
    own("Stream::read_into", |f| outcome(f.stream.read_into(&mut [0; 8])), OPENS),
    own("Stream::write_to", |f| outcome(f.stream.write_to(&mut io::sink()).map_err(inner)), OPENS),
    own("Stream::next", |f| outcome(f.stream.next()), OPENS),
    own("Stream::drain", |f| read(f.stream.drain()), [DONE, DONE, DONE, DONE, "KeyGone or Destroyed", DONE, DONE]),
    own("Stream::clear", |f| outcome(f.stream.clear()), ALWAYS),
    own("Stream::len", |f| done(f.stream.len()), ALWAYS),
    own("Stream::is_empty", |f| done(f.stream.is_empty()), ALWAYS),
    own("Stream as drop", |f| outcome(f.session().stream().map(drop)), ALWAYS),
    own("Stream as Debug", |f| done(format!("{:?}", f.stream)), ALWAYS),
    own("Session::new, drop", |_| outcome(Session::new().map(drop)), ALWAYS),
    own("Session::builder, build, close", |_| outcome(Session::builder().build().map(Session::close)), ALWAYS),
    own("Session::buffer", |f| outcome(f.session().buffer(8)), ALWAYS),
    own("Session::buffer_new_with", |f| outcome(f.session().buffer_new_with(8, |bytes| bytes.fill(1))), MAKES),
    own("Session::buffer_try_new_with", |f| outcome(f.session().buffer_try_new_with(8, |_| Ok(()))), MAKES),
    own("Session::buffer_from_bytes", |f| outcome(f.session().buffer_from_bytes(&mut [1; 8])), MAKES),
    own("Session::buffer_from_string", |f| outcome(f.session().buffer_from_string(&mut "text".into())), MAKES),
    own("Session::buffer_random", |f| outcome(f.session().buffer_random(8)), MAKES),
    own("Session::buffer_from_reader", |f| read(f.session().buffer_from_reader(&[1; 8][..], 8)), MAKES),
    own("Session::buffer_from_reader_until", |f| read(f.session().buffer_from_reader_until(&[1, 0][..], 0)), MAKES),
    own("Session::buffer_from_entire_reader", |f| read(f.session().buffer_from_entire_reader(&[1; 8][..])), MAKES),
    own("Session::enclave", |f| outcome(f.session().enclave(&mut [1; 8])), ALWAYS),
    own("Session::enclave_random", |f| outcome(f.session().enclave_random(8)), ALWAYS),
    own("Session::enclave_from_sealed", |f| outcome(f.session().enclave_from_sealed(f.enclave.sealed())), ALWAYS),
    own("Session::enclave_new_for", |f| outcome(f.session().enclave_new_for(&mut [1; 8], &[5])), ALWAYS),
    own(
        "Session::enclave_from_sealed_for",
        |f| outcome(f.session().enclave_from_sealed_for(f.enclave.sealed(), &[5])),
        ALWAYS,
    ),
    own("Session::purge", |f| purged(f.session().purge()), PURGES),
    own("Session::rekey", |f| outcome(f.session().rekey()), ALWAYS),
    own("Session::exists", |f| done(f.session().exists(&f.target)), ALWAYS),
    own("Session::health", |f| done(f.session().health()), ALWAYS),
    own("Session::audit", |f| done(f.session().audit()), ALWAYS),
    own("Health::limits", |f| done(f.session().health().limits()), ALWAYS),
    own("Health::controls", |f| done(f.session().health().controls().count()), ALWAYS),
    own("preflight, Preflight::missing, Headroom::left", |_| done(memguard::preflight().missing().count()), ALWAYS),
    global("session", |_| outcome(memguard::session()), ALWAYS),
    // Every cell has used the default session before.
    global("SessionBuilder::build_default", |_| outcome(Session::builder().build_default()), ["AlreadyConfigured"; 7]),
    global("purge", |_| purged(memguard::purge()), PURGES),
    global("purge_all", |_| purged(memguard::purge_all()), PURGES),
    global("exists", |f| done(memguard::exists(&f.target)), ALWAYS),
    global("safe_panic", |_| done(catch_unwind(|| memguard::safe_panic("planned")).unwrap_err()), ALWAYS),
    global("safe_panic_any", |_| done(catch_unwind(|| memguard::safe_panic_any(7)).unwrap_err()), ALWAYS),
    own(
        "wipe_bytes",
        |_| {
            memguard::wipe_bytes(&mut [1; 8]);
            DONE.into()
        },
        ALWAYS,
    ),
    own("scramble_bytes", |_| outcome(memguard::scramble_bytes(&mut [1; 8])), ALWAYS),
];

/// Runs an action once, when its owner is dropped.
struct OnDrop<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        if let Some(action) = self.0.take() {
            action();
        }
    }
}

type LastWords = OnDrop<Box<dyn FnOnce()>>;

thread_local! {
    static AT_THREAD_EXIT: RefCell<Option<LastWords>> = const { RefCell::new(None) };
}

/// Calls the function from the context, on the current thread, and returns the outcome.
fn call_from(context: Context, fixture: Arc<Fixture>, call: fn(&Fixture) -> Outcome) -> Outcome {
    match context {
        TopLevel => call(&fixture),
        InsideRead => fixture.target.with_data(|_| call(&fixture)).unwrap(),
        InsideWrite => fixture.target.with_data_mut(|_| call(&fixture)).unwrap(),
        InsideOther => fixture.other.with_data_mut(|_| call(&fixture)).unwrap(),
        DuringPurge => during_purge(&fixture, call),
        Unwinding => while_unwinding(|| call(&fixture)),
        ThreadLocalDestructor => at_thread_exit(move || call(&fixture)),
    }
}

/// Runs the action in a destructor, while a panic unwinds.
fn while_unwinding(action: impl FnOnce() -> Outcome) -> Outcome {
    let mut result = None;
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _acts = OnDrop(Some(|| {
            assert!(std::thread::panicking());
            result = Some(action());
        }));
        resume_unwind(Box::new("planned"));
    }));
    assert!(unwound.is_err());
    result.unwrap()
}

/// Runs the action in the destructor of a thread-local of another thread.
fn at_thread_exit(action: impl FnOnce() -> Outcome + Send + 'static) -> Outcome {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let last_words = move || sender.send(action()).unwrap();
        AT_THREAD_EXIT.set(Some(OnDrop(Some(Box::new(last_words)))));
    })
    .join()
    .unwrap();
    receiver.recv().unwrap()
}

fn during_purge(fixture: &Fixture, call: fn(&Fixture) -> Outcome) -> Outcome {
    let enough = AtomicBool::new(false);
    let (sender, purged_once) = channel();
    std::thread::scope(|scope| {
        fixture
            .target
            .with_data(|_| {
                scope.spawn(|| {
                    while !enough.load(Ordering::Acquire) {
                        fixture.session().purge();
                        let _ = sender.send(());
                    }
                });
                purged_once.recv().unwrap();
                let result = call(fixture);
                enough.store(true, Ordering::Release);
                result
            })
            .unwrap()
    })
}

#[test]
fn every_function_from_everywhere() {
    if !alone("concurrency::reentrancy::every_function_from_everywhere") {
        return;
    }
    the_matrix("the matrix", Session::builder(), |_| true);
}

/// The same in a session that conceals, where every access changes the protection of the pages.
#[test]
fn every_function_from_everywhere_concealed() {
    the_matrix("the concealed matrix", Session::builder().isolation(memguard::Isolation::Concealed), |row| !row.global);
}

/// The same where the buffers share a page.
#[test]
fn every_function_from_everywhere_packed() {
    let builder = Session::builder().isolation(Isolation::Packed);
    the_matrix("the packed matrix", builder, |row| !row.global);
}

fn the_matrix(name: &str, builder: SessionBuilder, concerns: fn(&Row) -> bool) {
    within_patience(name, move || {
        let mut wrong = Vec::new();
        for row in TABLE.iter().filter(|row| concerns(row)) {
            for (context, expected) in CONTEXTS.into_iter().zip(row.expected) {
                let fixture = Arc::new((row.fixture)(builder.clone()));
                let seen = call_from(context, Arc::clone(&fixture), row.call);
                if !expected.split(" or ").any(|expected| expected == seen) {
                    wrong.push(format!("{} {context:?}: expected {expected}, was {seen}", row.function));
                }
                let session = fixture.session.clone();
                drop(fixture);
                if let Some(session) = session {
                    let health = session.health();
                    let left = (health.live_buffers, health.registered, health.handed_over);
                    if left != (0, 0, 0) {
                        wrong.push(format!("{} {context:?}: left behind {left:?}", row.function));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
    assert_eq!(lockdep::violations(), []);
}

/// The session itself is dropped or closed from every context. A buffer in use is handed over, and the last thread to
/// leave wipes it.
#[test]
fn a_session_ends_from_everywhere() {
    fn close(session: Session) -> Outcome {
        purged(session.close())
    }
    fn end_by_drop(session: Session) -> Outcome {
        drop(session);
        DONE.into()
    }
    for (end, expected) in [(close as fn(Session) -> Outcome, PURGES), (end_by_drop, ALWAYS)] {
        for (context, expected) in CONTEXTS.into_iter().zip(expected) {
            within_patience("end of a session", move || {
                let session = Session::new().unwrap();
                let fixture = Fixture::of(&session);
                let (seen, fixture) = end_from(context, session, fixture, end);
                assert_eq!(seen, expected, "{context:?}");
                assert!(!fixture.target.is_alive() && !fixture.other.is_alive());
                assert_eq!(outcome(fixture.enclave.open()), "SessionEnded");
                assert_eq!(outcome(fixture.target.read()), "Destroyed");
            });
        }
    }
    assert_eq!(lockdep::violations(), []);
}

fn end_from(context: Context, session: Session, fixture: Fixture, end: fn(Session) -> Outcome) -> (Outcome, Fixture) {
    let seen = match context {
        TopLevel => end(session),
        InsideRead => fixture.target.with_data(|_| end(session)).unwrap(),
        InsideWrite => fixture.target.with_data_mut(|_| end(session)).unwrap(),
        InsideOther => fixture.other.with_data_mut(|_| end(session)).unwrap(),
        DuringPurge => fixture
            .target
            .with_data(|_| {
                std::thread::scope(|scope| scope.spawn(|| session.purge()).join().unwrap());
                end(session)
            })
            .unwrap(),
        Unwinding => while_unwinding(|| end(session)),
        ThreadLocalDestructor => at_thread_exit(move || end(session)),
    };
    (seen, fixture)
}

/// What the child checks after `safe_exit`, when no other code of it runs any more.
extern "C" fn report_violations_at_exit() {
    let violations = lockdep::violations();
    if !violations.is_empty() {
        eprintln!("{violations:#?}");
        // SAFETY: ends the process at once, as an exit handler may.
        unsafe { libc::_exit(99) };
    }
}

/// `safe_exit` ends the process with its code from every context. There is a child process for each context.
#[test]
fn safe_exit_from_everywhere() {
    const CODE: i32 = 42;
    if let Some(context) = child_detail() {
        let context = CONTEXTS.into_iter().find(|known| format!("{known:?}") == context).expect("a context");
        // SAFETY: the handler is a plain function that stays for the life of the process.
        assert_eq!(unsafe { libc::atexit(report_violations_at_exit) }, 0);
        call_from(context, Arc::new(Fixture::default_session(Session::builder())), |_| memguard::safe_exit(CODE));
        unreachable!("safe_exit does not return");
    }
    for context in CONTEXTS {
        let output = run_child("concurrency::reentrancy::safe_exit_from_everywhere", &format!("{context:?}"));
        assert_eq!(output.status.code(), Some(CODE), "{context:?}: {}", transcript(&output));
    }
}

/// The table is complete: every `pub fn` is a row, or is named here with the test that covers it.
#[test]
fn every_public_function_has_a_row() {
    /// Not calls into the library's state (configuration, iteration), or tested above in a way of their own.
    const ELSEWHERE: [&str; 21] = [
        "cipher", // tests/api/ciphers.rs
        "fastest",
        "is_available",
        "catch_interrupt",
        "catch_signal", // for the whole process: tests/signals.rs
        "catch_signal_within",
        "forbid_core_dumps",
        "harden", // for the whole process: tests/memory/preflight.rs
        "stream_chunk",
        "shards",
        "isolation",
        "freezing", // tests/memory/freezing.rs
        "rekey_interval",
        "acquire_timeout",
        "control",
        "mlock",
        "pool_pages",
        "simulated",
        "refusing",
        "iter",
        "safe_exit",
    ];
    // The facade, the simulated pages and the refusing system are left out. Signals have tests/signals.rs.
    let elsewhere = |file: &str| {
        let without_zerocopy = ["secret/", "session/secrets.rs"].iter().filter(|_| !cfg!(feature = "zerocopy"));
        let mut others = ["sync/", "signal/", "memory/page/sim", "memory/page/refusing"].iter().chain(without_zerocopy);
        others.any(|part| file.starts_with(part))
    };
    for Item { file, kind, name, .. } in public_items() {
        // A macro makes the typed accessors. Each has a row.
        if kind != "fn" || elsewhere(&file) || name.starts_with('$') {
            continue;
        }
        let has_row = TABLE.iter().any(|row| row.function.split([':', ',', ' ']).any(|word| word == name));
        assert!(has_row || ELSEWHERE.contains(&name.as_str()), "{file}: {name} has no row");
    }
}
