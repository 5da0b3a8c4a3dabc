//! What the rules read in a Rust file: its lines of code, and the text of its comments.

/// Lines that are not comments, with their numbers.
pub fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The text of comments, doc comments included, with the numbers of their lines. Code in examples is left out.
pub fn comments(text: &str) -> Vec<(usize, &str)> {
    let mut in_example = false;
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let Some((before, comment)) = line.split_once("//") else { continue };
        let is_text = before.trim().is_empty() || before.ends_with("  ") || before.ends_with(' ');
        if !is_text || before.ends_with(':') {
            continue;
        }
        let comment = comment.trim_start_matches(['/', '!']);
        if comment.trim_start().starts_with("```") {
            in_example = !in_example;
        } else if !in_example {
            found.push((number, comment));
        }
    }
    found
}

/// Lines of a Markdown text outside code blocks, with their numbers.
pub fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut in_code = false;
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code && !line.starts_with("    ") {
            found.push((number, line));
        }
    }
    found
}
