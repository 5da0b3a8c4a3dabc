//! This process's locked memory as the kernel counts it. The library's own counts are compared with it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Error, ErrorKind};
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// Locked memory, as the kernel counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LockedMemory {
    /// `VmLck` in `/proc/self/status`.
    pub bytes: u64,
    /// Mappings that are locked and excluded from core dumps (`lo` and `dd` in `/proc/self/smaps`): memguard's data
    /// pages. Guard pages lie between any two of them, so the kernel cannot have merged them.
    pub mappings: u64,
    /// How many of these mappings have a byte that is not zero.
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
/// No other thread may map or unmap memory meanwhile. The bytes are read from `/proc/self/mem`, which fails for a
/// mapping that was removed after it was listed.
///
/// # Errors
/// The error of reading `/proc`.
///
/// ```standalone_crate
/// use memguard_stress::kernel;
/// let before = kernel::locked_memory()?;
/// let session = memguard::Session::new()?;
/// let measured = kernel::locked_memory()?;
/// assert_eq!(measured.bytes - before.bytes, session.health().footprint.locked_bytes);
/// assert_eq!(measured.mappings - before.mappings, session.health().footprint.slots);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn locked_memory() -> io::Result<LockedMemory> {
    let mappings = locked_mappings(BufReader::new(File::open("/proc/self/smaps")?))?;
    let memory = File::open("/proc/self/mem")?;
    let mut not_zero = 0;
    for mapping in &mappings {
        let mut bytes = vec![0; mapping.end - mapping.start];
        memory.read_exact_at(&mut bytes, mapping.start as u64)?;
        not_zero += u64::from(bytes.iter().any(|&byte| byte != 0));
    }
    Ok(LockedMemory { bytes: locked_bytes()?, mappings: mappings.len() as u64, not_zero })
}

/// `VmLck`.
///
/// # Errors
/// The error of reading `/proc`.
pub fn locked_bytes() -> io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let amount = status.lines().find_map(|line| line.strip_prefix("VmLck:"));
    let kibibytes = amount.and_then(|amount| amount.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    Ok(kibibytes.ok_or_else(|| unreadable("VmLck in /proc/self/status"))? * 1024)
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
