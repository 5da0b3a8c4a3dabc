//! A slot: the memory of one secret, with its canary.

use super::page::backend::{Access, Protection, Span, SystemFault};
use super::store::kind::{Origin, Piece};
use super::system::System;
use crate::sync::ShardArc;
use std::ptr::NonNull;

/// Memory that holds one secret. The owner of the slot owns the bytes.
#[derive(Debug)]
pub(crate) struct Slot {
    /// `None` only after [`into_piece`](Self::into_piece) took it.
    piece: Option<Piece>,
    /// How many bytes of canary lie before the secret, which ends where the span ends. Less than a page.
    pad: u32,
    /// Whether the pages are concealed at rest; accesses reveal them.
    conceals: bool,
    /// What the pages allow now.
    protection: Protection,
    system: ShardArc<System>,
}

impl Slot {
    /// Lays out `len` bytes at the right end of a writable, zeroed piece and fills the rest with the canary.
    ///
    /// `len` must be at least 1 and fit the piece.
    #[inline]
    pub(super) fn new(piece: Piece, len: usize, system: ShardArc<System>) -> Self {
        let span = piece.free.span;
        // A start that wrapped would be a write outside the pages. A user's build does not check the subtraction.
        assert!((1..=span.len).contains(&len), "a slot of {len} bytes does not fit its {}", span.len);
        let pad = span.len - len;
        let protection = Protection::ReadWrite;
        let mut slot = Self { piece: Some(piece), pad: pad as u32, conceals: false, protection, system };
        let (owned, system) = slot.owned_mut();
        system.canary.fill(&mut owned[..pad]);
        slot
    }

    #[inline]
    fn span(&self) -> Span {
        self.piece.as_ref().map_or(Span::NOWHERE, |piece| piece.free.span)
    }

    /// How many bytes of canary lie before the secret.
    #[inline]
    pub(crate) fn pad(&self) -> usize {
        self.pad as usize
    }

    /// Where the data starts. Stays valid while the slot lives.
    #[inline]
    pub(crate) fn data_ptr(&self) -> NonNull<u8> {
        // SAFETY: the secret lies inside the span.
        unsafe { self.span().base.add(self.pad()) }
    }

