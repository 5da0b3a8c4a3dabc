//! Where the copies of a key are. Each row of the table is a child process that holds a random key in its own way. This
//! process searches all memory of the child, first while the child holds the key and then after the child has dropped
//! it. A piece of at least half the key counts as a copy. Memory that is neither the stack nor locked counts as heap.
//!
//! Run it on Linux with `cargo run --release -p memguard --example memory_scan`. It exits with 1 if a row is not what
//! it claims, and with 4 if the machine cannot run it.

#![allow(clippy::disallowed_methods, reason = "an example talks to its user")]

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/support/scan.rs"]
mod scan;

use memguard::{Buffer, Enclave, FlatResult};
use scan::{Process, Wanted};
use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use zeroize::Zeroizing;

const LEN: usize = 32;
const PREFIX: &[u8] = b"Authorization: Bearer ";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A way to hold a key.
struct Row {
    name: &'static str,
    /// Reads the key, uses it, and drops it at the end. Calls the function while it holds the key.
    hold: fn(&mut File, &dyn Fn() -> Result<()>) -> Result<()>,
    claim: &'static str,
    holds_what_it_claims: fn(held: &Copies, after: &Copies) -> bool,
}

const ROWS: [Row; 6] = [
    Row {
        name: "`Vec<u8>`",
        hold: in_a_vec,
        claim: "more than one copy outside locked pages, and copies after use",
        holds_what_it_claims: |held, after| held.heap + held.stack > 1 && after.all() > 0,
    },
    Row {
        name: "`Zeroizing<Vec<u8>>`, same program",
        hold: in_a_zeroizing_vec,
        claim: "more than one copy outside locked pages, and copies after use",
        holds_what_it_claims: |held, after| held.heap + held.stack > 1 && after.all() > 0,
    },
    Row {
        name: "`Box<Zeroizing<[u8; 32]>>`, with care",
        hold: in_a_zeroizing_box,
        claim: "one copy on the heap, none after use",
        holds_what_it_claims: |held, after| *held == Copies { heap: 1, stack: 0, locked: 0 } && after.all() == 0,
    },
    Row {
        name: "`Buffer`, same program",
        hold: in_a_buffer,
        claim: "one copy, in locked pages, none after use",
        holds_what_it_claims: |held, after| *held == Copies { heap: 0, stack: 0, locked: 1 } && after.all() == 0,
    },
    Row {
        name: "`Enclave`, sealed",
        hold: in_an_enclave,
        claim: "no copy at all",
        holds_what_it_claims: |held, after| held.all() == 0 && after.all() == 0,
    },
    Row {
        name: "`Enclave`, while it is open",
        hold: in_an_open_enclave,
        claim: "one copy, in locked pages, none after use",
        holds_what_it_claims: |held, after| *held == Copies { heap: 0, stack: 0, locked: 1 } && after.all() == 0,
    },
];

/// What stands for a cipher: it reads the key and keeps nothing of it.
fn use_key(key: &[u8]) {
    black_box(key.iter().fold(0, |sum: u8, byte| sum.wrapping_mul(31) ^ byte));
}

/// Takes the key by value, as many functions do. A move copies the bytes, and nothing wipes the place they came from.
#[inline(never)]
fn use_moved<K: AsRef<[u8]>>(key: K) {
    use_key(black_box(key).as_ref());
}

/// The program of the first two rows, and of the one with buffers. It passes the key on by value, writes a header with
/// it, makes a copy of that and makes the header longer. In the end it holds the header alone.
fn in_a_vec(input: &mut File, held: &dyn Fn() -> Result<()>) -> Result<()> {
    let mut key = vec![0; LEN];
    input.read_exact(&mut key)?;
    use_moved(<[u8; LEN]>::try_from(&key[..])?);
    let mut header = [PREFIX, &key].concat();
    let copy = header.clone();
    header.push(b'\n'); // moves the header to a larger place
    use_key(&copy);
    drop((key, copy));
    held()?;
    use_key(&header);
    Ok(())
}

fn in_a_zeroizing_vec(input: &mut File, held: &dyn Fn() -> Result<()>) -> Result<()> {
    let mut key = Zeroizing::new(vec![0; LEN]);
    input.read_exact(&mut key)?;
    use_moved(Zeroizing::new(<[u8; LEN]>::try_from(&key[..])?));
    let mut header = Zeroizing::new([PREFIX, &key].concat());
    let copy = header.clone();
    header.push(b'\n');
    use_key(&copy);
    drop((key, copy));
    held()?;
    use_key(&header);
    Ok(())
}

/// Nothing is cloned, moved or made longer. The bytes may still be swapped out, dumped, and inherited by a child.
fn in_a_zeroizing_box(input: &mut File, held: &dyn Fn() -> Result<()>) -> Result<()> {
    let mut key = Box::new(Zeroizing::new([0; LEN]));
    input.read_exact(&mut **key)?;
    held()?;
    use_key(&**key);
    Ok(())
}

