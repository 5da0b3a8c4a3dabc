//! The cost of the facade, compared with a bare parking_lot mutex: lock and unlock without contention.
//!
//! Run with `cargo bench -p memguard --bench locks`. With `-p`, lockdep is compiled out.

#![allow(clippy::disallowed_types, reason = "the bare lock is what the facade is measured against")]

use criterion::{Criterion, criterion_group, criterion_main};
use memguard::sync::{Class, Mutex, Site};
use std::hint::black_box;

fn uncontended(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("uncontended lock+unlock");
    let bare = parking_lot::Mutex::new(0u64);
    group.bench_function("bare parking_lot", |bencher| bencher.iter(|| *black_box(&bare).lock() += 1));
    let facade = Mutex::new(Class::Pool, 0u64);
    group.bench_function("facade", |bencher| {
        bencher.iter(|| {
            if let Ok(mut guard) = black_box(&facade).lock(Site::PoolTake) {
                *guard += 1;
            }
        });
    });
    group.finish();
}

criterion_group!(benches, uncontended);
criterion_main!(benches);
