//! What foreign code does.

use super::bomb::{Bomb, panic_with_a_bomb};
use crate::ops::Tally;
use crate::scenario::own_session::builder;
use crate::{Guarantee, Violation, planted, thread};
use memguard::{Buffer, Error, Session};

/// What foreign code does at one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misdeed {
    Panics,
    /// The payload of the panic panics as it is dropped.
    PanicsWithABomb,
    /// It returns a value that panics as it is dropped.
    ReturnsABomb,
    Purges,
    /// It enters the buffer whose bytes it got in each way, and destroys it.
    UsesTheSame,
    UsesANewSession,
    /// It lets other threads come meanwhile.
    Lingers,
}

pub(super) const MISDEEDS: [Misdeed; 7] = [
    Misdeed::Panics,
    Misdeed::PanicsWithABomb,
    Misdeed::ReturnsABomb,
    Misdeed::Purges,
    Misdeed::UsesTheSame,
    Misdeed::UsesANewSession,
    Misdeed::Lingers,
];

/// Where the foreign code runs.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) session: &'a Session,
    pub(super) tally: &'a Tally,
    /// The buffer whose bytes it got, and how.
    pub(super) got: Option<(&'a Buffer, By)>,
}

/// How foreign code gets the bytes of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// Inside an access that reads.
    Read,
    /// Inside an access that writes.
    Write,
    /// As a copy. The callback holds no access.
    Copy,
}

impl Misdeed {
    /// Does it.
    ///
    /// # Errors
    /// The broken guarantee that the foreign code saw.
    pub(super) fn commit(self, place: Place<'_>) -> Result<Option<Bomb>, Violation> {
        match self {
            Self::Panics => planted::panic(),
            Self::PanicsWithABomb => panic_with_a_bomb(),
            Self::ReturnsABomb => return Ok(Some(Bomb)),
            Self::Purges => place.tally.purge(&place.session.purge()),
            Self::UsesTheSame => place.use_the_same()?,
            Self::UsesANewSession => use_a_new_session()?,
            Self::Lingers => (0..8).for_each(|_| thread::yield_now()),
        }
        Ok(None)
    }
}

impl Place<'_> {
    /// Enters the same buffer. A read beside a read is granted, and a callback holds nothing. All else is refused at
    /// once. A destroy inside an access is left to this thread.
    fn use_the_same(self) -> Result<(), Violation> {
        let Some((buffer, by)) = self.got else { return Ok(()) };
        let answers = [("read", by != By::Write, buffer.read().map(drop)), ("write", by == By::Copy, write(buffer))];
        for (call, may_enter, answer) in answers {
            match &answer {
                Ok(()) if may_enter => {}
                Err(Error::Destroyed) if !buffer.is_alive() => {}
                Err(error @ Error::Reentrant { .. }) if !may_enter => self.tally.error(error),
                _ => {
                    let seen = format!("a {call} in foreign code that got the bytes by {by:?} gave {answer:?}");
                    return Err(Violation::new(Guarantee::Progress, seen));
                }
            }
        }
        match buffer.destroy() {
            Ok(disposal) => self.tally.disposal(disposal),
            Err(Error::Destroyed) => {}
            Err(error) => return Err(Violation::unexpected("destroy inside an access", &error)),
        }
        Violation::unless(!buffer.is_alive(), Guarantee::Wiped, || "a buffer destroyed inside an access is alive")
    }
}

fn write(buffer: &Buffer) -> memguard::Result<()> {
    buffer.write().map(drop)
}

/// Nobody else knows the session, so all must work.
pub(super) fn use_a_new_session() -> Result<(), Violation> {
    let used = || {
        let session = builder(1).rekey_interval(None).build()?;
        let is_same = session.buffer_from_bytes(&mut [7; 40])?.seal()?.open()?.equals(&[7; 40])?;
        Ok((is_same, session.close().wiped))
    };
    let seen = Violation::unless_ok("using a new session in foreign code", used())?;
    Violation::unless(seen == (true, 0), Guarantee::Foreign, || {
        format!("(same bytes, left buffers) of a new session: {seen:?}")
    })
}
