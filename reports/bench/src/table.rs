//! The table of benches. A new bench is an entry here.

use crate::bench::Bench;
use crate::floors;
use crate::fresh::{self, First};
use crate::ours::{access, buffers, enclaves, sessions};
use crate::peers::{ciphers, enclave, locks, memsafe, memsec, pages, pool};
use memguard::Cipher;
use memguard::Isolation::{Packed, Page};

const MIB: usize = 1 << 20;
const US: f64 = 1e3;
const MS: f64 = 1e6;

const DEFAULT: Cipher = Cipher::XChaCha20Poly1305;
const FAST: Cipher = Cipher::Aegis256;
const SLOT: &str = "hardware-enclave, pool slot";
const GUARDED: &str = "hardware-enclave";
const RAW: &str = "mmap, mprotect, mlock, munlock, munmap";
const SHORT: &str = "the cipher, the stack overwritten, two looks at the canary of a page, 13 atomic instructions";
const OPENED: &str = "the cipher, the stack overwritten, two looks at the canary of a page, 25 atomic instructions";
const CREATED: &str = "a canary written and checked, a wipe, a look whether it is wiped, 21 atomic instructions";
const BORN_READ_ONLY: &str = "a canary written and checked, a wipe, a look whether it is wiped, 23 atomic instructions";
const IN_AND_OUT: &str = "2 atomic instructions on one word";
const TO_THE_HEAP: &str = "the cipher, a new allocation, a wipe of the source";
const TO_PAGES: &str = "the cipher, a look whether the pages are wiped, a wipe";
const PURGED: &str = "a look at each page, a wipe";
const FIRST: &str = "a look at the page flags and the mappings, three locked pages, a thread";
const XCHACHA: &str = "XChaCha20-Poly1305";

/// Every bench, in the order of the page.
pub fn all() -> Vec<Bench> {
    [created(), packed(), accessed(), sealed(), long(), ended(), begun()].into_iter().flatten().collect()
}

fn created() -> Vec<Bench> {
    let new = |name: &str, ours| Bench::new("Create and destroy", name, ours);
    let on_8 = || buffers::create_on(8, 32);
    vec![
        Bench::new("Create and destroy", "create + destroy 32 B", || buffers::create(Page, 32, 0))
            .goal(0.25 * US)
            .floor(CREATED, || floors::guarded_page(21))
            .peer("memsec", || memsec::create(32))
            .peer("memsafe", memsafe::create::<32>)
            .peer(GUARDED, || enclave::create(32, false))
            .peer(RAW, || pages::create(32))
            .bare("secrecy, on the heap", pages::heap),
        Bench::new("Create and destroy", "create + destroy 32 B, 8 threads in total", on_8)
            .times("create + destroy 32 B, 8 threads against 1", 1.6, || buffers::create_on(1, 32))
            .peer(RAW, || pages::create_on(8, 32))
            .bare("sanitization, pool slot", || pool::create_on(8)),
        new("create + destroy 32 B, read-only from birth", buffers::from_bytes)
            .goal(0.35 * US)
            .floor(BORN_READ_ONLY, || floors::guarded_page(23))
            .peer("memsafe", memsafe::from_bytes)
            .peer(GUARDED, || enclave::create(32, true))
            .peer(RAW, pages::create_read_only),
        sized("create + destroy 4 KiB", 4 << 10, 0.2).peer("memsafe", memsafe::create::<{ 4 << 10 }>),
        sized("create + destroy 64 KiB", 64 << 10, 1.1).peer("memsafe", memsafe::create::<{ 64 << 10 }>),
        sized("create + destroy 68 KiB", 68 << 10, 1.3).peer("memsafe", memsafe::create::<{ 68 << 10 }>),
    ]
}

fn sized(name: &str, len: usize, goal_us: f64) -> Bench {
    Bench::new("Create and destroy", name, move || buffers::create(Page, len, 0))
        .goal(goal_us * US)
        .floor("a wipe, a look whether it is wiped, 21 atomic instructions", move || floors::pages(len, 21))
        .peer("memsec", move || memsec::create(len))
        .peer(GUARDED, move || enclave::create(len, false))
        .peer(RAW, move || pages::create(len))
}

fn packed() -> Vec<Bench> {
    let packed = |name: &str, alive| {
        Bench::new("Packed", name, move || buffers::create(Packed, 32, alive))
            .goal(0.12 * US)
            .floor("21 atomic instructions, 240 bytes of the heap", || floors::note(21))
            .peer("sanitization, pool slot", move || pool::create(alive))
            .peer(SLOT, move || enclave::slot(alive))
    };
    vec![packed("packed: create + destroy 32 B, alone", 0), packed("packed: create + destroy 32 B, 64 others live", 64)]
}

