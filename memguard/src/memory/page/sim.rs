//! Simulated pages: heap memory that checks every access against the page's state, counts what is live and what was not
//! wiped, and fails calls on request.

use super::backend::{Access, Backend, Mapping, Protection, Span, SystemFault, fault};
use crate::sync::Instrument;
use crate::sync::leaf::process::process_number;
use crate::sync::leaf::thread_number;
use rustix::io::Errno;
use std::alloc::Layout;
use std::collections::BTreeMap;
use std::ptr::NonNull;
use std::sync::Arc;
use zeroize::Zeroize;

/// The name of an access where calls have their names, and of one to write.
const ACCESS: &str = "access";
const WRITE: &str = "write";

/// Bytes on each side of a simulated slot that must stay as they were.
const GUARD: u8 = 0xA5;

/// Simulated pages, for [`SessionBuilder::simulated`](crate::SessionBuilder::simulated). Clones share the same pages.
///
/// ```
/// use memguard::{Fault, Session, Sim};
/// let sim = Sim::new(4096);
/// let session = Session::builder().simulated(&sim).build()?;
/// sim.fail(Fault::Nth { call: "mlock", n: 1, errno: 12 });
/// assert!(session.buffer(32).is_err());
/// drop(session);
/// let report = sim.report();
/// assert_eq!((report.live_bytes, report.unwiped_bytes), (0, 0));
/// assert!(report.violations.is_empty());
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sim(Arc<Pages>);

/// A fault to plant.
///
/// ```
/// use memguard::{Error, Fault, Session, Sim};
/// let sim = Sim::new(4096);
/// let session = Session::builder().simulated(&sim).build()?;
/// sim.fail(Fault::Nth { call: "getrandom", n: 1, errno: 5 });
/// assert!(matches!(session.buffer_random(8), Err(Error::System { call: "getrandom", .. })));
/// assert!(session.buffer_random(8).is_ok(), "each fault fires once");
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The `n`th call from now on (counted from 1) of this name fails with this error number.
    /// Names: `mmap`, `madvise`, `mlock`, `memfd_secret`, `mprotect`, `munmap`, `discard`, `getrandom`. Of each
    /// mapping's two `madvise`, the first keeps it out of core dumps and the second out of child processes.
    /// `memfd_secret` stands for all calls that hide pages. `discard` stands for every way to give the contents of
    /// pages back.
    Nth {
        /// Which call.
        call: &'static str,
        /// Which occurrence of it, from 1.
        n: u64,
        /// What it fails with.
        errno: i32,
    },
    /// The `n`th call of any name fails.
    NthOfAny {
        /// Which occurrence, from 1.
        n: u64,
        /// What it fails with.
        errno: i32,
    },
    /// The `n`th call of this name, or of `wipe`, panics, as a bug in the library would.
    Panic {
        /// Which call.
        call: &'static str,
        /// Which occurrence of it, from 1.
        n: u64,
    },
    /// The `n`th access of the library to bytes on these pages panics. Only accesses of the thread that plants this
    /// count. The library reaches the halves of the key under COFFER, so a panic there leaves that lock poisoned.
    PanicInAccess {
        /// Which access, from 1.
        n: u64,
    },
    /// The same for the accesses of all other threads.
    PanicInAccessElsewhere {
        /// Which access, from 1.
        n: u64,
    },
    /// The `n`th access to write changes the last of its bytes and panics, as a bug in the middle of a change would.
    /// Only accesses of the thread that plants this count. During a rekey it leaves halves that make another key.
    TornWrite {
        /// Which access to write, from 1.
        n: u64,
    },
    /// The `n`th wipe from now on does nothing: a seeded bug that detectors must find.
    SkipWipe {
        /// Which wipe, from 1.
        n: u64,
    },
}

