//! Text as Markdown. A string of a record comes out as that string, never as markup.

/// `text` as plain text of one line. Markup characters are escaped, and control characters are made visible.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '$' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// `text` as a code span that may stand in a table.
pub(crate) fn code(text: &str) -> String {
    let text = one_line(text);
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    let ticks = "`".repeat(longest_run(&text, '`') + 1);
    // A span that begins or ends with a backtick or a space needs padding. Readers strip it.
    let padding = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    // A pipe ends the cell even inside a code span. Readers remove the backslash.
    let text = text.replace('|', "\\|");
    format!("{ticks}{padding}{text}{padding}{ticks}")
}

/// `content` as a fenced block. Every line begins with `indent`. Line breaks are kept and tabs become spaces. Other
/// control characters, such as a terminal's colours, are made visible.
pub(crate) fn fenced(content: &str, indent: &str) -> String {
    let fence = "`".repeat((longest_run(content, '`') + 1).max(3));
    let mut out = format!("{indent}{fence}text\n");
    for line in content.lines() {
        let line = one_line(&line.replace('\t', "    "));
        out.push_str(format!("{indent}{line}").trim_end());
        out.push('\n');
    }
    out.push_str(&format!("{indent}{fence}\n"));
    out
}

/// `text` with visible line breaks and control characters, because a line break ends a table row or a heading.
pub(crate) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

fn longest_run(text: &str, wanted: char) -> usize {
    text.split(|c| c != wanted).map(|run| run.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_not_markup() {
        assert_eq!(text("a|b <i>_c_ `d`\ne"), "a\\|b \\<i\\>\\_c\\_ \\`d\\`\\\\ne");
    }

    #[test]
    fn a_code_span_outlasts_its_backticks() {
        assert_eq!(code("plain"), "`plain`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code(""), "(empty)");
    }

    #[test]
    fn a_fence_outlasts_its_content() {
        assert_eq!(fenced("a\n```\n\n\tb\u{1b}[1m", "  "), "  ````text\n  a\n  ```\n\n      b\\u{1b}[1m\n  ````\n");
    }
}
