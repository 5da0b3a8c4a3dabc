//! CLEAN: no text of the library shows a piece of a secret. Random programs use the public API, with many steps that
//! fail and with secrets that are easy to recognise. Every error with its sources, every `Debug`, every panic message
//! and every log line is searched for four bytes of a secret in a row.

#![allow(clippy::disallowed_types, reason = "a user's logger is not the library")]

use crate::support::{alone, lockdep};
use memguard::{Buffer, Enclave, Fault, Session, Sim, Stream, with_buffers};
use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::{Debug, Write as _};
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::time::Duration;

/// Letters that are next to one another in no word of the library.
const LETTERS: &[u8] = b"QXZJYK";

/// How many bytes of a secret in a row are a leak.
const RUN: usize = 4;

/// Texts that the programs must reach.
const SEEN: [&str; 20] = [
    "OutOfRange",
    "NotUtf8",
    "Destroyed",
    "Frozen",
    "Reentrant",
    "WouldDeadlock",
    "WouldBlock",
    "Timeout",
    "Corrupted",
    "Tampered",
    "SealedTooShort",
    "KeyGone",
    "SessionEnded",
    "Limit",
    "ReadError",
    "UnexpectedEof",
    "ConnectionReset",
    "gave up after",
    "the last thread to leave wipes it",
    "panicked at",
];

/// Log lines and panic messages.
static OVERHEARD: Mutex<String> = Mutex::new(String::new());

fn overhear(text: &str) {
    let mut overheard = OVERHEARD.lock().unwrap();
    overheard.push_str(text);
    overheard.push('\n');
}

struct Ear;

impl log::Log for Ear {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        overhear(&format!("{} {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

/// The first piece of the secret in the text, as letters, in hexadecimal or as a list of numbers.
fn leak(text: &str, secret: &[u8]) -> Option<String> {
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let mut runs: Vec<&[u8]> = secret.windows(RUN).collect();
    runs.sort_unstable();
    runs.dedup();
    runs.into_iter().find_map(|run| {
        let hex = |separator: &str| run.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(separator);
        let decimal = run.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
        let letters = String::from_utf8_lossy(run).to_lowercase();
        [letters, hex(""), hex(",0x"), hex(","), hex(":"), decimal].into_iter().find(|piece| dense.contains(piece))
    })
}

#[derive(Clone, Debug)]
enum Step {
    Bytes,
    FromReader(Reading, usize),
    CopyAt(usize),
    MoveAt(usize),
    Freeze,
    Melt,
    Wipe,
    Write,
    Nested,
    Together,
    OnAnotherThread(Elsewhere),
    PanicInside,
    Views,
    ReadAs,
    TryClone,
    Seal,
    Open,
    Tamper(usize),
    Cut(usize),
    Abroad,
    StreamWrite,
    StreamRead(usize),
    StreamNext,
    StreamDrain,
    Destroy,
    DestroyInside,
    Overrun,
    Purge,
    Rekey,
    EndTheOtherSession,
    FailCall(u64),
    PanicInCall(&'static str, u64),
    SafePanic,
}

/// How another thread uses what is in use here.
#[derive(Clone, Copy, Debug)]
enum Elsewhere {
    Waits,
    Tries,
    Nests,
}

/// What a reader does after it has given the secret.
#[derive(Clone, Copy, Debug)]
enum Reading {
    Ends,
    Fails,
    Lies,
    Panics,
}

fn step() -> impl Strategy<Value = Step> {
    use Step::*;
    let reading = prop::sample::select(&[Reading::Ends, Reading::Fails, Reading::Lies, Reading::Panics]);
    let elsewhere = prop::sample::select(&[Elsewhere::Waits, Elsewhere::Tries, Elsewhere::Nests]);
    let call = prop::sample::select(&["mmap", "mlock", "mprotect", "munmap", "getrandom"]);
    let plain = prop::sample::select(
        &[
            Bytes,
            Freeze,
            Melt,
            Wipe,
            Write,
            Nested,
            Together,
            PanicInside,
            Views,
            ReadAs,
            TryClone,
            Seal,
            Open,
            Abroad,
            StreamWrite,
            StreamNext,
            StreamDrain,
            Destroy,
            DestroyInside,
            Overrun,
            Purge,
            Rekey,
            EndTheOtherSession,
            SafePanic,
        ][..],
    );
    prop_oneof![
        12 => plain,
        4 => Just(Bytes),
        2 => (reading, 0..3usize).prop_map(|(reading, form)| FromReader(reading, form)),
        1 => (0..100usize).prop_map(CopyAt),
        1 => (0..100usize).prop_map(MoveAt),
        2 => elsewhere.prop_map(OnAnotherThread),
        2 => any::<usize>().prop_map(Tamper),
        1 => any::<usize>().prop_map(Cut),
        1 => (1..100usize).prop_map(StreamRead),
        2 => (1..6u64).prop_map(FailCall),
        1 => (call, 1..3u64).prop_map(|(call, n)| PanicInCall(call, n)),
    ]
}

/// Gives the secret, and then does what its kind says.
struct Telling<'s>(&'s [u8], Reading);

impl Read for Telling<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match (self.0.read(into)?, self.1) {
            (0, Reading::Fails) => Err(io::ErrorKind::ConnectionReset.into()),
            (0, Reading::Lies) => Ok(into.len() + 1),
            (0, Reading::Panics) => resume_unwind(Box::new("planned")),
            (read, _) => Ok(read),
        }
    }
}

/// What a program works on, and the texts that it got.
struct World {
    sim: Sim,
    session: Session,
    other: Option<Session>,
    buffers: Vec<Buffer>,
    enclaves: Vec<Enclave>,
    stream: Stream,
    told: String,
}

impl World {
    fn new() -> Self {
        let sim = Sim::new(4096);
        let build = || Session::builder().rekey_interval(None).acquire_timeout(Duration::ZERO).stream_chunk(16);
        let session = build().simulated(&sim).build().unwrap();
        let stream = session.stream().unwrap();
        let other = build().simulated(&Sim::new(4096)).build().ok();
        Self { sim, session, other, buffers: Vec::new(), enclaves: Vec::new(), stream, told: String::new() }
    }

