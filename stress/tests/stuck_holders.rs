//! PROGRESS beside a thread that holds an access and never goes on: it waits for ever, it is stopped, or it is killed.
//! Every other operation goes on. What depends on the access ends with an error that names the holder if that lives.
//! The same holds beside a child that holds one.

use memguard::sync::Site;
use memguard::{Buffer, Disposal, Error, Rekey, Session};
use memguard_stress::child::{Child, End};
use memguard_stress::ops::{Actor, Choices, Environment, Tally, VIEWS};
use rustix::process::Signal;
use std::io::{PipeWriter, Read as _, Write as _, pipe};
use std::os::fd::{AsRawFd as _, RawFd};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

/// Longer than a few threads that work hold any lock.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(200);

const THREADS: u64 = 4;
const OPS: usize = 200;

fn session() -> Session {
    Session::builder().rekey_interval(None).acquire_timeout(ACQUIRE_TIMEOUT).build().expect("a session")
}

/// Whatever does not need what is held goes on, in several threads.
fn others_go_on(session: &Session) {
    let tally = Tally::default();
    let work = |number| {
        let mut actor = Actor::new(session, &tally, Environment::default(), 7, number);
        let mut choices = Choices::new(7, number);
        (0..OPS).try_for_each(|_| actor.apply(&VIEWS.draw(&mut choices))).expect("a right answer");
        actor.verify().expect("all bytes are there");
        let sealed = session.enclave(&mut [7; 40]).expect("an enclave");
        assert_eq!(sealed.open().and_then(|opened| opened.equals(&[7; 40])), Ok(true));
        let stream = session.stream().expect("a stream");
        stream.move_from(&mut [7; 40]).expect("room");
        assert_eq!(stream.next().map(|chunk| chunk.map(|chunk| chunk.len())), Ok(Some(40)));
        assert!(matches!(session.rekey(), Ok(Rekey::Done | Rekey::Skipped)));
        assert_eq!(session.audit().dirty_slots, 0);
        let other = Session::new().expect("another session");
        assert!(other.buffer(8).is_ok());
        assert_eq!(other.close().wiped, 0);
    };
    std::thread::scope(|scope| {
        let work = &work;
        (1..=THREADS).for_each(|number| drop(scope.spawn(move || work(number))));
    });
}

/// What happens to a thread inside an access.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Waits,
    /// In a handler of a signal.
    Stopped,
    /// Without unwinding.
    Killed,
}

/// A thread that is inside a buffer.
struct Holder {
    thread: u32,
    site: Site,
    /// The thread goes on when this is dropped, if it can.
    _go_on: PipeWriter,
}

impl Holder {
    /// Enters the buffer on a thread of its own, which meets its fate inside.
    fn inside(buffer: &Arc<Buffer>, writes: bool, fate: Fate) -> Self {
        let (until, go_on) = pipe().expect("a pipe");
        let (says, heard) = channel();
        let meet = move || {
            says.send(rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned()).expect("the test waits");
            match fate {
                Fate::Waits => wait_for_the_end_of(until.as_raw_fd()),
                Fate::Stopped => {
                    WAITS_FOR.store(until.as_raw_fd(), Ordering::SeqCst);
                    // SAFETY: a signal to this thread, for which there is a handler.
                    unsafe { libc::raise(libc::SIGUSR1) };
                }
                // SAFETY: ends this thread only. Nothing is unwound and nothing is dropped. What the thread borrows is
                // counted, so it stays until the process ends.
                Fate::Killed => unsafe {
                    libc::syscall(libc::SYS_exit, 0);
                },
            }
        };
        let buffer = Arc::clone(buffer);
        let entered = move || if writes { buffer.with_data_mut(|_| meet()) } else { buffer.with_data(|_| meet()) };
        std::thread::spawn(move || entered().expect("the buffer is free"));
        let site = if writes { Site::BufferWrite } else { Site::BufferRead };
        let holder = Self { thread: heard.recv().expect("it is inside"), site, _go_on: go_on };
        while fate == Fate::Killed && Path::new(&format!("/proc/self/task/{}", holder.thread)).exists() {
            std::thread::yield_now();
        }
        holder
    }

    /// Whether the error of a call at the site `at` names this holder. A thread that does not live is not named.
    fn is_named_by(&self, error: &Error, at: Site) -> bool {
        let (site, named) = match error {
            Error::Timeout { site, holder, timeout, .. } if *timeout == ACQUIRE_TIMEOUT => (site, holder),
            Error::WouldBlock { site, holder, .. } => (site, holder),
            _ => return false,
        };
        let lives = Path::new(&format!("/proc/self/task/{}", self.thread)).exists();
        let is_right =
            named.map_or(!lives, |named| lives && (named.thread, named.site) == (self.thread, self.site.into()));
        *site == at && is_right
    }
}

