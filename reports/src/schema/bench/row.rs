//! One figure of memguard, its goal, and the same figure of others.

use serde::{Deserialize, Serialize};

use crate::units;

/// One operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The section of the page.
    pub section: String,
    /// What was measured. No other row has this name.
    pub name: String,
    /// What the figures of this row are.
    pub unit: Unit,
    /// memguard's figure, the median of all rounds. `None`: not measured.
    pub value: Option<f64>,
    /// The first and the third quartile of the rounds.
    pub quartiles: Option<[f64; 2]>,
    /// What the figure should be.
    pub goal: Option<Goal>,
    /// What memguard cannot leave out, if that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Floor>,
    /// What the others did in the same rounds.
    pub others: Vec<Other>,
}

/// The parts of an operation that cannot be left out, measured alone in the same rounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// What these are.
    pub parts: String,
    /// The figure of these alone, the median of all rounds.
    pub value: f64,
}

/// What somebody else did in the same rounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Other {
    /// The crate, or the bare calls.
    pub name: String,
    /// The figure, the median of all rounds. `None`: not measured.
    pub value: Option<f64>,
    /// Whether it leaves out what a secret needs, such as the lock, the wipe or the locked page. Then it shows what is
    /// possible at best, and is no peer.
    pub is_bare: bool,
}

/// What a figure should be.
// Exhaustive: a limit is above or below.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// The figure should not be higher.
    AtMost(f64),
    /// The figure should not be lower.
    AtLeast(f64),
}

/// What a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Nanoseconds for an operation.
    Nanoseconds,
    /// Bytes for a buffer.
    Bytes,
    /// How many for each operation or buffer.
    Count,
    /// How many times as fast as something else.
    Times,
    /// Percent of the speed of something else.
    Percent,
}

impl Unit {
    /// Whether a lower figure is a better one.
    pub fn less_is_better(self) -> bool {
        !matches!(self, Self::Times | Self::Percent)
    }

    /// A figure of this unit as text.
    pub fn text(self, figure: f64) -> String {
        match self {
            Self::Nanoseconds => units::fine_nanoseconds(figure),
            // The cast saturates.
            Self::Bytes => format!("{} B", units::count(figure.round() as u64)),
            Self::Count => format!("{figure:.2}"),
            Self::Times => format!("{figure:.2}×"),
            Self::Percent => format!("{figure:.1} %"),
        }
    }
}

impl Goal {
    /// Whether a figure meets the goal.
    pub fn is_met_by(self, figure: f64) -> bool {
        match self {
            Self::AtMost(limit) => figure <= limit,
            Self::AtLeast(limit) => figure >= limit,
        }
    }

    /// The goal as text.
    pub fn text(self, unit: Unit) -> String {
        match self {
            Self::AtMost(limit) => format!("≤ {}", unit.text(limit)),
            Self::AtLeast(limit) => format!("≥ {}", unit.text(limit)),
        }
    }
}

impl Row {
    /// Whether the goal is met, if there is one. A figure that was not measured meets none.
    pub fn is_met(&self) -> Option<bool> {
        self.goal.map(|goal| self.value.is_some_and(|value| goal.is_met_by(value)))
    }

    /// Whether not even the parts that cannot be left out meet the goal. `None` without a goal or a floor.
    pub fn is_out_of_reach(&self) -> Option<bool> {
        let (goal, floor) = (self.goal?, self.floor.as_ref()?);
        Some(!goal.is_met_by(floor.value))
    }

    /// The best of the peers. What is bare is no peer.
    pub fn best_peer(&self) -> Option<(&Other, f64)> {
        let peers = self.others.iter().filter(|other| !other.is_bare);
        let measured = peers.filter_map(|other| Some((other, other.value?)));
        let key = |figure: f64| if self.unit.less_is_better() { figure } else { -figure };
        measured.min_by(|(_, a), (_, b)| key(*a).total_cmp(&key(*b)))
    }

    /// What the row shows against a pass.
    pub(super) fn shortfall(&self) -> Option<String> {
        let goal = self.goal.filter(|_| self.is_met() == Some(false))?;
        let was = self.value.map_or_else(|| "was not measured".to_owned(), |value| self.unit.text(value));
        Some(format!("{}: {was}, the goal is {}", self.name, goal.text(self.unit)))
    }
}
