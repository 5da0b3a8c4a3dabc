//! The page of the benches.

mod growth;

pub(crate) use growth::table_of as growth_table;

use crate::render::Page;
use crate::render::head::head;
use crate::render::markdown::text;
use crate::render::provenance;
use crate::render::table::table;
use crate::schema::bench::{BenchRun, Other, Row, Unit};
use crate::schema::verdict::Verdict;

const READING: &str = "\
## How to read this page

Every figure is the median of short rounds. In each round memguard and the others take turns, in one process. So figures
of one row can be compared with one another. Figures of two runs differ by more than those of one row, because the
machine differs. Every result is checked. A wrong one ends the run.

A *peer* does what memguard does, as far as it can. What is *bare* leaves out what a secret needs, such as the lock, the
wipe or the locked page. It shows what is possible at best. `peer ÷ memguard` is how many times as long the best peer
takes.
";

const MISSED: &str = "\
The *floor* is what an operation is made of and cannot leave out, written down in a few lines and measured alone, in the
same rounds. A goal below its floor is not within reach of this design.
";

impl Page for BenchRun {
    fn page(&self) -> String {
        let mut sections = vec![summary(self)];
        sections.extend(growth::sections(&self.growth));
        sections.push(details(self));
        sections.join("\n")
    }
}

/// The sections above those on growth.
pub(crate) fn summary(run: &BenchRun) -> String {
    let mut sections = vec![heading(run), READING.to_owned(), goals(run)];
    sections.extend(missed(run));
    sections.join("\n")
}

/// The sections below those on growth.
pub(crate) fn details(run: &BenchRun) -> String {
    [everything(run), origin(run)].join("\n")
}

fn heading(run: &BenchRun) -> String {
    let verdict = run.computed_verdict();
    let goals: Vec<bool> = run.rows.iter().filter_map(Row::is_met).collect();
    let met = goals.iter().filter(|&&met| met).count();
    let meaning = match verdict {
        Verdict::Pass => format!("All {} goals are met.", goals.len()),
        Verdict::Fail => format!("{met} of {} goals are met.", goals.len()),
    };
    head(run, "Benches", &verdict.to_string(), &meaning)
}

fn goals(run: &BenchRun) -> String {
    let mut names: Vec<&str> = run.rows.iter().map(|row| &*row.section).collect();
    names.dedup();
    let head =
        ["operation", "memguard:", "half of the rounds:", "goal:", "met", "best peer", "peer:", "peer ÷ memguard:"];
    let section = |name: &str| {
        let rows = run.rows.iter().filter(|row| row.section == name).map(goal_cells);
        format!("### {}\n\n{}", text(name), table(&head, rows))
    };
    let sections: Vec<String> = names.into_iter().map(section).collect();
    format!("## Goals\n\n{}", sections.join("\n"))
}

/// Each goal that was missed, beside what the operation cannot leave out.
fn missed(run: &BenchRun) -> Option<String> {
    let cells = |row: &Row| {
        let floor = row.floor.as_ref();
        let reach = match row.is_out_of_reach() {
            None => "",
            Some(true) => "no",
            Some(false) => "yes",
        };
        vec![
            text(&row.name),
            figure(row.unit, row.value),
            row.goal.map(|goal| goal.text(row.unit)).unwrap_or_default(),
            floor.map(|floor| row.unit.text(floor.value)).unwrap_or_default(),
            reach.to_owned(),
            floor.map_or_else(|| "not measured".to_owned(), |floor| text(&floor.parts)),
        ]
    };
    let rows: Vec<_> = run.rows.iter().filter(|row| row.is_met() == Some(false)).map(cells).collect();
    let head = ["operation", "memguard:", "goal:", "floor:", "within reach", "what cannot be left out"];
    (!rows.is_empty()).then(|| format!("## Goals that are missed\n\n{MISSED}\n{}", table(&head, rows)))
}

fn goal_cells(row: &Row) -> Vec<String> {
    let met = match row.is_met() {
        None => "",
        Some(true) => "yes",
        Some(false) => "**no**",
    };
    let spread = row.quartiles.map(|[low, high]| format!("{} – {}", row.unit.text(low), row.unit.text(high)));
    let goal = row.goal.map(|goal| goal.text(row.unit));
    let peer = row.best_peer().map(|(peer, figure)| (text(&peer.name), figure));
    vec![
        text(&row.name),
        figure(row.unit, row.value),
        spread.unwrap_or_default(),
        goal.unwrap_or_default(),
        met.to_owned(),
        peer.as_ref().map(|(name, _)| name.clone()).unwrap_or_default(),
        peer.as_ref().map(|&(_, figure)| row.unit.text(figure)).unwrap_or_default(),
        peer.map(|(_, figure)| ratio(row, Some(figure))).unwrap_or_default(),
    ]
}

fn everything(run: &BenchRun) -> String {
    let head = ["operation", "who", "figure:", "÷ memguard:"];
    let others = |row: &Row| {
        let cells = |other: &Other| {
            let name = text(&other.name) + if other.is_bare { " (bare)" } else { "" };
            vec![text(&row.name), name, figure(row.unit, other.value), ratio(row, other.value)]
        };
        row.others.iter().map(cells).collect::<Vec<_>>()
    };
    format!("## What the others did\n\n{}", table(&head, run.rows.iter().flat_map(others)))
}

fn origin(run: &BenchRun) -> String {
    format!(
        "{}\nThe load average of the minute before the run was {:.2}. On a busy machine all figures are too high.\n\
         Each figure is the median of {} rounds.\n",
        provenance::section(&run.command, run.duration_s, &run.provenance, None),
        run.load_average,
        run.rounds
    )
}

fn figure(unit: Unit, figure: Option<f64>) -> String {
    figure.map_or_else(|| "not measured".to_owned(), |figure| unit.text(figure))
}

/// How many times memguard's figure another one is.
fn ratio(row: &Row, other: Option<f64>) -> String {
    match (row.value, other) {
        (Some(ours), Some(other)) if ours > 0.0 => format!("{:.2}", other / ours),
        _ => String::new(),
    }
}
