//! Pages that are hidden from the kernel: no other process reads them, and no child gets them.

use crate::support::core_dump::core_dump;
use crate::support::filter::{Answer, answer};
use crate::support::scan::{Hit, Process, Wanted, search_file};
use crate::support::{child_detail, drop_privileges, hides_pages, lower_limit, run_child, transcript, within_patience};
use memguard::{Buffer, ControlKind, ControlPolicy, Disposal, Error, Freezing, Isolation, Limit, Session, preflight};
use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Read, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use tempfile::TempDir;

const HOLDER: &str = "MEMGUARD_TEST_HOLDER";
const LEN: usize = 64;

fn session(isolation: Isolation) -> Session {
    Session::builder().isolation(isolation).stream_chunk(LEN).rekey_interval(None).build().unwrap()
}

/// Standard input, without a buffer that keeps what it reads.
fn input() -> ManuallyDrop<File> {
    // SAFETY: the descriptor is open, and `ManuallyDrop` keeps it so.
    ManuallyDrop::new(unsafe { File::from_raw_fd(0) })
}

/// Takes away the mark that keeps locked pages out of core dumps.
fn allow_dumps_of_locked_pages() {
    for mapping in Process::open(std::process::id()).mappings().iter().filter(|mapping| mapping.has("lo")) {
        let start = std::ptr::with_exposed_provenance_mut(mapping.range.start);
        // SAFETY: changes only what core dumps have of these pages.
        assert_eq!(unsafe { libc::madvise(start, mapping.range.len(), libc::MADV_DODUMP) }, 0);
    }
}

/// The process that holds a secret in every way that there is, and other bytes on the heap, and waits.
#[allow(clippy::print_stdout, clippy::disallowed_macros, reason = "it tells its parent where the secret is")]
fn hold(kind: Kind) {
    let session = session(kind.isolation);
    let melted = session.buffer_from_reader(&mut *input(), LEN).unwrap();
    melted.melt().unwrap();
    let frozen = melted.try_clone().unwrap();
    frozen.freeze().unwrap();
    let enclave = melted.try_clone().unwrap().seal().unwrap();
    let stream = session.stream().unwrap();
    melted.with_data(|bytes| (&stream).write_all(bytes)).unwrap().unwrap();
    // A chunk that was read in part is open.
    assert_eq!(stream.read_into(&mut melted.write().unwrap()[..1]), Ok(1));
    let inside = frozen.read().unwrap();
    let mut plain = vec![0; LEN];
    input().read_exact(&mut plain).unwrap();
    enclave
        .with_data(|shown| {
            if kind.may_be_dumped {
                allow_dumps_of_locked_pages();
            }
            let places = [shown, &inside[..]].map(|bytes| bytes.as_ptr().addr());
            println!("\nheld at {} {}", places[0], places[1]);
            let _ = input().read(&mut [0]);
        })
        .unwrap();
    black_box(plain);
}

/// How a holder keeps its secret.
#[derive(Clone, Copy, Debug)]
struct Kind {
    isolation: Isolation,
    /// Whether its locked pages have lost the mark that keeps them out of core dumps.
    may_be_dumped: bool,
}

const OPEN: Kind = Kind { isolation: Isolation::Page, may_be_dumped: false };
const HIDDEN: Kind = Kind { isolation: Isolation::Secret, may_be_dumped: false };
const OPEN_UNMARKED: Kind = Kind { may_be_dumped: true, ..OPEN };
const HIDDEN_UNMARKED: Kind = Kind { may_be_dumped: true, ..HIDDEN };
const KINDS: [Kind; 4] = [OPEN, HIDDEN, OPEN_UNMARKED, HIDDEN_UNMARKED];

/// A holder, and what another process sees of it.
struct Held {
    child: Child,
    folder: TempDir,
    secret: [u8; LEN],
    /// What the holder has on the heap.
    plain: [u8; LEN],
    places: Vec<u64>,
}

