//! The elements of a picture.

use crate::edges::Edge;
use std::fmt::Write;

/// Right, and down.
pub(super) type Point = (f64, f64);

/// The height of a box.
pub(super) const HEIGHT: f64 = 40.0;
/// How wide a character is.
pub(super) const CHARACTER: f64 = 7.3;
const MARGIN: f64 = 20.0;
/// From one line of text to the next.
const LINE: f64 = 18.0;

const STYLE: &str = "
  svg { --page: #ffffff; --ink: #1f2328; --line: #6e7781; --box: #f6f8fa; --bad: #c9252d; }
  @media (prefers-color-scheme: dark) {
    svg { --page: #0d1117; --ink: #e6edf3; --line: #8b949e; --box: #161b22; --bad: #ff6b66; }
  }
  text { fill: var(--ink); font: 12px ui-monospace, monospace; }
  .page { fill: var(--page); }
  .class rect { fill: var(--box); stroke: var(--line); }
  .class text { text-anchor: middle; }
  .edge path { fill: none; stroke: var(--line); stroke-width: 1.5; marker-end: url(#arrow); }
  .bad path { stroke: var(--bad); stroke-width: 2.5; marker-end: url(#bad-arrow); }
  .bad circle { fill: var(--bad); }
  .bad text { fill: var(--page); text-anchor: middle; font-weight: bold; }
  #arrow path { fill: var(--line); }
  #bad-arrow path { fill: var(--bad); }
";

pub(super) struct Picture {
    title: String,
    /// How far right and down the drawing goes.
    size: Point,
    body: String,
    /// What is said below the drawing: the title, then the arrows with numbers.
    text: Vec<String>,
}

// Writing to a string cannot fail.
impl Picture {
    pub(super) fn new(title: &str, size: Point) -> Self {
        Self { title: escape(title), size, body: String::new(), text: vec![title.to_owned()] }
    }

    /// Adds an arrow along a path. `middle` is where its number goes.
    pub(super) fn arrow(&mut self, edge: &Edge, path: &str, (x, y): Point) {
        let Edge { held, wanted, places: (held_at, wanted_at), is_bad } = edge;
        let says = format!("{held} at {held_at} -> {wanted} at {wanted_at}");
        let class = if *is_bad { "edge bad" } else { "edge" };
        let _ = write!(self.body, "<g class=\"{class}\"><title>{}</title><path d=\"{path}\"/>", escape(&says));
        if *is_bad {
            let number = self.text.len();
            let _ = write!(self.body, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"9\"/>");
            let _ = write!(self.body, "<text x=\"{x:.1}\" y=\"{:.1}\">{number}</text>", y + 4.0);
            self.text.push(format!("{number}  {says}"));
        }
        self.body += "</g>\n";
    }

    /// Adds a box with lines of text.
    pub(super) fn class(&mut self, name: &str, lines: &[String], (x, y): Point, width: f64) {
        let (left, top) = (x - width / 2.0, y - HEIGHT / 2.0);
        let _ = write!(self.body, "<g class=\"class\"><title>{}</title>", escape(name));
        let _ = write!(
            self.body,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{HEIGHT}\" rx=\"6\"/>"
        );
        let first = y + 4.0 - (lines.len() as f64 - 1.0) * 8.0;
        for (at, line) in lines.iter().enumerate() {
            let _ =
                write!(self.body, "<text x=\"{x:.1}\" y=\"{:.1}\">{}</text>", first + 16.0 * at as f64, escape(line));
        }
        self.body += "</g>\n";
    }

    /// The whole file.
    pub(super) fn finish(self) -> String {
        let Self { title, size: (right, deepest), body, text } = self;
        let longest = text.iter().map(|line| line.chars().count()).max().unwrap_or(0) as f64 * CHARACTER;
        let (width, height) = (right.max(longest) + 2.0 * MARGIN, deepest + text.len() as f64 * LINE + 3.0 * MARGIN);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\">\n<title>{title}</title>\n<style>{STYLE}</style>\n<defs>"
        );
        for marker in ["arrow", "bad-arrow"] {
            let _ = write!(
                svg,
                "<marker id=\"{marker}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerUnits=\"userSpaceOnUse\" \
                 markerWidth=\"11\" markerHeight=\"11\" orient=\"auto\"><path d=\"M0 0 10 5 0 10z\"/></marker>"
            );
        }
        svg += "</defs>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n";
        let _ = writeln!(svg, "<g transform=\"translate({:.1} {MARGIN})\">\n{body}</g>", (width - right) / 2.0);
        for (at, line) in text.iter().enumerate() {
            let y = deepest + 2.5 * MARGIN + at as f64 * LINE;
            let _ = writeln!(svg, "<text x=\"{MARGIN}\" y=\"{y:.1}\">{}</text>", escape(line));
        }
        svg + "</svg>\n"
    }
}

/// A text as XML. Names of classes can be anything.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            // XML has no way to write these.
            _ if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}
