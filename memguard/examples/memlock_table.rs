//! How much locked memory how many secrets take. Each row of the table is a child process that holds them in its own
//! way: at rest, while one of them is in use, and after that. This process reads what the kernel counts as locked in
//! the child (`VmLck`).
//!
//! Run it on Linux with `cargo run --release -p memguard --example memlock_table`. The manual's page on containers has
//! what it prints for pages of 4 KiB. It needs a limit on locked memory of 8 MiB. It exits with 4 if the machine cannot
//! run it.

#![allow(clippy::disallowed_methods, reason = "an example talks to its user")]

use memguard::{Buffer, Enclave, Isolation, Session};
use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, ExitCode, Stdio};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Stops the child, so that its locked memory can be read.
type Stop<'s> = &'s dyn Fn() -> Result<()>;

/// How many of them the child holds, one after the other.
const COUNTS: [usize; 3] = [1, 100, 1000];

/// The length of a secret in bytes.
const LEN: usize = 32;

/// The length of a chunk of a stream in bytes.
const CHUNK: usize = 16 << 10;

/// What is held, and how.
struct Row {
    name: &'static str,
    /// Holds so many, and stops three times: before one of them is used, meanwhile, and after that.
    hold: fn(usize, Stop) -> Result<()>,
}

const ROWS: [Row; 8] = [
    Row { name: "`Session`, empty; one seals and opens", hold: sessions },
    Row {
        name: "`Buffer`, a page each; `with_data`",
        hold: |count, stop| buffers(Isolation::Page, shown, count, stop),
    },
    Row {
        name: "`Buffer`, a page each; `byte_array`",
        hold: |count, stop| buffers(Isolation::Page, copied, count, stop),
    },
    Row { name: "`Buffer`, packed; `with_data`", hold: |count, stop| buffers(Isolation::Packed, shown, count, stop) },
    Row { name: "`Buffer`, packed; `byte_array`", hold: |count, stop| buffers(Isolation::Packed, copied, count, stop) },
    Row { name: "`Enclave`; `with_data`", hold: |count, stop| enclaves(looked_into, count, stop) },
    Row { name: "`Enclave`; `open`", hold: |count, stop| enclaves(opened, count, stop) },
    Row { name: "chunk of 16 KiB in a `Stream`; read in part", hold: chunks },
];

/// Its rekey thread would lock nothing.
fn session(isolation: Isolation) -> memguard::Result<Session> {
    Session::builder().rekey_interval(None).isolation(isolation).stream_chunk(CHUNK).build()
}

fn sessions(count: usize, stop: Stop) -> Result<()> {
    let sessions = (0..count).map(|_| session(Isolation::Page)).collect::<memguard::Result<Vec<_>>>()?;
    stop()?;
    looked_into(&sessions[0].enclave(&mut [1; LEN])?, stop)?;
    stop()
}

fn buffers(isolation: Isolation, use_one: fn(&Buffer, Stop) -> Result<()>, count: usize, stop: Stop) -> Result<()> {
    let session = session(isolation)?;
    let buffers = (0..count).map(|_| session.buffer_random(LEN)).collect::<memguard::Result<Vec<_>>>()?;
    stop()?;
    use_one(&buffers[0], stop)?;
    stop()
}

fn shown(buffer: &Buffer, stop: Stop) -> Result<()> {
    buffer.with_data(|_| stop())?
}

fn copied(buffer: &Buffer, stop: Stop) -> Result<()> {
    buffer.byte_array(|_: &[u8; LEN]| stop())?
}

fn enclaves(use_one: fn(&Enclave, Stop) -> Result<()>, count: usize, stop: Stop) -> Result<()> {
    let session = session(Isolation::Page)?;
    let enclaves = (0..count).map(|_| session.enclave(&mut [1; LEN])).collect::<memguard::Result<Vec<_>>>()?;
    stop()?;
    use_one(&enclaves[0], stop)?;
    stop()
}

fn looked_into(enclave: &Enclave, stop: Stop) -> Result<()> {
    enclave.with_data(|_| stop())?
}

fn opened(enclave: &Enclave, stop: Stop) -> Result<()> {
    let _opened = enclave.open()?;
    stop()
}

fn chunks(count: usize, stop: Stop) -> Result<()> {
    let session = session(Isolation::Page)?;
    let stream = session.stream()?;
    for _ in 0..count {
        stream.move_from(&mut [1; CHUNK])?;
    }
    let mut half = [0; CHUNK / 2];
    stop()?;
    stream.read_into(&mut half)?;
    stop()?;
    stream.read_into(&mut half)?;
    stop()
}

/// The child: holds each number of them in turn.
fn child(row: &Row) -> Result<()> {
    let stop = || {
        println!("stopped");
        Ok(io::stdin().read_exact(&mut [0])?)
    };
    COUNTS.iter().try_for_each(|&count| (row.hold)(count, &stop))
}

/// How many KiB are locked in a process.
fn locked(process: u32) -> Result<i64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmLck:")).ok_or("the kernel tells no VmLck")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

/// KiB locked in a process that holds so many of them.
struct Locked {
    at_rest: i64,
    in_use: i64,
    after: i64,
}

/// Runs the child of this row.
fn measure(number: usize) -> Result<Vec<Locked>> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg(number.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (mut to, from) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
    let mut from = BufReader::new(from);
    let process = child.id();
    let mut look = || -> Result<i64> {
        if from.read_line(&mut String::new())? == 0 {
            return Err("the child has ended".into());
        }
        let locked = locked(process)?;
        to.write_all(b"\n")?;
        Ok(locked)
    };
    let found = COUNTS.iter().map(|_| Ok(Locked { at_rest: look()?, in_use: look()?, after: look()? })).collect();
    drop(to);
    let status = child.wait()?;
    if status.success() { found } else { Err(format!("the child failed: {status}").into()) }
}

/// With a comma between thousands.
fn grouped(number: i64) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}

fn table() -> Result<()> {
    let title = format!("KiB locked, with pages of {} KiB", memguard::preflight().page_size >> 10);
    let [one, some, many] = COUNTS.map(|count| grouped(count as i64));
    println!("| {title:<43} | {one:>6} | {some:>6} | {many:>6} | in use | after |");
    println!("|{1:->45}|{0:->8}|{0:->8}|{0:->8}|{0:->8}|{0:->7}|", ":", "");
    for (number, Row { name, .. }) in ROWS.iter().enumerate() {
        let found = measure(number)?;
        let [one, some, many] = [0, 1, 2].map(|at: usize| grouped(found[at].at_rest));
        let Locked { at_rest, in_use, after } = found[2];
        let (in_use, after) = (in_use - at_rest, after - at_rest);
        println!("| {name:<43} | {one:>6} | {some:>6} | {many:>6} | {in_use:>+6} | {after:>+5} |");
    }
    Ok(())
}

fn main() -> ExitCode {
    let done = match std::env::args().nth(1).and_then(|number| ROWS.get(number.parse::<usize>().ok()?)) {
        Some(row) => child(row),
        None => table(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot measure locked memory: {error}");
            ExitCode::from(4)
        }
    }
}