impl Held {
    fn start(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "memory::secret::another_process_reads_nothing", "--nocapture", "--test-threads=1"]);
        command.env(HOLDER, format!("{kind:?}")).current_dir(&folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let [secret, plain] = [(); 2].map(|()| {
            let mut bytes = [0; LEN];
            getrandom::fill(&mut bytes).unwrap();
            child.stdin.as_mut().unwrap().write_all(&bytes).unwrap();
            bytes
        });
        let (sender, line) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            let held =
                output.lines().map_while(Result::ok).find_map(|line| Some(line.strip_prefix("held at ")?.to_owned()));
            let _ = sender.send(held);
        });
        let line = line.recv_timeout(crate::support::PATIENCE).unwrap().expect("the child holds the secret");
        let places = line.split(' ').map(|place| place.parse().unwrap()).collect();
        Self { child, folder, secret, plain, places }
    }

    fn memory(&self) -> File {
        File::open(format!("/proc/{}/mem", self.child.id())).unwrap()
    }

    /// What `/proc/PID/mem` gives at a place of the secret: whether it is the secret, or the error.
    fn read(&self, place: u64) -> Result<bool, Option<i32>> {
        let mut bytes = [0; LEN];
        self.memory().read_exact_at(&mut bytes, place).map_err(|error| error.raw_os_error())?;
        Ok(bytes == self.secret)
    }

    /// The same by `process_vm_readv`, as a debugger or a tool that writes core dumps may ask.
    fn copy(&self, place: u64) -> Result<bool, Option<i32>> {
        let mut bytes = [0_u8; LEN];
        let local = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: LEN };
        let remote = libc::iovec { iov_base: std::ptr::without_provenance_mut(place as usize), iov_len: LEN };
        let pid = self.child.id().cast_signed();
        // SAFETY: the kernel writes at most this many bytes to a live array, and checks the other address.
        let read = unsafe { libc::process_vm_readv(pid, &local, 1, &remote, 1, 0) };
        if read == -1 { Err(std::io::Error::last_os_error().raw_os_error()) } else { Ok(bytes == self.secret) }
    }

    fn wanted(&self) -> [Wanted; 2] {
        [("the secret", &self.secret), ("the plain bytes", &self.plain)].map(|(name, bytes)| {
            let mut wanted = Wanted::default();
            wanted.add(name, bytes);
            wanted
        })
    }

    /// Where there is a piece of the secret, and the mappings that are locked but are no hidden pages.
    fn search(&self) -> (Vec<Hit>, Vec<String>) {
        let process = Process::open(self.child.id());
        let mut mappings = process.mappings();
        mappings.retain(|mapping| mapping.has("lo") && !mapping.title.contains("/secretmem"));
        let [secret, _] = self.wanted();
        (process.search(&secret), mappings.into_iter().map(|mapping| mapping.title).collect())
    }

    /// The pieces of the secret, and those of the plain bytes, in a core dump of the holder; `None` if there is none.
    fn dump(mut self) -> Option<[Vec<Hit>; 2]> {
        let core = core_dump(&mut self.child, self.folder.path())?;
        Some(self.wanted().map(|wanted| search_file(&core, &wanted)))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CLEAN: another process, of root too, reads no byte of a live secret: not where it is, and nowhere else. All locked
/// pages are hidden, those of the key too. Where pages are not hidden, the same process reads all.
#[test]
fn another_process_reads_nothing() {
    if let Ok(name) = std::env::var(HOLDER) {
        hold(KINDS.into_iter().find(|kind| format!("{kind:?}") == name).unwrap());
        return;
    }
    let open = Held::start(OPEN);
    for &place in &open.places {
        assert_eq!((open.read(place), open.copy(place)), (Ok(true), Ok(true)), "the test can read a secret");
    }
    let (found, locked) = open.search();
    // The buffer, its clone, the chunk and what the enclave shows; the halves of the key.
    assert_eq!((found.len(), locked.len() >= 6), (4, true), "{found:#?} {locked:#?}");
    if !hides_pages() {
        return;
    }
    let hidden = Held::start(HIDDEN);
    for &place in &hidden.places {
        assert_eq!((hidden.read(place), hidden.copy(place)), (Err(Some(libc::EIO)), Err(Some(libc::EFAULT))));
    }
    let (found, locked) = hidden.search();
    assert!(found.is_empty() && locked.is_empty(), "{found:#?} {locked:#?}");
}

/// CLEAN: a core dump holds no piece of a live secret, while it holds the other bytes of the same process whole. That
/// is so for ordinary pages because they are marked. Hidden pages are not in it without the mark either, and ordinary
/// pages then are. Nothing forbids the core dump itself: the process may be dumped and has no limit.
#[test]
fn a_core_dump_holds_no_secret() {
    for kind in KINDS {
        if kind.isolation == Isolation::Secret && !hides_pages() {
            eprintln!("{kind:?}: this system does not hide pages");
            continue;
        }
        let Some([secret, plain]) = Held::start(kind).dump() else { return };
        assert!(plain.iter().any(|hit| hit.len >= LEN), "{kind:?}: the search misses the plain bytes: {plain:#?}");
        // The buffer, its clone, the chunk and what the enclave shows.
        let found = if kind.isolation == Isolation::Page && kind.may_be_dumped { 4 } else { 0 };
        assert_eq!(secret.len(), found, "{kind:?}: {secret:#?}");
    }
}

/// WIPED: a child has no page of its parent's secrets, and all else holds as for other pages. An access to a guard's
/// bytes would be SIGSEGV, so the kernel is asked.
#[test]
fn a_child_has_no_page() {
    if !hides_pages() {
        return;
    }
    for len in [32, 5_000] {
        let session = session(Isolation::Secret);
        let secret = session.buffer(len).unwrap();
        secret.write().unwrap().fill(7);
        let inside = secret.read().unwrap();
        let (_reader, writer) = std::io::pipe().unwrap();
        // Whether the kernel can read the first byte for this process.
        // SAFETY: the kernel checks the address.
        let is_there = || unsafe { libc::write(writer.as_raw_fd(), inside.as_ptr().cast(), 1) } == 1;
        assert!(is_there());
        // SAFETY: the child uses the library, which works there, and ends at once.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let code = match () {
                () if is_there() => 1,
                () if !matches!(secret.equals(&[7]), Err(Error::Forked)) => 2,
                () if !session.buffer_from_bytes(&mut [8; 9]).is_ok_and(|own| own.equals(&[8; 9]) == Ok(true)) => 3,
                () => 0,
            };
            drop(inside);
            drop((secret, session));
            // SAFETY: ends the child at once.
            unsafe { libc::_exit(code) };
        }
        let mut status = 0;
        // SAFETY: waits for our own child; the pointer is to a live integer.
        assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
        assert_eq!(status, 0, "{len} bytes");
        assert!(inside.iter().all(|&byte| byte == 7), "the parent has its bytes");
    }
}

