//! How many system calls an operation makes when everything is set up, counted by strace.

use crate::child::program;
use crate::ours::{access, buffers, enclaves};
use crate::work::Work;
use clap::ValueEnum;
use memguard::Cipher;
use memguard::Isolation;
use memguard_reports::bench::{Goal, Row, Unit};
use std::process::{Command, Stdio};

/// Operations that should make none.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Steady {
    Create,
    FromBytes,
    Packed,
    Read,
    Write,
    View,
    Equals,
    Seal,
    Open,
    WithData,
}

/// How many operations are made before those that count.
const WARM: u64 = 1_000;

impl Steady {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "system calls of create + destroy 32 B",
            Self::FromBytes => "system calls of create + destroy 32 B, read-only",
            Self::Packed => "system calls of create + destroy 32 B, packed",
            Self::Read => "system calls of a read",
            Self::Write => "system calls of a write",
            Self::View => "system calls of uint64_slice",
            Self::Equals => "system calls of equals",
            Self::Seal => "system calls of seal 32 B",
            Self::Open => "system calls of open + destroy 32 B",
            Self::WithData => "system calls of looking into an enclave of 32 B",
        }
    }

    fn work(self) -> Work {
        match self {
            Self::Create => buffers::create(Isolation::Page, 32, 0),
            Self::FromBytes => buffers::from_bytes(),
            Self::Packed => buffers::create(Isolation::Packed, 32, 0),
            Self::Read => access::read(),
            Self::Write => access::write(),
            Self::View => access::uint64_slice(),
            Self::Equals => access::equals(),
            Self::Seal => enclaves::seal(Cipher::default(), 32),
            Self::Open => enclaves::open(Cipher::default(), 32),
            Self::WithData => enclaves::with_data(Cipher::default()),
        }
    }

    /// Does the operation as many times, after a warm-up.
    pub fn repeat(self, operations: u64) {
        let mut work = self.work();
        for operations in [WARM, operations] {
            work.run(operations).expect("the operation does its work");
        }
    }
}

/// All system calls of a child that makes this many operations.
fn calls(what: Steady, operations: u64) -> Option<f64> {
    let name = what.to_possible_value()?;
    let child = program(&["child", "steady", name.get_name(), &operations.to_string()]);
    let output = Command::new("strace")
        .args(["-f", "-c", "-U", "calls", "--"])
        .arg(child.get_program())
        .args(child.get_args())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .ok()?;
    // The summary ends with the total.
    let summary = String::from_utf8(output.stderr).ok().filter(|_| output.status.success())?;
    summary.lines().rev().find_map(|line| line.split_whitespace().next()?.parse().ok())
}

/// The rows of the page that are wanted. Without strace they have no figure.
pub fn rows(operations: u64, wanted: impl Fn(&str) -> bool) -> Vec<Row> {
    let row = |&what: &Steady| {
        // What the process itself needs is in both.
        let each = || Some((calls(what, operations)? - calls(what, 0)?) / operations as f64);
        Row {
            section: "System calls in steady state".to_owned(),
            name: what.name().to_owned(),
            unit: Unit::Count,
            value: each(),
            quartiles: None,
            floor: None,
            goal: Some(Goal::AtMost(0.0)),
            others: Vec::new(),
        }
    };
    Steady::value_variants().iter().filter(|what| wanted(what.name())).map(row).collect()
}
