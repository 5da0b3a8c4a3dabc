//! A picture of one line from left to right, such as a figure over time.

use askama::Template;

/// One line. The height of a point is its share of the largest value.
#[derive(Template)]
#[template(path = "lines.html")]
pub(crate) struct Lines {
    /// Whose figure it is.
    name: String,
    /// What the figure is.
    what: String,
    /// The class of its parts in the style sheet.
    class: &'static str,
    points: Vec<Dot>,
    /// The largest value, as text.
    most: String,
    /// What is written at the left and the right end.
    start: String,
    end: String,
}

/// A value at a place.
pub(crate) struct Point {
    /// How far to the right.
    pub(crate) at: f64,
    /// That, as text.
    pub(crate) when: String,
    pub(crate) value: f64,
    /// That, as text.
    pub(crate) shown: String,
}

/// A point in the picture.
struct Dot {
    x: String,
    y: String,
    at: f64,
    value: f64,
    text: String,
}

impl Lines {
    /// The size of the picture.
    const WIDTH: usize = 320;
    const HEIGHT: usize = 120;
    /// Where the axis is.
    const BOTTOM: usize = 104;
    const TOP: usize = 16;
    /// Where the last point is, so that it is whole.
    const RIGHT: usize = 316;

    /// The line from 0 to the last of these points. `None` if there is none.
    pub(crate) fn new(name: &str, what: &str, class: &'static str, points: Vec<Point>) -> Option<Self> {
        let largest = points.iter().max_by(|a, b| a.value.total_cmp(&b.value))?;
        let (first, last) = (points.first()?, points.last()?);
        let (start, end, most) = (first.when.clone(), last.when.clone(), largest.shown.clone());
        let top = if largest.value > 0.0 { largest.value } else { 1.0 };
        let right = if last.at > 0.0 { last.at } else { 1.0 };
        let (width, height) = (Self::RIGHT as f64, (Self::BOTTOM - Self::TOP) as f64);
        let dot = |point: &Point| Dot {
            x: format!("{:.1}", point.at / right * width),
            y: format!("{:.1}", Self::BOTTOM as f64 - point.value / top * height),
            at: point.at,
            value: point.value,
            text: format!("{}: {}", point.when, point.shown),
        };
        let points = points.iter().map(dot).collect();
        Some(Self { name: name.to_owned(), what: what.to_owned(), class, points, most, start, end })
    }

    /// With these words at the ends instead of those of the first and the last point.
    pub(crate) fn between(mut self, start: &str, end: Option<&str>) -> Self {
        self.start = start.to_owned();
        if let Some(end) = end {
            self.end = end.to_owned();
        }
        self
    }

    /// The line through all points.
    fn line(&self) -> String {
        let pairs: Vec<String> = self.points.iter().map(|point| format!("{},{}", point.x, point.y)).collect();
        pairs.join(" ")
    }
}
