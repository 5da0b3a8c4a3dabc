//! Lines over time.

use crate::schema::stress::{Sample, Scenario};
use crate::units;

/// One line over the time of a scenario.
pub(super) struct Chart {
    pub(super) scenario: String,
    /// What it shows.
    pub(super) what: &'static str,
    /// The class of its parts in the style sheet.
    pub(super) class: &'static str,
    pub(super) points: Vec<Point>,
    /// The largest value, as text.
    pub(super) most: String,
    /// The last moment, as text.
    pub(super) end: String,
}

/// One sample.
pub(super) struct Point {
    /// Where it is in the picture.
    pub(super) x: String,
    pub(super) y: String,
    /// When it was taken, in seconds since the scenario began.
    pub(super) at_s: f64,
    pub(super) value: u64,
    pub(super) text: String,
}

impl Chart {
    /// The size of the picture.
    pub(super) const WIDTH: usize = 320;
    pub(super) const HEIGHT: usize = 120;
    /// Where the axis of time is.
    pub(super) const BOTTOM: usize = 104;
    const TOP: usize = 16;
    /// Where time ends, so that the last point is whole.
    const RIGHT: usize = 316;

    /// The charts of a scenario: none if it has no samples.
    pub(super) fn of(scenario: &Scenario) -> Vec<Self> {
        let Some(last) = scenario.samples.last() else { return Vec::new() };
        let start = Sample::default();
        let before = std::iter::once(&start).chain(&scenario.samples);
        let rates = before.zip(&scenario.samples).map(|(before, now)| {
            // Samples are a moment apart at least.
            (now.at_s, ((now.ops - before.ops.min(now.ops)) as f64 / (now.at_s - before.at_s)).round() as u64)
        });
        let rates = Self::line_chart(scenario, "operations a second", "rate", rates.collect(), last.at_s, |n| {
            format!("{} a second", units::count(n))
        });
        let locked = scenario.samples.iter().map(|sample| (sample.at_s, sample.locked_bytes));
        let locked = Self::line_chart(scenario, "locked memory", "memory", locked.collect(), last.at_s, units::memory);
        vec![rates, locked]
    }

    fn line_chart(
        scenario: &Scenario,
        what: &'static str,
        class: &'static str,
        values: Vec<(f64, u64)>,
        end_s: f64,
        as_text: impl Fn(u64) -> String,
    ) -> Self {
        let most = values.iter().map(|&(_, value)| value).max().unwrap_or(0);
        let point = |(at_s, value): (f64, u64)| {
            let (width, height) = (Self::RIGHT as f64, (Self::BOTTOM - Self::TOP) as f64);
            let x = at_s / end_s * width;
            let y = Self::BOTTOM as f64 - value as f64 / most.max(1) as f64 * height;
            let text = format!("{}: {}", units::seconds(at_s), as_text(value));
            Point { x: format!("{x:.1}"), y: format!("{y:.1}"), at_s, value, text }
        };
        let points = values.into_iter().map(point).collect();
        let (most, end) = (as_text(most), units::seconds(end_s));
        Self { scenario: scenario.name.clone(), what, class, points, most, end }
    }

    /// The line through all points.
    pub(super) fn line(&self) -> String {
        let pairs: Vec<String> = self.points.iter().map(|point| format!("{},{}", point.x, point.y)).collect();
        pairs.join(" ")
    }
}
