//! What a live buffer of 32 bytes takes, in a process of its own.

use crate::child::{of_child, program};
use crate::ours::{BYTE, session};
use crate::peers::{memsafe, memsec};
use clap::ValueEnum;
use memguard::Isolation;
use memguard_reports::bench::{Goal, Other, Row, Unit};
use std::fs;
use std::hint::black_box;

/// What the section of the page is called.
pub const SECTION: &str = "60,000 live buffers of 32 B, read-only";

/// Whose buffers.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Kind {
    Page,
    Packed,
    Memsafe,
    Memsec,
}

/// How many buffers of memguard live at once.
const OURS: usize = 60_000;

/// Of the others fewer, because several mappings of each soon reach the limit of the system.
const OTHERS: usize = 10_000;

/// What one of `count` live buffers takes: mappings, and resident bytes.
pub fn measure(kind: Kind, count: usize) -> [f64; 2] {
    let before = usage();
    match kind {
        Kind::Page => ours(Isolation::Page, count),
        Kind::Packed => ours(Isolation::Packed, count),
        Kind::Memsafe => drop_never(memsafe::live(count)),
        Kind::Memsec => drop_never(memsec::live(count)),
    }
    let after = usage();
    [0, 1].map(|at| (after[at] - before[at]) / count as f64)
}

fn ours(isolation: Isolation, count: usize) {
    let session = session(isolation);
    let create = |_| session.buffer_from_bytes(&mut [BYTE; 32]).expect("there is memory");
    let all: Vec<_> = (0..count).map(create).collect();
    let is_whole = |bytes: &[u8]| bytes == [BYTE; 32];
    assert!(all.iter().all(|buffer| buffer.with_data(is_whole).expect("nobody writes")), "a buffer lost its bytes");
    drop_never((all, session));
}

/// The process ends soon.
fn drop_never<T>(value: T) {
    std::mem::forget(black_box(value));
}

/// The mappings of the process and its resident bytes.
fn usage() -> [f64; 2] {
    let maps = fs::read_to_string("/proc/self/maps").expect("Linux tells");
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").expect("Linux tells");
    let resident =
        rollup.lines().find_map(|line| line.strip_prefix("Rss:")?.trim().strip_suffix("kB")?.trim().parse().ok());
    let kibibytes: f64 = resident.expect("Linux tells");
    [maps.lines().count() as f64, kibibytes * 1024.0]
}

/// The rows of the page. A quick run divides the number of buffers by `fewer`.
pub fn rows(fewer: usize) -> Vec<Row> {
    let ask = |kind: Kind, count: usize| {
        let name = kind.to_possible_value().expect("no variant is skipped");
        let printed = of_child(&mut program(&["child", "live", name.get_name(), &(count / fewer).to_string()]))?;
        <[f64; 2]>::try_from(printed).ok()
    };
    let ours = [Kind::Page, Kind::Packed].map(|kind| ask(kind, OURS));
    let others = [("memsafe, no guard pages", Kind::Memsafe), ("memsec", Kind::Memsec)];
    let others = others.map(|(name, kind)| (name, ask(kind, OTHERS)));
    let row = |name: &str, unit, ours: Option<[f64; 2]>, at: usize, goal: Option<f64>| {
        let peers = others.iter().filter(|_| !name.starts_with("packed"));
        let other = |(name, figures): &(&str, Option<[f64; 2]>)| Other {
            name: (*name).to_owned(),
            value: figures.map(|figures| figures[at]),
            is_bare: false,
        };
        Row {
            section: SECTION.to_owned(),
            name: name.to_owned(),
            unit,
            value: ours.map(|figures| figures[at]),
            quartiles: None,
            goal: goal.map(Goal::AtMost),
            floor: None,
            others: peers.map(other).collect(),
        }
    };
    vec![
        row("mappings of a buffer", Unit::Count, ours[0], 0, Some(0.1)),
        row("resident memory of a buffer", Unit::Bytes, ours[0], 1, Some(4.3 * 1024.0)),
        row("packed: mappings of a buffer", Unit::Count, ours[1], 0, None),
        row("packed: resident memory of a buffer", Unit::Bytes, ours[1], 1, Some(128.0)),
    ]
}
