//! A picture of the latencies.

use crate::render::bars::{Bar, bars};
use crate::schema::stress::Scenario;
use crate::units;

/// One bar for each scenario: solid up to the median, shaded up to p99, light up to the slowest operation. The scale is
/// logarithmic, because the maximum is often ten thousand times the median.
///
/// Empty if no scenario has a latency.
pub(super) fn latencies(scenarios: &[Scenario]) -> String {
    let bar = |scenario: &Scenario| {
        let latency = &scenario.latency_ns;
        let parts = vec![(latency.p50, '█'), (latency.p99, '▒'), (latency.max, '·')];
        Bar { name: scenario.name.clone(), parts, note: format!("p99 {}", units::nanoseconds(latency.p99)) }
    };
    bars(&scenarios.iter().map(bar).collect::<Vec<_>>())
}