/// VISIBLE: a system that does not have the call is an error that says what to do. With `Prefer`, the pages are
/// ordinary ones, and each is counted.
#[test]
fn a_system_without_it_is_told() {
    const TEST: &str = "memory::secret::a_system_without_it_is_told";
    let Some(errno) = child_detail() else {
        for errno in [libc::ENOSYS, libc::EPERM] {
            let output = run_child(TEST, &errno.to_string());
            assert!(output.status.success(), "{}", transcript(&output));
        }
        return;
    };
    let errno = errno.parse().unwrap();
    answer(&[Answer { call: libc::SYS_memfd_secret, third: None, errno }]);
    let builder = || Session::builder().isolation(Isolation::Secret);
    let error = builder().build().map(drop).unwrap_err();
    assert!(
        matches!(&error, Error::Control { control: ControlKind::Hide, call: "memfd_secret", source }
            if source.raw_os_error() == Some(errno)),
        "{error:?}"
    );
    let text = error.to_string();
    for word in ["Linux 5.14", "secretmem.enable=1", "another Isolation", "allow that call", "ControlKind::Hide"] {
        assert!(text.contains(word), "'{word}' is missing in: {text}");
    }
    assert!(preflight().missing().any(|control| control.name == "hidden from the kernel (memfd_secret)"));
    assert!(Session::new().unwrap().buffer(8).is_ok(), "other isolations do not need it");

    let session = builder().control(ControlKind::Hide, ControlPolicy::Prefer).build().unwrap();
    let before = session.health().degraded.unhidden_pages;
    let buffer = session.buffer(5_000).unwrap();
    let health = session.health();
    assert_eq!((health.degraded.unhidden_pages, health.degraded.unlocked_pages), (before + 2, 0));
    assert!(health.controls().any(|(name, in_force)| name.starts_with("hidden") && !in_force));
    buffer.freeze().unwrap();
    assert_eq!(buffer.destroy(), Ok(Disposal::Wiped));
}