fn accessed() -> Vec<Bench> {
    let new = |name: &str, ours: fn() -> crate::work::Work| Bench::new("Access to 32 B", name, ours);
    vec![
        new("read", access::read)
            .goal(20.0)
            .floor(IN_AND_OUT, floors::in_and_out)
            .peer("memsafe", memsafe::read)
            .bare("sanitization, no lock", pool::read)
            .bare("hardware-enclave, no lock", enclave::read)
            .bare("std RwLock", locks::std_read)
            .bare("parking_lot RwLock", locks::parking_lot_read),
        new("read, 8 threads on one buffer, in total", || access::read_on(8))
            .goal(25.0)
            .floor(IN_AND_OUT, || floors::in_and_out_on(8))
            .bare("std RwLock", || locks::std_read_on(8))
            .bare("parking_lot RwLock", || locks::parking_lot_read_on(8)),
        new("write", access::write)
            .goal(25.0)
            .floor(IN_AND_OUT, floors::in_and_out)
            .peer("memsafe", memsafe::write)
            .bare("sanitization, no lock", pool::write)
            .bare("std RwLock", locks::std_write),
        new("uint64_slice", access::uint64_slice)
            .goal(100.0)
            .floor("a read, two looks at the canary of a page, 11 atomic instructions", || floors::read_and_check(11))
            .bare("sanitization, a copy on the stack", pool::copy),
        new("equals", access::equals)
            .goal(20.0)
            .floor("a read, memsec's comparison", floors::read_and_compare)
            .bare("sanitization, no lock", pool::equals)
            .bare("memsec memeq", memsec::equals),
        new("lock + unlock a mutex of the library, uncontended", access::lock)
            .bare("parking_lot", locks::parking_lot)
            .bare("std", locks::std_lock)
            .peer("tracing-mutex, which checks the order", locks::tracing),
    ]
}

fn sealed() -> Vec<Bench> {
    let open = |name: &str, ours: fn() -> crate::work::Work| {
        Bench::new("Enclaves of 32 B", name, ours)
            .peer("hardware-enclave, AES-256-GCM", || enclave::open(32))
            .bare(XCHACHA, || ciphers::xchacha_open(32))
            .bare("AES-256-GCM", || ciphers::aes_open(32))
    };
    vec![
        Bench::new("Enclaves of 32 B", "seal 32 B", || enclaves::seal(DEFAULT, 32))
            .goal(0.9 * US)
            .floor(SHORT, || floors::short(ciphers::short_xchacha_step(), 13, 2))
            .peer("hardware-enclave, AES-256-GCM", || enclave::seal(32))
            .bare(XCHACHA, || ciphers::xchacha_seal(32))
            .bare("AES-256-GCM", || ciphers::aes_seal(32))
            .bare("AEGIS-256, in C", || ciphers::aegis_seal(32)),
        open("open + destroy 32 B", || enclaves::open(DEFAULT, 32))
            .goal(1.2 * US)
            .floor(OPENED, || floors::short(ciphers::short_xchacha_step(), 25, 2)),
        Bench::new("Enclaves of 32 B", "open + destroy 32 B, 8 threads in total", || enclaves::open_on(8, 32))
            .times("open + destroy 32 B, 8 threads against 1", 1.6, || enclaves::open_on(1, 32))
            .peer("hardware-enclave, AES-256-GCM", || enclave::open_on(8, 32)),
        open("look into an enclave of 32 B", || enclaves::with_data(DEFAULT))
            .goal(0.7 * US)
            .floor(SHORT, || floors::short(ciphers::short_xchacha_step(), 13, 2)),
        Bench::new("Enclaves of 32 B", "seal 32 B, AEGIS-256", || enclaves::seal(FAST, 32))
            .goal(0.5 * US)
            .floor(SHORT, || floors::short(ciphers::aegis_step(32), 13, 2))
            .peer("hardware-enclave, AES-256-GCM", || enclave::seal(32))
            .bare("AEGIS-256, in C", || ciphers::aegis_seal(32)),
        open("open + destroy 32 B, AEGIS-256", || enclaves::open(FAST, 32))
            .goal(0.8 * US)
            .floor(OPENED, || floors::short(ciphers::aegis_step(32), 25, 2)),
        open("look into an enclave of 32 B, AEGIS-256", || enclaves::with_data(FAST))
            .goal(0.35 * US)
            .floor(SHORT, || floors::short(ciphers::aegis_step(32), 13, 2)),
    ]
}

