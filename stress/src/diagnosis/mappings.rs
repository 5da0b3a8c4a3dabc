//! Which mapping an address lies in, found without a lock and without memory from the allocator.

use std::os::fd::RawFd;

/// A line of `/proc/self/smaps` is cut to this length. All that matters stands before.
const LINE: usize = 160;

/// A mapping of this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) start: usize,
    pub(super) end: usize,
    /// As in `r--p`.
    pub(super) permissions: [u8; 4],
    /// Whether it is locked and excluded from core dumps, as memguard's data pages are.
    pub(super) is_data: bool,
}

/// Where an address lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) before: Option<Mapping>,
    pub(super) at: Option<Mapping>,
    pub(super) after: Option<Mapping>,
}

/// Finds the address in `/proc/self/smaps`, which is read bit by bit into `buffer`.
pub(super) fn find(address: usize, buffer: &mut [u8]) -> Place {
    let mut search = Search { address, place: Place::default(), current: None };
    // SAFETY: the path is a C string. `open` is async-signal-safe.
    let file = unsafe { libc::open(c"/proc/self/smaps".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
    if file >= 0 {
        let (mut line, mut used) = ([0; LINE], 0);
        while let Some(chunk) = read(file, buffer) {
            for &byte in chunk {
                if byte == b'\n' {
                    search.line(&line[..used]);
                    used = 0;
                } else if used < LINE {
                    line[used] = byte;
                    used += 1;
                }
            }
        }
        // SAFETY: `file` is open and nobody else knows it.
        unsafe { libc::close(file) };
    }
    search.place
}

fn read(file: RawFd, buffer: &mut [u8]) -> Option<&[u8]> {
    // SAFETY: `buffer` is a valid slice. `read` is async-signal-safe.
    let count = unsafe { libc::read(file, buffer.as_mut_ptr().cast(), buffer.len()) };
    usize::try_from(count).ok().filter(|&count| count > 0).map(|count| &buffer[..count])
}

struct Search {
    address: usize,
    place: Place,
    current: Option<Mapping>,
}

impl Search {
    fn line(&mut self, line: &[u8]) {
        if let Some(flags) = line.strip_prefix(b"VmFlags:") {
            let has = |wanted: &[u8]| flags.split(|&byte| byte == b' ').any(|flag| flag == wanted);
            if let Some(mut mapping) = self.current.take() {
                mapping.is_data = has(b"lo") && has(b"dd");
                self.mapping(mapping);
            }
        } else if let Some(mapping) = header(line) {
            self.current = Some(mapping);
        }
    }

    fn mapping(&mut self, mapping: Mapping) {
        if mapping.end <= self.address {
            self.place.before = Some(mapping);
        } else if mapping.start <= self.address {
            self.place.at = Some(mapping);
        } else if self.place.after.is_none() {
            self.place.after = Some(mapping);
        }
    }
}

/// `7f00-7f10 rw-p …` as a mapping.
fn header(line: &[u8]) -> Option<Mapping> {
    let dash = line.iter().position(|&byte| byte == b'-')?;
    let space = line.iter().position(|&byte| byte == b' ')?;
    let (start, end) = (number(line.get(..dash)?)?, number(line.get(dash + 1..space)?)?);
    let permissions = line.get(space + 1..space + 5)?.try_into().ok()?;
    Some(Mapping { start, end, permissions, is_data: false })
}

fn number(digits: &[u8]) -> Option<usize> {
    let digit = |sum: usize, &byte: &u8| Some(sum.checked_mul(16)? + char::from(byte).to_digit(16)? as usize);
    digits.iter().try_fold(0, digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_with_its_neighbours() {
        let smaps = b"\
1000-2000 ---p 00000000 00:00 0
VmFlags: mr mw me sd
2000-4000 rw-p 00000000 00:00 0                  [anon: x]
Locked:                8 kB
VmFlags: rd wr mr mw me lo dd sd
4000-5000 rw-p 00000000 00:00 0
VmFlags: rd wr mr mw me lo sd
";
        let found = |address| {
            let mut search = Search { address, place: Place::default(), current: None };
            smaps.split(|&byte| byte == b'\n').for_each(|line| search.line(line));
            search.place
        };
        let data = Mapping { start: 0x2000, end: 0x4000, permissions: *b"rw-p", is_data: true };
        assert_eq!(found(0x1fff).after, Some(data));
        assert_eq!((found(0x2000).at, found(0x3fff).at, found(0x4000).before), (Some(data), Some(data), Some(data)));
        assert!(!found(0x4000).at.unwrap().is_data, "it is in core dumps");
        assert_eq!((found(0x5000).at, found(0).before), (None, None));
    }

    #[test]
    fn a_variable_is_found_in_this_process() {
        let variable = 1;
        let at = (&raw const variable).addr();
        let found = find(at, &mut [0; 64]).at.unwrap();
        assert!((found.start..found.end).contains(&at) && found.permissions.starts_with(b"rw"));
    }
}
