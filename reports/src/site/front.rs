//! The front page: the state of each part, and the evidence for each guarantee.

use crate::render::html::{Block, from_markdown};
use crate::render::markdown::{code, text};
use crate::render::table::table;
use crate::schema::guarantee::Guarantee;
use crate::site::part::Reading;
use crate::site::state::State;
use crate::site::{guarantees, history};
use crate::units;

/// How many reasons of a part are here. Its page has all of them.
const REASONS: usize = 3;

/// What is below the heading.
pub(super) fn body(readings: &[Reading]) -> String {
    let guarantees = Guarantee::ALL.into_iter().map(|guarantee| section(readings, guarantee));
    let page = [
        format!("{}\n", guarantees::introduction()),
        parts(readings),
        wrong(readings),
        "## Guarantees\n\nEach promise, and what is evidence for it.\n".to_owned(),
        guarantees.collect::<Vec<_>>().join("\n"),
    ];
    from_markdown(&[Block::Markdown(page.join("\n"))])
}

fn parts(readings: &[Reading]) -> String {
    let passed = readings.iter().filter(|reading| reading.state.is_pass()).count();
    let row = |reading: &Reading| {
        let view = reading.view.as_ref();
        let figure = view.map(|view| text(&view.figure)).unwrap_or_default();
        let measured = view.map(|view| units::day(view.started_unix_s)).unwrap_or_default();
        let commit = view.map(|view| code(units::short(&view.commit))).unwrap_or_default();
        vec![link(reading), state(reading), figure, measured, commit]
    };
    let head = ["part", "state", "latest figure", "measured", "commit"];
    let list = table(&head, readings.iter().map(row));
    let (all, history) = (readings.len(), history::FILE);
    format!("## Parts\n\n{passed} of {all} parts pass. [Earlier records]({history}) have a page.\n\n{list}")
}

/// Every part that is missing or no pass, with the first reasons.
fn wrong(readings: &[Reading]) -> String {
    let of_part = |reading: &Reading| {
        let reasons = reasons(reading);
        let mut out = format!("- {}: {}\n", link(reading), state(reading));
        for reason in reasons.iter().take(REASONS) {
            out.push_str(&format!("  - {reason}\n"));
        }
        if reasons.len() > REASONS {
            let rest = reasons.len() - REASONS;
            out.push_str(&format!("  - and {rest} more: see [its page]({})\n", reading.part.file()));
        }
        out
    };
    let parts: String = readings.iter().filter(|reading| !reading.state.is_pass()).map(of_part).collect();
    let parts = if parts.is_empty() { "Nothing.\n".to_owned() } else { parts };
    format!("## What is missing or no pass\n\n{parts}")
}

fn section(readings: &[Reading], guarantee: Guarantee) -> String {
    let serving = readings.iter().filter(|reading| reading.part.serves.contains(&guarantee));
    let evidence: String = serving.map(|reading| evidence(reading, guarantee)).collect();
    format!("### {guarantee}\n\n{}\n\n{evidence}", guarantees::promise(guarantee))
}

fn evidence(reading: &Reading, guarantee: Guarantee) -> String {
    let found = reading.view.iter().flat_map(|view| &view.evidence).find(|(of, _)| *of == guarantee);
    let said = match (found, &reading.view) {
        (Some((_, said)), _) => text(said),
        (None, Some(_)) => "nothing of it was measured".to_owned(),
        (None, None) => reasons(reading).concat(),
    };
    format!("- {}, {}: {said}\n", link(reading), state(reading))
}

fn link(reading: &Reading) -> String {
    format!("[{}]({})", text(reading.part.title), reading.part.file())
}

/// The state. Only a pass is not bold.
fn state(reading: &Reading) -> String {
    let word = text(reading.state.word());
    if reading.state.is_pass() { word } else { format!("**{word}**") }
}

/// What is against a pass, as Markdown.
fn reasons(reading: &Reading) -> Vec<String> {
    match reading.state {
        State::Missing => vec![format!("made by {}", code(reading.part.command))],
        _ => reading.state.reasons(reading.part.command).iter().map(|reason| text(reason)).collect(),
    }
}
