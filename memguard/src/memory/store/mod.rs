//! The kinds of page that secrets lie on, and the list of them.
//!
//! To add a kind: write its file, and name it in the list at the end. That line declares the module too, so `cargo fmt`
//! does not find the file by itself (see CONTRIBUTING.md).

pub(super) mod kind;
pub(super) mod shelf;
mod spares;

use super::audit::Audit;
use super::error::MemoryError;
use super::limit::Limit;
use super::policy::Isolation;
use super::system::System;
use crate::sync::{Class, Mutex, MutexGuard, Poisoned, ShardArcs, Shards, Site, TryLockError};
use kind::{Fate, Free, Kind, List, Origin, Piece, Plan, Supply, Trim, Want};
use spares::Spares;

/// The pages of a session: those in use are counted by the system, and the lists keep the free ones.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) system: ShardArcs<System>,
    kinds: Kinds,
    free: Mutex<Lists>,
    /// None where they would keep nothing.
    spares: Option<Shards<Mutex<Spares>>>,
}

macro_rules! kinds {
    ($(mod $name:ident: $Kind:ident,)+) => {
        $(mod $name;)+

        /// Every kind, in the order in which they are asked.
        #[derive(Debug)]
        struct Kinds { $($name: $name::$Kind,)+ }

        /// The free memory of each kind. POOL guards it.
        #[derive(Debug)]
        struct Lists { $($name: <$name::$Kind as Kind>::List,)+ }

        #[allow(non_camel_case_types, reason = "the names of the list below")]
        enum Number { $($name,)+ }

        impl Store {
            pub(super) fn new(system: System, plan: &Plan) -> Self {
                let (plan, room) = plan.with_spares();
                $(let $name = $name::$Kind::new(&plan);)+
                let kinds = Kinds { $($name: $name.0,)+ };
                let lists = Lists { $($name: $name.1,)+ };
                let spares = || Shards::new(plan.shards, || Mutex::new(Class::Pool, Spares::new(room)));
                let spares = (room > 0).then(spares);
                let (system, free) = (ShardArcs::new(plan.shards, system), Mutex::new(Class::Pool, lists));
                Self { system, kinds, free, spares }
            }

            /// A free piece, under POOL.
            fn take_free(&self, lists: &mut Lists, want: &Want) -> Option<Piece> {
                $(if let Some(class) = self.kinds.$name.serves(want) {
                    if let Some(free) = lists.$name.take(class) {
                        let whole_pages = $name::$Kind::WHOLE_PAGES;
                        return Some(Piece { kind: Number::$name as u8, whole_pages, free });
                    }
                    if $name::$Kind::ALONE {
                        return None;
                    }
                })+
                None
            }

            /// Adds to the list of the first kind that can, and takes a piece of what was added.
            fn grow(&self, want: &Want) -> Result<Option<Piece>, MemoryError> {
                $(if let Some(class) = self.kinds.$name.serves(want)
                    && let Some(free) = self.grow_list(&self.kinds.$name, |lists| &mut lists.$name, class)?
                {
                    let whole_pages = $name::$Kind::WHOLE_PAGES;
                    return Ok(Some(Piece { kind: Number::$name as u8, whole_pages, free }));
                })+
                Ok(None)
            }

            fn put_on_its_list(&self, piece: Piece, fate: Fate) {
                $(if piece.kind == Number::$name as u8 {
                    return self.put_on_list(&self.kinds.$name, |lists| &mut lists.$name, piece.free, fate);
                })+
            }

            /// Gives back to the system what is not needed. Returns how many units that were.
            pub(super) fn trim(&self, trim: Trim) -> usize {
                self.trim_spares(trim) + self.trim_lists(trim)
            }

            fn trim_lists(&self, trim: Trim) -> usize {
                let mut count = 0;
                loop {
                    let (some, has_more) = self.trim_locked(self.lists(Site::PoolTrim), trim, self);
                    count += some;
                    if !has_more {
                        return count;
                    }
                }
            }

            /// One step, and whether there is more to trim. What leaves the lists goes back to `supply`.
            fn trim_locked(
                &self,
                mut lists: MutexGuard<'_, Lists>,
                trim: Trim,
                supply: &impl Supply,
            ) -> (usize, bool) {
                $(let $name = lists.$name.trim(trim);)+
                let has_more = [$(lists.$name.has_more_to_trim(trim),)+].contains(&true);
                drop(lists);
                ([$(self.release_all(&self.kinds.$name, $name, supply),)+].into_iter().sum(), has_more)
            }

            /// Checks every byte of free memory, and gives back what a purge only kept.
            pub(super) fn audit(&self) -> Audit {
                let mut audit = Audit::default();
                $(self.audit_list(&self.kinds.$name, |lists| &mut lists.$name, &mut audit);)+
                self.audit_spares(&mut audit);
                self.trim_lists(Trim::Surplus);
                audit
            }
        }

        impl Supply for Store {
            fn system(&self) -> &System {
                &self.system
            }

            fn take_page(&self) -> Result<Piece, MemoryError> {
                self.take(&Want { len: self.system.page_size(), pages: 1, isolation: Isolation::Page })
            }

            fn put_back(&self, piece: Piece, fate: Fate) {
                let piece = if fate == Fate::Reuse { self.put_spare(piece) } else { Some(piece) };
                if let Some(piece) = piece {
                    self.put_on_its_list(piece, fate);
                }
            }
        }
    };
}