fn long() -> Vec<Bench> {
    let new = |name: &str, ours: fn() -> crate::work::Work| Bench::new("Long secrets", name, ours);
    vec![
        new("seal 1 MiB", || enclaves::seal(DEFAULT, MIB))
            .percent_of(XCHACHA, "seal 1 MiB, share of the cipher's speed", 95.0)
            .floor(TO_THE_HEAP, || floors::sealed_to_the_heap(MIB, ciphers::xchacha_step(MIB)))
            .peer("hardware-enclave, AES-256-GCM", || enclave::seal(MIB))
            .bare(XCHACHA, || ciphers::xchacha_seal(MIB))
            .bare("AES-256-GCM", || ciphers::aes_seal(MIB))
            .bare("AEGIS-256, in C", || ciphers::aegis_seal(MIB)),
        new("open + destroy 1 MiB", || enclaves::open(DEFAULT, MIB))
            .percent_of(XCHACHA, "open + destroy 1 MiB, share of the cipher's speed", 90.0)
            .floor(TO_PAGES, || floors::opened_to_pages(MIB, ciphers::xchacha_step(MIB)))
            .peer("hardware-enclave, AES-256-GCM", || enclave::open(MIB))
            .bare(XCHACHA, || ciphers::xchacha_open(MIB))
            .bare("AES-256-GCM", || ciphers::aes_open(MIB)),
        // 5 GB/s.
        new("seal 1 MiB, AEGIS-256", || enclaves::seal(FAST, MIB))
            .goal(MIB as f64 / 5.0)
            .floor(TO_THE_HEAP, || floors::sealed_to_the_heap(MIB, ciphers::aegis_step(MIB)))
            .bare("AEGIS-256, in C", || ciphers::aegis_seal(MIB)),
        new("open + destroy 1 MiB, AEGIS-256", || enclaves::open(FAST, MIB))
            .goal(MIB as f64 / 5.0)
            .floor(TO_PAGES, || floors::opened_to_pages(MIB, ciphers::aegis_step(MIB)))
            .bare("AEGIS-256, in C", || ciphers::aegis_seal(MIB)),
        new("stream: write + read 16 MiB", || enclaves::stream(16 * MIB))
            .percent_of(XCHACHA, "stream: write + read 16 MiB, share of the cipher's speed", 90.0)
            .floor("the cipher, each chunk on the heap, copied out and wiped", || floors::streamed(16 * MIB))
            .bare(XCHACHA, || ciphers::xchacha_stream(16 * MIB)),
    ]
}

fn ended() -> Vec<Bench> {
    let purge =
        |name: &str, isolation, read_only| Bench::new("Purge", name, move || buffers::purge(isolation, read_only));
    vec![
        purge("purge 10,000 live", Page, false)
            .goal(4.0 * MS)
            .floor(PURGED, || floors::many_pages(buffers::MANY))
            .peer("hardware-enclave, which only wipes", || enclave::wipe_all(buffers::MANY))
            .peer("munlock, munmap", || pages::destroy(buffers::MANY)),
        purge("purge 10,000 live, read-only", Page, true)
            .goal(4.0 * MS)
            .floor(PURGED, || floors::many_pages(buffers::MANY)),
        purge("purge 10,000 live, packed", Packed, false)
            .goal(0.5 * MS)
            .floor("for each a look at its note, a wipe, 8 atomic instructions", || {
                floors::many_notes(buffers::MANY, 8)
            }),
    ]
}

fn begun() -> Vec<Bench> {
    let new = |name: &str, ours: fn() -> crate::work::Work| Bench::new("Sessions", name, ours);
    vec![
        new("rekey step", sessions::rekey).goal(0.5 * US).floor("32 random bytes of the system", floors::randomness),
        new("session without its rekey thread", || sessions::session(false))
            .goal(20.0 * US)
            .floor("the system calls of two locked pages", || floors::session(false)),
        new("session with its rekey thread", || sessions::session(true))
            .goal(35.0 * US)
            .floor("the system calls of two locked pages, a thread", || floors::session(true)),
        new("first buffer of a process", || fresh::first(First::Buffer))
            .goal(50.0 * US)
            .floor(FIRST, || fresh::first(First::Floor))
            .peer("memsec", || fresh::first(First::Memsec))
            .peer("memsafe", || fresh::first(First::Memsafe))
            .peer(GUARDED, || fresh::first(First::EnclaveBuffer)),
        new("first enclave of a process", || fresh::first(First::Enclave))
            .goal(90.0 * US)
            .floor(FIRST, || fresh::first(First::Floor))
            .peer(GUARDED, || fresh::first(First::EnclaveSeal)),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// Two records are compared by name.
    #[test]
    fn no_two_rows_have_one_name() {
        let names: Vec<String> = super::all().iter().flat_map(|bench| bench.row_names()).collect();
        let different: BTreeSet<&String> = names.iter().collect();
        assert_eq!(different.len(), names.len());
    }
}
