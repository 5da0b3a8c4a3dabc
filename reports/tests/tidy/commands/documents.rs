//! The commands in a document.

use regex::Regex;

/// A command, and where it stands.
pub struct Command {
    pub line: usize,
    pub words: Vec<String>,
    /// Whether it stands in a block of code, where nothing but commands stands.
    pub in_block: bool,
}

/// The languages of blocks that a shell reads. Without one it is a shell's, too.
const SHELLS: [&str; 5] = ["", "sh", "bash", "console", "shell"];

/// The documents at the top of the workspace, each README, and the workflows. A changelog speaks of what was.
pub fn is_judged(path: &str) -> bool {
    let is_document = path.ends_with(".md") && (!path.contains('/') || path.ends_with("/README.md"));
    let is_workflow = path.starts_with(".github/workflows/") && path.ends_with(".yml");
    (is_document || is_workflow) && path != "CHANGELOG.md"
}

pub fn commands(path: &str, text: &str) -> Vec<Command> {
    if path.ends_with(".yml") { of_workflow(text) } else { of_document(text) }
}

fn of_document(text: &str) -> Vec<Command> {
    let (mut found, mut block): (Vec<Command>, Option<bool>) = (Vec::new(), None);
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            block = match block {
                Some(_) => None,
                None => Some(SHELLS.contains(&language.trim())),
            };
        } else if block == Some(true) || block.is_none() && line.starts_with("    ") {
            let mut command = line.trim().trim_start_matches("$ ").to_owned();
            while let Some(begun) = command.strip_suffix('\\') {
                let next = lines.next().map_or("", |(_, line)| line);
                command = format!("{begun} {}", next.trim());
            }
            let words = words(&command);
            // The drawings of some documents are indented as code is.
            if words
                .first()
                .is_some_and(|first| first.starts_with(|letter: char| letter.is_alphabetic() || ".$".contains(letter)))
            {
                found.push(Command { line: number, words, in_block: true });
            }
        } else if block.is_none() {
            // Between backticks, every second piece is code.
            for code in line.split('`').skip(1).step_by(2) {
                let words = words(code);
                let Some(first) = words.first() else { continue };
                if first == "…" {
                    let before = found.last().filter(|before| before.line == number || before.line + 1 == number);
                    found
                        .extend(before.map(|before| continued(before, &words, number)).into_iter().collect::<Vec<_>>());
                } else if is_command(&words) {
                    found.push(Command { line: number, words, in_block: false });
                }
            }
        }
    }
    found
}

/// `… -- self-test` after `cargo run -p x -- run` means `cargo run -p x -- self-test`.
fn continued(before: &Command, words: &[String], line: usize) -> Command {
    let kept = before.words.iter().take_while(|word| *word != "--");
    Command { line, words: kept.chain(&words[1..]).cloned().collect(), in_block: false }
}

/// Whether code in a sentence is a command: a call of cargo with arguments, after settings, or of a script.
fn is_command(words: &[String]) -> bool {
    let mut words = words.iter().skip_while(|word| is_setting(word));
    match (words.next().map(String::as_str), words.next()) {
        (Some("cargo"), Some(_)) => true,
        // A path alone may be any file. Scripts end with `.sh`, or lie in `.ci`, or have arguments.
        (Some(first), second) if is_path(first) => {
            let file = first.rsplit('/').next().unwrap_or_default();
            let is_script = file.ends_with(".sh") || !file.contains('.') && (first.starts_with("./") || file == "run");
            is_script || first.starts_with(".ci/") || second.is_some()
        }
        _ => false,
    }
}

/// Whether the word sets a variable.
pub fn is_setting(word: &str) -> bool {
    word.split_once('=')
        .is_some_and(|(name, _)| name.chars().all(|letter| letter.is_ascii_alphabetic() || letter == '_'))
}

fn is_path(word: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    word.contains('/') && !word.ends_with('/') && word.chars().all(is_letter)
}

/// What `run:` of a workflow has.
fn of_workflow(text: &str) -> Vec<Command> {
    let (mut found, mut block) = (Vec::new(), None);
    // They are known only when the workflow runs.
    let expression = Regex::new(r"\$\{\{.*?\}\}|\$\(\(.*?\)\)").expect("it is a pattern");
    for (number, line) in (1..).zip(text.lines()) {
        let indent = line.len() - line.trim_start().len();
        if block.is_some_and(|outer| indent <= outer && !line.trim().is_empty()) {
            block = None;
        }
        let command = match line.trim_start().trim_start_matches("- ").strip_prefix("run: ") {
            Some("|") => {
                block = Some(indent);
                continue;
            }
            Some(command) => command,
            None if block.is_some() => line,
            None => continue,
        };
        for command in expression.replace_all(command, "X").split("&&") {
            let words = words(command);
            // The options of the line before.
            if !words.first().is_none_or(|first| first.starts_with('-')) {
                found.push(Command { line: number, words, in_block: true });
            }
        }
    }
    found
}

/// The words of a command, without a comment at its end, marks of what may be left out, and a last `\`.
fn words(command: &str) -> Vec<String> {
    let words =
        command.split_whitespace().take_while(|word| !word.starts_with('#') && !["|", ">", "\\"].contains(word));
    let words = words.map(|word| word.trim_matches(['[', ']', '"', '\'', ';', ',']).to_owned());
    words.filter(|word| !word.is_empty()).collect()
}