/// The way of single pages back to the system, without a wait for the lists.
struct Back<'s>(&'s Store);

impl Supply for Back<'_> {
    fn system(&self) -> &System {
        &self.0.system
    }

    fn take_page(&self) -> Result<Piece, MemoryError> {
        self.0.take_page()
    }

    /// A page of a dense region goes to its list, which keeps the account of it.
    fn put_back(&self, piece: Piece, fate: Fate) {
        match piece.free.origin {
            Origin::Mapping(own) => drop(self.0.system.unmap(own.mapping)),
            Origin::Place { .. } => self.0.put_back(piece, fate),
        }
    }
}

type ListOf<K> = fn(&mut Lists) -> &mut <K as Kind>::List;

impl Store {
    /// What the locks guard is valid wherever a panic could unwind, so the mark of a poisoned lock is ignored.
    #[inline]
    fn lists(&self, site: Site) -> MutexGuard<'_, Lists> {
        self.lock(&self.free, site)
    }

    #[inline]
    fn lock<'m, T>(&self, mutex: &'m Mutex<T>, site: Site) -> MutexGuard<'m, T> {
        mutex.lock(site).unwrap_or_else(|poisoned| self.recovered(poisoned))
    }

    #[inline]
    fn try_lock<'m, T>(&self, mutex: &'m Mutex<T>, site: Site) -> Option<MutexGuard<'m, T>> {
        match mutex.try_lock(site) {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(self.recovered(poisoned)),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    #[cold]
    fn recovered<'m, T>(&self, poisoned: Poisoned<MutexGuard<'m, T>>) -> MutexGuard<'m, T> {
        self.system.note(|counters| &counters.poison_recoveries);
        poisoned.into_inner()
    }

    /// A spare page, unless another thread of this shard is at the spares.
    #[inline]
    fn take_spare(&self, want: &Want) -> Option<Piece> {
        if want.pages != 1 || want.isolation == Isolation::Packed {
            return None;
        }
        self.try_lock(self.spares.as_ref()?.mine(), Site::PoolTakeSpare)?.take()
    }

    /// Keeps a mapping of one page as a spare. Returns what is not kept.
    #[inline]
    fn put_spare(&self, piece: Piece) -> Option<Piece> {
        let is_one_page =
            matches!(piece.free.origin, Origin::Mapping(_)) && piece.free.span.len == self.system.page_size();
        let mine = self.spares.as_ref().filter(|_| is_one_page).map(Shards::mine);
        match mine.and_then(|mine| self.try_lock(mine, Site::PoolPutSpare)) {
            Some(mut spares) => spares.put(piece),
            None => Some(piece),
        }
    }

    /// Gives all spares back to the system. Returns how many those were.
    fn trim_spares(&self, trim: Trim) -> usize {
        let mut count = 0;
        for shard in self.spares.iter().flat_map(Shards::iter) {
            let mut spares = self.lock(shard, Site::PoolTrim);
            let pieces = if trim == Trim::ForGood { spares.close() } else { spares.take_all() };
            drop(spares);
            count += pieces.into_iter().flatten().map(|piece| self.put_back(piece, Fate::Withdraw)).count();
        }
        count
    }

    /// Takes out and checks the spares of one shard after the other. Puts each back.
    fn audit_spares(&self, audit: &mut Audit) {
        for shard in self.spares.iter().flat_map(Shards::iter) {
            let pieces = self.lock(shard, Site::PoolAudit).take_all();
            for piece in pieces.into_iter().flatten() {
                // SAFETY: a free piece is mapped, readable and writable, and belongs to this function, which took it
                // out of the spares.
                let clean = unsafe { self.system.is_clean(piece.free.span) };
                audit.saw(piece.whole_pages, clean);
                let refused = match clean {
                    true => self.lock(shard, Site::PoolPut).put(piece),
                    false => Some(piece),
                };
                if let Some(piece) = refused {
                    self.put_on_its_list(piece, if clean { Fate::Reuse } else { Fate::Withdraw });
                }
            }
        }
    }

    /// Gives back to the system what is not needed, but for what another thread uses. Waits for no lock. Returns how
    /// many units that were, and whether no other thread was at the lists.
    pub(super) fn try_trim(&self, trim: Trim) -> (usize, bool) {
        let mut count = if trim == Trim::Surplus { 0 } else { self.try_trim_spares() };
        while let Some(lists) = self.try_lock(&self.free, Site::PoolTick) {
            let (some, has_more) = match trim {
                // Pages that secrets shared may be kept for others.
                Trim::Surplus => self.trim_locked(lists, trim, self),
                Trim::AtALimit | Trim::ForGood => self.trim_locked(lists, trim, &Back(self)),
            };
            count += some;
            if !has_more {
                return (count, true);
            }
        }
        (count, false)
    }

    fn try_trim_spares(&self) -> usize {
        let shards = self.spares.iter().flat_map(Shards::iter);
        let spares = shards.filter_map(|shard| Some(self.try_lock(shard, Site::PoolTick)?.take_all()));
        spares.flatten().flatten().map(|piece| Back(self).put_back(piece, Fate::Withdraw)).count()
    }

    /// A zeroed piece, from the spares, a list or new.
    #[inline]
    pub(super) fn take(&self, want: &Want) -> Result<Piece, MemoryError> {
        loop {
            let found = self.take_spare(want);
            let found = found.or_else(|| self.take_free(&mut self.lists(Site::PoolTake), want));
            let found = if found.is_none() { self.grow(want)? } else { found };
            match found {
                // SAFETY: a free piece is mapped, readable and writable, and belongs to the code that took it: this
                // function.
                Some(piece) if unsafe { self.system.is_clean(piece.free.span) } => return Ok(piece),
                Some(dirty) => self.put_back(dirty, Fate::Withdraw),
                None => return self.map(want.pages),
            }
        }
    }

    /// New pages. At a limit, gives back the free slots of this session and tries once more. If that is not enough,
    /// does the same with those of all sessions that have the same limit.
    fn map(&self, pages: usize) -> Result<Piece, MemoryError> {
        let mapped = match self.system.map(pages) {
            Err(MemoryError::Limit(_)) if self.trim(Trim::AtALimit) > 0 => {
                // Pages that secrets shared are single pages now, and go back to the system with the second step.
                self.trim(Trim::AtALimit);
                self.system.map(pages)
            }
            result => result,
        };
        let mapped = match mapped {
            Err(MemoryError::Limit(_)) if self.system.relieve() > 0 => self.system.map(pages),
            result => result,
        };
        let free = mapped.map_err(|error| self.system.counted(error))?.into();
        Ok(Piece { kind: Number::pages as u8, whole_pages: true, free })
    }

    /// Adds a unit and takes a piece of it, in one step. Otherwise another thread could bring a piece back meanwhile,
    /// and the new unit would stay unused and never be given back.
    fn grow_list<K: Kind>(&self, kind: &K, list: ListOf<K>, class: usize) -> Result<Option<Free>, MemoryError> {
        if let Some(mut unit) = kind.make(class, self)? {
            let mut room = Vec::new();
            loop {
                let mut lists = self.lists(Site::PoolPut);
                let list = list(&mut lists);
                match list.add(unit, &mut room) {
                    Ok(()) => return Ok(list.take(class)),
                    Err((refused, wanted)) => {
                        drop(lists);
                        unit = refused;
                        if room.try_reserve_exact(wanted).is_err() {
                            break;
                        }
                    }
                }
            }
            kind.release(unit, self);
        }
        let no_memory = Limit::Memory { wanted: self.system.page_size() };
        if K::ALONE { Err(self.system.counted(no_memory.into())) } else { Ok(None) }
    }

    fn put_on_list<K: Kind>(&self, kind: &K, list: ListOf<K>, free: Free, fate: Fate) {
        if fate == Fate::Withdraw {
            kind.withdraw(&free, &self.system);
        }
        let unit = list(&mut self.lists(Site::PoolPut)).put(free, fate);
        if let Some(unit) = unit {
            kind.release(unit, self);
        }
    }

    fn release_all<K: Kind>(&self, kind: &K, trimmed: <K::List as List>::Trimmed, supply: &impl Supply) -> usize {
        trimmed.into_iter().map(|unit| kind.release(unit, supply)).count()
    }

    /// Takes out and checks the free pieces of one unit after the other. Puts each piece back. Until then it is not
    /// handed out.
    fn audit_list<K: Kind>(&self, kind: &K, list: ListOf<K>, audit: &mut Audit) {
        let mut pieces = Vec::new();
        let mut unit = 0;
        loop {
            let taken = list(&mut self.lists(Site::PoolAudit)).take_all(unit, &mut pieces);
            match taken {
                None => return,
                // If there is no memory, the unit is not checked.
                Some(Err(wanted)) if pieces.try_reserve_exact(wanted).is_ok() => continue,
                Some(_) => unit += 1,
            }
            for free in pieces.drain(..) {
                // SAFETY: a free piece is mapped, readable and writable, and belongs to this function, which took it
                // out of its list.
                let clean = unsafe { self.system.is_clean(free.span) };
                audit.saw(K::WHOLE_PAGES, clean);
                self.put_on_list(kind, list, free, if clean { Fate::Reuse } else { Fate::Withdraw });
            }
        }
    }
}

// Kinds that share pages come before those whose pages they take.
kinds! {
    mod packed: Packed,
    mod pages: Pages,
    mod dense: Dense,
}
