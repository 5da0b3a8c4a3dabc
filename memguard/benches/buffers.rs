//! The cost of a buffer, compared with the same pages without a pool.
//!
//! Run with `cargo bench -p memguard --bench buffers`.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use memguard::{MlockPolicy, Session};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags};
use std::hint::black_box;
use std::time::{Duration, Instant};

const LEN: usize = 32;

fn session() -> Session {
    Session::builder().mlock(MlockPolicy::Require).build().expect("32 bytes can be locked")
}

fn create_and_destroy(session: &Session) {
    drop(black_box(session.buffer(LEN).expect("a buffer")));
}

/// The system calls of one page-isolated secret without a pool.
fn raw_pages() {
    let page = rustix::param::page_size();
    // SAFETY: a new private mapping, which is used only here and unmapped below.
    unsafe {
        let start = rustix::mm::mmap_anonymous(std::ptr::null_mut(), 3 * page, ProtFlags::empty(), MapFlags::PRIVATE)
            .expect("three pages");
        let data = start.byte_add(page);
        rustix::mm::mprotect(data, page, MprotectFlags::READ | MprotectFlags::WRITE).expect("mprotect");
        rustix::mm::mlock(data, page).expect("mlock");
        data.cast::<u8>().write_volatile(1);
        rustix::mm::mprotect(data, page, MprotectFlags::READ).expect("mprotect");
        rustix::mm::munlock(data, page).expect("munlock");
        rustix::mm::munmap(start, 3 * page).expect("munmap");
    }
}

/// The time for `iterations` operations in total, spread over the threads. An operation scales if more threads take
/// less time.
fn spread(threads: u64, iterations: u64, operation: impl Fn() + Sync) -> Duration {
    let started = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let share = iterations / threads + u64::from(thread < iterations % threads);
            let operation = &operation;
            scope.spawn(move || (0..share).for_each(|_| operation()));
        }
    });
    started.elapsed()
}

fn create_destroy(criterion: &mut Criterion) {
    let mut group: BenchmarkGroup<'_, WallTime> = criterion.benchmark_group("create+destroy 32 B");
    group.throughput(Throughput::Elements(1));
    for threads in [1, 8] {
        let session = session();
        group.bench_function(format!("memguard, {threads} threads in total"), |bencher| {
            bencher.iter_custom(|iterations| spread(threads, iterations, || create_and_destroy(&session)));
        });
        group.bench_function(
            format!("raw mmap+mlock+mprotect+munlock+munmap, {threads} threads in total"),
            |bencher| {
                bencher.iter_custom(|iterations| spread(threads, iterations, raw_pages));
            },
        );
    }
    group.finish();
}

fn access(criterion: &mut Criterion) {
    let session = session();
    let buffer = session.buffer(LEN).expect("a buffer");
    let mut group = criterion.benchmark_group("access 32 B");
    group.bench_function("read", |bencher| bencher.iter(|| buffer.with_data(|bytes| black_box(bytes)[0])));
    group.bench_function("write", |bencher| bencher.iter(|| buffer.with_data_mut(|bytes| black_box(bytes)[0] = 1)));
    group.finish();
}

fn enclaves(criterion: &mut Criterion) {
    let session = session();
    let mut group = criterion.benchmark_group("enclave");
    for len in [LEN, 1 << 20] {
        group.throughput(Throughput::Bytes(len as u64));
        let mut secret = vec![7; len];
        group.bench_function(format!("seal {len} B"), |bencher| bencher.iter(|| session.enclave(&mut secret)));
        let enclave = session.enclave(&mut secret).expect("an enclave");
        group.bench_function(format!("open {len} B"), |bencher| bencher.iter(|| enclave.open()));
    }
    group.finish();
}

criterion_group!(benches, create_destroy, access, enclaves);
criterion_main!(benches);
