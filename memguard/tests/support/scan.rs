//! The attacker's view: searches every byte of another process for pieces of its secrets.

use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// The shortest piece of a secret that counts.
pub const FRAGMENT: usize = 16;

/// What is searched for: byte strings by name. Any of their aligned words finds them.
#[derive(Default)]
pub struct Wanted {
    secrets: Vec<(String, Vec<u8>)>,
    /// Each 8 bytes of each secret, at every offset. A piece of 16 bytes covers one such word wherever it lies.
    words: HashMap<[u8; 8], Vec<(usize, usize)>>,
    /// The pairs of bytes with which a word begins. This check alone skips most of the memory.
    begins: Vec<bool>,
}

/// A piece of a secret where none should be.
#[derive(Debug)]
pub struct Hit {
    /// Kept for the message of a failing test.
    #[allow(dead_code, reason = "shown by Debug")]
    pub secret: String,
    pub address: usize,
    pub len: usize,
    #[allow(dead_code, reason = "shown by Debug")]
    pub mapping: String,
}

impl Hit {
    /// Whether no piece that counts is outside this place. The bytes beside a copy may happen to go on with the secret,
    /// so a hit may be a little longer than the copy.
    pub fn is_inside(&self, place: &Range<usize>) -> bool {
        let end = self.address + self.len;
        let shared = end.min(place.end).saturating_sub(self.address.max(place.start));
        shared > 0 && self.len - shared < FRAGMENT
    }
}

impl Wanted {
    pub fn add(&mut self, name: impl Into<String>, secret: &[u8]) {
        let number = self.secrets.len();
        self.secrets.push((name.into(), secret.to_vec()));
        self.begins.resize(1 << 16, false);
        for (at, word) in secret.windows(8).enumerate() {
            self.begins[begin(word)] = true;
            self.words.entry(word.try_into().unwrap()).or_default().push((number, at));
        }
    }

    /// Every piece of at least [`FRAGMENT`] bytes in this memory, which starts at this address.
    fn search(&self, memory: &[u8], start: usize, mapping: &str, hits: &mut Vec<Hit>) {
        const BLOCK: usize = 4096;
        for (number, block) in memory.chunks(BLOCK).enumerate() {
            // Most blocks are empty.
            if block != &[0; BLOCK][..block.len()] {
                self.search_block(memory, number * BLOCK..number * BLOCK + block.len(), start, mapping, hits);
            }
        }
    }

    fn search_block(&self, memory: &[u8], block: Range<usize>, start: usize, mapping: &str, hits: &mut Vec<Hit>) {
        let mut known_to = 0;
        for at in block.step_by(8) {
            let Some(word) = memory.get(at..at + 8) else { break };
            if at < known_to || !self.begins[begin(word)] {
                continue;
            }
            for &(secret, offset) in self.words.get(word).into_iter().flatten() {
                let (name, bytes) = &self.secrets[secret];
                let before =
                    memory[..at].iter().rev().zip(bytes[..offset].iter().rev()).take_while(|(a, b)| a == b).count();
                let behind = memory[at..].iter().zip(&bytes[offset..]).take_while(|(a, b)| a == b).count();
                if before + behind >= FRAGMENT {
                    known_to = at + behind;
                    let (secret, address, len) = (name.clone(), start + at - before, before + behind);
                    hits.push(Hit { secret, address, len, mapping: mapping.to_owned() });
                    break;
                }
            }
        }
    }
}

fn begin(word: &[u8]) -> usize {
    usize::from(word[0]) << 8 | usize::from(word[1])
}

/// A mapping of the process, as `/proc/PID/smaps` shows it.
pub struct Mapping {
    pub range: Range<usize>,
    pub title: String,
    pub readable: bool,
    pub flags: Vec<String>,
}

impl Mapping {
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|there| there == flag)
    }
}

/// Another process, stopped at an agreed point.
pub struct Process {
    pid: u32,
    memory: File,
}

impl Process {
    pub fn open(pid: u32) -> Self {
        Self { pid, memory: File::open(format!("/proc/{pid}/mem")).expect("the memory of our own child") }
    }

    pub fn mappings(&self) -> Vec<Mapping> {
        let smaps = std::fs::read_to_string(format!("/proc/{}/smaps", self.pid)).expect("our own child");
        let mut mappings: Vec<Mapping> = Vec::new();
        for line in smaps.lines() {
            if let Some(flags) = line.strip_prefix("VmFlags:") {
                mappings.last_mut().unwrap().flags = flags.split_whitespace().map(str::to_owned).collect();
                continue;
            }
            let mut words = line.split_whitespace();
            let (Some(range), Some(access)) = (words.next(), words.next()) else { continue };
            let Some((start, end)) = range.split_once('-') else { continue };
            let hex = |text| usize::from_str_radix(text, 16);
            if let (Ok(start), Ok(end)) = (hex(start), hex(end)) {
                let (title, readable) = (line.to_owned(), access.starts_with('r'));
                mappings.push(Mapping { range: start..end, title, readable, flags: Vec::new() });
            }
        }
        assert!(mappings.iter().any(|mapping| mapping.title.contains("[stack]")), "smaps has the known format");
        mappings
    }

    /// The bytes of a mapping, and how many of them were read. A page that cannot be read is zero here. Only the kernel
    /// can read some, and a process that is not stopped may unmap others meanwhile.
    pub fn read(&self, mapping: &Mapping) -> (Vec<u8>, usize) {
        const PAGE: usize = 4096;
        let mut bytes = vec![0; mapping.range.len()];
        let (mut at, mut count) = (0, 0);
        while at < bytes.len() {
            match self.memory.read_at(&mut bytes[at..], (mapping.range.start + at) as u64) {
                Ok(0) | Err(_) => at = (at + 1).next_multiple_of(PAGE),
                Ok(read) => (at, count) = (at + read, count + read),
            }
        }
        (bytes, count)
    }

    /// Every piece of what is wanted, in all memory, even in memory that the process itself cannot read.
    pub fn search(&self, wanted: &Wanted) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut searched = 0;
        for mapping in self.mappings() {
            let special = ["[vvar", "[vsyscall]", "[vdso]"].iter().any(|name| mapping.title.contains(name));
            let (bytes, read) = self.read(&mapping);
            if read < bytes.len() {
                // Guard pages cannot be read from outside. A process that is not stopped may unmap memory meanwhile.
                let is_there = || self.mappings().iter().any(|now| now.title == mapping.title && now.readable);
                let may_be_skipped = special || !mapping.readable || mapping.has("lo") || !is_there();
                assert!(may_be_skipped, "not searched: {}", mapping.title);
            }
            searched += read;
            wanted.search(&bytes, mapping.range.start, &mapping.title, &mut hits);
        }
        assert!(searched > 1 << 20, "only {searched} bytes were searched");
        hits
    }
}

/// Every piece of what is wanted in a file.
pub fn search_file(path: &std::path::Path, wanted: &Wanted) -> Vec<Hit> {
    let bytes = std::fs::read(path).expect("the file is there");
    let mut hits = Vec::new();
    wanted.search(&bytes, 0, "core", &mut hits);
    hits
}
