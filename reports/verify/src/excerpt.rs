//! What the output of a step says of its failure.

/// How many lines are kept at most.
const LINES: usize = 30;

/// What the first line has that tells of a failure: a panic of a test, or an error of cargo, rustc or clippy.
fn tells(line: &str) -> bool {
    line.contains(" panicked at ") || line.starts_with("error")
}

/// The last lines. If the first line that tells of a failure comes before these, it is kept with what follows it.
pub fn of(output: &str) -> Vec<String> {
    let lines: Vec<&str> = output.lines().collect();
    let (last, half) = (lines.len().saturating_sub(LINES), LINES / 2);
    let kept = match lines.iter().position(|line| tells(line)) {
        Some(first) if first < last => {
            [&lines[first..first + half], &["…"], &lines[lines.len() - (LINES - half - 1)..]].concat()
        }
        _ => lines[last..].to_vec(),
    };
    kept.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{LINES, of};

    fn numbered(from: usize, to: usize) -> String {
        (from..to).map(|number| format!("line {number}\n")).collect()
    }

    #[test]
    fn a_short_output_is_kept() {
        assert_eq!(of(""), Vec::<String>::new());
        assert_eq!(of("one\nerror: two\n"), ["one", "error: two"]);
    }

    #[test]
    fn without_a_failure_the_last_lines_are_kept() {
        let kept = of(&numbered(0, 100));
        assert_eq!((kept.len(), kept[0].as_str()), (LINES, "line 70"));
    }

    /// A backtrace and the names of all tests that failed come after the message.
    #[test]
    fn the_first_failure_is_kept() {
        for failure in ["thread 'x' (7) panicked at a.rs:1:2:", "error: unused variable"] {
            let kept = of(&format!("{}{failure}\nwhat is wrong\n{}", numbered(0, 50), numbered(50, 100)));
            assert_eq!(kept[..3], [failure, "what is wrong", "line 50"]);
            assert_eq!((kept.len(), kept[LINES - 1].as_str()), (LINES, "line 99"));
            assert!(kept.contains(&"…".to_owned()));
        }
    }
}
