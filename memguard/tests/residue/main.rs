//! CLEAN: a process does everything that can be done with a secret. Its parent knows the secrets, and searches all of
//! its memory after each phase. A signal comes at the end of each phase, so that the kernel writes the registers to the
//! stack. No piece of 16 bytes of a secret may be outside the live buffers, no piece of the key
//! outside the coffer, and no piece of either in a core dump.

mod child;
#[path = "../support/mod.rs"]
mod support;
mod taken_in;

use memguard::{Cipher, Session};
use std::io::{BufRead, BufReader, Write};
use std::ops::Range;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;
use support::ciphers;
use support::core_dump::core_dump;
use support::scan::{FRAGMENT, Hit, Process, Wanted, search_file};

const CHILD: &str = "MEMGUARD_RESIDUE_CHILD";
/// Far longer than any search takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(300);

const KEY_LEN: usize = 32;

/// The key of the child's session. It is found by trying the bytes in the child's locked pages.
struct Key {
    /// Where the coffer keeps the halves, left first.
    coffer: [Range<usize>; 2],
    halves: [Vec<u8>; 2],
    key: Vec<u8>,
}

impl Key {
    fn is_wanted(&self, wanted: &mut Wanted) {
        wanted.add("the key", &self.key);
        self.halves.iter().for_each(|half| wanted.add("a half of the key", half));
    }
}

struct Parent {
    child: Child,
    process: Process,
    input: ChildStdin,
    secrets: Wanted,
    count: usize,
    sealed: Option<Vec<u8>>,
    phases: usize,
}

impl Parent {
    /// Gives the child a new secret: letters and digits, so that it is text too.
    fn give_secret(&mut self) {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut secret = [0; taken_in::LEN];
        getrandom::fill(&mut secret).unwrap();
        secret.iter_mut().for_each(|byte| *byte = LETTERS[usize::from(*byte % 64)]);
        self.count += 1;
        self.secrets.add(format!("secret {}", self.count), &secret);
        self.input.write_all(&secret).unwrap();
    }

    fn go_on(&mut self) {
        self.input.write_all(b"\n").unwrap();
    }

    /// Searches, and fails for each hit outside these places.
    fn search(&mut self, phase: &str, live: &[Range<usize>]) {
        let outside = |hit: &Hit, allowed: &[Range<usize>]| !allowed.iter().any(|place| hit.is_inside(place));
        let mut hits = self.process.search(&self.secrets);
        for range in live {
            assert!(hits.iter().any(|hit| hit.is_inside(range)), "{phase}: the search misses the buffer itself");
        }
        hits.retain(|hit| outside(hit, live));
        // A chunk that was read in part stays open in a locked page of its own.
        if phase == "read from a stream" {
            hits.retain(|hit| !hit.mapping.contains("rw-p 00000000 00:00 0 ") || !self.is_locked(hit.address));
        }
        assert!(hits.is_empty(), "after '{phase}' there are pieces of secrets elsewhere:\n{hits:#?}");
        if let Some(key) = self.key() {
            let mut wanted = Wanted::default();
            key.is_wanted(&mut wanted);
            let mut hits = self.process.search(&wanted);
            hits.retain(|hit| outside(hit, &key.coffer));
            assert!(hits.is_empty(), "after '{phase}' there are pieces of the key elsewhere:\n{hits:#?}");
        }
        self.phases += 1;
    }

    fn is_locked(&self, address: usize) -> bool {
        self.process.mappings().iter().any(|mapping| mapping.range.contains(&address) && mapping.has("lo"))
    }

    /// Looks for the key as an attacker would who reads all memory and knows the source. Each half is in a place of a
    /// locked page whose other places are free, but for those of a few sessions. Two halves are the key if they open a
    /// known enclave.
    fn key(&self) -> Option<Key> {
        /// A page that is full of canary or of a secret has more.
        const SESSIONS: usize = 8;
        let sealed = self.sealed.as_ref()?;
        let page = rustix::param::page_size();
        let mut halves = Vec::new();
        for mapping in self.process.mappings().iter().filter(|mapping| mapping.has("lo")) {
            for (number, page_bytes) in self.process.read(mapping).0.chunks_exact(page).enumerate() {
                let start = mapping.range.start + number * page;
                // A byte of canary lies behind each place.
                let places = page_bytes.chunks_exact(KEY_LEN + 1).enumerate();
                let places = places.map(|(number, place)| (start + number * (KEY_LEN + 1), &place[..KEY_LEN]));
                let used: Vec<_> = places.filter(|(_, half)| half.iter().any(|byte| *byte != 0)).collect();
                if used.len() <= SESSIONS {
                    let half =
                        |(start, half): (usize, &[u8])| (start..start + KEY_LEN, half.to_vec(), blake3::hash(half));
                    halves.extend(used.into_iter().map(half));
                }
            }
        }
        for (left_place, left, _) in &halves {
            for (right_place, right, mask) in &halves {
                let key: Vec<u8> = left.iter().zip(mask.as_bytes()).map(|(left, mask)| left ^ mask).collect();
                if opens(&key, sealed) {
                    assert!(left_place.start.abs_diff(right_place.start) > page, "a guard lies between the halves");
                    let coffer = [left_place.clone(), right_place.clone()];
                    return Some(Key { coffer, halves: [left.clone(), right.clone()], key });
                }
            }
        }
        None
    }
}

