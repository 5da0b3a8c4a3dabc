//! What the kernel counts of this process. The library's own counts of locked memory are compared with it.

use rustix::time::{ClockId, clock_gettime};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Error, ErrorKind};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::time::Duration;

/// Locked memory, as the kernel counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LockedMemory {
    /// `VmLck` in `/proc/self/status`.
    pub bytes: u64,
    /// The data pages of memguard: what can be read, from guard page to guard page, of the mappings that are locked and
    /// excluded from core dumps (`lo` and `dd` in `/proc/self/smaps`). Guard pages lie between any two of them, so the
    /// kernel cannot have merged them.
    pub mappings: u64,
    /// How many of these have a byte that is not zero.
    pub not_zero: u64,
}

impl LockedMemory {
    /// What was added since `before`.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_sub(before.bytes),
            mappings: self.mappings.saturating_sub(before.mappings),
            not_zero: self.not_zero.saturating_sub(before.not_zero),
        }
    }
}

/// Measures the locked memory of this process.
///
/// No other thread may map or unmap memory meanwhile. The bytes are read from `/proc/self/mem`. A mapping that was
/// removed after it was listed is not counted.
///
/// # Errors
/// The error of reading `/proc`.
///
/// ```standalone_crate
/// use memguard_stress::kernel;
/// let before = kernel::locked_memory()?;
/// let session = memguard::Session::new()?;
/// let measured = kernel::locked_memory()?;
/// let health = session.health();
/// let (own, keys) = (health.footprint, health.key_pages);
/// assert_eq!(measured.bytes - before.bytes, own.locked_bytes + keys.locked_bytes);
/// assert_eq!(measured.mappings - before.mappings, own.slots + keys.slots);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn locked_memory() -> io::Result<LockedMemory> {
    let mappings = locked_mappings(BufReader::new(File::open("/proc/self/smaps")?))?;
    let memory = File::open("/proc/self/mem")?;
    let pages = mappings.iter().map(|mapping| data_pages(&memory, mapping)).collect::<io::Result<Vec<_>>>()?.concat();
    let not_zero = pages.iter().filter(|&&is_zero| !is_zero).count() as u64;
    Ok(LockedMemory { bytes: locked_bytes()?, mappings: pages.len() as u64, not_zero })
}

/// The data pages of a locked mapping that lie between guards, and whether all bytes of each are zero. Pages side by
/// side are one. A mapping that is shared has guards inside, which cannot be read.
fn data_pages(memory: &File, mapping: &Range<usize>) -> io::Result<Vec<bool>> {
    let mut bytes = vec![0; mapping.end - mapping.start];
    if memory.read_exact_at(&mut bytes, mapping.start as u64).is_ok() {
        return Ok(vec![is_zero(&bytes)]);
    }
    let (mut found, mut inside) = (Vec::<bool>::new(), false);
    let page_size = rustix::param::page_size();
    for (at, page) in (mapping.start as u64..).step_by(page_size).zip(bytes.chunks_mut(page_size)) {
        let read = memory.read_exact_at(page, at);
        match (&read, found.last_mut()) {
            (Ok(()), Some(whole)) if inside => *whole &= is_zero(page),
            (Ok(()), _) => found.push(is_zero(page)),
            (Err(error), _) if error.raw_os_error() == Some(libc::EIO) => {}
            (Err(_), _) => return read.map(|()| found),
        }
        inside = read.is_ok();
    }
    Ok(found)
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}

/// `VmLck`.
///
/// # Errors
/// The error of reading `/proc`.
pub fn locked_bytes() -> io::Result<u64> {
    status_bytes("VmLck:")
}

/// The memory of this process that is in RAM, in bytes (`VmRSS` in `/proc/self/status`).
///
/// # Errors
/// The error of reading `/proc`.
///
/// ```
/// assert!(memguard_stress::kernel::resident_bytes()? > 4096);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn resident_bytes() -> io::Result<u64> {
    status_bytes("VmRSS:")
}

/// How many mappings this process has.
///
/// # Errors
/// The error of reading `/proc`.
///
/// ```
/// assert!(memguard_stress::kernel::mappings()? > 4);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn mappings() -> io::Result<u64> {
    Ok(std::fs::read_to_string("/proc/self/maps")?.lines().count() as u64)
}

/// The time of the processors that this process has used.
///
/// ```
/// let before = memguard_stress::kernel::time_used();
/// assert!(memguard_stress::kernel::time_used() >= before);
/// ```
pub fn time_used() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap_or_default()
}

fn status_bytes(key: &str) -> io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let amount = status.lines().find_map(|line| line.strip_prefix(key));
    let kibibytes = amount.and_then(|amount| amount.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    Ok(kibibytes.ok_or_else(|| unreadable(&format!("{key} in /proc/self/status")))? * 1024)
}

/// The address ranges of locked mappings that are excluded from core dumps.
fn locked_mappings(smaps: impl BufRead) -> io::Result<Vec<Range<usize>>> {
    let mut found = Vec::new();
    let mut current = None;
    for line in smaps.lines() {
        let line = line?;
        let first = line.split_ascii_whitespace().next().unwrap_or_default();
        if let Some(flags) = line.strip_prefix("VmFlags:") {
            let has = |wanted| flags.split_ascii_whitespace().any(|flag| flag == wanted);
            if has("lo") && has("dd") {
                found.push(current.take().ok_or_else(|| unreadable("/proc/self/smaps"))?);
            }
        } else if !first.ends_with(':') {
            current = range(first);
        }
    }
    Ok(found)
}

/// `7f00-7f10` as a range.
fn range(text: &str) -> Option<Range<usize>> {
    let (start, end) = text.split_once('-')?;
    Some(usize::from_str_radix(start, 16).ok()?..usize::from_str_radix(end, 16).ok()?)
}

fn unreadable(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("{what} does not have the format that Linux uses"))
}

#[cfg(test)]
mod tests {
    use super::locked_mappings;

    #[test]
    fn only_locked_mappings_outside_core_dumps_count() {
        let smaps = "\
1000-2000 ---p 00000000 00:00 0
Size:                  4 kB
VmFlags: mr mw me sd
2000-4000 rw-p 00000000 00:00 0                  [anon: x]
Locked:                8 kB
VmFlags: rd wr mr mw me lo dd sd
4000-5000 rw-p 00000000 00:00 0
VmFlags: rd wr mr mw me lo sd
5000-6000 rw-p 00000000 00:00 0
VmFlags: rd wr mr mw me dd sd
";
        let found = locked_mappings(smaps.as_bytes()).unwrap();
        assert_eq!((found.len(), &found[0]), (1, &(0x2000..0x4000)));
    }
}
