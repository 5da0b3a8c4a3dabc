//! How many secrets of 32 bytes fit into the locked memory that this process may have.
//!
//! As an unprivileged user: `cargo build -p memguard --example what_fits`, then
//! `ulimit -l 64 && target/debug/examples/what_fits`. It exits with 4 if locked memory is not limited.

#![allow(clippy::disallowed_methods, reason = "an example talks to its user")]

use memguard::{Buffer, Enclave, Error, Isolation, Limit, Result, Session};
use std::process::ExitCode;

const LEN: usize = 32;

/// More are not made. Sealed secrets need no locked memory, so all of them fit.
const MOST: usize = 2_000;

fn session(isolation: Isolation) -> Result<Session> {
    Session::builder().rekey_interval(None).isolation(isolation).build()
}

/// As many buffers as fit. At the limit, the ones from before can be used.
fn fill(isolation: Isolation) -> Result<usize> {
    let session = session(isolation)?;
    let mut buffers: Vec<Buffer> = Vec::new();
    while buffers.len() < MOST {
        match session.buffer_random(LEN) {
            Ok(buffer) => buffers.push(buffer),
            Err(Error::Limit(Limit::LockedMemory { .. })) => break,
            Err(error) => return Err(error),
        }
    }
    buffers.iter().try_for_each(|buffer| buffer.with_data(|bytes| assert_eq!(bytes.len(), LEN)))?;
    Ok(buffers.len())
}

/// All of them are opened, one after the other.
fn seal() -> Result<usize> {
    let session = session(Isolation::Page)?;
    let sealed = (0..MOST).map(|_| session.enclave_random(LEN)).collect::<Result<Vec<Enclave>>>()?;
    sealed.iter().try_for_each(|secret| secret.open().map(drop))?;
    Ok(sealed.len())
}

fn run(left: u64) -> Result<()> {
    println!("{} KiB can be locked", left / 1024);
    println!("a page each: {}", fill(Isolation::Page)?);
    println!("packed: {}", fill(Isolation::Packed)?);
    println!("sealed: all {}", seal()?);
    Ok(())
}

fn main() -> ExitCode {
    let Some(left) = memguard::preflight().limits.locked_memory.left() else {
        eprintln!("locked memory is not limited for this process");
        return ExitCode::from(4);
    };
    match run(left) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
