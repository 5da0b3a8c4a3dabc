//! The first use in a process.

use crate::child::{of_child, program};
use crate::floors;
use crate::ours::{BYTE, sessions};
use crate::peers::{enclave, memsafe, memsec};
use crate::work::{Batch, Work};
use clap::ValueEnum;
use std::time::{Duration, Instant};

/// What is used first.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum First {
    Buffer,
    Enclave,
    Memsec,
    Memsafe,
    EnclaveBuffer,
    EnclaveSeal,
    Floor,
}

impl First {
    /// Uses it in this process: how many nanoseconds that takes, and the proof that it was done.
    pub fn measure(self) -> [u64; 2] {
        let started = Instant::now();
        let proof = match self {
            Self::Buffer => sessions::first_buffer(),
            Self::Enclave => sessions::first_enclave(),
            Self::Memsec => memsec::first(),
            Self::Memsafe => memsafe::first(),
            Self::EnclaveBuffer => enclave::first_buffer(),
            Self::EnclaveSeal => enclave::first_enclave(),
            Self::Floor => floors::first(),
        };
        [started.elapsed().as_nanos() as u64, proof]
    }

    /// A byte of the secret, or its length.
    fn proof(self) -> u64 {
        match self {
            Self::Enclave | Self::EnclaveSeal => 32,
            _ => u64::from(BYTE),
        }
    }
}

/// The first use in a new process.
pub fn first(what: First) -> Work {
    let one = move |_| {
        let name = what.to_possible_value().expect("no variant is skipped");
        let printed = of_child(&mut program(&["child", "first", name.get_name()])).expect("the binary can run itself");
        let [ns, proof] = printed[..] else { panic!("a child printed {printed:?}") };
        (Duration::from_nanos(ns as u64), proof as u64)
    };
    let batch = move |operations| {
        let add = |all: Batch, (time, proof)| Batch { time: all.time + time, sum: all.sum + proof };
        (0..operations).map(one).fold(Batch { time: Duration::ZERO, sum: 0 }, add)
    };
    // A process takes longer than what is timed in it.
    Work::batches(what.proof(), batch).at_most(3)
}
