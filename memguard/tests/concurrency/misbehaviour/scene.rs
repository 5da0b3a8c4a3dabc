//! What a cell starts from, and the foreign code in it.

use super::words::{disposal, ending, use_a_new_session};
use crate::support::place::{Place, Secret};
use memguard::{Buffer, Error, Session, SessionBuilder};
use std::fmt;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// What the foreign code does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Misdeed {
    Panics,
    /// It panics, and the payload of the panic panics as it is dropped.
    PayloadPanics,
    /// It returns, and the value that it returns panics as it is dropped.
    ValuePanics,
    Purges,
    /// It makes the same call on the same object, then destroys that.
    SameObject,
    NewSession,
    NeverReturns,
    /// It waits for a mutex of the user's. The thread that holds the mutex uses the same object.
    WantsMutex,
}

/// In the order of the columns of the table.
pub const MISDEEDS: [Misdeed; 8] = [
    Misdeed::Panics,
    Misdeed::PayloadPanics,
    Misdeed::ValuePanics,
    Misdeed::Purges,
    Misdeed::SameObject,
    Misdeed::NewSession,
    Misdeed::NeverReturns,
    Misdeed::WantsMutex,
];

/// A call that runs foreign code, which calls [`Scene::act`].
pub type Entry = fn(&Arc<Scene>) -> Result<Returned, Error>;

pub struct Scene {
    misdeed: Misdeed,
    entry: Entry,
    /// `None` once it is closed.
    pub session: Mutex<Option<Arc<Session>>>,
    /// The object, with the secret in it.
    pub target: Buffer,
    pub other: Buffer,
    /// Where the secrets of `target` and `other` are, and where the foreign code saw one.
    pub seen: Mutex<Vec<Place>>,
    /// What happened so far, in the words of the table.
    pub words: Mutex<Vec<String>>,
    pub mutex: Mutex<()>,
    /// Whether the foreign code is about to wait, and whether it may go on if it never returns otherwise.
    pub waits: OnceLock<()>,
    pub let_go: OnceLock<()>,
    acted: AtomicBool,
}

impl Scene {
    pub fn new(misdeed: Misdeed, entry: Entry, builder: SessionBuilder) -> Arc<Self> {
        let session = builder.rekey_interval(None).acquire_timeout(Duration::from_millis(5)).build().unwrap();
        let (target, other) = (session.buffer(16).unwrap(), session.buffer(16).unwrap());
        let seen = Mutex::new(vec![Place::fill(&target), Place::fill(&other)]);
        Arc::new(Self {
            misdeed,
            entry,
            session: Mutex::new(Some(Arc::new(session))),
            target,
            other,
            seen,
            words: Mutex::default(),
            mutex: Mutex::default(),
            waits: OnceLock::new(),
            let_go: OnceLock::new(),
            acted: AtomicBool::new(false),
        })
    }

    pub fn session(&self) -> Arc<Session> {
        Arc::clone(self.session.lock().unwrap().as_ref().expect("not closed"))
    }

    /// Makes the call.
    pub fn enter(self: &Arc<Self>) -> Result<Returned, Error> {
        (self.entry)(self)
    }

    pub fn say(&self, word: impl Into<String>) {
        self.words.lock().unwrap().push(word.into());
    }

    /// The foreign code sees the secret of `target` at this address, and misbehaves.
    pub fn act_on_target<T>(self: &Arc<Self>, bytes: &[T]) -> Returned {
        self.saw(bytes.as_ptr().addr(), self.secret_of_target());
        self.act()
    }

    pub fn secret_of_target(&self) -> Secret {
        self.seen.lock().unwrap()[0].secret
    }

    pub fn saw(&self, address: usize, secret: Secret) {
        self.seen.lock().unwrap().push(Place { address: address as u64, secret });
    }

    /// The foreign code misbehaves, the first time that it is called.
    pub fn act(self: &Arc<Self>) -> Returned {
        if self.acted.swap(true, Ordering::AcqRel) {
            return Returned(None);
        }
        match self.misdeed {
            Misdeed::Panics => resume_unwind(Box::new("planned")),
            Misdeed::PayloadPanics => resume_unwind(Box::new(Bomb)),
            Misdeed::ValuePanics => return Returned(Some(Bomb)),
            Misdeed::Purges => {
                let report = self.session().purge();
                assert_eq!(report.pending, report.handed_over, "{report:?}");
                self.say(if report.pending > 0 { "handed over" } else { "wiped" });
            }
            Misdeed::SameObject => {
                self.say(ending(|| self.enter()));
                self.say(disposal(self.target.destroy()));
            }
            Misdeed::NewSession => use_a_new_session(),
            Misdeed::NeverReturns => {
                self.waits.set(()).expect("acts once");
                self.let_go.wait();
            }
            Misdeed::WantsMutex => {
                self.waits.set(()).expect("acts once");
                drop(self.mutex.lock());
            }
        }
        Returned(None)
    }
}

/// Panics as it is dropped.
pub struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        resume_unwind(Box::new("planned, in a destructor"));
    }
}

/// What the foreign code returns. It can be an error, for calls that return one.
pub struct Returned(pub Option<Bomb>);

/// Misbehaves as it is dropped.
pub struct ActsInDrop(pub Arc<Scene>);

impl Drop for ActsInDrop {
    fn drop(&mut self) {
        drop(self.0.act());
    }
}

/// Both can be the payload of an `io::Error`.
macro_rules! errors {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("planned")
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("planned")
            }
        }

        impl std::error::Error for $name {}
    )+};
}

errors!(Returned, ActsInDrop);
