//! Real pages on a system that refuses calls, as a test decides. Pages that are given back are checked first.

use super::backend::{Backend, Mapping, Protection, Span, SystemFault};
use super::os::Os;
use crate::sync::Instrument;
use crate::sync::leaf::process::process_number;
use std::fmt;
use std::panic::RefUnwindSafe;
use std::sync::Arc;

/// What a [`Refusing`] system does with a call.
///
/// ```
/// use memguard::{Error, Refusing, Reply, Session};
/// let short = Refusing::new(|call| if call == "getrandom" { Reply::Refuse(libc::EAGAIN) } else { Reply::Obey });
/// let answer = Session::builder().refusing(&short).build().map(drop);
/// assert!(matches!(answer, Err(Error::System { call: "getrandom", .. })));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// It makes the call.
    Obey,
    /// It makes no call and answers with this error number.
    Refuse(i32),
    /// It makes no call and says yes. To a library, that is a refusal that its code ignores: a bug for detectors to
    /// find. Only `mlock`, `madvise`, `discard` and `munmap` are pretended. Other calls are made.
    Pretend,
}

type Decide = dyn Fn(&'static str) -> Reply + Send + Sync + RefUnwindSafe;

/// Real pages on a system that refuses calls, for [`SessionBuilder::refusing`](crate::SessionBuilder::refusing). Clones
/// are the same system.
///
/// A mapping that the system refuses to take back is kept, so that [`give_back`](Self::give_back) can unmap it.
///
/// ```
/// use memguard::{Refusing, Reply, Session};
/// let system = Refusing::new(|call| if call == "munmap" { Reply::Refuse(libc::ENOMEM) } else { Reply::Obey });
/// let session = Session::builder().refusing(&system).pool_pages(0).build()?;
/// drop(session.buffer(8)?);
/// assert_eq!(session.health().degraded.leaked_slots, 1);
/// drop(session);
/// assert!(system.give_back() > 0);
/// assert_eq!(system.unwiped(), 0);
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone)]
pub struct Refusing(Arc<System>);

struct System {
    os: Os,
    decide: Box<Decide>,
    /// One for each process.
    seen: Instrument<Seen>,
}

#[derive(Default)]
struct Seen {
    /// What the system refused to take back.
    kept: Vec<Mapping>,
    /// How many mappings were not zero when they were given back.
    unwiped: u64,
}

impl Refusing {
    /// A system on which `decide` says what becomes of each call. It gets the call's name, as in
    /// [`Fault::Nth`](crate::Fault::Nth). It runs on any thread, under locks of the library, so it must not call the
    /// library.
    ///
    /// ```
    /// use memguard::{Refusing, Reply};
    /// let session = memguard::Session::builder().refusing(&Refusing::new(|_| Reply::Obey)).build()?;
    /// assert_eq!(session.buffer(65)?.len(), 65);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn new(decide: impl Fn(&'static str) -> Reply + Send + Sync + RefUnwindSafe + 'static) -> Self {
        Self(Arc::new(System { os: Os::new(), decide: Box::new(decide), seen: Instrument::new(process_number) }))
    }

    /// Unmaps what the system refused to take back. Returns how many mappings that were.
    ///
    /// ```
    /// use memguard::{Refusing, Reply};
    /// assert_eq!(Refusing::new(|_| Reply::Obey).give_back(), 0);
    /// ```
    pub fn give_back(&self) -> usize {
        let kept = self.0.seen.with(|seen| std::mem::take(&mut seen.kept));
        kept.into_iter().filter_map(|mapping| self.checked_unmap(mapping).ok()).count()
    }

    /// How many mappings held a byte that was not zero when they were given back. The library counts each of them in
    /// `Degraded::unwiped_slots`: the system refused every way to wipe it.
    ///
    /// ```
    /// use memguard::{Refusing, Reply};
    /// assert_eq!(Refusing::new(|_| Reply::Obey).unwiped(), 0);
    /// ```
    pub fn unwiped(&self) -> u64 {
        self.0.seen.with(|seen| seen.unwiped)
    }

    pub(crate) fn backend(&self) -> Arc<dyn Backend> {
        Arc::new(self.clone())
    }

    /// Whether the call is to be made.
    fn ask(&self, call: &'static str) -> Result<(), SystemFault> {
        match (self.0.decide)(call) {
            Reply::Refuse(errno) => Err(SystemFault { call, errno }),
            Reply::Obey | Reply::Pretend => Ok(()),
        }
    }

    /// Makes a call that may be pretended.
    fn or_pretend(
        &self,
        name: &'static str,
        call: impl FnOnce() -> Result<(), SystemFault>,
    ) -> Result<(), SystemFault> {
        match (self.0.decide)(name) {
            Reply::Refuse(errno) => Err(SystemFault { call: name, errno }),
            Reply::Pretend => Ok(()),
            Reply::Obey => call(),
        }
    }

    fn checked_unmap(&self, mapping: Mapping) -> Result<(), SystemFault> {
        let Span { base, len } = mapping.span;
        // They may be concealed, and then only this makes them readable.
        self.0.os.protect(mapping.span, Protection::Read)?;
        // SAFETY: the mapping is live, has no guards inside, and was made readable just now. Its owner gave it up, so
        // nobody writes.
        let bytes = unsafe { std::slice::from_raw_parts(base.as_ptr(), len) };
        if bytes.iter().any(|&byte| byte != 0) {
            self.0.seen.with(|seen| seen.unwiped += 1);
        }
        self.0.os.unmap(mapping)
    }
}

