//! Reports serialise as structs of their public fields.

use crate::core::{Degraded, PurgeReport};
use crate::harden::Hardened;
use crate::memory::{Audit, Control, Footprint, Headroom, Limits, Preflight};
use crate::session::Health;
use serde::ser::{Serialize, SerializeStruct, Serializer};

macro_rules! serialize {
    ($($report:ident { $($field:ident),+ })+) => {$(
        impl Serialize for $report {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                // Names every field: one that is missing in the list does not compile.
                let Self { $($field),+ } = self;
                let count = [$(stringify!($field)),+].len();
                let mut fields = serializer.serialize_struct(stringify!($report), count)?;
                $(fields.serialize_field(stringify!($field), $field)?;)+
                fields.end()
            }
        }
    )+};
}

serialize! {
    Audit { free_slots, free_places, dirty_slots }
    Control { name, missing }
    Footprint { slots, data_bytes, locked_bytes }
    Hardened { core_limit_before, dumpable_before }
    Headroom { limit, in_use }
    Health { live_buffers, registered, parked, handed_over, footprint, key_pages, rekeys, purges, degraded }
    Limits { locked_memory, mappings }
    Preflight { page_size, limits, locks_without_limit, core_limit, dumpable, controls }
    PurgeReport { wiped, handed_over, corrupted, failed, pending, pending_thread }
}

impl Serialize for Degraded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Degraded", self.iter().count())?;
        for (kind, count) in self.iter() {
            fields.serialize_field(kind, &count)?;
        }
        fields.end()
    }
}
