//! A thread that calls the library from inside an access to its own buffer. No other thread is involved, so every
//! answer is known in advance.

use crate::ops::Content;
use crate::scenario::Worker;
use crate::{Guarantee, Violation};
use memguard::sync::Site;
use memguard::{Buffer, Disposal, Error, Session};

const LEN: usize = 40;

/// What a call does to the buffer, and the site that refuses it inside an access that conflicts.
#[derive(Clone, Copy)]
enum Needs {
    Read(Site),
    Write(Site),
    Nothing,
}

/// A call from inside an access to the buffer.
type Case = (&'static str, Needs, fn(&Session, &Buffer) -> memguard::Result<()>);

const CASES: &[Case] = &[
    ("read", Needs::Read(Site::BufferRead), |_, buffer| buffer.read().map(drop)),
    ("try_read", Needs::Read(Site::BufferTryRead), |_, buffer| buffer.try_read().map(drop)),
    ("with_data", Needs::Read(Site::BufferRead), |_, buffer| buffer.with_data(|_| ())),
    ("with_data twice", Needs::Read(Site::BufferRead), |_, buffer| buffer.with_data(|_| buffer.with_data(|_| ()))?),
    ("equals", Needs::Read(Site::BufferRead), |_, buffer| buffer.equals(&[1]).map(drop)),
    ("int8_slice", Needs::Read(Site::BufferRead), |_, buffer| buffer.int8_slice(|_| ())),
    ("uint32_slice", Needs::Read(Site::BufferRead), |_, buffer| buffer.uint32_slice(|_| ())),
    ("freeze", Needs::Read(Site::BufferProtect), |_, buffer| buffer.freeze()),
    ("melt", Needs::Read(Site::BufferProtect), |_, buffer| buffer.melt()),
    ("try_clone", Needs::Read(Site::BufferRead), |_, buffer| buffer.try_clone().map(drop)),
    ("write", Needs::Write(Site::BufferWrite), |_, buffer| buffer.write().map(drop)),
    ("try_write", Needs::Write(Site::BufferTryWrite), |_, buffer| buffer.try_write().map(drop)),
    ("with_data_mut", Needs::Write(Site::BufferWrite), |_, buffer| buffer.with_data_mut(|_| ())),
    ("copy_from", Needs::Write(Site::BufferWrite), |_, buffer| buffer.copy_from(&[1])),
    ("move_from", Needs::Write(Site::BufferWrite), |_, buffer| buffer.move_from(&mut [1])),
    ("wipe", Needs::Write(Site::BufferWrite), |_, buffer| buffer.wipe()),
    ("scramble", Needs::Write(Site::BufferWrite), |_, buffer| buffer.scramble()),
    ("len and the like", Needs::Nothing, |session, buffer| {
        let right = buffer.len() == LEN && !buffer.is_empty() && buffer.is_alive() && session.exists(buffer);
        if right && buffer.is_mutable() { Ok(()) } else { Err(Error::Destroyed) }
    }),
    ("Session::buffer", Needs::Nothing, |session, _| session.buffer(LEN).map(drop)),
    ("Session::buffer_random", Needs::Nothing, |session, _| session.buffer_random(LEN).map(drop)),
    ("Session::enclave and open", Needs::Nothing, |session, _| session.enclave(&mut [1; LEN])?.open().map(drop)),
    ("Session::rekey", Needs::Nothing, |session, _| session.rekey().map(drop)),
    ("Session::health and audit", Needs::Nothing, |session, _| {
        let _looked = (session.health(), session.audit());
        Ok(())
    }),
];

/// Where the thread is when it calls.
#[derive(Clone, Copy, Debug)]
enum Inside {
    Read,
    Write,
    /// The callback of an accessor that hands out a copy. The access has ended, so every call works.
    Typed,
}

/// Makes a call from inside an access and compares the answer with the table.
pub(super) fn reenter(worker: &mut Worker<'_>) -> Result<(), Violation> {
    let (name, needs, call) = worker.choices.pick(CASES);
    let inside = worker.choices.pick(&[Inside::Read, Inside::Write, Inside::Typed]);
    let (session, content) = (worker.session(), worker.next_content());
    let buffer = own_buffer(session, content)?;
    let call = || call(session, &buffer);
    let entered = worker.op(name, || match inside {
        Inside::Read => buffer.with_data(|bytes| (call(), content.check(bytes))),
        Inside::Write => buffer.with_data_mut(|bytes| (call(), content.check(bytes))),
        Inside::Typed => buffer.uint8_slice(|bytes| (call(), content.check(bytes))),
    });
    let (answer, bytes) = Violation::unless_ok("entering the thread's own buffer", entered)?;
    let place = format!("{name} inside a {inside:?} of the same buffer");
    bytes.map_err(|how| Violation::new(Guarantee::Exact, format!("{place} changed its bytes: {how}")))?;
    let refused = match (needs, inside) {
        (Needs::Read(site) | Needs::Write(site), Inside::Write) | (Needs::Write(site), Inside::Read) => Some(site),
        _ => None,
    };
    match (answer, refused) {
        (Ok(()), None) => Ok(()),
        (Err(error), Some(site)) if error == (Error::Reentrant { site: site.into() }) => {
            worker.tally().error(&error);
            Ok(())
        }
        (answer, _) => Err(Violation::new(Guarantee::Progress, format!("{place} gave {answer:?}"))),
    }
}

/// Destroys a buffer from inside an access to it. The bytes stay until the access ends, and no thread can enter any
/// more.
pub(super) fn destroy_inside(worker: &mut Worker<'_>) -> Result<(), Violation> {
    let (session, content) = (worker.session(), worker.next_content());
    let buffer = own_buffer(session, content)?;
    let writing = worker.choices.one_in(2);
    let inside = |bytes: &[u8]| {
        let answers = (buffer.destroy(), buffer.destroy(), buffer.is_alive());
        (answers, content.check(bytes))
    };
    let entered = worker.op("destroy inside an access", || match writing {
        true => buffer.with_data_mut(|bytes| inside(bytes)),
        false => buffer.with_data(inside),
    });
    let (answers, bytes) = Violation::unless_ok("entering the thread's own buffer", entered)?;
    bytes.map_err(|how| Violation::new(Guarantee::Exact, format!("bytes changed inside an access: {how}")))?;
    Violation::unless(answers == (Ok(Disposal::HandedOver), Err(Error::Destroyed), false), Guarantee::Wiped, || {
        format!("destroying twice inside an access, and is_alive, gave {answers:?}")
    })?;
    worker.tally().disposal(Disposal::HandedOver);
    let answer = buffer.with_data(|_| ());
    Violation::unless(answer == Err(Error::Destroyed), Guarantee::Wiped, || {
        format!("a destroyed buffer answers a read with {answer:?}")
    })
}

fn own_buffer(session: &Session, content: Content) -> Result<Buffer, Violation> {
    let made = session.buffer_from_bytes(&mut content.bytes(LEN)).and_then(|buffer| buffer.melt().map(|()| buffer));
    Violation::unless_ok("creating a buffer", made)
}
