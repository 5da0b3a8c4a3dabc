//! What got worse between two runs.

use std::fmt;

use super::{BenchRun, Growth, Unit};

/// A figure that got worse, or that the newer run does not have.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Worse {
    /// What was measured.
    pub name: String,
    /// What the figures are.
    pub unit: Unit,
    /// The figure of the older run.
    pub old: f64,
    /// The figure of the newer run. `None`: it has none.
    pub new: Option<f64>,
}

/// The figures of memguard that are more than `percent` worse in `new` than in `old`, and those that `new` lacks.
///
/// Figures of others are not compared. A figure that only `new` has is no change.
pub fn compare(old: &BenchRun, new: &BenchRun, percent: f64) -> Vec<Worse> {
    let newer = figures(new);
    let judge = |(name, unit, old): (String, Unit, f64)| {
        let new = newer.iter().find(|(other, other_unit, _)| *other == name && *other_unit == unit);
        let new = new.map(|&(_, _, figure)| figure);
        let is_worse = new.is_none_or(|new| is_worse(unit, old, new, percent));
        is_worse.then_some(Worse { name, unit, old, new })
    };
    figures(old).into_iter().filter_map(judge).collect()
}

fn is_worse(unit: Unit, old: f64, new: f64, percent: f64) -> bool {
    let factor = 1.0 + percent / 100.0;
    if unit.less_is_better() { new > old * factor } else { new * factor < old }
}

/// The figures of memguard, each with a name of its own.
fn figures(run: &BenchRun) -> Vec<(String, Unit, f64)> {
    let rows = run.rows.iter().filter_map(|row| Some((row.name.clone(), row.unit, row.value?)));
    rows.chain(run.growth.iter().flat_map(points)).collect()
}

fn points(growth: &Growth) -> impl Iterator<Item = (String, Unit, f64)> {
    let ours = growth.lines.first().into_iter().flat_map(|line| &line.ns);
    growth
        .at
        .iter()
        .zip(ours)
        .filter_map(|(at, ns)| Some((format!("{}, {}: {at}", growth.name, growth.over), Unit::Nanoseconds, (*ns)?)))
}

impl fmt::Display for Worse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, old) = (&self.name, self.unit.text(self.old));
        match self.new {
            None => write!(f, "{name}: was {old}, is not measured any more"),
            Some(new) => write!(f, "{name}: was {old}, is {} ({})", self.unit.text(new), change(self.old, new)),
        }
    }
}

/// The change in percent. From 0 there is none.
fn change(old: f64, new: f64) -> String {
    if old == 0.0 { "from zero".to_owned() } else { format!("{:+.1} %", (new / old - 1.0) * 100.0) }
}
