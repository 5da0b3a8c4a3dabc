//! Floors: what an operation of memguard is made of and cannot leave out, measured alone.

use crate::ours::{BYTE, access};
use crate::peers::ciphers;
use crate::peers::pages::Pages;
use crate::work::Work;
use memguard::wipe_bytes;
use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};

const PAGE: usize = 4096;

/// What an operation leaves on the stack is overwritten as deep as a cipher and a signal frame reach.
const STACK: usize = 12 << 10;

/// A counter on cache lines of its own.
#[repr(align(128))]
#[derive(Default)]
struct Line(AtomicU64);

/// As many instructions with a lock prefix. Each is on another line.
fn locked(lines: &[Line]) -> u64 {
    lines.iter().map(|line| line.0.fetch_add(1, Ordering::Relaxed) & 1).sum::<u64>() & 1
}

fn lines(count: usize) -> Vec<Line> {
    (0..count).map(|_| Line::default()).collect()
}

/// Atomic instructions, and a note of 240 bytes on the heap.
pub fn note(atomics: usize) -> Work {
    let lines = lines(atomics);
    Work::each(1, move || {
        let note = black_box(Box::new([1_u8; 240]));
        black_box(locked(&lines));
        u64::from(note[239])
    })
}

fn is_zero(bytes: &[u8]) -> bool {
    static ZEROS: [u8; PAGE] = [0; PAGE];
    bytes.chunks(PAGE).all(|page| page == &ZEROS[..page.len()])
}

/// Atomic instructions, one wipe of `len` bytes and one look whether they are wiped.
pub fn pages(len: usize, atomics: usize) -> Work {
    let (mut bytes, lines) = (vec![0; len], lines(atomics));
    Work::each(1, move || {
        black_box(locked(&lines));
        let is_wiped = is_zero(black_box(&bytes));
        wipe_bytes(&mut bytes);
        u64::from(is_wiped)
    })
}

/// A canary that fills the rest of a page, written and checked, then a wipe of the page and a look whether it is wiped,
/// and atomic instructions.
pub fn guarded_page(atomics: usize) -> Work {
    let (mut page, pattern, lines) = (vec![0; PAGE], vec![7_u8; PAGE - 32], lines(atomics));
    Work::each(1, move || {
        black_box(locked(&lines));
        let is_wiped = is_zero(black_box(&page));
        page[..pattern.len()].copy_from_slice(&pattern);
        let intact = black_box(&page)[..pattern.len()] == pattern;
        wipe_bytes(&mut page);
        u64::from(is_wiped && intact)
    })
}

/// Two atomic instructions on one word, as one thread enters a lock for many and leaves it.
pub fn in_and_out() -> Work {
    let line = Line::default();
    Work::each(1, move || enter_and_leave(&line))
}

/// The same by several threads on one word.
pub fn in_and_out_on(threads: u64) -> Work {
    let line = Line::default();
    Work::on_threads(threads, 1, move || enter_and_leave(&line))
}

fn enter_and_leave(line: &Line) -> u64 {
    let before = line.0.fetch_add(1, Ordering::Acquire);
    let inside = line.0.fetch_sub(1, Ordering::Release);
    u64::from(before < u64::MAX / 2 && inside > 0)
}

/// A read, and memsec's comparison.
pub fn read_and_compare() -> Work {
    let (buffer, other) = (access::filled(), [BYTE; 32]);
    Work::each(1, move || {
        // SAFETY: both slices have 32 bytes.
        let equal = |bytes: &[u8]| unsafe { memsec::memeq(bytes.as_ptr(), other.as_ptr(), 32) };
        u64::from(buffer.with_data(equal).expect("nobody writes"))
    })
}

/// A read, atomic instructions, and two looks at the canary of a page.
pub fn read_and_check(atomics: usize) -> Work {
    let (buffer, canary, pattern) = (access::filled(), vec![7_u8; PAGE], vec![7_u8; PAGE]);
    let lines = lines(atomics);
    Work::each(1, move || {
        black_box(locked(&lines));
        let intact = (0..2).all(|_| black_box(&canary) == &pattern);
        u64::from(intact && buffer.with_data(|bytes| bytes[31] == BYTE).expect("nobody writes"))
    })
}

/// The cipher on a short secret, atomic instructions, looks at the canary of a page, and the stack overwritten.
pub fn short(mut cipher: impl FnMut() -> u64 + 'static, atomics: usize, looks: usize) -> Work {
    let (canary, pattern, lines) = (vec![7_u8; PAGE], vec![7_u8; PAGE], lines(atomics));
    Work::each(1, move || {
        black_box(locked(&lines));
        let intact = (0..looks).all(|_| black_box(&canary) == &pattern);
        let done = cipher();
        zeroize::zeroize_stack::<STACK>();
        done * u64::from(intact)
    })
}

