//! How the cost of an operation grows with threads, live buffers and bytes.

use crate::bench::{Bench, Effort, Failed};
use crate::ours::{access, buffers, enclaves};
use crate::peers::{ciphers, enclave, locks, memsec, pages, pool};
use memguard::Cipher;
use memguard::Isolation::{Packed, Page};
use memguard_reports::bench::{Growth, Line};

const THREADS: [u64; 5] = [1, 2, 4, 8, 16];
const LIVE: [u64; 5] = [10, 100, 1_000, 10_000, 100_000];
const BYTES: [u64; 6] = [16, 256, 4 << 10, 64 << 10, 1 << 20, 16 << 20];

/// One picture: a bench at several sizes.
pub struct Series {
    name: &'static str,
    over: &'static str,
    at: Vec<u64>,
    bench: fn(u64) -> Bench,
}

impl Series {
    /// What the picture is called.
    pub fn name(&self) -> String {
        format!("{}, by {}", self.name, self.over)
    }

    /// How many benches it takes.
    pub fn benches(&self) -> u64 {
        self.at.len() as u64
    }

    /// Measures all sizes. `tick` is called after each round.
    pub fn measure(&self, effort: Effort, mut tick: impl FnMut()) -> Result<Growth, Failed> {
        let mut lines: Vec<Line> = Vec::new();
        for &at in &self.at {
            let medians = (self.bench)(at).medians(effort, &mut tick)?;
            lines.resize_with(medians.len(), || Line { name: String::new(), ns: Vec::new() });
            for (line, (name, ns)) in lines.iter_mut().zip(medians) {
                line.name = name.to_owned();
                line.ns.push(Some(ns));
            }
        }
        Ok(Growth { name: self.name.to_owned(), over: self.over.to_owned(), at: self.at.clone(), lines })
    }
}

/// Every picture, in the order of the page.
pub fn all() -> Vec<Series> {
    let threads = |name, bench| Series { name, over: "threads", at: THREADS.to_vec(), bench };
    let bytes = |name, bench| Series { name, over: "bytes", at: BYTES.to_vec(), bench };
    vec![
        threads("create + destroy 32 B, in total", |threads| {
            grown(threads, |threads| buffers::create_on(threads, 32))
                .peer("system calls", move || pages::create_on(threads, 32))
                .peer("sanitization, pool slot", move || pool::create_on(threads))
        }),
        threads("read 32 B of one buffer, in total", |threads| {
            grown(threads, access::read_on)
                .bare("std RwLock", move || locks::std_read_on(threads))
                .bare("parking_lot RwLock", move || locks::parking_lot_read_on(threads))
        }),
        threads("open + destroy 32 B, in total", |threads| {
            grown(threads, |threads| enclaves::open_on(threads, 32))
                .peer("hardware-enclave", move || enclave::open_on(threads, 32))
        }),
        Series { name: "create + destroy 32 B", over: "live buffers", at: LIVE.to_vec(), bench: beside_live },
        bytes("create + destroy", |len| {
            sized(len, |len| buffers::create(Page, len, 0))
                .peer("memsec", move || memsec::create(len as usize))
                .peer("system calls", move || pages::create(len as usize))
        }),
        bytes("seal", |len| {
            sized(len, |len| enclaves::seal(Cipher::default(), len))
                .bare("XChaCha20-Poly1305", move || ciphers::xchacha_seal(len as usize))
        }),
        bytes("open + destroy", |len| {
            sized(len, |len| enclaves::open(Cipher::default(), len))
                .bare("XChaCha20-Poly1305", move || ciphers::xchacha_open(len as usize))
        }),
    ]
}

fn grown(at: u64, ours: fn(u64) -> crate::work::Work) -> Bench {
    Bench::new("", format!("growth, {at}"), move || ours(at))
}

fn sized(len: u64, ours: fn(usize) -> crate::work::Work) -> Bench {
    Bench::new("", format!("growth, {len} bytes"), move || ours(len as usize))
}

fn beside_live(count: u64) -> Bench {
    grown(count, |count| buffers::create(Page, 32, count as usize))
        .peer("memguard, packed", move || buffers::create(Packed, 32, count as usize))
}