/// Whether the key opens the sealed bytes, as other implementations of the ciphers see it.
fn opens(key: &[u8], sealed: &[u8]) -> bool {
    use chacha20poly1305::aead::inout::InOutBuf;
    use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305};
    let (header, body) = sealed.split_at(18);
    if header[1] == 2 {
        let (nonce, body) = body.split_first_chunk().unwrap();
        let (ciphertext, tag) = body.split_last_chunk::<32>().unwrap();
        let cipher = aegis::aegis256::Aegis256::<32>::new(key.try_into().unwrap(), nonce);
        return cipher.decrypt(ciphertext, tag, header).is_ok();
    }
    let (nonce, body) = body.split_first_chunk::<24>().unwrap();
    let (ciphertext, tag) = body.split_last_chunk::<16>().unwrap();
    let mut plain = vec![0; ciphertext.len()];
    let buffers = InOutBuf::new(ciphertext, &mut plain).unwrap();
    let cipher = XChaCha20Poly1305::new_from_slice(key).unwrap();
    cipher.decrypt_inout_detached(nonce.into(), header, buffers, tag.into()).is_ok()
}

fn places(words: &str) -> Vec<Range<usize>> {
    let hex = |text| usize::from_str_radix(text, 16).unwrap();
    words
        .split_whitespace()
        .filter_map(|word| word.split_once(':'))
        .map(|(start, len)| hex(start)..hex(start) + hex(len))
        .collect()
}

#[test]
fn nothing_is_left_behind() {
    if let Ok(name) = std::env::var(CHILD) {
        let cipher = ciphers().find(|cipher| cipher.to_string() == name).expect("the name of a cipher");
        child::run(cipher);
        return;
    }
    ciphers().for_each(nothing_is_left_behind_by);
}

fn nothing_is_left_behind_by(cipher: Cipher) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "nothing_is_left_behind", "--nocapture", "--test-threads=1"]);
    command.env(CHILD, cipher.to_string()).env("RUST_BACKTRACE", "0").current_dir(&folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let (sender, lines) = channel();
    let output = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if let Some(line) = line.strip_prefix("residue: ") {
                let _ = sender.send(line.to_owned());
            }
        }
    });
    let (process, input) = (Process::open(child.id()), child.stdin.take().unwrap());
    let mut parent = Parent { child, process, input, secrets: Wanted::default(), count: 0, sealed: None, phases: 0 };
    let mut keys_seen: Vec<[Vec<u8>; 2]> = Vec::new();
    loop {
        let line = lines.recv_timeout(PATIENCE).unwrap_or_else(|error| {
            let _ = parent.child.kill();
            panic!("the child stopped talking after {} phases: {error}", parent.phases);
        });
        let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match word {
            "want" => parent.give_secret(),
            "sealed" => {
                let byte = |at| u8::from_str_radix(&rest[at..at + 2], 16).unwrap();
                parent.sealed = Some((0..rest.len()).step_by(2).map(byte).collect());
                let key = parent.key().expect("the key is in the coffer, so that its pieces can be searched for");
                keys_seen.push(key.halves);
            }
            "scan" => {
                let name: Vec<&str> = rest.split_whitespace().take_while(|word| !word.contains(':')).collect();
                let (phase, live) = (name.join(" "), places(rest));
                parent.search(&phase, &live);
                if phase == "rekeyed" {
                    let key = parent.key().expect("a rekey keeps the key");
                    let mut wanted = Wanted::default();
                    for (old, new) in keys_seen.last().unwrap().iter().zip(&key.halves) {
                        assert_ne!(old, new, "a rekey changes both halves");
                        wanted.add("a half of before the rekey", old);
                    }
                    let hits = parent.process.search(&wanted);
                    assert!(hits.is_empty(), "{hits:#?}");
                }
                if phase == "purged" {
                    assert!(parent.key().is_none(), "a purge destroys the key");
                    let mut wanted = Wanted::default();
                    keys_seen.iter().flatten().for_each(|half| wanted.add("a half of the key", half));
                    let hits = parent.process.search(&wanted);
                    assert!(hits.is_empty(), "{hits:#?}");
                    parent.sealed = None;
                }
                parent.go_on();
            }
            "dump" => break,
            _ => panic!("the child says: {line}"),
        }
    }
    assert_eq!(parent.phases, if cfg!(feature = "serde") { 32 } else { 31 }, "a phase is missing");
    assert_in_no_dump(parent, folder.path());
}