/// What the handler of the signal waits for.
static WAITS_FOR: AtomicI32 = AtomicI32::new(-1);

extern "C" fn wait_in_the_handler(_: i32) {
    wait_for_the_end_of(WAITS_FOR.load(Ordering::SeqCst));
}

/// Reads until nobody can write to the pipe any more.
fn wait_for_the_end_of(pipe: RawFd) {
    let mut byte = 0_u8;
    // SAFETY: the pointer is to one live byte.
    while unsafe { libc::read(pipe, (&raw mut byte).cast(), 1) } == -1 {}
}

type Call = (Site, fn(&Buffer) -> memguard::Result<()>);

/// Calls that need the buffer for themselves.
const WRITES: [Call; 2] = [
    (Site::BufferWrite, |buffer| buffer.write().map(drop)),
    (Site::BufferTryWrite, |buffer| buffer.try_write().map(drop)),
];

/// Calls that need a buffer that nobody writes.
const READS: [Call; 4] = [
    (Site::BufferRead, |buffer| buffer.read().map(drop)),
    (Site::BufferRead, |buffer| buffer.seal().map(drop)),
    (Site::BufferProtect, |buffer| buffer.freeze()),
    (Site::BufferTryRead, |buffer| buffer.try_read().map(drop)),
];

fn all_but_the_holder_go_on(fate: Fate, writes: bool) {
    let session = session();
    let buffer = Arc::new(session.buffer(64).expect("a buffer"));
    let holder = Holder::inside(&buffer, writes, fate);
    others_go_on(&session);
    for (site, call) in WRITES.iter().chain(READS.iter().filter(|_| writes)) {
        let answer = call(&buffer);
        let is_named = answer.as_ref().is_err_and(|error| holder.is_named_by(error, *site));
        assert!(is_named, "{fate:?}, writes {writes}, {site}: {answer:?}");
    }
    if !writes {
        assert!(buffer.read().is_ok(), "another reader");
    }
    // A destroy and a purge wait for nobody.
    assert_eq!(buffer.destroy(), Ok(Disposal::HandedOver));
    assert_eq!(buffer.read().map(drop), Err(Error::Destroyed));
    let report = session.purge();
    assert_eq!((report.corrupted, report.failed, report.handed_over), (0, 0, 0), "{report:?}");
    others_go_on(&session);
    assert_eq!(session.health().handed_over, 1, "the holder is to wipe it");
    drop(holder);
    while fate != Fate::Killed && session.health().handed_over > 0 {
        std::thread::yield_now();
    }
    session.close();
}

#[test]
fn beside_a_thread_that_waits_for_ever() {
    [false, true].into_iter().for_each(|writes| all_but_the_holder_go_on(Fate::Waits, writes));
}

#[test]
fn beside_a_thread_that_is_stopped() {
    let handler: extern "C" fn(i32) = wait_in_the_handler;
    // SAFETY: the handler calls only `read`, which may be called in one.
    unsafe { libc::signal(libc::SIGUSR1, handler as libc::sighandler_t) };
    [false, true].into_iter().for_each(|writes| all_but_the_holder_go_on(Fate::Stopped, writes));
}

#[test]
fn beside_a_thread_that_is_killed() {
    [false, true].into_iter().for_each(|writes| all_but_the_holder_go_on(Fate::Killed, writes));
}

/// A child is inside a buffer of the session that it inherited, and then goes on, is stopped, or is killed.
#[test]
fn beside_a_child() {
    let session = session();
    let kept = session.buffer_from_bytes(&mut [7; 40]).expect("a buffer");
    let (mut heard, mut says) = pipe().expect("a pipe");
    let child = Child::fork(|| {
        let held = session.buffer(64).and_then(|buffer| {
            buffer.with_data_mut(|_| {
                if says.write_all(&[1]).is_ok() {
                    loop {
                        // SAFETY: it has no conditions.
                        unsafe { libc::pause() };
                    }
                }
            })
        });
        i32::from(held.is_err())
    })
    .expect("a child");
    drop(says);
    heard.read_exact(&mut [0]).expect("the child is inside");
    others_go_on(&session);
    child.stop();
    others_go_on(&session);
    child.signal(Signal::KILL);
    others_go_on(&session);
    assert_eq!(child.end(), Some(End::Signal(libc::SIGKILL)));
    others_go_on(&session);
    assert_eq!(kept.equals(&[7; 40]), Ok(true));
    assert_eq!(session.close().wiped, 1);
}
