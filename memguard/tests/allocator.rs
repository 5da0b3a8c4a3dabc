//! FOREIGN: the program's allocator is code of others. This one uses memguard for each allocation, and a binary has one
//! allocator, so it is alone here.
//!
//! lockdep allocates as it notes a lock, so with lockdep the allocator uses nothing. It asks lockdep instead whether
//! its thread holds a lock of the library, which is the sharper look.

mod support;

use memguard::{Buffer, Cipher, Error, Isolation, Limit, Session, Stream};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::Write;
use std::ptr;
#[cfg(not(feature = "lockdep"))]
use std::sync::atomic::AtomicBool;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use support::{ciphers, within_patience};

support::needs!(sim: a_session_that_cannot_be_built_leaves_nothing);

struct Nosy;

#[global_allocator]
static ALLOCATOR: Nosy = Nosy;

/// What the program and its allocator share.
struct World {
    session: Session,
    stream: Stream,
    /// How often the allocator used them.
    calls: AtomicU64,
}

static WORLD: AtomicPtr<World> = AtomicPtr::new(ptr::null_mut());

thread_local! {
    /// Whether this thread's allocations use memguard. Off while they do so already.
    static NOSY: Cell<bool> = const { Cell::new(false) };
    /// Whether there is no memory for this thread.
    static REFUSES: Cell<bool> = const { Cell::new(false) };
    /// The bytes that this thread has allocated and not freed.
    static LIVE: Cell<isize> = const { Cell::new(0) };
    /// At which allocation or release of this thread from now on it stops, and how; 0 for never.
    #[cfg(not(feature = "lockdep"))]
    static STOPS: Cell<(usize, Stop)> = const { Cell::new((0, Stop::NeverReturns)) };
}

/// How a thread stops in the allocator.
#[cfg(not(feature = "lockdep"))]
#[derive(Clone, Copy, Debug)]
enum Stop {
    /// Until the test lets it go on.
    NeverReturns,
    /// It waits for a mutex of the user's, which a thread holds that uses memguard meanwhile.
    WantsMutex,
}

#[cfg(not(feature = "lockdep"))]
static STOPPED: AtomicBool = AtomicBool::new(false);
#[cfg(not(feature = "lockdep"))]
static MAY_GO_ON: AtomicBool = AtomicBool::new(false);
#[cfg(not(feature = "lockdep"))]
#[allow(clippy::disallowed_types, reason = "what a user's allocator has, not the library")]
static MUTEX: std::sync::Mutex<()> = std::sync::Mutex::new(());

#[cfg(not(feature = "lockdep"))]
fn stop_if_asked() {
    let (left, stop) = STOPS.get();
    STOPS.set((left.saturating_sub(1), stop));
    if left != 1 {
        return;
    }
    STOPPED.store(true, Ordering::Release);
    match stop {
        Stop::NeverReturns => {
            while !MAY_GO_ON.load(Ordering::Acquire) {
                std::thread::yield_now();
            }
        }
        Stop::WantsMutex => drop(MUTEX.lock()),
    }
}

/// Runs `what` with the allocator as other programs have it.
fn quietly<R>(what: impl FnOnce() -> R) -> R {
    let before = NOSY.replace(false);
    let result = what();
    NOSY.set(before);
    result
}

#[cfg(not(feature = "lockdep"))]
fn look_around() {
    stop_if_asked();
    // SAFETY: null or a leaked box.
    if let Some(world) = unsafe { WORLD.load(Ordering::Acquire).as_ref() }
        && NOSY.get()
    {
        quietly(|| use_memguard(world));
    }
}

/// A little of everything. An error is no fault, because the thread may be inside an access.
#[cfg(not(feature = "lockdep"))]
fn use_memguard(world: &World) {
    let World { session, stream, calls } = world;
    let call = calls.fetch_add(1, Ordering::Relaxed);
    if let Ok(buffer) = session.buffer_from_bytes(&mut [7; 24]) {
        let _ = buffer.with_data(|bytes| assert_eq!(bytes, [7; 24]));
        let _ = buffer.seal().and_then(|enclave| enclave.open()).map(drop);
    }
    let _ = stream.move_from(&mut [1; 10]);
    let _ = stream.read_into(&mut [0; 30]);
    let _ = session.rekey();
    let _ = session.health();
    if call % 16 == 0 {
        let _ = stream.clear();
    }
    // These look at every page, which takes long in a debug build.
    if call % 128 == 0 {
        let _ = session.audit();
        session.purge();
        let another = Session::builder().rekey_interval(None).build();
        let _ = another.map(|another| another.buffer(8).map(drop));
    }
}

