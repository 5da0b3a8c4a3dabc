//! What the rules read in a file: its lines of code, the text of its comments, its prose, its sections.

/// Lines that are not comments, with their numbers.
pub fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The text of comments, doc comments included, with the numbers of their lines. Code in examples is left out.
pub fn comments(text: &str) -> Vec<(usize, &str)> {
    outside_blocks((1..).zip(text.lines()).filter_map(|(number, line)| {
        let (before, comment) = line.split_once("//")?;
        let is_comment = before.trim().is_empty() || before.ends_with(' ');
        is_comment.then(|| (number, comment.trim_start_matches(['/', '!'])))
    }))
}

/// Lines of a Markdown text outside code blocks, with their numbers.
pub fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut lines = outside_blocks((1..).zip(text.lines()));
    lines.retain(|(_, line)| !line.starts_with("    "));
    lines
}

/// Lines outside blocks between two lines of three backticks.
fn outside_blocks<'t>(lines: impl Iterator<Item = (usize, &'t str)>) -> Vec<(usize, &'t str)> {
    let mut in_block = false;
    let is_outside = |line: &(usize, &str)| {
        let is_fence = line.1.trim_start().starts_with("```");
        in_block ^= is_fence;
        !in_block && !is_fence
    };
    lines.filter(is_outside).collect()
}

/// What stands in a Markdown text under this heading, up to the next one.
pub fn section<'t>(page: &'t str, heading: &str) -> &'t str {
    page.split(heading).nth(1).and_then(|rest| rest.split("\n#").next()).unwrap_or_default()
}