/// What the simulated pages saw.
///
/// ```
/// use memguard::{Session, Sim};
/// let sim = Sim::new(4096);
/// drop(Session::builder().simulated(&sim).build()?.buffer(8)?);
/// let report = sim.report();
/// assert!(report.calls["mmap"] > 0);
/// assert_eq!((report.live_bytes, report.unwiped_bytes, report.faults_fired), (0, 0, 0));
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SimReport {
    /// Bytes mapped now.
    pub live_bytes: usize,
    /// Bytes that were not zero when they were unmapped.
    pub unwiped_bytes: usize,
    /// Accesses that raise a signal on real pages, and writes into guards, each described in words.
    pub violations: Vec<String>,
    /// Calls made so far, by name.
    pub calls: BTreeMap<&'static str, u64>,
    /// Planted faults that have fired.
    pub faults_fired: u64,
}

#[derive(Debug)]
struct Pages {
    page_size: usize,
    /// One for each process as the kernel knows it, even if a model pretends another one.
    state: Instrument<State>,
}

impl Pages {
    /// The layout of `len` bytes of data and the guards around them.
    fn layout(&self, len: usize) -> Option<Layout> {
        Layout::from_size_align(len.checked_add(2 * self.page_size)?, self.page_size).ok()
    }
}

/// Frees the pages that a planted fault kept from being unmapped, as the end of a process frees real pages. Otherwise a
/// leak checker would report them. The library counts them itself.
impl Drop for Pages {
    fn drop(&mut self) {
        for (base, page) in self.state.with(|state| std::mem::take(&mut state.live)) {
            if let Some(layout) = self.layout(page.len) {
                let base: *mut u8 = std::ptr::with_exposed_provenance_mut(base);
                // SAFETY: `map` made this allocation with this layout and exposed it. `unmap` takes what it frees out
                // of `live`. The owner of a mapping keeps its backend alive, so no mapping is in use any more.
                unsafe { std::alloc::dealloc(base.sub(self.page_size), layout) };
            }
        }
    }
}

#[derive(Default)]
struct State {
    live: BTreeMap<usize, Page>,
    /// Each with the number of the thread that planted it.
    faults: Vec<(Fault, u32)>,
    report: SimReport,
}

#[derive(Clone, Copy)]
struct Page {
    len: usize,
    protection: Protection,
}

impl Sim {
    /// Pages of this size in bytes: a power of two from 64 to 16 MiB. Smaller pages make models faster.
    ///
    /// ```
    /// let session = memguard::Session::builder().simulated(&memguard::Sim::new(64)).build()?;
    /// assert_eq!(session.buffer(65)?.len(), 65);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn new(page_size: usize) -> Self {
        // Within these bounds, sums of a few pages do not overflow.
        let page_size = page_size.clamp(64, 16 << 20).next_power_of_two();
        Self(Arc::new(Pages { page_size, state: Instrument::new(process_number) }))
    }

    /// Plants a fault. Several can be planted; each fires once.
    ///
    /// ```
    /// use memguard::{Fault, Session, Sim};
    /// let sim = Sim::new(4096);
    /// sim.fail(Fault::NthOfAny { n: 2, errno: 12 });
    /// assert!(Session::builder().simulated(&sim).build().is_err());
    /// ```
    pub fn fail(&self, fault: Fault) {
        self.0.state.with(|state| state.faults.push((fault, thread_number())));
    }

    /// Withdraws the planted faults that have not fired.
    ///
    /// ```
    /// use memguard::{Fault, Session, Sim};
    /// let sim = Sim::new(4096);
    /// sim.fail(Fault::NthOfAny { n: 2, errno: 12 });
    /// sim.heal();
    /// assert!(Session::builder().simulated(&sim).build().is_ok());
    /// ```
    pub fn heal(&self) {
        self.0.state.with(|state| state.faults.clear());
    }

    /// What was seen so far.
    ///
    /// ```
    /// assert_eq!(memguard::Sim::new(4096).report(), Default::default());
    /// ```
    pub fn report(&self) -> SimReport {
        self.0.state.with(|state| state.report.clone())
    }

    /// Whether the page at the start of these bytes allows reading now. Use it inside an access, while other threads
    /// enter and leave.
    ///
    /// ```
    /// let sim = memguard::Sim::new(4096);
    /// let session = memguard::Session::builder().simulated(&sim).isolation(memguard::Isolation::Concealed).build()?;
    /// assert!(session.buffer(8)?.with_data(|bytes| sim.is_readable(bytes))?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn is_readable(&self, bytes: &[u8]) -> bool {
        let page = self.0.state.with(|state| state.page_at(bytes.as_ptr().addr()));
        page.is_some_and(|page| page.protection != Protection::None)
    }

    pub(crate) fn backend(&self) -> Arc<dyn Backend> {
        Arc::new(self.clone())
    }

    /// Counts a call, and fires the planted fault that is due.
    fn call(&self, name: &'static str) -> Result<(), SystemFault> {
        let fired = self.0.state.with(|state| {
            *state.report.calls.entry(name).or_default() += 1;
            state.fire(name)
        });
        match fired {
            None => Ok(()),
            Some(
                Fault::Panic { .. }
                | Fault::PanicInAccess { .. }
                | Fault::PanicInAccessElsewhere { .. }
                | Fault::TornWrite { .. },
            ) => panic_in(name),
            Some(Fault::Nth { errno, .. } | Fault::NthOfAny { errno, .. }) => Err(SystemFault { call: name, errno }),
            Some(Fault::SkipWipe { .. }) => Err(SystemFault { call: name, errno: 0 }),
        }
    }
}

