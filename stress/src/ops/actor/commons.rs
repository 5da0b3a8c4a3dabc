//! Buffers that several actors share: what must be in them is written in them.

use super::Actor;
use crate::ops::{Entering, Op, Sharing, stamp};
use crate::{Guarantee, Violation, thread};
use memguard::{Buffer, Error, with_buffers};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

const PLACES: usize = 3;
const LEN: usize = 32;

/// How deep accesses are nested in each other, as for an actor's own.
const DEEPEST: usize = 4;

/// A few buffers that all actors of a session may enter, change and destroy. Each is one whole [`stamp`] at any time.
#[derive(Debug, Default)]
pub struct Commons {
    /// Locked to look at or change which buffer is there, and never while anything is called.
    places: [Mutex<Option<Arc<Common>>>; PLACES],
    next_id: AtomicU64,
}

/// A buffer of the commons.
#[derive(Debug)]
struct Common {
    buffer: Buffer,
    /// Somebody has frozen it at some time.
    frozen: AtomicBool,
}

/// This thread is inside one of them.
#[derive(Debug)]
pub(super) struct Inside {
    common: Arc<Common>,
    writes: bool,
}

impl Commons {
    /// Drops the buffers.
    pub fn clear(&self) {
        (0..PLACES).for_each(|at| drop(self.replace(at, None)));
    }

    fn at(&self, at: usize) -> Option<Arc<Common>> {
        self.places[at].lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was there is to be dropped when the place is no longer locked.
    fn replace(&self, at: usize, common: Option<Arc<Common>>) -> Option<Arc<Common>> {
        std::mem::replace(&mut *self.places[at].lock().unwrap_or_else(PoisonError::into_inner), common)
    }

    fn id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }
}

/// How a call asks for an access.
#[derive(Clone, Copy)]
struct Asks {
    writes: bool,
    /// It does not wait.
    tries: bool,
}

const READS: Asks = Asks { writes: false, tries: false };
const WRITES: Asks = Asks { writes: true, tries: false };
const TRIES_TO_READ: Asks = Asks { writes: false, tries: true };
const TRIES_TO_WRITE: Asks = Asks { writes: true, tries: true };

