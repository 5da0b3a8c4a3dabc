//! Shows where the figures of a page come from.

use crate::render::markdown::{code, text};
use crate::render::table::{Align, table};
use crate::schema::host::Host;
use crate::units;

/// The provenance of a run of any kind.
pub(crate) struct Provenance<'a> {
    pub(crate) command: &'a [String],
    pub(crate) commit: &'a str,
    pub(crate) started_unix_s: u64,
    pub(crate) duration_s: f64,
    pub(crate) host: &'a Host,
    /// The seed as Markdown, if the run has one.
    pub(crate) seed: Option<String>,
    /// How many threads were asked for, if the run has such an option.
    pub(crate) threads: Option<usize>,
}

pub(crate) fn section(run: &Provenance<'_>) -> String {
    format!("## Provenance\n\n{}", table_of(run))
}

/// The table without a heading, for a page with several origins.
pub(crate) fn table_of(run: &Provenance<'_>) -> String {
    let host = run.host;
    let cores = match host.cores {
        0 => "unknown".to_owned(),
        n => n.to_string(),
    };
    let mut rows = vec![("command", code(&shell(run.command)))];
    rows.extend(run.seed.as_ref().map(|seed| ("seed", seed.clone())));
    rows.extend([
        ("commit", code(run.commit)),
        ("started", units::utc(run.started_unix_s)),
        ("duration", units::seconds(run.duration_s)),
    ]);
    rows.extend(run.threads.map(|threads| ("threads", threads.to_string())));
    rows.extend([
        ("system", text(&host.os)),
        ("kernel", text(&host.kernel)),
        ("processor", text(&host.cpu_model)),
        ("architecture", text(&host.arch)),
        ("cores", cores),
        ("memory", units::memory(host.memory_bytes)),
        ("memlock limit", text(&host.memlock_limit)),
        ("compiler", text(&host.rustc)),
    ]);
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(what, value)| vec![what.to_owned(), value]).collect();
    table(&[("what", Align::Left), ("value", Align::Left)], &rows)
}

/// The command line, quoted for a POSIX shell.
fn shell(command: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+./:,@%".contains(c);
    let words: Vec<String> = command
        .iter()
        .map(|word| {
            if !word.is_empty() && word.chars().all(plain) {
                word.clone()
            } else {
                format!("'{}'", word.replace('\'', r"'\''"))
            }
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::shell;

    #[test]
    fn a_command_can_be_pasted() {
        let command = ["./x", "--out=a/b", "", "it's", "a b"].map(str::to_owned);
        assert_eq!(shell(&command), r"./x --out=a/b '' 'it'\''s' 'a b'");
    }
}