#[cfg(feature = "lockdep")]
fn look_around() {
    use memguard::sync::{Class, lockdep};
    // SAFETY: null or a leaked box.
    if let Some(world) = unsafe { WORLD.load(Ordering::Acquire).as_ref() } {
        world.calls.fetch_add(1, Ordering::Relaxed);
    }
    if memguard_lockdep::is_checking() {
        // The allocation is the checker's, not the library's.
        return;
    }
    lockdep::visit_held(|held| {
        if held.class != Class::Access {
            HELD_AT.fetch_or(1 << held.site as u8, Ordering::Relaxed);
        }
    });
}

/// The sites whose locks threads held as they allocated or freed, one bit for each.
#[cfg(feature = "lockdep")]
static HELD_AT: AtomicU64 = AtomicU64::new(0);

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Nosy {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        look_around();
        if REFUSES.get() {
            return ptr::null_mut();
        }
        LIVE.set(LIVE.get() + layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        look_around();
        LIVE.set(LIVE.get() - layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The result, unless a purge of the allocator came first, or the allocator of another thread is inside.
fn unless_purged<R>(result: Result<R, Error>) -> Option<R> {
    match result {
        Ok(value) => Some(value),
        Err(Error::Destroyed | Error::KeyGone | Error::WouldDeadlock { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

/// A writer that takes nothing, and appends to the stream that it is to take from.
struct Appends<'s>(&'s Stream);

impl Write for Appends<'_> {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        let _ = self.0.move_from(&mut [4]);
        Ok(0)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// All that a program does, on the session and the stream that its allocator uses.
fn everything(World { session, stream, .. }: &World) {
    // More than each list of the library has room for at first.
    let mut buffers = quietly(|| Vec::with_capacity(200));
    for number in 0..200_u16 {
        let buffer = session.buffer(if number % 50 == 0 { 9000 } else { 16 }).unwrap();
        unless_purged(buffer.with_data_mut(|bytes| bytes[..2].copy_from_slice(&number.to_ne_bytes())));
        buffers.push(buffer);
    }
    // More than a thread's list of accesses has room for, and grows to.
    let mut guards = quietly(|| Vec::with_capacity(40));
    for buffer in &buffers[..40] {
        guards.extend(unless_purged(buffer.read()));
    }
    drop(guards);
    unless_purged(memguard::with_buffers(&[&buffers[0], &buffers[1]], &[&buffers[2]], |_, _| ()));
    for buffer in &buffers[..20] {
        unless_purged(buffer.freeze());
        unless_purged(buffer.try_clone());
        unless_purged(buffer.uint8_slice(<[u8]>::len));
    }
    let enclave = session.enclave(&mut [1; 100]).unwrap();
    unless_purged(enclave.open());
    for len in [3000, 200, 1000] {
        // Many chunks, of which a purge takes many at once.
        let _ = (&*stream).write(&vec![2; len]);
        unless_purged(stream.next());
        unless_purged(stream.read_into(&mut [0; 100]));
        session.purge();
        unless_purged(stream.read_into(&mut [0; 100]));
        let _ = stream.drain();
        let _ = (&*stream).write(&vec![2; len]);
        // What it does not take goes back, also if the list has no more room than for what came meanwhile.
        let _ = stream.write_to(&mut &mut [0; 70][..]);
        stream.clear().unwrap();
        let _ = stream.move_from(&mut [3]);
        let _ = stream.write_to(&mut Appends(stream));
        let _ = stream.drain();
    }
    stream.clear().unwrap();
    if let Ok(mut grows) = session.secret_vec() {
        unless_purged(grows.extend_from_slice(&[4; 100]));
        unless_purged(grows.extend_from_slice(&[4; 9000]));
    }
    let read = session.buffer_from_entire_reader(&[4; 9000][..]).ok();
    drop(read);
    let _ = memguard::preflight();
    drop(format!("{session:?} {stream:?}"));
    let _ = session.audit();
}

#[test]
fn one_that_uses_memguard_works() {
    let isolations = support::isolations().into_iter();
    // How secrets lie on pages does not change what a cipher allocates.
    let first =
        |&(isolation, cipher): &(Isolation, Cipher)| isolation == Isolation::Page || Some(cipher) == ciphers().next();
    let kinds = isolations.flat_map(|isolation| ciphers().map(move |cipher| (isolation, cipher)));
    for (isolation, cipher) in kinds.filter(first) {
        within_patience("a nosy allocator", move || {
            let builder = Session::builder().rekey_interval(None).stream_chunk(50).isolation(isolation).cipher(cipher);
            let session = builder.build().unwrap();
            let stream = session.stream().unwrap();
            let world: &World = Box::leak(Box::new(World { session, stream, calls: AtomicU64::new(0) }));
            WORLD.store(ptr::from_ref(world).cast_mut(), Ordering::Release);
            std::thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        NOSY.set(true);
                        everything(world);
                        NOSY.set(false);
                    });
                }
            });
            assert!(world.calls.load(Ordering::Relaxed) > 1000, "the allocator looked around");
            world.session.purge();
            let health = world.session.health();
            assert_eq!((health.live_buffers, health.registered, health.parked, health.handed_over), (0, 0, 0, 0));
            assert_eq!((health.degraded.dirty_slots, health.degraded.corrupted_buffers), (0, 0));
        });
    }
    #[cfg(feature = "lockdep")]
    {
        within_patience("the last references", last_references_leave);
        let held_at = HELD_AT.load(Ordering::Relaxed);
        let held_at: Vec<_> =
            memguard::sync::Site::ALL.iter().enumerate().filter(|(at, _)| held_at >> at & 1 == 1).collect();
        assert!(held_at.is_empty(), "threads allocated or freed while they held the locks of {held_at:?}");
    }
}

/// A node leaves through the inbox while another thread takes BUFFERS, which then has the last reference to it.
#[cfg(feature = "lockdep")]
#[allow(clippy::disallowed_types, reason = "the test stops a thread by a barrier of its own")]
fn last_references_leave() {
    use memguard::sync::{Class, lockdep};
    use std::sync::Barrier;
    thread_local! { static WAITS: Cell<Option<&'static Barrier>> = const { Cell::new(None) }; }
    lockdep::observe(|event| {
        if matches!(event, lockdep::Event::Held(site) if site.class() == Class::Buffers)
            && let Some(barrier) = WAITS.take()
        {
            barrier.wait();
            barrier.wait();
        }
    });
    let session = &Session::builder().rekey_interval(None).shards(1).build().unwrap();
    let ways: [fn(&Session); 3] =
        [|session| _ = session.purge(), |session| _ = session.health(), |session| _ = session.buffer(8).unwrap()];
    for settle in ways {
        let leaves = session.buffer(8).unwrap();
        let barrier: &Barrier = Box::leak(Box::new(Barrier::new(2)));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                WAITS.set(Some(barrier));
                settle(session);
            });
            barrier.wait();
            drop(leaves);
            barrier.wait();
        });
    }
    assert_eq!(session.health().degraded.deferred_removals, 3);
}

