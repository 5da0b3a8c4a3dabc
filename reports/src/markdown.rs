//! The little Markdown the pages need. Whatever a run puts into a string must come out as that string, not as markup.

/// On which side the cells of a column line up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// `text` as plain text of one line: markup characters escaped, control characters made visible.
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
    // A span that begins or ends with a backtick, or with spaces at both ends, needs padding, which readers strip.
    let padding = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    // A pipe splits the cell even inside a code span; GitHub takes the backslash out again.
    let text = text.replace('|', "\\|");
    format!("{ticks}{padding}{text}{padding}{ticks}")
}

/// `content` as a fenced block, every line after `indent`. Line breaks and tabs are kept, as spaces; other control
/// characters, such as the colours of a terminal, are made visible.
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

/// A table whose source lines up too. Cells are Markdown already: made by [`text`], [`code`] or a number.
pub(crate) fn table(head: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = head
        .iter()
        .enumerate()
        .map(|(column, (title, _))| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| width(cell)).chain([width(title), 3]).max().unwrap_or(3)
        })
        .collect();
    let line = |cells: Vec<&str>| {
        let mut line = String::from("|");
        for (column, (&(_, align), &wide)) in head.iter().zip(&widths).enumerate() {
            let cell = cells.get(column).copied().unwrap_or_default();
            let space = " ".repeat(wide.saturating_sub(width(cell)));
            match align {
                Align::Left => line.push_str(&format!(" {cell}{space} |")),
                Align::Right => line.push_str(&format!(" {space}{cell} |")),
            }
        }
        line + "\n"
    };
    let rules: Vec<String> = head
        .iter()
        .zip(&widths)
        .map(|(&(_, align), &wide)| match align {
            Align::Left => "-".repeat(wide),
            Align::Right => format!("{}:", "-".repeat(wide - 1)),
        })
        .collect();
    let mut out = line(head.iter().map(|(title, _)| *title).collect());
    out.push_str(&line(rules.iter().map(String::as_str).collect()));
    for row in rows {
        out.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    out
}

/// `text` without line breaks and other control characters, which end a table row or a heading.
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

fn width(cell: &str) -> usize {
    cell.chars().count()
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

    #[test]
    fn a_table_lines_up() {
        let page = table(
            &[("name", Align::Left), ("n", Align::Right)],
            &[vec!["a".into(), "1".into()], vec!["longer".into(), "12345".into()]],
        );
        let expected = "\
| name   |     n |
| ------ | ----: |
| a      |     1 |
| longer | 12345 |
";
        assert_eq!(page, expected);
    }
}
