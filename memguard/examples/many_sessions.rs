//! Many idle sessions: so many tenants, each with a session of its own and a sealed secret in it. Each secret is opened
//! in turn. Then all of them are idle.
//!
//! Run it on Linux with `cargo run --release -p memguard --example many_sessions`. Two numbers may follow `--`: how
//! many sessions, 200 if there is none, and how many seconds they are idle, 1 if there is none. With 10,000 sessions
//! and a limit on locked memory of 8 MiB:
//!
//! ```sh
//! ulimit -l 8192
//! cargo run --release -p memguard --example many_sessions -- 10000 10
//! ```

#![allow(clippy::disallowed_methods, reason = "an example that is idle, and talks to its user")]

use memguard::{Enclave, Session};
use std::error::Error;
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The length of a secret in bytes.
const LEN: usize = 32;

/// The secret of a tenant.
fn secret(tenant: usize) -> [u8; LEN] {
    let mut secret = [1; LEN];
    secret[..8].copy_from_slice(&(tenant as u64).to_le_bytes());
    secret
}

/// What the kernel says of this process under this name.
fn status(name: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("the kernel does not tell it")?;
    Ok(line.trim_start_matches(':').split_whitespace().next().ok_or("no figure")?.parse()?)
}

/// How much time of the processors this process has used.
fn used() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live value. The clock exists on Linux.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    Duration::from_secs(time.tv_sec as u64) + Duration::from_nanos(time.tv_nsec as u64)
}

fn tell(moment: &str) -> Result<()> {
    println!("{moment}: {} KiB locked, {} threads", status("VmLck")?, status("Threads")?);
    Ok(())
}

/// How long one of them took.
fn per(time: Duration, count: usize) -> Duration {
    Duration::from_nanos((time.as_nanos() / count.max(1) as u128) as u64)
}

fn main() -> Result<()> {
    let number = |at: usize, usual| std::env::args().nth(at).map_or(Ok(usual), |number| number.parse::<usize>());
    let (count, seconds) = (number(1, 200)?, number(2, 1)?);

    let start = Instant::now();
    let tenants = (0..count)
        .map(|tenant| {
            let session = Session::new()?;
            let enclave = session.enclave(&mut secret(tenant))?;
            Ok((session, enclave))
        })
        .collect::<memguard::Result<Vec<(Session, Enclave)>>>()?;
    tell(&format!("{count} sessions, {:?} each", per(start.elapsed(), count)))?;

    let start = Instant::now();
    for (tenant, (_, enclave)) in tenants.iter().enumerate() {
        assert!(enclave.open()?.equals(&secret(tenant))?);
    }
    tell(&format!("each opened its secret, {:?} each", per(start.elapsed(), count)))?;

    // Each key was used, so each is split anew once. After that the sessions are idle.
    std::thread::sleep(Duration::from_secs(1));
    let (start, before) = (Instant::now(), used());
    std::thread::sleep(Duration::from_secs(seconds as u64));
    let (time, used) = (start.elapsed(), used() - before);
    let percent = 100.0 * used.as_secs_f64() / time.as_secs_f64().max(f64::MIN_POSITIVE);
    tell(&format!("idle for {seconds} s, {used:?} of CPU time, {percent:.1} %"))?;

    let key_pages = tenants.first().map(|(session, _)| session.health().key_pages.locked_bytes >> 10);
    println!("their keys: {} KiB locked", key_pages.unwrap_or(0));
    Ok(())
}
