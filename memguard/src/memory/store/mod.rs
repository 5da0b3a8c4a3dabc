//! The kinds of page that secrets lie on, and the list of them.
//!
//! To add a kind: write its file, and name it in the list at the end. That line declares the module too, so `cargo fmt`
//! does not find the file by itself (see CONTRIBUTING.md).

pub(super) mod kind;
pub(super) mod shelf;

use super::audit::Audit;
use super::error::MemoryError;
use super::limit::Limit;
use super::page::backend::Mapping;
use crate::sync::{MutexGuard, Site};
use kind::{Borders, Fate, Free, Kind, List, Origin, Piece, Plan, Serves, Supply, Trim, Want};

/// Where the lists of a session are: behind POOL.
pub(super) trait Home: Supply {
    fn lists(&self, site: Site) -> MutexGuard<'_, Lists>;
}

macro_rules! kinds {
    ($(mod $name:ident: $Kind:ident,)+) => {
        $(mod $name;)+

        /// Every kind, in the order in which they are asked.
        #[derive(Debug)]
        pub(super) struct Kinds { $($name: $name::$Kind,)+ }

        /// The free memory of each kind. POOL guards it.
        #[derive(Debug)]
        pub(super) struct Lists { $($name: <$name::$Kind as Kind>::List,)+ }

        /// What was taken out of the lists to give it back to the system.
        pub(super) struct Trimmed { $($name: <<$name::$Kind as Kind>::List as List>::Trimmed,)+ }

        #[allow(non_camel_case_types, reason = "the names of the list below")]
        enum Number { $($name,)+ }

        impl Kinds {
            pub(super) fn new(plan: &Plan) -> Self {
                Self { $($name: $name::$Kind::new(plan),)+ }
            }

            pub(super) fn lists(&self) -> Lists {
                Lists { $($name: self.$name.list(),)+ }
            }

            /// A free piece, under POOL.
            pub(super) fn take(&self, lists: &mut Lists, want: &Want) -> Option<Piece> {
                $(match self.$name.serves(want) {
                    Serves::No => {}
                    Serves::Among(class) => {
                        if let Some(piece) = take(&self.$name, Number::$name, &mut lists.$name, class) {
                            return Some(piece);
                        }
                    }
                    Serves::Alone(class) => return take(&self.$name, Number::$name, &mut lists.$name, class),
                })+
                None
            }

            /// Adds to the list of the first kind that can. Returns whether one could.
            pub(super) fn grow(&self, home: &impl Home, want: &Want) -> Result<bool, MemoryError> {
                $(match self.$name.serves(want) {
                    Serves::No => {}
                    Serves::Among(class) => {
                        if grow(&self.$name, |lists| &mut lists.$name, home, class)? {
                            return Ok(true);
                        }
                    }
                    Serves::Alone(class) => {
                        let wanted = home.system().page_size();
                        return match grow(&self.$name, |lists| &mut lists.$name, home, class)? {
                            true => Ok(true),
                            false => Err(Limit::Memory { wanted }.into()),
                        };
                    }
                })+
                Ok(false)
            }

            /// Takes a piece back.
            pub(super) fn put_back(&self, home: &impl Home, piece: Piece, fate: Fate) {
                $(if piece.kind == Number::$name as u8 {
                    return put_back(&self.$name, |lists| &mut lists.$name, home, piece.free, fate);
                })+
            }

            /// Takes out what is not needed, under POOL.
            pub(super) fn trim(&self, lists: &mut Lists, trim: Trim) -> Trimmed {
                Trimmed { $($name: lists.$name.trim(trim),)+ }
            }

            /// Gives it back to the system. Returns how many units that were.
            pub(super) fn release(&self, home: &impl Home, trimmed: Trimmed) -> usize {
                [$(release(&self.$name, trimmed.$name, home),)+].into_iter().sum()
            }

            /// Checks every byte of free memory. Units added after its first step are not checked.
            pub(super) fn audit(&self, home: &impl Home) -> Audit {
                let mut audit = Audit::default();
                $(let mut $name = Vec::new();)+
                let units = {
                    let mut lists = home.lists(Site::PoolAudit);
                    [$(lists.$name.start_audit(&mut $name),)+]
                };
                let mut units = units.into_iter();
                $(
                    let found = Found { singles: $name, units: units.next().unwrap_or_default() };
                    look_at(&self.$name, |lists| &mut lists.$name, home, found, &mut audit);
                )+
                audit
            }
        }
    };
}