fn in_a_buffer(input: &mut File, held: &dyn Fn() -> Result<()>) -> Result<()> {
    let key = Buffer::from_reader(input, LEN)?;
    key.byte_array(|array: &[u8; LEN]| use_key(array))?;
    let header = Buffer::new(PREFIX.len() + LEN)?;
    header.copy_from(PREFIX)?;
    key.with_data(|bytes| header.copy_from_at(PREFIX.len(), bytes)).flat()?;
    let copy = header.try_clone()?;
    let longer = Buffer::new(header.len() + 1)?;
    header.with_data(|bytes| longer.copy_from(bytes)).flat()?;
    longer.copy_from_at(header.len(), b"\n")?;
    copy.with_data(use_key)?;
    drop((key, header, copy));
    held()?;
    Ok(longer.with_data(use_key)?)
}

fn sealed(input: &mut File) -> Result<Enclave> {
    let key = Buffer::from_reader(input, LEN)?.seal()?;
    key.with_data(use_key)?;
    Ok(key)
}

fn in_an_enclave(input: &mut File, held: &dyn Fn() -> Result<()>) -> Result<()> {
    let key = sealed(input)?;
    held()?;
    Ok(key.with_data(use_key)?)
}

fn in_an_open_enclave(input: &mut File, held: &dyn Fn() -> Result<()>) -> Result<()> {
    let key = sealed(input)?.open()?;
    key.with_data(use_key)?;
    held()
}

/// The child: holds the key, and stops twice to be searched.
fn child(row: &Row) -> Result<()> {
    // Not `std::io::stdin()`, because its buffer is on the heap.
    let input = io::stdin().as_fd().try_clone_to_owned()?;
    let stop = || {
        println!("stopped");
        Ok(File::from(input.try_clone()?).read_exact(&mut [0])?)
    };
    (row.hold)(&mut File::from(input.try_clone()?), &stop)?;
    stop()
}

/// How many copies the memory of a process has, by where they are.
#[derive(PartialEq, Eq)]
struct Copies {
    heap: usize,
    stack: usize,
    locked: usize,
}

impl Copies {
    fn all(&self) -> usize {
        self.heap + self.stack + self.locked
    }

    fn count(process: &Process, wanted: &Wanted) -> Self {
        let mappings = process.mappings();
        let mut copies = Self { heap: 0, stack: 0, locked: 0 };
        for hit in process.search(wanted) {
            let place = mappings.iter().find(|mapping| mapping.range.contains(&hit.address));
            if place.is_some_and(|place| place.has("lo")) {
                copies.locked += 1;
            } else if hit.mapping.ends_with("[stack]") {
                copies.stack += 1;
            } else {
                copies.heap += 1;
            }
        }
        copies
    }
}

/// Runs the child of this row. Returns its copies while it holds the key, and after that.
fn search(number: usize) -> Result<(Copies, Copies)> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg(number.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (mut to, from) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
    let mut from = BufReader::new(from);
    let mut key = [0; LEN];
    getrandom::fill(&mut key)?;
    let mut wanted = Wanted::default();
    wanted.add("the key", &key);
    to.write_all(&key)?;

    let process = Process::open(child.id());
    let mut look = || -> Result<Copies> {
        if from.read_line(&mut String::new())? == 0 {
            return Err("the child has ended".into());
        }
        let copies = Copies::count(&process, &wanted);
        to.write_all(b"\n")?;
        Ok(copies)
    };
    let found = look().and_then(|held| Ok((held, look()?)));
    drop(to);
    let status = child.wait()?;
    if status.success() { found } else { Err(format!("the child failed: {status}").into()) }
}

/// Prints the table and returns the rows that are not what they claim.
fn table() -> Result<Vec<&'static Row>> {
    if !Path::new("/proc/self/smaps").exists() {
        return Err("this needs Linux, with /proc".into());
    }
    println!("| a key of {LEN} bytes, held in            | heap | stack | locked pages | after use |");
    println!("|---------------------------------------|-----:|------:|-------------:|----------:|");
    let mut wrong = Vec::new();
    for (number, row) in ROWS.iter().enumerate() {
        let (held, after) = search(number)?;
        let (name, Copies { heap, stack, locked }) = (row.name, &held);
        println!("| {name:<37} | {heap:>4} | {stack:>5} | {locked:>12} | {:>9} |", after.all());
        if !(row.holds_what_it_claims)(&held, &after) {
            wrong.push(row);
        }
    }
    Ok(wrong)
}

fn main() -> ExitCode {
    let done = match std::env::args().nth(1).and_then(|number| ROWS.get(number.parse::<usize>().ok()?)) {
        Some(row) => child(row).map(|()| Vec::new()),
        None => table(),
    };
    match done {
        Ok(wrong) if wrong.is_empty() => ExitCode::SUCCESS,
        Ok(wrong) => {
            wrong.iter().for_each(|row| eprintln!("{}: expected {}", row.name, row.claim));
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("cannot search the memory of a child: {error}");
            ExitCode::from(4)
        }
    }
}