/// Work that calls the allocator.
#[cfg(not(feature = "lockdep"))]
type Way = fn(&Session, &Stream);

/// PROGRESS: a thread stops in the allocator, at each of its calls. All other threads go on.
#[cfg(not(feature = "lockdep"))]
#[test]
fn one_that_stops_a_thread_stops_no_other() {
    let ways: [(&str, Way); 6] = [
        ("buffer", |session, _| _ = session.buffer(8).unwrap()),
        ("random", |session, _| _ = session.buffer_random(9000).unwrap()),
        ("clone", |session, _| _ = session.buffer_random(8).unwrap().try_clone().map(drop)),
        ("enclave", |session, _| _ = session.enclave(&mut [1; 8]).unwrap().open().map(drop)),
        ("stream", |_, stream| _ = (&*stream).write(&[2; 200]).map(|_| stream.next())),
        ("session", |_, _| _ = Session::builder().rekey_interval(None).build().unwrap().purge()),
    ];
    for stop in [Stop::NeverReturns, Stop::WantsMutex] {
        for (name, way) in ways {
            let mut stops = 0;
            loop {
                stops += 1;
                let what = format!("{name}, stopped at call {stops} of the allocator: {stop:?}");
                let stopped = within_patience(&what, move || beside_a_stopped_thread(way, stops, stop));
                if !stopped {
                    break;
                }
            }
            assert!(stops > 1, "{name} calls the allocator");
        }
    }
}

