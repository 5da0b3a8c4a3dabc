//! Reads figures from the output of a step.

/// A figure, and how it is read from the lines of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// Of what, in words.
    pub unit: &'static str,
    /// A part of a line. If it has `{}`, a number stands there, and the figure is the sum of these numbers. Otherwise
    /// the figure is how many lines have the part.
    pub pattern: &'static str,
}

impl Figure {
    /// What this line adds. `None` if it says nothing of the figure.
    pub fn read(&self, line: &str) -> Option<u64> {
        let Some((before, after)) = self.pattern.split_once("{}") else {
            return line.contains(self.pattern).then_some(1);
        };
        line.match_indices(before).find_map(|(at, _)| {
            let rest = line.get(at + before.len()..)?;
            let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != ',').unwrap_or(rest.len());
            let (number, behind) = rest.split_at(end);
            if behind.starts_with(after) { number.replace(',', "").parse().ok() } else { None }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Figure;

    fn read(pattern: &'static str, line: &str) -> Option<u64> {
        Figure { unit: "", pattern }.read(line)
    }

    #[test]
    fn a_number_is_read_where_the_pattern_has_it() {
        let passed = "test result: ok. {} passed";
        for (pattern, line, expected) in [
            (passed, "test result: ok. 17 passed; 0 failed; 0 ignored", Some(17)),
            (passed, "test result: ok. 0 passed; 0 failed", Some(0)),
            (passed, "test result: FAILED. 16 passed; 1 failed", None),
            (passed, "test result: ok. many passed", None),
            (passed, "test result: ok. ", None),
            ("... {} executions,", "test a.b ... 5051 executions, 0.73 s, bound none ... ok", Some(5051)),
            ("scenarios, {} operations", "verdict: pass (20 scenarios, 1,234,567 operations, seed 7)", Some(1_234_567)),
            ("({} scenarios", "verdict: pass (20 scenarios, 1,234,567 operations, seed 7)", Some(20)),
            ("{} steps", "a 12, b 17 steps", Some(17)),
            (" {} steps", "a 12, b 7 steps", Some(7)),
            ("{} patches", "33 patches apply", Some(33)),
            (" {} x", "é 3 x", Some(3)),
            (" {} x", " 99999999999999999999 x", None),
        ] {
            assert_eq!(read(pattern, line), expected, "{pattern:?} in {line:?}");
        }
    }

    #[test]
    fn without_a_number_lines_are_counted() {
        assert_eq!(read("refused: ", "refused: cargo models nosuch"), Some(1));
        assert_eq!(read("refused: ", "passes"), None);
    }
}