    /// Notes an error as a program would show it: the error and all its sources, by `Display` and `Debug`. Gives the
    /// value if there is no error.
    fn tell<T, E: Error + 'static>(&mut self, result: Result<T, E>) -> Option<T> {
        let error = match result {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let mut next: Option<&(dyn Error + 'static)> = Some(&error);
        while let Some(error) = next {
            self.show(error);
            writeln!(self.told, "{error}").unwrap();
            next = error.source();
        }
        None
    }

    fn show(&mut self, value: &(impl Debug + ?Sized)) {
        writeln!(self.told, "{value:?} {value:#?}").unwrap();
    }

    /// Does the step on the newest buffer, enclave or stream.
    fn take(&mut self, step: &Step, secret: &[u8]) {
        // The step takes the object out of the world, so that it can note texts in the world.
        let buffer = self.buffers.pop();
        let enclave = self.enclaves.pop();
        match step {
            Step::Bytes => {
                let made = self.session.buffer_from_bytes(&mut secret.to_vec());
                let made = self.tell(made);
                self.buffers.extend(made);
            }
            Step::FromReader(reading, form) => {
                let reader = Telling(secret, *reading);
                let made = match form {
                    0 => self.session.buffer_from_reader(reader, secret.len() + 8),
                    1 => self.session.buffer_from_reader_until(reader, 0),
                    _ => self.session.buffer_from_entire_reader(reader),
                };
                let made = match made {
                    Err(mut error) => {
                        self.show(&error);
                        self.buffers.extend(error.part.take());
                        self.tell(Err(error))
                    }
                    made => self.tell(made),
                };
                self.buffers.extend(made);
            }
            Step::Seal => {
                let sealed = buffer.as_ref().map(Buffer::seal);
                let sealed = sealed.and_then(|sealed| self.tell(sealed));
                self.enclaves.extend(sealed);
            }
            Step::Open => {
                let opened = enclave.as_ref().map(Enclave::open);
                let opened = opened.and_then(|opened| self.tell(opened));
                self.buffers.extend(opened);
            }
            Step::Tamper(_) | Step::Cut(_) | Step::Abroad => {
                if let Some(enclave) = &enclave {
                    self.on_enclave(step, enclave);
                }
            }
            Step::StreamWrite | Step::StreamRead(_) | Step::StreamNext | Step::StreamDrain => {
                self.on_stream(step, secret)
            }
            Step::Purge => {
                let report = self.session.purge();
                self.show(&report);
            }
            Step::Rekey => {
                let rekeyed = self.session.rekey();
                self.tell(rekeyed);
            }
            Step::EndTheOtherSession => drop(self.other.take()),
            Step::FailCall(n) => self.sim.fail(Fault::NthOfAny { n: *n, errno: libc::ENOMEM }),
            Step::PanicInCall(call, n) => self.sim.fail(Fault::Panic { call, n: *n }),
            Step::SafePanic => memguard::safe_panic("planned"),
            _ => {
                if let Some(buffer) = &buffer {
                    self.on_buffer(step, buffer, &mut secret.to_vec());
                }
            }
        }
        self.buffers.extend(buffer);
        self.enclaves.extend(enclave);
    }

    fn on_buffer(&mut self, step: &Step, buffer: &Buffer, source: &mut [u8]) {
        match step {
            Step::CopyAt(offset) => drop(self.tell(buffer.copy_from_at(*offset, source))),
            Step::MoveAt(offset) => drop(self.tell(buffer.move_from_at(*offset, source))),
            Step::Freeze => drop(self.tell(buffer.freeze())),
            Step::Melt => drop(self.tell(buffer.melt())),
            Step::Wipe => drop(self.tell(buffer.wipe())),
            Step::Write => {
                if let Some(mut inside) = self.tell(buffer.write()) {
                    let len = inside.len().min(source.len());
                    inside[..len].copy_from_slice(&source[..len]);
                    self.show(&inside);
                }
            }
            Step::Nested => {
                if let Some(inside) = self.tell(buffer.read()) {
                    self.show(&(&inside, buffer));
                    self.tell(buffer.write().map(drop));
                    self.tell(buffer.move_from(source));
                    self.tell(buffer.reader().read(&mut [0; 3]));
                }
            }
            Step::Together => drop(self.tell(with_buffers(&[buffer], &[buffer], |_, _| ()))),
            Step::OnAnotherThread(how) => {
                if let Some(inside) = self.tell(buffer.read()) {
                    let write = || match how {
                        Elsewhere::Waits => buffer.write().map(drop),
                        Elsewhere::Tries => buffer.try_write().map(drop),
                        Elsewhere::Nests => Buffer::new(1)?.with_data(|_| buffer.write().map(drop))?,
                    };
                    let refused = std::thread::scope(|scope| scope.spawn(write).join().unwrap());
                    self.tell(refused);
                    self.show(&lockdep::waits().to_string());
                    drop(inside);
                }
            }
            Step::PanicInside => drop(self.tell(buffer.with_data(|_| panic!("planned")))),
            Step::Views => {
                self.tell(buffer.string_slice(str::len));
                self.tell(buffer.byte_array(|bytes: &[u8; 48]| bytes.len()));
                self.tell(buffer.uint16_slice(<[u16]>::len));
                self.tell(buffer.equals(source));
            }
            Step::ReadAs => {
                let mut reader = buffer.reader();
                self.tell(reader.fill_buf().map(<[u8]>::len));
                self.show(&reader);
                self.tell(reader.seek(SeekFrom::Current(-1)));
                self.tell(reader.read_exact(&mut [0; 100]));
            }
            Step::TryClone => {
                let clone = self.tell(buffer.try_clone());
                self.buffers.extend(clone);
            }
            Step::Destroy => drop(self.tell(buffer.destroy())),
            Step::DestroyInside => {
                let destroyed = buffer.with_data(|_| buffer.destroy());
                self.tell(destroyed).and_then(|destroyed| self.tell(destroyed));
            }
            Step::Overrun => {
                // Most buffers are made frozen.
                self.tell(buffer.melt());
                if let Some(mut inside) = self.tell(buffer.write()) {
                    let start = inside.as_mut_ptr();
                    if start.addr() % 4096 != 0 {
                        // SAFETY: this is not the first byte of its page, so the byte before it is canary of the same
                        // page.
                        unsafe { start.sub(1).write_volatile(!start.sub(1).read_volatile()) };
                    }
                    drop(inside);
                    self.tell(buffer.destroy());
                }
            }
            other => unreachable!("not on a buffer: {other:?}"),
        }
        self.show(buffer);
    }

    fn on_enclave(&mut self, step: &Step, enclave: &Enclave) {
        let mut sealed = enclave.sealed().to_vec();
        match step {
            Step::Tamper(bit) => {
                let bit = bit % (sealed.len() * 8);
                sealed[bit / 8] ^= 1 << (bit % 8);
            }
            Step::Cut(len) => sealed.truncate(len % sealed.len()),
            _ => {}
        }
        let home = if matches!(step, Step::Abroad) { self.other.as_ref() } else { Some(&self.session) };
        let opened = home.map(|home| home.enclave_from_sealed(&sealed).and_then(|enclave| enclave.open()));
        let opened = opened.and_then(|opened| self.tell(opened));
        self.show(&(enclave, &opened));
    }

    fn on_stream(&mut self, step: &Step, secret: &[u8]) {
        match step {
            Step::StreamWrite => drop(self.tell((&self.stream).write_all(secret))),
            Step::StreamRead(len) => drop(self.tell((&self.stream).read_exact(&mut vec![0; *len]))),
            Step::StreamNext => drop(self.tell(self.stream.next())),
            _ => drop(self.tell(self.stream.drain())),
        }
        writeln!(self.told, "{:?}", self.stream).unwrap();
    }

    /// All texts, including those at the end of the world.
    fn end(self) -> String {
        let Self { sim, session, other, buffers, enclaves, stream, mut told } = self;
        writeln!(told, "{session:?} {other:?} {buffers:?} {enclaves:?} {stream:#?} {:?}", sim.report()).unwrap();
        drop(session);
        writeln!(told, "{buffers:?} {enclaves:?} {stream:?}").unwrap();
        for enclave in &enclaves {
            writeln!(told, "{:?}", enclave.open()).unwrap();
        }
        told + &std::mem::take(&mut *OVERHEARD.lock().unwrap())
    }
}

fn run(steps: &[Step], secret: &[u8]) -> String {
    let mut world = World::new();
    for step in steps {
        let plants = matches!(step, Step::FailCall(_) | Step::PanicInCall(..));
        let panics = matches!(step, Step::PanicInside | Step::SafePanic | Step::FromReader(Reading::Panics, _));
        // There is one fault at a time, and none if the step itself panics. A second panic while the first unwinds
        // would end the process.
        if plants || panics {
            world.sim.heal();
        }
        // The panic hook records the messages of planned panics.
        let _ = catch_unwind(AssertUnwindSafe(|| world.take(step, secret)));
        if !plants {
            world.sim.heal();
        }
    }
    world.sim.heal();
    world.end()
}

/// Each way of showing bytes is seen.
#[test]
fn leaks_are_recognised() {
    let secret = b"QXZJYKKQ";
    let shown = [
        "a Zjyk b".to_owned(),
        format!("{:?}", &secret[2..6]),
        format!("{:#?}", &secret[2..6]),
        format!("{:x?}", &secret[2..6]),
        format!("{:#04x?}", &secret[2..6]),
        format!("{:08X}", u32::from_be_bytes(*b"ZJYK")),
        "5a:4a:59:4b".to_owned(),
    ];
    for text in shown {
        assert!(leak(&text, secret).is_some(), "{text}");
    }
    assert_eq!(leak("ZJY 90, 74, 89 5a4a59 QX KQ", secret), None);
}

#[test]
fn no_text_carries_a_piece_of_a_secret() {
    if !alone("api::no_leaks_in_text::no_text_carries_a_piece_of_a_secret") {
        return;
    }
    log::set_logger(&Ear).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let shown = std::panic::take_hook();
    std::panic::set_hook(Box::new(|panic| overhear(&panic.to_string())));

    // Planted leaks in a log line and in a panic are found.
    let secret = b"QXZJ".repeat(4);
    log::info!("planted: {:?}", &secret[..5]);
    assert!(leak(&World::new().end(), &secret).is_some());
    drop(catch_unwind(|| panic!("planted: {}", String::from_utf8_lossy(&b"QXZJ".repeat(4)))));
    assert!(leak(&World::new().end(), &secret).is_some());
    assert_eq!(leak(&World::new().end(), &secret), None, "the recorded texts are cleared");

    // The secret has letters only, or a last byte that is not text.
    let secret =
        (prop::collection::vec(prop::sample::select(LETTERS), 4..80), any::<bool>()).prop_map(|(mut letters, cut)| {
            letters.extend(cut.then_some(0xff));
            letters
        });
    let program = (prop::collection::vec(step(), 1..24), secret);
    let unseen = RefCell::new(BTreeSet::from(SEEN));
    let mut runner = TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) });
    let result = runner.run(&program, |(steps, secret)| {
        let text = run(&steps, &secret);
        let leaked = leak(&text, &secret);
        prop_assert!(leaked.is_none(), "{} of the secret is in:\n{text}", leaked.unwrap_or_default());
        unseen.borrow_mut().retain(|word| !text.contains(word));
        Ok(())
    });
    std::panic::set_hook(shown);
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, program)) => panic!("{reason}\n{program:?}"),
        Err(other) => panic!("{other}"),
    }
    assert!(unseen.borrow().is_empty(), "the programs never reached {unseen:?}, so the search of it shows nothing");
}