/// Whether the thread stopped. If it ends without, it called the allocator less often than that.
#[cfg(not(feature = "lockdep"))]
fn beside_a_stopped_thread(way: Way, stops: usize, stop: Stop) -> bool {
    let session = Session::builder().rekey_interval(None).stream_chunk(50).build().unwrap();
    let stream = session.stream().unwrap();
    let kept = session.buffer_from_bytes(&mut [7; 8]).unwrap();
    STOPPED.store(false, Ordering::Release);
    MAY_GO_ON.store(false, Ordering::Release);
    std::thread::scope(|scope| {
        let held = MUTEX.lock().unwrap();
        let stopped = scope.spawn(|| {
            STOPS.set((stops, stop));
            way(&session, &stream);
            STOPS.set((0, stop));
        });
        while !STOPPED.load(Ordering::Acquire) && !stopped.is_finished() {
            std::thread::yield_now();
        }
        let has_stopped = STOPPED.load(Ordering::Acquire);
        if has_stopped {
            assert!(kept.equals(&[7; 8]).unwrap());
            assert!(session.enclave(&mut [1; 8]).unwrap().open().unwrap().equals(&[1; 8]).unwrap());
            stream.move_from(&mut [3; 60]).unwrap();
            let _ = stream.read_into(&mut [0; 60]).unwrap();
            let _ = (session.rekey().unwrap(), session.health(), session.audit());
            session.purge();
            assert!(!kept.is_alive() && session.buffer(8).unwrap().is_alive());
        }
        MAY_GO_ON.store(true, Ordering::Release);
        drop(held);
        has_stopped
    })
}

/// VISIBLE: an access that cannot be noted is refused, and nothing was entered.
#[test]
fn no_memory_for_one_more_access_is_an_error() {
    let session = Session::builder().rekey_interval(None).build().unwrap();
    let buffers: Vec<Buffer> = (0..20).map(|_| session.buffer(8).unwrap()).collect();
    let mut guards = Vec::with_capacity(20);
    // What lockdep notes of so many accesses needs no more memory the second time.
    guards.extend(buffers.iter().map(|buffer| buffer.read().unwrap()));
    guards.clear();
    let refused = buffers.iter().position(|buffer| {
        REFUSES.set(true);
        let entered = buffer.read();
        REFUSES.set(false);
        entered.map(|guard| guards.push(guard)).is_err_and(|error| {
            assert!(matches!(error, Error::Limit(Limit::Memory { .. })), "{error}");
            true
        })
    });
    let at = refused.expect("the list of accesses grows at some point");
    assert_eq!(session.health().degraded.limits_reached, 1);
    assert_eq!(buffers[at].destroy(), Ok(memguard::Disposal::Wiped), "a thread is inside");
    assert!(buffers[at + 1].read().is_ok());
}

/// CLEAN: whichever call of the system is refused, a build that fails gives back all memory.
#[cfg(feature = "sim")]
#[test]
fn a_session_that_cannot_be_built_leaves_nothing() {
    // Whether a session is built although the system refuses one call.
    let is_built = |refused: u64| {
        let calls = AtomicU64::new(0);
        let system = memguard::Refusing::new(move |_| match calls.fetch_add(1, Ordering::Relaxed) == refused {
            true => memguard::Reply::Refuse(libc::ENOMEM),
            false => memguard::Reply::Obey,
        });
        Session::builder().rekey_interval(None).refusing(&system).build().is_ok()
    };
    let refusals: Vec<u64> = (0..40).filter(|&refused| !is_built(refused)).collect();
    assert!(refusals.len() > 3, "only {refusals:?} stop a build");
    for refused in refusals {
        let before = LIVE.get();
        (0..10).for_each(|_| _ = is_built(refused));
        assert!(LIVE.get() - before < 1000, "call {refused}: ten builds left {} bytes", LIVE.get() - before);
    }
}
