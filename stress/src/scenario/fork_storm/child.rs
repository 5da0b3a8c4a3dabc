//! What a child inherits and does.

use crate::ops::{Content, Tally};
use crate::scenario::Violations;
use crate::scenario::at_rest::close_at_rest;
use crate::scenario::own_session::builder;
use crate::{Guarantee, Violation};
use memguard::{Buffer, Enclave, Error, Session, Stream};
use std::io::{PipeWriter, Write as _};
use std::time::Duration;

const LEN: usize = 64;

/// How often a child uses each session.
const ROUNDS: u8 = 4;

/// What the parent has when it forks.
pub(super) struct Inherited {
    session: Session,
    buffer: Buffer,
    enclave: Enclave,
    stream: Stream,
    content: Content,
}

/// A step of a child, with what it shows. It gets the session that the other workers of the parent use.
type Step = (&'static str, fn(&Inherited, &Session) -> bool);

/// What a child does, in order. The exit code of a child is the number of the step that failed, from 1.
pub(super) const STEPS: [Step; 7] = [
    ("inherited handles answer Forked", |inherited, _| inherited.is_refused()),
    ("an inherited buffer is not alive", |inherited, _| !inherited.buffer.is_alive() && inherited.buffer.is_empty()),
    ("the contended session works", |_, contended| works(contended) == Ok(true)),
    ("the inherited session works", |inherited, _| works(&inherited.session) == Ok(true)),
    ("a new session works", |_, _| new_session().and_then(|new| works(&new)) == Ok(true)),
    ("the default session works", |_, _| memguard::session().and_then(works) == Ok(true)),
    ("purges end", |inherited, contended| {
        let reports = [inherited.session.purge(), contended.purge(), memguard::purge()];
        reports.iter().all(|report| (report.handed_over, report.pending, report.failed) == (0, 0, 0))
    }),
];

impl Inherited {
    pub(super) fn new(seed: u64) -> memguard::Result<Self> {
        let content = Content::new(seed, 0);
        let session = new_session()?;
        let buffer = session.buffer_from_bytes(&mut content.bytes(LEN))?;
        let (enclave, stream) = (session.enclave(&mut content.bytes(LEN))?, session.stream()?);
        stream.move_from(&mut content.bytes(LEN))?;
        Ok(Self { session, buffer, enclave, stream, content })
    }

    /// Runs `body` inside the buffer, to read. Checks in the parent that the bytes are as they were.
    pub(super) fn inside<R>(&self, body: impl FnOnce(&[u8]) -> R) -> Result<R, Violation> {
        let seen = self.buffer.with_data(|bytes| (body(bytes), self.content.check(bytes)));
        let (result, bytes) = Violation::unless_ok("reading what a child inherited", seen)?;
        let changed = |how| Violation::new(Guarantee::Exact, format!("a fork changed a buffer of the parent: {how}"));
        bytes.map(|()| result).map_err(changed)
    }

    /// Checks in the parent that the enclave opens as before.
    pub(super) fn opens(&self) -> Result<(), Violation> {
        let opened = self.enclave.open().and_then(|opened| opened.equals(&self.content.bytes(LEN)));
        let is_same = Violation::unless_ok("opening what a child inherited", opened)?;
        Violation::unless(is_same, Guarantee::Exact, || "a fork changed an enclave of the parent")
    }

    /// Ends the session in the parent.
    pub(super) fn close(self, violations: &Violations) {
        let Self { session, buffer, enclave, stream, .. } = self;
        drop((buffer, enclave, stream));
        // Only the ordinary outcomes of contention are counted, and the session's own thread causes those.
        let _seen = close_at_rest(session, &Tally::default(), violations);
    }

    fn is_refused(&self) -> bool {
        let answers = [
            self.buffer.read().map(drop),
            self.buffer.write().map(drop),
            self.buffer.freeze(),
            self.buffer.destroy().map(drop),
            self.buffer.seal().map(drop),
            self.enclave.open().map(drop),
            self.stream.next().map(drop),
            self.stream.move_from(&mut [1]),
        ];
        answers.into_iter().all(|answer| answer == Err(Error::Forked))
    }
}

fn new_session() -> memguard::Result<Session> {
    builder(4).rekey_interval(Some(Duration::from_millis(1))).build()
}

/// Uses each kind of thing in the session.
fn works(session: &Session) -> memguard::Result<bool> {
    let mut is_right = true;
    for round in 0..ROUNDS {
        let bytes = [round; LEN];
        let buffer = session.buffer(LEN)?;
        buffer.write()?.copy_from_slice(&bytes);
        let opened = buffer.seal()?.open()?;
        let stream = session.stream()?;
        stream.move_from(&mut bytes.to_vec())?;
        let read = stream.next()?.map(|chunk| chunk.equals(&bytes)).transpose()?;
        is_right &= !buffer.is_alive() && opened.equals(&bytes)? && read == Some(true) && session.exists(&opened);
    }
    Ok(is_right)
}

/// The whole life of a child that ends by itself. `bytes` are those of a buffer that its parent was inside.
pub(super) fn live(inherited: &Inherited, contended: &Session, bytes: Option<&[u8]>) -> i32 {
    if bytes.is_some_and(|bytes| bytes.iter().any(|&byte| byte != 0)) {
        return HAS_A_SECRET;
    }
    let failed = (1..).zip(STEPS).find(|(_, (_, step))| !step(inherited, contended));
    failed.map_or(0, |(number, _)| number)
}

/// The exit code of a child that can read a secret of its parent.
pub(super) const HAS_A_SECRET: i32 = 50;

/// The exit code of a child that could not enter a buffer.
const NOT_INSIDE: i32 = 51;

/// A child that enters a buffer of the contended session, says so, and stays for ever.
pub(super) fn hold_for_ever(contended: &Session, mut says: PipeWriter) -> i32 {
    let held = contended.buffer(LEN).and_then(|buffer| {
        buffer.with_data_mut(|bytes| {
            bytes.fill(1);
            if says.write_all(&[1]).is_err() {
                return;
            }
            loop {
                // SAFETY: it has no conditions.
                unsafe { libc::pause() };
            }
        })
    });
    if held.is_ok() { 0 } else { NOT_INSIDE }
}