/// Models know a planted panic by this message.
fn panic_in(name: &str) -> ! {
    std::panic::panic_any(format!("planted panic in {name}"))
}

impl State {
    /// Counts down the planted faults that concern this call, and takes out the first that is due.
    fn fire(&mut self, name: &'static str) -> Option<Fault> {
        let mut due = None;
        for (at, (fault, planted_by)) in self.faults.iter_mut().enumerate() {
            let n = match fault {
                Fault::Nth { call, n, .. } | Fault::Panic { call, n } if *call == name => n,
                Fault::NthOfAny { n, .. } if !["wipe", ACCESS, WRITE].contains(&name) => n,
                Fault::PanicInAccess { n } if name == ACCESS && *planted_by == thread_number() => n,
                Fault::PanicInAccessElsewhere { n } if name == ACCESS && *planted_by != thread_number() => n,
                Fault::TornWrite { n } if name == WRITE && *planted_by == thread_number() => n,
                Fault::SkipWipe { n } if name == "wipe" => n,
                _ => continue,
            };
            *n = n.saturating_sub(1);
            if *n == 0 && due.is_none() {
                due = Some(at);
            }
        }
        self.report.faults_fired += u64::from(due.is_some());
        due.map(|at| self.faults.remove(at).0)
    }

    fn page_at(&self, address: usize) -> Option<Page> {
        let (start, page) = self.live.range(..=address).next_back()?;
        (address - start < page.len).then_some(*page)
    }
}

impl Backend for Sim {
    fn renewed(&self) -> Arc<dyn Backend> {
        self.backend()
    }

    fn page_size(&self) -> usize {
        self.0.page_size
    }

    fn map(&self, pages: usize) -> Result<Mapping, SystemFault> {
        self.call("mmap")?;
        let refused = fault("mmap")(Errno::NOMEM);
        let page_size = self.0.page_size;
        let len = pages.checked_mul(page_size).ok_or(refused)?;
        let layout = self.0.layout(len).ok_or(refused)?;
        // SAFETY: the layout is larger than zero: it holds two guards.
        let start = NonNull::new(unsafe { std::alloc::alloc_zeroed(layout) }).ok_or(refused)?;
        // SAFETY: the three ranges are the parts of the allocation made above. No other code has a pointer to it.
        let base = unsafe {
            start.write_bytes(GUARD, page_size);
            start.add(page_size + len).write_bytes(GUARD, page_size);
            start.add(page_size)
        };
        self.0.state.with(|state| {
            state.live.insert(base.as_ptr().expose_provenance(), Page { len, protection: Protection::ReadWrite });
            state.report.live_bytes += len;
        });
        Ok(Mapping { span: Span { base, len }, gaps: 0, locked: 0, guarded: true })
    }