impl Actor<'_> {
    pub(super) fn share(&mut self, at: usize, by: &Sharing) -> Result<(), Violation> {
        let Some(commons) = self.commons else { return Ok(()) };
        let at = at % PLACES;
        let Some(common) = self.common(commons, at)? else { return Ok(()) };
        let (seed, buffer) = (self.seed, &common.buffer);
        let look = |bytes: &[u8]| stamp::check(seed, bytes).map(drop);
        let write = |bytes: &mut [u8]| {
            let before = look(bytes);
            let (left, _) = bytes.split_at_mut(LEN / 2);
            left.fill(0);
            thread::yield_now();
            stamp::write(seed, commons.id(), bytes);
            before
        };
        let seen = match by {
            Sharing::Read => {
                let got = buffer.with_data(|bytes| {
                    let before = stamp::check(seed, bytes)?;
                    thread::yield_now();
                    let after = stamp::check(seed, bytes)?;
                    if before == after { Ok(()) } else { Err("it changed under a reader".into()) }
                });
                self.judge_common("reading", &common, got, READS)?
            }
            Sharing::Write => self.judge_common("writing", &common, buffer.with_data_mut(write), WRITES)?,
            Sharing::TryRead => {
                let got = buffer.try_read().map(|bytes| look(&bytes));
                self.judge_common("try_read", &common, got, TRIES_TO_READ)?
            }
            Sharing::TryWrite => {
                let got = buffer.try_write().map(|mut bytes| write(&mut bytes));
                self.judge_common("try_write", &common, got, TRIES_TO_WRITE)?
            }
            Sharing::Nest { by, ops } => return self.nest_in_common(&common, commons.id(), *by, ops),
            Sharing::Together => return self.together_with_commons(commons, at, &common),
            Sharing::Freeze => {
                common.frozen.store(true, Ordering::SeqCst);
                self.judge_common("freeze", &common, buffer.freeze(), READS)?;
                None
            }
            Sharing::Melt => {
                self.judge_common("melt", &common, buffer.melt(), READS)?;
                None
            }
            Sharing::Clone => {
                let got = buffer.try_clone();
                let clone = self.judge_common("try_clone", &common, got, READS)?;
                let seen = clone.map(|clone| clone.with_data(look));
                // The clone may have been purged since.
                seen.and_then(Result::ok)
            }
            Sharing::Destroy => {
                let got = buffer.destroy().map(|disposal| self.tally.disposal(disposal));
                self.judge_common("destroy", &common, got, Asks { writes: false, tries: true })?;
                None
            }
            Sharing::Seal => {
                self.tally.may_have_handed_over();
                let got = buffer.seal().and_then(|enclave| enclave.open());
                match got {
                    // The key went with a purge in between.
                    Err(Error::KeyGone) if self.hazards.purges.is_some() => None,
                    got => self.judge_common("seal and open", &common, got, READS)?.and_then(|opened| {
                        let seen = opened.with_data(look).ok();
                        let opened = Common { buffer: opened, frozen: AtomicBool::new(true) };
                        drop(commons.replace(at, Some(Arc::new(opened))));
                        seen
                    }),
                }
            }
        };
        whole(seen.unwrap_or(Ok(())))
    }

    /// The buffer at this place, made first if there is none that lives.
    fn common(&mut self, commons: &Commons, at: usize) -> Result<Option<Arc<Common>>, Violation> {
        let there = commons.at(at);
        if let Some(there) = there.filter(|there| there.buffer.is_alive() || self.is_inside(there)) {
            return Ok(Some(there));
        }
        let seed = self.seed;
        let made = self.session.buffer(LEN).and_then(|buffer| {
            buffer.with_data_mut(|bytes| stamp::write(seed, commons.id(), bytes))?;
            Ok(Arc::new(Common { buffer, frozen: AtomicBool::new(false) }))
        });
        match made {
            Ok(made) => {
                drop(commons.replace(at, Some(Arc::clone(&made))));
                Ok(Some(made))
            }
            Err(error) => {
                self.tally.error(&error);
                let purged = error == Error::Destroyed && self.hazards.purges.is_some();
                if purged || self.excused(&error) { Ok(None) } else { Err(unexpected("making", &error)) }
            }
        }
    }

    fn nest_in_common(&mut self, common: &Arc<Common>, id: u64, by: Entering, ops: &[Op]) -> Result<(), Violation> {
        if self.depth >= DEEPEST {
            return Ok(());
        }
        let seed = self.seed;
        let stay = |actor: &mut Self, bytes: &[u8]| {
            let before = stamp::check(seed, bytes);
            actor.depth += 1;
            actor.inside_commons.push(Inside { common: Arc::clone(common), writes: by.writes() });
            ops.iter().try_for_each(|op| actor.perform(op))?;
            actor.inside_commons.pop();
            actor.depth -= 1;
            let after = stamp::check(seed, bytes);
            if before == after { whole(before.map(drop)) } else { whole(Err("it changed during an access".into())) }
        };
        let buffer = &common.buffer;
        let fill = |bytes: &mut [u8]| stamp::write(seed, id, bytes);
        let asks = if by.writes() { WRITES } else { READS };
        let stayed = match by {
            Entering::Read => {
                let got = self.judge_common("entering", common, buffer.read(), asks)?;
                got.map(|bytes| stay(self, &bytes))
            }
            Entering::Write => {
                let got = self.judge_common("entering", common, buffer.write(), asks)?;
                got.map(|mut bytes| {
                    fill(&mut bytes);
                    stay(self, &bytes)
                })
            }
            Entering::ReadClosure => {
                let got = buffer.with_data(|bytes| stay(self, bytes));
                self.judge_common("entering", common, got, asks)?
            }
            Entering::WriteClosure => {
                let got = buffer.with_data_mut(|bytes| {
                    fill(bytes);
                    stay(self, bytes)
                });
                self.judge_common("entering", common, got, asks)?
            }
        };
        stayed.unwrap_or(Ok(()))
    }

    /// Writes one and reads the others that are there.
    fn together_with_commons(&mut self, commons: &Commons, at: usize, common: &Arc<Common>) -> Result<(), Violation> {
        let others: Vec<Arc<Common>> =
            (0..PLACES).filter(|&other| other != at).filter_map(|at| commons.at(at)).collect();
        // Two places may have held the same one, one after the other.
        let others: Vec<_> = others.into_iter().filter(|other| !Arc::ptr_eq(other, common)).collect();
        let reads: Vec<&Buffer> = others.iter().map(|other| &other.buffer).collect();
        let (seed, id) = (self.seed, commons.id());
        let got = with_buffers(&reads, &[&common.buffer], |reads, writes| {
            reads.iter().try_for_each(|bytes| stamp::check(seed, bytes).map(drop))?;
            thread::yield_now();
            writes.iter_mut().try_for_each(|bytes| {
                let before = stamp::check(seed, bytes).map(drop);
                stamp::write(seed, id, bytes);
                before
            })
        });
        let excluded = others.iter().any(|other| self.excludes(other, READS));
        let any_dead = others.iter().any(|other| !other.buffer.is_alive());
        if any_dead && got == Err(Error::Destroyed) {
            return Ok(());
        }
        if excluded && let Err(error @ Error::Reentrant { .. }) = &got {
            self.tally.error(error);
            return Ok(());
        }
        whole(self.judge_common("with_buffers", common, got, WRITES)?.unwrap_or(Ok(())))
    }

    /// Whether this thread is inside in a way that excludes such an access.
    fn excludes(&self, common: &Arc<Common>, asks: Asks) -> bool {
        let inside = self.inside_commons.iter().filter(|inside| Arc::ptr_eq(&inside.common, common));
        inside.into_iter().any(|inside| inside.writes || asks.writes)
    }

    fn is_inside(&self, common: &Arc<Common>) -> bool {
        self.inside_commons.iter().any(|inside| Arc::ptr_eq(&inside.common, common))
    }

    fn excused(&self, error: &Error) -> bool {
        matches!(error, Error::System { .. } | Error::Limit(_)) && self.a_fault_fired()
    }

    /// Judges an answer of a buffer that others may use, change and destroy meanwhile: `None` for an error that they account
    /// for.
    fn judge_common<T>(
        &self,
        call: &str,
        common: &Arc<Common>,
        got: memguard::Result<T>,
        asks: Asks,
    ) -> Result<Option<T>, Violation> {
        let error = match got {
            Ok(_) if self.excludes(common, asks) && call != "destroy" => {
                let what = format!("{call} a shared buffer succeeded inside an access that excludes it");
                return Err(Violation::new(Guarantee::Exact, what));
            }
            Ok(value) => return Ok(Some(value)),
            Err(error) => error,
        };
        self.tally.error(&error);
        let others = !self.hazards.alone;
        let accounted_for = match &error {
            // Cloning and opening also say so when a purge took only the new buffer.
            Error::Destroyed => !common.buffer.is_alive() || self.hazards.purges.is_some(),
            Error::Frozen => asks.writes && common.frozen.load(Ordering::SeqCst),
            Error::Reentrant { .. } => self.excludes(common, asks),
            Error::WouldDeadlock { .. } => others && self.depth > 0,
            Error::WouldBlock { .. } => others && asks.tries,
            error => self.excused(error),
        };
        if accounted_for { Ok(None) } else { Err(unexpected(call, &error)) }
    }

    /// How many buffers of the commons live, and how many of these this thread is inside.
    pub(super) fn living_commons(&self) -> (u64, u64) {
        let there = (0..PLACES).filter_map(|at| self.commons?.at(at));
        let inside = self.inside_commons.iter().map(|inside| Arc::clone(&inside.common));
        let all = distinct(there.chain(inside).filter(|common| common.buffer.is_alive()));
        (all.len() as u64, all.iter().filter(|common| self.is_inside(common)).count() as u64)
    }

    /// How many buffers of the commons were destroyed while this thread is inside.
    pub(super) fn handed_over_commons(&self) -> u64 {
        let inside = self.inside_commons.iter().map(|inside| Arc::clone(&inside.common));
        distinct(inside.filter(|common| !common.buffer.is_alive())).len() as u64
    }
}

fn distinct(commons: impl Iterator<Item = Arc<Common>>) -> Vec<Arc<Common>> {
    commons.fold(Vec::new(), |mut all, common| {
        if !all.iter().any(|other| Arc::ptr_eq(other, &common)) {
            all.push(common);
        }
        all
    })
}

fn whole(seen: Result<(), String>) -> Result<(), Violation> {
    seen.map_err(|how| Violation::new(Guarantee::Exact, format!("a shared buffer: {how}")))
}

fn unexpected(call: &str, error: &Error) -> Violation {
    Violation::unexpected(format!("{call}, a shared buffer,"), error)
}