/// The cipher, on a new allocation that takes the ciphertext, and a wipe of the source.
pub fn sealed_to_the_heap(len: usize, mut cipher: impl FnMut() -> u64 + 'static) -> Work {
    let mut source = vec![BYTE; len];
    Work::each(1, move || {
        let sealed = black_box(vec![1_u8; len]);
        wipe_bytes(&mut source);
        cipher() * u64::from(sealed[len - 1])
    })
}

/// The cipher, a look whether the pages are wiped, and a wipe.
pub fn opened_to_pages(len: usize, mut cipher: impl FnMut() -> u64 + 'static) -> Work {
    let mut pages = vec![0; len];
    Work::each(1, move || {
        let is_wiped = is_zero(black_box(&pages));
        wipe_bytes(&mut pages);
        cipher() * u64::from(is_wiped)
    })
}

/// The cipher in both directions, in chunks. Each is on the heap until it is read, copied out and wiped.
pub fn streamed(len: usize) -> Work {
    const CHUNK: usize = 16 << 10;
    let (source, mut out, mut cipher) = (vec![BYTE; len], vec![0; len], ciphers::xchacha_step(CHUNK));
    Work::each(u64::from(BYTE), move || {
        let seal = |chunk: &[u8]| (cipher(), chunk.to_vec());
        let sealed: Vec<(u64, Vec<u8>)> = source.chunks(CHUNK).map(seal).collect();
        let mut all = 1;
        for ((done, mut chunk), out) in sealed.into_iter().zip(out.chunks_mut(CHUNK)) {
            all *= done * cipher();
            out.copy_from_slice(&chunk);
            wipe_bytes(&mut chunk);
        }
        all * u64::from(out[len - 1])
    })
}

/// Checks and wipes a page for each of as many secrets. Each is a mapping of its own, and they are in no cache.
pub fn many_pages(count: usize) -> Work {
    let pattern = vec![BYTE; PAGE];
    let prepare = move || (0..count).map(|_| Pages::new(PAGE)).collect::<Vec<_>>();
    Work::prepared(count as u64, prepare, move |pages| {
        let one = |page: &mut Pages| {
            let intact = page.bytes() == pattern;
            wipe_bytes(page.bytes());
            u64::from(intact)
        };
        pages.iter_mut().map(one).sum()
    })
}

/// A look at, and a wipe of, as many notes on the heap and secrets of 32 bytes, with atomic instructions for each.
pub fn many_notes(count: usize, atomics: usize) -> Work {
    let lines = lines(atomics);
    let prepare = move || (0..count).map(|_| Box::new([1_u8; 240])).collect::<Vec<_>>();
    Work::prepared(count as u64, prepare, move |notes| {
        let one = |mut note: Box<[u8; 240]>| {
            black_box(locked(&lines));
            let proof = u64::from(note[239]);
            wipe_bytes(&mut note[..32]);
            proof
        };
        notes.drain(..).map(one).sum()
    })
}

/// 32 random bytes of the system.
pub fn randomness() -> Work {
    Work::each(1, || {
        let mut bytes = [0; 32];
        memguard::scramble_bytes(&mut bytes).expect("the system gives randomness");
        u64::from(bytes != [0; 32])
    })
}

/// The system calls of two secrets that are locked and between guard pages, and a thread if there is one.
pub fn session(has_thread: bool) -> Work {
    Work::each(2 * u64::from(BYTE), move || {
        let halves = [Pages::new(32), Pages::new(32)];
        for half in &halves {
            half.advise();
        }
        if has_thread {
            std::thread::spawn(|| ()).join().expect("it does nothing");
        }
        halves.iter().map(Pages::last).sum()
    })
}

/// The system calls that a process needs before its first secret: a look at the flags of a page and at the mappings,
/// three pages, and a thread.
pub fn first() -> u64 {
    let thread = std::thread::spawn(|| ());
    let pages = [Pages::new(32), Pages::new(32), Pages::new(32)];
    pages.iter().for_each(Pages::advise);
    let mut read = [0; PAGE];
    for file in ["/proc/self/smaps", "/proc/self/maps", "/proc/sys/vm/max_map_count"] {
        let len = File::open(file).and_then(|mut file| file.read(&mut read)).expect("Linux tells");
        assert_ne!(len, 0, "{file} is empty");
    }
    std::mem::forget(pages);
    drop(thread);
    u64::from(BYTE)
}
