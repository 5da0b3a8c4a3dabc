//! Shows where the figures of a page come from.

use crate::render::markdown::{code, text};
use crate::render::table::table;
use crate::schema::provenance::Provenance;
use crate::units;

/// The provenance of a run of any kind. `asked` are the seeds and the threads of a stress run.
pub(crate) fn section(
    command: &[String],
    duration_s: f64,
    origin: &Provenance,
    asked: Option<(&str, usize)>,
) -> String {
    format!("## Provenance\n\n{}", table_of(command, duration_s, origin, asked))
}

/// The table without a heading, for a page with several origins.
pub(crate) fn table_of(
    command: &[String],
    duration_s: f64,
    origin: &Provenance,
    asked: Option<(&str, usize)>,
) -> String {
    let Provenance { commit, started_unix_s, host } = origin;
    let cores = if host.cores == 0 { "unknown".to_owned() } else { host.cores.to_string() };
    let rows = [
        ("command", Some(code(&shell(command)))),
        ("seed", asked.map(|(seed, _)| code(seed))),
        ("commit", Some(code(commit))),
        ("started", Some(units::utc(*started_unix_s))),
        ("duration", Some(units::seconds(duration_s))),
        ("threads", asked.map(|(_, threads)| threads.to_string())),
        ("system", Some(text(&host.os))),
        ("kernel", Some(text(&host.kernel))),
        ("processor", Some(text(&host.cpu_model))),
        ("architecture", Some(text(&host.arch))),
        ("cores", Some(cores)),
        ("memory", Some(units::memory(host.memory_bytes))),
        ("memlock limit", Some(text(&host.memlock_limit))),
        ("compiler", Some(text(&host.rustc))),
    ];
    table(&["what", "value"], rows.into_iter().filter_map(|(what, value)| Some(vec![what.to_owned(), value?])))
}

/// The command line, quoted for a POSIX shell.
fn shell(command: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+./:,@%".contains(c);
    let quoted = |word: &String| match word.as_str() {
        word if !word.is_empty() && word.chars().all(plain) => word.to_owned(),
        word => format!("'{}'", word.replace('\'', r"'\''")),
    };
    command.iter().map(quoted).collect::<Vec<_>>().join(" ")
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
