//! What is shown at the end: a table, why steps did not pass, and the verdict.

use std::fmt::Write as _;
use std::path::Path;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use memguard_reports::units;
use memguard_reports::verify::{State, Step, VerifyRun};

use crate::screen::figures;
use crate::step;

/// The end of a run whose record and page are in this folder.
pub fn text(run: &VerifyRun, folder: &Path) -> String {
    let mut out = format!("\n{}\n", table(run));
    let not_passed = run.steps.iter().filter(|step| step.asked_for && step.reason.is_some());
    for Step { name, state, reason, log, last_lines, .. } in not_passed {
        let reason = reason.as_deref().unwrap_or_default();
        let _ = write!(out, "\n{name}: {state}: {reason}\n");
        for line in last_lines {
            let _ = writeln!(out, "  | {line}");
        }
        if let Some(log) = log {
            let _ = writeln!(out, "  all its output: {}", folder.join(log).display());
        }
        let _ = writeln!(out, "  this step alone: cargo verify --only {name}");
    }
    let asked_for = run.steps.iter().filter(|step| step.asked_for).count();
    let passed = run.steps.iter().filter(|step| step.state == State::Pass).count();
    let _ = writeln!(
        out,
        "\npage: {}\nverdict: {} ({passed} of {asked_for} steps passed, {})",
        folder.join("index.html").display(),
        run.verdict,
        units::span(run.duration_s),
    );
    out
}

fn table(run: &VerifyRun) -> Table {
    let mut table = with_head(["step", "state", "time", "figures"]);
    for step in run.steps.iter().filter(|step| step.asked_for) {
        let time = if step.state == State::NotRun { "–".to_owned() } else { units::span(step.duration_s) };
        table.add_row([
            Cell::new(&step.name),
            Cell::new(step.state),
            Cell::new(time).set_alignment(CellAlignment::Right),
            Cell::new(figures(&step.figures)),
        ]);
    }
    table
}

/// The table of all steps, for `--list`.
pub fn list(steps: &[step::Step]) -> String {
    let mut table = with_head(["step", "runs", "shows", "serves"]);
    for step in steps {
        let runs = match step.scope {
            step::Scope::Both => "always",
            step::Scope::Full => "full",
            step::Scope::Quick => "--quick",
        };
        table.add_row([step.name, runs, step.shows, step.serves]);
    }
    format!("{table}\n")
}

fn with_head<const N: usize>(head: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(head);
    // As wide as the terminal. In a log, where there is none, no cell is wrapped.
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table
}