    /// The secret. The slot must not be concealed.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.begin(Access::Read);
        // SAFETY: the memory is mapped and readable while the slot lives, and `&self` keeps writers away.
        unsafe { std::slice::from_raw_parts(self.data_ptr().as_ptr(), self.span().len - self.pad()) }
    }

    /// The secret, to write. The pages must be writable.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        let pad = self.pad();
        &mut self.owned_mut().0[pad..]
    }

    #[inline]
    fn begin(&self, access: Access) {
        self.system.begin(self.span(), access);
    }

    /// Makes the pages read-only, or writable again. Does nothing where several secrets share them.
    pub(crate) fn set_read_only(&mut self, read_only: bool) -> Result<(), SystemFault> {
        // Concealed pages allow writing only during the access of a writer, and read-only buffers let none in.
        match (self.conceals, read_only) {
            (true, _) => Ok(()),
            (false, true) => self.allow(Protection::Read),
            (false, false) => self.allow(Protection::ReadWrite),
        }
    }

    /// Makes the pages inaccessible until an access [reveals](Self::reveal) them. Not for packed slots.
    pub(super) fn start_concealing(&mut self) -> Result<(), SystemFault> {
        self.conceals = true;
        self.conceal()
    }

    /// The first access begins. Makes the pages readable, and writable if the access writes.
    pub(crate) fn reveal(&mut self, access: Access) -> Result<(), SystemFault> {
        self.allow(match access {
            Access::Read => Protection::Read,
            Access::Write => Protection::ReadWrite,
        })
    }

    /// The last access ends.
    pub(crate) fn conceal(&mut self) -> Result<(), SystemFault> {
        self.allow(Protection::None)
    }

    fn allow(&mut self, protection: Protection) -> Result<(), SystemFault> {
        let Some(piece) = self.piece.as_ref().filter(|piece| piece.whole_pages) else { return Ok(()) };
        match &piece.free.origin {
            _ if self.protection == protection => return Ok(()),
            Origin::Mapping(own) if !own.mapping.guarded => return Ok(()),
            Origin::Mapping(_) => self.system.protect(self.span(), protection)?,
            Origin::Place { .. } => self.system.protect_part(self.span(), self.protection, protection)?,
        }
        self.protection = protection;
        Ok(())
    }

    /// Checks the canary and overwrites everything owned with zeros. Returns what became of the bytes, and whether the
    /// canary was intact.
    pub(super) fn wipe(&mut self) -> (Wiped, bool) {
        // A refusal may be temporary, if the kernel is short of memory. So there is a second attempt.
        let open = self.allow(Protection::ReadWrite).is_ok() || self.allow(Protection::ReadWrite).is_ok();
        // Pages that stay concealed cannot have been overwritten, and cannot be checked.
        let intact = self.protection == Protection::None || self.canary_intact();
        if open {
            let (owned, system) = self.owned_mut();
            system.wipe(owned);
            return (Wiped::InPlace, intact);
        }
        if self.system.discard(self.span()) {
            return (Wiped::Discarded, intact);
        }
        self.system.note(|counters| &counters.unwiped_slots);
        (Wiped::Not, intact)
    }

    /// Gives up memory that could not be wiped. Returns whether its bytes are gone: they are if it has a mapping of its
    /// own, and the system takes that back.
    pub(super) fn abandon(mut self) -> bool {
        match self.piece.take().map(|piece| piece.free.origin) {
            Some(Origin::Mapping(own)) => self.system.unmap(own.mapping),
            _ => false,
        }
    }

    /// The whole pages that the slot lies on.
    pub(crate) fn pages(&self) -> Span {
        let Span { base, len } = self.span();
        let page = self.system.page_size();
        let before = base.as_ptr().addr() % page;
        // SAFETY: the page begins at or before the slot, in the same mapping.
        Span { base: unsafe { base.sub(before) }, len: (before + len).next_multiple_of(page) }
    }

    /// Whether the bytes around the data are as they were laid out. The slot must not be concealed.
    #[inline]
    pub(crate) fn canary_intact(&self) -> bool {
        self.begin(Access::Read);
        // SAFETY: the memory is mapped and readable while the slot lives, and `&self` keeps writers away.
        let pad = unsafe { std::slice::from_raw_parts(self.span().base.as_ptr(), self.pad()) };
        self.system.canary.fills(pad) && self.borders_intact()
    }

    /// Whether the canary that the slot's kind of page keeps around it is as it was laid out.
    #[inline]
    fn borders_intact(&self) -> bool {
        let Some(borders) = self.piece.as_ref().map(|piece| piece.free.borders) else { return true };
        let [start, before, behind] = [borders.offset, borders.before, borders.behind].map(|offset| offset as usize);
        let end = start + self.span().len;
        (start - before..start).chain(end..end + behind).all(|offset| {
            // SAFETY: the offsets lie on the same page, which stays mapped while a place of it is in use. No thread
            // writes them.
            let byte = unsafe { self.span().base.sub(start).add(offset).read() };
            byte == self.system.canary.at(offset)
        })
    }

    /// Gives the memory up, as it is. Never returns `None`: only this call takes the piece, and it consumes the slot.
    #[inline]
    pub(super) fn into_piece(mut self) -> Option<Piece> {
        self.piece.take()
    }

    /// The memory, to write, and the system it is from. The pages must be writable.
    #[inline]
    fn owned_mut(&mut self) -> (&mut [u8], &System) {
        self.begin(Access::Write);
        // SAFETY: the memory is mapped while the slot lives, and callers exclude that it is read-only or concealed.
        // `&mut self` excludes every other access.
        let owned = unsafe { std::slice::from_raw_parts_mut(self.span().base.as_ptr(), self.span().len) };
        (owned, &self.system)
    }
}

/// Wipes a slot that was not retired, because a panic unwound over it. Its pages go back to the system. A place on a
/// shared page is lost to the session.
impl Drop for Slot {
    fn drop(&mut self) {
        if self.piece.is_none() {
            return;
        }
        self.wipe();
        let Some(piece) = self.piece.take() else { return };
        match piece.free.origin {
            Origin::Mapping(own) => {
                self.system.unmap(own.mapping);
            }
            Origin::Place { .. } if piece.whole_pages => self.system.withdraw(piece.free.span),
            Origin::Place { .. } => self.system.note(|counters| &counters.lost_places),
        }
    }
}

/// What became of a secret's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wiped {
    /// They are zero. The memory can be used again.
    InPlace,
    /// The pages could not be made writable, and their contents were given back. The memory cannot be used again.
    Discarded,
    /// They are still there.
    Not,
}