    fn lock(&self, mapping: &mut Mapping) -> Result<(), SystemFault> {
        self.call("mlock")?;
        mapping.locked = mapping.span.len;
        Ok(())
    }

    fn hide(&self, mapping: &mut Mapping) -> Result<(), SystemFault> {
        self.call("memfd_secret")?;
        mapping.locked = mapping.span.len;
        Ok(())
    }

    fn protect(&self, span: Span, protection: Protection) -> Result<(), SystemFault> {
        self.call("mprotect")?;
        self.0.state.with(|state| match state.live.get_mut(&span.base.as_ptr().addr()) {
            Some(page) => page.protection = protection,
            None => state.report.violations.push("mprotect of pages that are not mapped".into()),
        });
        Ok(())
    }

    fn keep_out_of_core_dumps(&self, _: Span) -> Result<(), SystemFault> {
        self.call("madvise")
    }

    fn wipe_on_fork(&self, _: Span) -> Result<(), SystemFault> {
        self.call("madvise")
    }

    fn discard(&self, span: Span, _: bool) -> Result<(), SystemFault> {
        self.call("discard")?;
        // SAFETY: the span lies inside a live mapping, and its owner gives its contents up.
        unsafe { span.base.write_bytes(0, span.len) };
        Ok(())
    }

    fn unmap(&self, mapping: Mapping) -> Result<(), SystemFault> {
        self.call("munmap")?;
        let (Span { base, len }, page_size) = (mapping.span, self.0.page_size);
        let live = self.0.state.with(|state| state.live.remove(&base.as_ptr().addr()).is_some());
        let Some(layout) = self.0.layout(len).filter(|_| live) else {
            self.0.state.with(|state| state.report.violations.push("munmap of pages that are not mapped".into()));
            return Ok(());
        };
        // SAFETY: the mapping was live until now and its owner gave it up, so no other code reaches the allocation.
        let all = unsafe { std::slice::from_raw_parts(base.sub(page_size).as_ptr(), layout.size()) };
        let (before, rest) = all.split_at(page_size);
        let (bytes, behind) = rest.split_at(len);
        let unwiped = bytes.iter().filter(|&&byte| byte != 0).count();
        let guards_intact = before.iter().chain(behind).all(|&byte| byte == GUARD);
        // SAFETY: `map` allocated exactly this layout, one guard before the base.
        unsafe { std::alloc::dealloc(base.sub(page_size).as_ptr(), layout) };
        self.0.state.with(|state| {
            state.report.live_bytes -= len;
            state.report.unwiped_bytes += unwiped;
            if !guards_intact {
                state.report.violations.push("a guard was overwritten".into());
            }
        });
        Ok(())
    }

    fn wipe(&self, bytes: &mut [u8]) {
        if self.call("wipe").is_ok() {
            bytes.zeroize();
        }
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), SystemFault> {
        self.call("getrandom")?;
        getrandom::fill(bytes)
            .map_err(|error| SystemFault { call: "getrandom", errno: error.raw_os_error().unwrap_or_default() })
    }

    fn begin(&self, bytes: Span, access: Access) {
        // Accesses are not counted as calls: on real pages they are none.
        if self.0.state.with(|state| state.fire(ACCESS).is_some()) {
            panic_in(ACCESS);
        }
        self.0.state.with(|state| {
            let violation = match (state.page_at(bytes.base.as_ptr().addr()), access) {
                (None, _) => "access to pages that are not mapped",
                (Some(Page { protection: Protection::None, .. }), _) => "access to concealed pages",
                (Some(Page { protection: Protection::Read, .. }), Access::Write) => "write to read-only pages",
                (Some(_), _) => return,
            };
            state.report.violations.push(violation.into());
        });
        let last = bytes.len.checked_sub(1).filter(|_| access == Access::Write);
        if let Some(last) = last
            && self.0.state.with(|state| state.fire(WRITE).is_some())
        {
            // SAFETY: the caller is about to write these bytes, alone.
            unsafe { bytes.base.add(last).write(!bytes.base.add(last).read()) };
            panic_in(WRITE);
        }
    }
}