type ListOf<K> = fn(&mut Lists) -> &mut <K as Kind>::List;

fn take<K: Kind>(kind: &K, number: Number, list: &mut K::List, class: usize) -> Option<Piece> {
    let free = list.take(class)?;
    let borders = kind.borders(class, &free);
    Some(Piece { kind: number as u8, free, whole_pages: K::WHOLE_PAGES, borders })
}

fn grow<K: Kind>(kind: &K, list: ListOf<K>, home: &impl Home, class: usize) -> Result<bool, MemoryError> {
    let Some(stock) = kind.make(class, home)? else { return Ok(false) };
    let refused = list(&mut home.lists(Site::PoolPut)).add(stock).err();
    let added = refused.is_none();
    if let Some(unit) = refused {
        kind.release(unit, home);
    }
    Ok(added)
}

fn put_back<K: Kind>(kind: &K, list: ListOf<K>, home: &impl Home, free: Free, fate: Fate) {
    let known = if fate == Fate::Withdraw { kind.withdraw(free, home.system()) } else { Some(free) };
    let Some(free) = known else { return };
    let unit = list(&mut home.lists(Site::PoolPut)).put(free, fate);
    if let Some(unit) = unit {
        kind.release(unit, home);
    }
}

fn release<K: Kind>(kind: &K, trimmed: <K::List as List>::Trimmed, home: &impl Home) -> usize {
    trimmed.into_iter().map(|unit| kind.release(unit, home)).count()
}

/// What the first step of an audit found.
struct Found {
    /// Pieces that were taken out of their list.
    singles: Vec<Free>,
    /// How many units there are.
    units: usize,
}

/// Checks what was found. The pieces that were taken out are put back one by one. For a unit, POOL is held to list the
/// free places, and again after they were checked.
fn look_at<K: Kind>(kind: &K, list: ListOf<K>, home: &impl Home, found: Found, audit: &mut Audit) {
    for free in found.singles {
        // SAFETY: a free piece is mapped, readable and writable, and belongs to this function, which took it out of its
        // list.
        let clean = unsafe { home.system().is_clean(free.span) };
        audit.saw(K::WHOLE_PAGES, clean);
        put_back(kind, list, home, free, if clean { Fate::Reuse } else { Fate::Withdraw });
    }
    let mut places: Vec<Free> = Vec::new();
    for unit in 0..found.units {
        places.clear();
        list(&mut home.lists(Site::PoolAudit)).look(unit, &mut places);
        if places.is_empty() {
            continue;
        }
        let mut dirty = Vec::new();
        for free in &places {
            // SAFETY: a free place is mapped, readable and writable, and no thread takes it while its unit is looked
            // at.
            let clean = unsafe { home.system().is_clean(free.span) };
            audit.saw(K::WHOLE_PAGES, clean);
            if let (false, Origin::Place(place)) = (clean, &free.origin) {
                dirty.push(*place);
            }
        }
        let emptied = list(&mut home.lists(Site::PoolAudit)).end_look(unit, &dirty);
        if let Some(emptied) = emptied {
            kind.release(emptied, home);
        }
    }
}

impl Kinds {
    /// A new mapping, which no list has had, as a piece.
    pub(super) fn mapped(&self, mapping: Mapping) -> Piece {
        let (kind, free) = (Number::pages as u8, pages::Pages::in_use(mapping));
        Piece { kind, free, whole_pages: true, borders: Borders::default() }
    }
}

// Kinds that share pages come before those whose pages they take.
kinds! {
    mod packed: Packed,
    mod pages: Pages,
    mod dense: Dense,
}
