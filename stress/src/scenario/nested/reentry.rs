//! A thread that calls the library from inside an access to its own buffer. No other thread is involved, so every
//! answer is known in advance.

use crate::ops::Content;
use crate::scenario::Worker;
use crate::{Guarantee, Violation};
use memguard::sync::Site;
use memguard::{Buffer, Disposal, Error, Session};

const LEN: usize = 40;

/// A call from inside an access to `buffer`.
struct Case {
    name: &'static str,
    call: fn(&Session, &Buffer) -> memguard::Result<()>,
    /// The site that refuses the call inside a read, if one does.
    refused_in_read: Option<Site>,
    /// The site that refuses the call inside a write, if one does.
    refused_in_write: Option<Site>,
}

impl Case {
    /// A call that only needs to read the buffer.
    const fn reads(name: &'static str, site: Site, call: fn(&Session, &Buffer) -> memguard::Result<()>) -> Self {
        Self { name, call, refused_in_read: None, refused_in_write: Some(site) }
    }

    /// A call that needs exclusive access to the buffer.
    const fn writes(name: &'static str, site: Site, call: fn(&Session, &Buffer) -> memguard::Result<()>) -> Self {
        Self { name, call, refused_in_read: Some(site), refused_in_write: Some(site) }
    }

    /// A call that does not enter the buffer.
    const fn apart(name: &'static str, call: fn(&Session, &Buffer) -> memguard::Result<()>) -> Self {
        Self { name, call, refused_in_read: None, refused_in_write: None }
    }
}

const CASES: &[Case] = &[
    Case::reads("read", Site::BufferRead, |_, buffer| buffer.read().map(drop)),
    Case::reads("try_read", Site::BufferTryRead, |_, buffer| buffer.try_read().map(drop)),
    Case::reads("with_data", Site::BufferRead, |_, buffer| buffer.with_data(|_| ())),
    Case::reads("with_data twice", Site::BufferRead, |_, buffer| buffer.with_data(|_| buffer.with_data(|_| ()))?),
    Case::reads("equals", Site::BufferRead, |_, buffer| buffer.equals(&[1]).map(drop)),
    Case::reads("int8_slice", Site::BufferRead, |_, buffer| buffer.int8_slice(|_| ())),
    Case::reads("uint32_slice", Site::BufferRead, |_, buffer| buffer.uint32_slice(|_| ())),
    Case::reads("freeze", Site::BufferProtect, |_, buffer| buffer.freeze()),
    Case::reads("melt", Site::BufferProtect, |_, buffer| buffer.melt()),
    Case::reads("try_clone", Site::BufferRead, |_, buffer| buffer.try_clone().map(drop)),
    Case::writes("write", Site::BufferWrite, |_, buffer| buffer.write().map(drop)),
    Case::writes("try_write", Site::BufferTryWrite, |_, buffer| buffer.try_write().map(drop)),
    Case::writes("with_data_mut", Site::BufferWrite, |_, buffer| buffer.with_data_mut(|_| ())),
    Case::writes("copy_from", Site::BufferWrite, |_, buffer| buffer.copy_from(&[1])),
    Case::writes("move_from", Site::BufferWrite, |_, buffer| buffer.move_from(&mut [1])),
    Case::writes("wipe", Site::BufferWrite, |_, buffer| buffer.wipe()),
    Case::writes("scramble", Site::BufferWrite, |_, buffer| buffer.scramble()),
    Case::apart("len and the like", |session, buffer| {
        let right = buffer.len() == LEN && !buffer.is_empty() && buffer.is_alive() && session.exists(buffer);
        if right && buffer.is_mutable() { Ok(()) } else { Err(Error::Destroyed) }
    }),
    Case::apart("Session::buffer", |session, _| session.buffer(LEN).map(drop)),
    Case::apart("Session::buffer_random", |session, _| session.buffer_random(LEN).map(drop)),
    Case::apart("Session::enclave and open", |session, _| session.enclave(&mut [1; LEN])?.open().map(drop)),
    Case::apart("Session::rekey", |session, _| session.rekey().map(drop)),
    Case::apart("Session::health", |session, _| {
        let _looked = session.health();
        Ok(())
    }),
    Case::apart("Session::audit", |session, _| {
        let _looked = session.audit();
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
    let case = &CASES[worker.choices.below(CASES.len())];
    let inside = worker.choices.pick(&[Inside::Read, Inside::Write, Inside::Typed]);
    let (session, content) = (worker.session(), worker.next_content());
    let buffer = own_buffer(session, content)?;
    let call = || (case.call)(session, &buffer);
    let entered = worker.op(case.name, || match inside {
        Inside::Read => buffer.with_data(|bytes| (call(), content.check(bytes))),
        Inside::Write => buffer.with_data_mut(|bytes| (call(), content.check(bytes))),
        Inside::Typed => buffer.uint8_slice(|bytes| (call(), content.check(bytes))),
    });
    let (answer, bytes) = entered.map_err(|error| Violation::unexpected("entering the thread's own buffer", &error))?;
    let place = format!("{} inside a {inside:?} of the same buffer", case.name);
    bytes.map_err(|how| Violation::new(Guarantee::Exact, format!("{place} changed its bytes: {how}")))?;
    let refused = match inside {
        Inside::Read => case.refused_in_read,
        Inside::Write => case.refused_in_write,
        Inside::Typed => None,
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
    let (answers, bytes) =
        entered.map_err(|error| Violation::unexpected("entering the thread's own buffer", &error))?;
    bytes.map_err(|how| Violation::new(Guarantee::Exact, format!("bytes changed inside an access: {how}")))?;
    match answers {
        (Ok(disposal @ Disposal::HandedOver), Err(Error::Destroyed), false) => worker.tally().disposal(disposal),
        answers => {
            let message = format!("destroying twice inside an access, and is_alive, gave {answers:?}");
            return Err(Violation::new(Guarantee::Wiped, message));
        }
    }
    match buffer.with_data(|_| ()) {
        Err(Error::Destroyed) => Ok(()),
        answer => Err(Violation::new(Guarantee::Wiped, format!("a destroyed buffer answers a read with {answer:?}"))),
    }
}

fn own_buffer(session: &Session, content: Content) -> Result<Buffer, Violation> {
    let made = session.buffer_from_bytes(&mut content.bytes(LEN)).and_then(|buffer| buffer.melt().map(|()| buffer));
    made.map_err(|error| Violation::unexpected("creating a buffer", &error))
}