impl fmt::Debug for Refusing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refusing(..)")
    }
}

impl Backend for Refusing {
    fn renewed(&self) -> Arc<dyn Backend> {
        self.backend()
    }

    fn page_size(&self) -> usize {
        self.0.os.page_size()
    }

    fn map(&self, pages: usize) -> Result<Mapping, SystemFault> {
        self.ask("mmap")?;
        self.ask("mprotect")?;
        self.0.os.map(pages)
    }

    fn map_unguarded(&self, pages: usize) -> Result<Mapping, SystemFault> {
        self.ask("mmap")?;
        self.0.os.map_unguarded(pages)
    }

    fn lock(&self, mapping: &mut Mapping) -> Result<(), SystemFault> {
        self.or_pretend("mlock", || self.0.os.lock(mapping))
    }

    fn hide(&self, mapping: &mut Mapping) -> Result<(), SystemFault> {
        self.ask("memfd_secret")?;
        self.0.os.hide(mapping)
    }

    fn protect(&self, span: Span, protection: Protection) -> Result<(), SystemFault> {
        self.ask("mprotect")?;
        self.0.os.protect(span, protection)
    }

    fn take_mappings(&self, n: u64) -> Result<(), SystemFault> {
        self.0.os.take_mappings(n)
    }

    fn give_mappings(&self, n: u64) {
        self.0.os.give_mappings(n);
    }

    fn keep_out_of_core_dumps(&self, span: Span) -> Result<(), SystemFault> {
        self.or_pretend("madvise", || self.0.os.keep_out_of_core_dumps(span))
    }

    fn wipe_on_fork(&self, span: Span) -> Result<(), SystemFault> {
        self.or_pretend("madvise", || self.0.os.wipe_on_fork(span))
    }

    fn discard(&self, span: Span, maybe_hidden: bool) -> Result<(), SystemFault> {
        self.or_pretend("discard", || self.0.os.discard(span, maybe_hidden))
    }

    fn unmap(&self, mapping: Mapping) -> Result<(), SystemFault> {
        match (self.0.decide)("munmap") {
            Reply::Obey => self.checked_unmap(mapping),
            Reply::Pretend => Ok(()),
            Reply::Refuse(errno) => {
                self.0.seen.with(|seen| seen.kept.push(mapping));
                Err(SystemFault { call: "munmap", errno })
            }
        }
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), SystemFault> {
        self.ask("getrandom")?;
        self.0.os.random(bytes)
    }
}
