//! A picture of bars on a logarithmic scale. Each bar has its name and its figure above it.

use askama::Template;

/// Bars below each other. The scale begins at the power of ten below the smallest value, so that small differences look
/// small.
#[derive(Template)]
#[template(path = "bars.html")]
pub(crate) struct Bars {
    title: String,
    bars: Vec<Bar>,
}

/// One bar.
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) value: f64,
    /// The value as text.
    pub(crate) shown: String,
    pub(crate) weight: Weight,
}

/// Whose bar it is. The colour shows it; its name says it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Ours,
    Peer,
    /// What is left out of it makes it no peer.
    Bare,
}

/// The share of the width that any bar has at least, so that a value where the scale begins can be seen.
const SHORTEST: f64 = 0.02;

impl Bars {
    const WIDTH: usize = 320;
    /// From one bar to the next.
    const STEP: usize = 30;

    /// The bars of these. `None` if there are fewer than two that have a length, because then there is nothing to
    /// compare.
    pub(crate) fn new(title: String, bars: Vec<Bar>) -> Option<Self> {
        let bars: Vec<Bar> = bars.into_iter().filter(|bar| bar.value > 0.0 && bar.value.is_finite()).collect();
        (bars.len() > 1).then_some(Self { title, bars })
    }

    fn height(&self) -> usize {
        self.bars.len() * Self::STEP
    }

    /// The length of a bar.
    fn width(&self, bar: &Bar) -> String {
        let logs = || self.bars.iter().map(|bar| bar.value.log10());
        let (least, most) = (logs().fold(f64::INFINITY, f64::min).floor(), logs().fold(f64::NEG_INFINITY, f64::max));
        let share = if most > least { (bar.value.log10() - least) / (most - least) } else { 1.0 };
        format!("{:.1}", share.max(SHORTEST) * Self::WIDTH as f64)
    }

    /// What a screen reader says.
    fn in_words(&self) -> String {
        let words: Vec<String> = self.bars.iter().map(|bar| format!("{} {}", bar.name, bar.shown)).collect();
        words.join(", ")
    }
}

impl Bar {
    fn class(&self) -> &'static str {
        match self.weight {
            Weight::Ours => "ours",
            Weight::Peer => "peer",
            Weight::Bare => "bare",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(values: &[f64]) -> Option<Bars> {
        let bar = |&value: &f64| Bar { name: "a".into(), value, shown: "1".into(), weight: Weight::Peer };
        Bars::new("t".into(), values.iter().map(bar).collect())
    }

    #[test]
    fn lengths_are_logarithmic() {
        let all = bars(&[1.0, 10.0, 100.0]).unwrap();
        assert_eq!(all.bars.iter().map(|bar| all.width(bar)).collect::<Vec<_>>(), ["6.4", "160.0", "320.0"]);
        for equal in [1.0, 5.0] {
            let equal = bars(&[equal, equal]).unwrap();
            assert_eq!(equal.width(&equal.bars[0]), "320.0");
        }
    }

    #[test]
    fn what_has_no_length_is_left_out() {
        assert!(bars(&[1.0]).is_none() && bars(&[0.0, -1.0, f64::NAN, 2.0]).is_none());
    }
}