/// A core dump holds no piece of a live secret or of the key. On every machine, the test checks what the kernel would
/// leave out. Where the kernel writes the dump to a file, the test searches the dump.
fn assert_in_no_dump(mut parent: Parent, folder: &std::path::Path) {
    let key = parent.key().expect("the key is in the coffer");
    let mut wanted = std::mem::take(&mut parent.secrets);
    key.is_wanted(&mut wanted);
    let hits = parent.process.search(&wanted);
    assert!(!hits.is_empty(), "the search finds the live secret");
    let mappings = parent.process.mappings();
    for hit in hits {
        let mapping = mappings.iter().find(|mapping| mapping.range.contains(&hit.address)).unwrap();
        assert!(mapping.has("dd"), "{hit:?} is in a part that core dumps include");
    }

    if let Some(core) = core_dump(&mut parent.child, folder) {
        let hits = search_file(&core, &wanted);
        assert!(hits.is_empty(), "the core dump holds pieces:\n{hits:#?}");
    }
}

/// The variable by which a child gets a copy.
const PLANTED: &str = "MEMGUARD_PLANTED";

/// The search finds a planted copy in a file and in a process, at any alignment, whole or in part. A detector that
/// never fires proves nothing.
#[test]
fn the_search_finds_planted_copies() {
    if let Some(copy) = std::env::var_os(PLANTED) {
        println!("\n{PLANTED}");
        std::io::stdin().read_line(&mut String::new()).unwrap();
        return drop(copy);
    }
    let mut secret = [0; 64];
    getrandom::fill(&mut secret).unwrap();
    // Letters, so that a variable can hold them.
    secret.iter_mut().for_each(|byte| *byte = b'a' + *byte % 26);
    let mut wanted = Wanted::default();
    wanted.add("planted", &secret);
    for (shift, piece) in (0..16).flat_map(|shift| [(shift, 0..64), (shift, 5..21), (shift, 40..64)]) {
        let path =
            std::env::temp_dir().join(format!("memguard-residue-{}-{shift}-{}", std::process::id(), piece.start));
        let mut bytes = vec![7; 4096];
        bytes[100 + shift..100 + shift + piece.len()].copy_from_slice(&secret[piece.clone()]);
        std::fs::write(&path, bytes).unwrap();
        let hits = search_file(&path, &wanted);
        std::fs::remove_file(&path).unwrap();
        assert!(!hits.is_empty(), "{piece:?} at {shift}");
    }
    // A process of its own: memory that changes while it is searched can be missed.
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "the_search_finds_planted_copies", "--nocapture", "--test-threads=1"]);
    command.env(PLANTED, str::from_utf8(&secret[3..40]).unwrap()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == PLANTED), "the child has its copy");
    let hits = Process::open(child.id()).search(&wanted);
    drop(child.stdin.take());
    child.wait().unwrap();
    let found = |hit: &Hit| (37..37 + FRAGMENT).contains(&hit.len);
    assert!(hits.iter().any(found), "a copy in a live process: {hits:?}");
}

/// What handles secrets, and clears the stack after it, needs no large stack.
#[test]
fn a_thread_with_a_small_stack_does_everything() {
    let session = Session::builder().rekey_interval(None).build().unwrap();
    let buffers = || {
        let buffer = session.buffer_from_bytes(&mut [b'a'; 64]).unwrap();
        let opened = buffer.try_clone().unwrap().seal().unwrap().open().unwrap();
        assert!(opened.equals(&[b'a'; 64]).unwrap());
        let filled = session.buffer_new_with(64, |bytes| bytes.fill(b'a')).unwrap();
        assert!(filled.equals_buffer(&opened).unwrap());
        assert_eq!(filled.reader().write_to(&mut std::io::sink()).unwrap(), 64);
    };
    let growing = || {
        let mut grows = session.secret_vec().unwrap();
        grows.move_from(&mut [b'a'; 64]).unwrap();
        grows.reserve(5000).unwrap();
    };
    let views = || {
        let buffer = session.buffer_from_bytes(&mut [b'a'; 64]).unwrap();
        assert_eq!(buffer.string_slice(str::len).unwrap(), 64);
        assert_eq!(buffer.uint64_slice(<[u64]>::len).unwrap(), 8);
    };
    let enclaves = || {
        let long = session.enclave(&mut vec![b'b'; 5000]).unwrap();
        long.with_data(|bytes| assert_eq!(bytes.len(), 5000)).unwrap();
        long.open_into(&session.buffer(5000).unwrap()).unwrap();
        assert_eq!(session.rekey().unwrap(), memguard::Rekey::Done);
    };
    let stream = session.stream().unwrap();
    let moved = || stream.move_from(&mut [1; 1000]).unwrap();
    let drained = || assert_eq!(stream.drain().unwrap().unwrap().len(), 1000);
    let written = || assert_eq!(stream.write_to(&mut std::io::sink()).unwrap(), 1000);
    let purged = || {
        session.purge();
    };
    // The frames of these closures are on that stack too, so they are small.
    // The order checker has frames of its own. They are large in a build without optimisation.
    let stack = if cfg!(all(debug_assertions, feature = "lockdep")) { 48 << 10 } else { 32 << 10 };
    let steps: [&(dyn Fn() + Sync); 9] =
        [&buffers, &growing, &views, &enclaves, &moved, &drained, &moved, &written, &purged];
    for step in steps {
        std::thread::scope(|scope| {
            std::thread::Builder::new().stack_size(stack).spawn_scoped(scope, step).unwrap().join().unwrap();
        });
    }
}
