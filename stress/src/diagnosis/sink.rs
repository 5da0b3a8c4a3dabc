//! Writes text without a lock and without memory from the allocator, as a signal handler must.

use std::os::fd::RawFd;

/// Writes lines to the standard error and to a file.
pub(super) struct Sink {
    line: [u8; 512],
    used: usize,
    /// A negative one is not there.
    to: [RawFd; 2],
}

impl Sink {
    pub(super) fn new(to: [RawFd; 2]) -> Self {
        Self { line: [0; 512], used: 0, to }
    }

    pub(super) fn text(&mut self, text: &[u8]) -> &mut Self {
        for &byte in text {
            if self.used == self.line.len() {
                self.flush();
            }
            self.line[self.used] = byte;
            self.used += 1;
        }
        self
    }

    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.digits(number, 10)
    }

    pub(super) fn address(&mut self, address: usize) -> &mut Self {
        self.text(b"0x").digits(address as u64, 16)
    }

    fn digits(&mut self, mut number: u64, base: u64) -> &mut Self {
        let mut digits = [0; 20];
        let mut first = digits.len();
        loop {
            first -= 1;
            digits[first] = b"0123456789abcdef"[(number % base) as usize];
            number /= base;
            if number == 0 {
                return self.text(&digits[first..]);
            }
        }
    }

    pub(super) fn end_line(&mut self) {
        self.text(b"\n").flush();
    }

    /// Writes what is there. What cannot be written is lost: nobody could be told.
    fn flush(&mut self) {
        for file in self.to.into_iter().filter(|&file| file >= 0) {
            let mut rest = &self.line[..self.used];
            while !rest.is_empty() {
                // SAFETY: `rest` is a valid slice. `write` is async-signal-safe.
                let written = unsafe { libc::write(file, rest.as_ptr().cast(), rest.len()) };
                let Ok(written @ 1..) = usize::try_from(written) else { break };
                rest = &rest[written..];
            }
        }
        self.used = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::Sink;
    use std::io::{Read, Seek};
    use std::os::fd::AsRawFd;

    #[test]
    fn numbers_and_long_texts_arrive() {
        let mut file = tempfile::tempfile().unwrap();
        let mut sink = Sink::new([file.as_raw_fd(), -1]);
        sink.number(0).text(b" ").number(u64::MAX).text(b" ").address(0xab0).text(&[b'x'; 1000]).end_line();
        let mut said = String::new();
        file.rewind().unwrap();
        file.read_to_string(&mut said).unwrap();
        assert_eq!(said, format!("0 18446744073709551615 0xab0{}\n", "x".repeat(1000)));
    }
}