/// The limit on locked memory holds for hidden pages. At the limit the error names it, and what was there stays usable.
#[test]
fn the_limit_on_locked_memory_holds() {
    const TEST: &str = "memory::secret::the_limit_on_locked_memory_holds";
    if !hides_pages() {
        return;
    }
    if child_detail().is_none() {
        let output = run_child(TEST, "64 KiB");
        assert!(output.status.success(), "{}", transcript(&output));
        return;
    }
    within_patience(TEST, || {
        drop_privileges();
        let page = rustix::param::page_size();
        lower_limit(rustix::process::Resource::Memlock, 16 * page as u64);
        let session = session(Isolation::Secret);
        let fill = || {
            let mut buffers = Vec::new();
            loop {
                match session.buffer_from_bytes(&mut [7; 32]) {
                    Ok(buffer) => buffers.push(buffer),
                    Err(error) => break (buffers, error),
                }
            }
        };
        let (buffers, error) = fill();
        // The key takes two pages.
        assert_eq!(buffers.len(), 14, "{error}");
        let wanted_limit = Some(16 * page as u64);
        assert!(matches!(error, Error::Limit(Limit::LockedMemory { limit, .. }) if limit == wanted_limit), "{error:?}");
        let health = session.health();
        assert_eq!(health.footprint.locked_bytes + health.key_pages.locked_bytes, 16 * page as u64);
        assert!(buffers.iter().all(|buffer: &Buffer| buffer.equals(&[7; 32]) == Ok(true)));
        drop(buffers);
        // The pool gives way.
        let large = session.buffer(10 * page).unwrap();
        large.write().unwrap().fill(1);
        assert!(matches!(session.buffer(10 * page), Err(Error::Limit(Limit::LockedMemory { .. }))));
        drop(large);
        assert_eq!(fill().0.len(), 14);
        assert_eq!(session.purge().pending, 0);
        assert_eq!(session.audit().dirty_slots, 0);
    });
}

/// WIPED: hidden pages that cannot be made writable are replaced. The kernel says yes to the advice that discards
/// others, and does nothing for these.
#[test]
fn frozen_pages_are_wiped_or_replaced() {
    const TEST: &str = "memory::secret::frozen_pages_are_wiped_or_replaced";
    if !hides_pages() {
        return;
    }
    let Some(refused) = child_detail() else {
        for refused in ["nothing", "mprotect"] {
            let output = run_child(TEST, refused);
            assert!(output.status.success(), "{refused}: {}", transcript(&output));
        }
        return;
    };
    let session = Session::builder().isolation(Isolation::Secret).freezing(Freezing::InHardware).rekey_interval(None);
    let session = session.build().unwrap();
    let buffer = session.buffer_from_bytes(&mut [7; 32]).unwrap();
    let address = buffer.with_data(<[u8]>::as_ptr).unwrap();
    let (mut reader, writer) = std::io::pipe().unwrap();
    // What the kernel reads there for this process; `None` if the pages allow no access.
    let mut seen = || {
        // SAFETY: the kernel checks the address.
        let written = unsafe { libc::write(writer.as_raw_fd(), address.cast(), 32) };
        let mut bytes = [1; 32];
        (written == 32).then(|| reader.read_exact(&mut bytes)).map(|read| read.map(|()| bytes).unwrap())
    };
    assert_eq!(seen(), Some([7; 32]));
    if refused == "mprotect" {
        answer(&[
            Answer { call: libc::SYS_mprotect, third: None, errno: libc::EPERM },
            // The pages would go back to the system at once.
            Answer { call: libc::SYS_munmap, third: None, errno: libc::EPERM },
        ]);
    }
    assert_eq!(buffer.destroy(), Ok(Disposal::Wiped));
    assert_eq!(seen(), (refused == "nothing").then_some([0; 32]));
    let degraded = session.health().degraded;
    assert_eq!((degraded.unwiped_slots, degraded.leaked_slots), (0, u64::from(refused == "mprotect")));
    // The harness would need calls that the filter refuses.
    std::process::exit(0);
}

/// A process without a free descriptor cannot make hidden pages, and uses those that the pool has.
#[test]
fn pages_of_the_pool_need_no_descriptor() {
    const TEST: &str = "memory::secret::pages_of_the_pool_need_no_descriptor";
    if !hides_pages() {
        return;
    }
    if child_detail().is_none() {
        let output = run_child(TEST, "no descriptors");
        assert!(output.status.success(), "{}", transcript(&output));
        return;
    }
    let session = session(Isolation::Secret);
    drop(session.buffer(32).unwrap());
    lower_limit(rustix::process::Resource::Nofile, 0);
    let kept = session.buffer(32);
    let error = session.buffer(32).map(drop).unwrap_err();
    assert!(kept.is_ok(), "{kept:?}");
    assert!(matches!(error, Error::System { call: "memfd_secret", .. }), "{error:?}");
    assert_eq!(session.purge().wiped, 1);
}
