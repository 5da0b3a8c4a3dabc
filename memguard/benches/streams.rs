//! Streams: bytes per second of writing, of reading in odd sizes and of draining. The speed must not depend on the
//! length.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use memguard::{MlockPolicy, Session, Stream};
use std::hint::black_box;
use std::io::{Read, Write};

const MIB: usize = 1 << 20;
/// Neither a divisor nor a multiple of the chunk size.
const ODD: usize = 10_007;

fn filled(session: &Session, len: usize) -> Stream {
    let mut stream = session.stream().expect("the session runs");
    let piece = vec![7; MIB];
    for _ in 0..len / MIB {
        stream.write_all(&piece).expect("there is memory for the key");
    }
    stream
}

fn streams(c: &mut Criterion) {
    // A drain needs as much locked memory as there are bytes. If the process may not lock so much, unlocked pages cost
    // the same.
    let session = Session::builder().mlock(MlockPolicy::Prefer).build().expect("a session");
    for what in ["write", "read", "drain"] {
        let mut group = c.benchmark_group(format!("stream/{what}"));
        group.sample_size(10);
        for mib in [1, 16, 256] {
            let len = mib * MIB;
            group.throughput(Throughput::Bytes(len as u64));
            group.bench_function(BenchmarkId::from_parameter(format!("{mib} MiB")), |b| match what {
                "write" => b.iter_with_large_drop(|| filled(&session, len)),
                "read" => b.iter_batched(
                    || (filled(&session, len), vec![0; ODD]),
                    |(mut stream, mut out)| {
                        let mut left = len;
                        while left > 0 {
                            left -= stream.read(&mut out).expect("nothing is purged");
                        }
                        black_box(out)
                    },
                    BatchSize::PerIteration,
                ),
                _ => b.iter_batched(
                    || filled(&session, len),
                    |stream| {
                        let all = stream.drain().expect("there is memory").expect("the stream is not empty");
                        assert_eq!(all.len(), len);
                        all
                    },
                    BatchSize::PerIteration,
                ),
            });
        }
        group.finish();
    }
}

criterion_group!(benches, streams);
criterion_main!(benches);
