//! A limit on the address space.

use super::secrets::Secrets;
use memguard::{Error, Limit};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How much the process may still map, in bytes.
const ROOM: u64 = 16 << 20;

/// The length of the buffers that use it up.
const LEN: usize = 1 << 20;

/// The heap gets so many blocks of so many bytes beforehand. They stay in it when they are freed, so that the code
/// around the library finds memory at the limit.
const BLOCKS: usize = 64;
const BLOCK: usize = 64 << 10;

pub(super) fn run_out() -> Result<bool, String> {
    let secrets = Secrets::new()?;
    let blocks: Vec<Vec<u8>> = (0..BLOCKS).map(|_| vec![1; BLOCK]).collect();
    let _above_them = std::hint::black_box(vec![1_u8; 64]);
    drop(blocks);
    let before = getrlimit(Resource::As);
    let mapped = mapped().ok_or("/proc/self/statm cannot be read")?;
    setrlimit(Resource::As, Rlimit { current: Some(mapped + ROOM), ..before }).map_err(|error| error.to_string())?;
    let at_the_limit = use_up(&secrets);
    setrlimit(Resource::As, before).map_err(|error| error.to_string())?;
    at_the_limit?;
    secrets.work_again().map(|()| true)
}

fn use_up(secrets: &Secrets) -> Result<(), String> {
    let mut made = Vec::with_capacity(64);
    let error = loop {
        match secrets.session.buffer(LEN) {
            Ok(_) if made.len() as u64 * LEN as u64 > ROOM => return Err("RLIMIT_AS stops nothing".into()),
            Ok(buffer) => made.push(buffer),
            Err(error) => break error,
        }
    };
    if !matches!(error, Error::Limit(Limit::Memory { .. })) {
        return Err(format!("a buffer that does not fit: {error:?}"));
    }
    secrets.are_whole()
}

/// How much the process has mapped, in bytes.
fn mapped() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    text.split(' ').next()?.parse::<u64>().ok()?.checked_mul(rustix::param::page_size() as u64)
}
