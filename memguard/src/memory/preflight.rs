//! What this machine allows and which controls are in force, before any secret exists.

use super::page::backend::{Backend, answer};
use super::page::os::Os;
use super::page::sight::Sight;
use super::page::{look, native, process};
use super::policy::ControlKind;
use std::fmt;

/// A limit, and how far this process is from it.
///
/// ```
/// let memory = memguard::preflight().limits.locked_memory;
/// println!("{:?} of {:?} bytes are locked, {:?} can be", memory.in_use, memory.limit, memory.left());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Headroom {
    /// The limit; `None` if there is no limit for this process, or if the system does not report it.
    pub limit: Option<u64>,
    /// How much of it this process uses; `None` if the system does not report it.
    pub in_use: Option<u64>,
}

impl Headroom {
    /// What is left; `None` if there is no limit or if the system does not report it.
    ///
    /// ```
    /// let headroom = memguard::preflight().limits.mappings;
    /// assert!(headroom.left() <= headroom.limit);
    /// ```
    pub fn left(&self) -> Option<u64> {
        Some(self.limit?.saturating_sub(self.in_use?))
    }
}

/// The limits that bound how many secrets a process can hold.
///
/// ```
/// let limits = memguard::preflight().limits;
/// let buffers = limits.mappings.left().map(|mappings| mappings / 2);
/// println!("room for {buffers:?} buffers, and {:?} bytes in them", limits.locked_memory.left());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Memory that may be locked into RAM, in bytes (`RLIMIT_MEMLOCK`; no limit for a process with `CAP_IPC_LOCK`).
    pub locked_memory: Headroom,
    /// Mappings (`vm.max_map_count`). A page-isolated buffer needs two.
    pub mappings: Headroom,
}

impl Limits {
    pub(crate) fn now() -> Self {
        let limit = process::memlock_limit().filter(|_| !native::locks_without_limit());
        Self {
            locked_memory: Headroom { limit, in_use: native::locked_bytes() },
            mappings: Headroom { limit: native::max_mappings(), in_use: native::mappings() },
        }
    }
}

/// One measure that protects secrets, and whether it is in force.
///
/// ```
/// for control in memguard::preflight().controls {
///     println!("{}: {}", control.name, control.missing.as_deref().unwrap_or("in force"));
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Control {
    /// Its name in tables.
    pub name: &'static str,
    /// Why it is not in force; `None` if it is.
    pub missing: Option<String>,
}

/// What [`preflight`] found. `Display` is a table for people.
///
/// ```
/// let found = memguard::preflight();
/// if found.missing().next().is_some() {
///     eprintln!("{found}");
/// }
/// assert!(found.page_size.is_power_of_two());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preflight {
    /// The size of a page in bytes: what a page-isolated buffer of up to that length takes.
    pub page_size: usize,
    /// The limits that bound how many secrets fit.
    pub limits: Limits,
    /// Whether locking is bounded by nothing but the machine's memory.
    pub locks_without_limit: bool,
    /// The soft limit on the size of a core dump (`RLIMIT_CORE`) in bytes; `None` for no limit, 0 for no core dump.
    pub core_limit: Option<u64>,
    /// Whether the system may dump this process and lets others of the same user trace it (`PR_GET_DUMPABLE`); `None`
    /// if it does not report this.
    pub dumpable: Option<bool>,
    /// Every control, in force or not.
    pub controls: Vec<Control>,
}

impl Preflight {
    /// The controls that are not in force.
    ///
    /// ```
    /// for control in memguard::preflight().missing() {
    ///     eprintln!("not in force: {} ({:?})", control.name, control.missing);
    /// }
    /// ```
    pub fn missing(&self) -> impl Iterator<Item = &Control> {
        self.controls.iter().filter(|control| control.missing.is_some())
    }
}

/// Tries every control on a page of its own, and reads the limits. Changes nothing in the process. Takes well under a
/// millisecond, and longer in a process with many mappings.
///
/// A control is in force when its effect was seen: a page that the kernel cannot read, a flag in `/proc/self/smaps`. An
/// answer of the system does not suffice, because emulators and filters say yes and do nothing. Where nothing shows the
/// effect, for example without `/proc`, the control is missing as "not verifiable".
///
/// Never fails: a control that does not work is reported as missing. Run it at the start of a service, and warn or stop
/// if a control is missing.
///
/// ```
/// let found = memguard::preflight();
/// println!("{found}");
/// assert!(found.controls.iter().any(|control| control.name == "mlock"));
/// ```
pub fn preflight() -> Preflight {
    let os = Os::new();
    let core_limit = process::core_limit();
    let dumpable = native::dumpable();
    Preflight {
        page_size: os.page_size(),
        limits: Limits::now(),
        locks_without_limit: native::locks_without_limit(),
        core_limit,
        dumpable,
        controls: controls(&os, core_limit, dumpable),
    }
}

fn controls(os: &Os, core_limit: Option<u64>, dumpable: Option<bool>) -> Vec<Control> {
    let seen = look::look(os.page_size());
    let dumps = match (core_limit, dumpable) {
        (Some(0), _) | (_, Some(false)) => None,
        _ => Some("RLIMIT_CORE allows core dumps: call harden() or build with forbid_core_dumps()".to_owned()),
    };
    vec![
        Control { name: ControlKind::Guard.name(), missing: missing(seen.protect) },
        Control { name: ControlKind::Dump.name(), missing: missing(seen.dump) },
        Control { name: ControlKind::Fork.name(), missing: missing(seen.fork) },
        Control { name: ControlKind::Lock.name(), missing: missing(seen.lock) },
        Control { name: "freeze and conceal (mprotect)", missing: missing(seen.protect) },
        Control {
            name: "guards within a mapping (MADV_GUARD_INSTALL)",
            missing: missing(look::guards_within_a_mapping(os.page_size())),
        },
        Control { name: ControlKind::Hide.name(), missing: missing(look::look_at_hiding(os.page_size())) },
        Control { name: "no core dumps", missing: dumps },
    ]
}

fn missing(sight: Sight) -> Option<String> {
    match sight {
        Sight::Works => None,
        Sight::NotVerifiable => Some("not verifiable: the system says yes, and nothing shows the effect".to_owned()),
        Sight::Fails(fault) => Some(format!("{}: {}", fault.call, answer(fault.errno))),
    }
}

impl fmt::Display for Preflight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |n: Option<u64>, none: &str| n.map_or_else(|| none.to_owned(), |n| n.to_string());
        writeln!(f, "{:<48} {:>14} {:>14} {:>14}", "limit", "is", "in use", "left")?;
        for (name, headroom) in
            [("locked memory, bytes", self.limits.locked_memory), ("mappings", self.limits.mappings)]
        {
            let is = number(headroom.limit, "none");
            let (in_use, left) = (number(headroom.in_use, "unknown"), number(headroom.left(), "unbounded"));
            writeln!(f, "{name:<48} {is:>14} {in_use:>14} {left:>14}")?;
        }
        writeln!(f, "{:<48} {:>14}", "core dump, bytes", number(self.core_limit, "none"))?;
        writeln!(f, "{:<48} {:>14}", "page, bytes", self.page_size)?;
        writeln!(f, "\n{:<48} in force", "control")?;
        for control in &self.controls {
            match &control.missing {
                None => writeln!(f, "{:<48} yes", control.name)?,
                Some(reason) => writeln!(f, "{:<48} NO: {reason}", control.name)?,
            }
        }
        Ok(())
    }
}
