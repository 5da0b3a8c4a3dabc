//! The page with what each tool found.

use crate::truth::Trial;
use memguard_lockdep_corpus::harness::Outcome;
use memguard_lockdep_corpus::{Expected, Need, Program};
use std::fmt::Write;

/// Every program with one tool.
pub struct Column {
    pub tool: &'static str,
    pub offers: &'static [Need],
    /// No outcome where the tool cannot run the program.
    pub runs: Vec<(Program, Option<Outcome>)>,
}

/// What a run counts as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Score {
    Found,
    Missed,
    Quiet,
    FalseAlarm,
    Hung,
    Broken,
    NotSupported,
}

fn score(program: &Program, outcome: Option<&Outcome>) -> Score {
    match (program.expected, outcome) {
        (_, None) => Score::NotSupported,
        (_, Some(Outcome::Hung)) => Score::Hung,
        (_, Some(Outcome::Broken(_))) => Score::Broken,
        (Expected::Bad, Some(Outcome::Found)) => Score::Found,
        (Expected::Bad, Some(Outcome::Silent)) => Score::Missed,
        (Expected::Good, Some(Outcome::Found)) => Score::FalseAlarm,
        (Expected::Good, Some(Outcome::Silent)) => Score::Quiet,
    }
}

impl Column {
    fn count(&self, wanted: impl Fn(&Program, Score) -> bool) -> usize {
        self.runs.iter().filter(|(program, outcome)| wanted(program, score(program, outcome.as_ref()))).count()
    }

    /// Missed, because the program waits for something that the tool does not watch.
    fn missed_unseen(&self) -> usize {
        self.count(|program, score| score == Score::Missed && !program.is_seen_by(self.offers))
    }

    fn cell(&self, kind: &str) -> String {
        let count = |wanted: Score| self.count(|program, score| program.kind == kind && score == wanted);
        let bad = self.count(|program, score| {
            program.kind == kind && program.expected == Expected::Bad && score != Score::NotSupported
        });
        let mut cell = format!("{}/{bad}", count(Score::Found));
        let others = [
            (Score::FalseAlarm, "false"),
            (Score::Hung, "hung"),
            (Score::Broken, "broken"),
            (Score::NotSupported, "n/s"),
        ];
        for (score, word) in others {
            if count(score) > 0 {
                let _ = write!(cell, ", {} {word}", count(score));
            }
        }
        cell
    }
}

/// Adds a paragraph after an empty line, in lines of at most 120 columns.
fn paragraph(page: &mut String, text: &str) {
    let mut columns = usize::MAX;
    for word in text.split_whitespace() {
        let is_full = columns.saturating_add(1 + word.len()) > 120;
        page.push(if is_full { '\n' } else { ' ' });
        columns = if is_full { word.len() } else { columns + 1 + word.len() };
        page.push_str(word);
    }
    page.push('\n');
}

/// The page.
pub fn page(columns: &[Column], labels: &[Trial], provenance: &[String]) -> String {
    let programs: Vec<&Program> = columns[0].runs.iter().map(|(program, _)| program).collect();
    let bad = programs.iter().filter(|program| program.expected == Expected::Bad).count();
    let mut page = String::from("# The corpus, with this checker and its peers\n\n");
    for line in provenance {
        let _ = writeln!(page, "- {line}");
    }
    paragraph(
        &mut page,
        &format!(
            "The corpus has {} programs. {bad} of them are bad: threads can deadlock. {} are good: no schedule \
             deadlocks. The run of a bad program does not hang, unless a thread waits for itself: the harness orders \
             the threads. So a tool that sees only threads that wait for each other now has little to find here. Each \
             run is a process of its own with a limit of 5 s.",
            programs.len(),
            programs.len() - bad,
        ),
    );
    paragraph(
        &mut page,
        "The corpus was written for this checker, and most faults that it showed in the checker are mended. Nothing \
         was mended in the peers.",
    );
    totals(&mut page, columns);
    kinds(&mut page, columns, &programs);
    wrong(&mut page, &columns[0..2]);
    truth(&mut page, labels);
    page
}

fn totals(page: &mut String, columns: &[Column]) {
    page.push_str("\n## Totals\n");
    paragraph(
        page,
        "\"Unseen\" counts the missed ones that wait for something the tool does not watch: a condition variable, a \
         channel, a barrier, a `Once`, a thread. There the program used what `std` has.",
    );
    page.push_str(
        "\n| tool | found | missed | of these unseen | false alarms | hung, bad | hung, good | broken | n/s |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for column in columns {
        let count = |wanted: Score| column.count(|_, score| score == wanted);
        let hung = |expected| column.count(|program, score| program.expected == expected && score == Score::Hung);
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            column.tool,
            count(Score::Found),
            count(Score::Missed),
            column.missed_unseen(),
            count(Score::FalseAlarm),
            hung(Expected::Bad),
            hung(Expected::Good),
            count(Score::Broken),
            count(Score::NotSupported),
        );
    }
}

fn kinds(page: &mut String, columns: &[Column], programs: &[&Program]) {
    page.push_str("\n## By kind\n");
    paragraph(
        page,
        "Each cell says how many bad programs were found, of those that the tool can run. Then come false alarms, runs \
         that hung or broke, and programs that the tool cannot run (n/s).",
    );
    page.push_str("\n| kind | bad | good |");
    for column in columns {
        let _ = write!(page, " {} |", column.tool);
    }
    let _ = writeln!(page, "\n|---|--:|--:|{}", "--:|".repeat(columns.len()));
    let mut kinds: Vec<&str> = programs.iter().map(|program| program.kind).collect();
    kinds.dedup();
    for kind in kinds {
        let count = |expected| programs.iter().filter(|it| it.kind == kind && it.expected == expected).count();
        let _ = write!(page, "| {kind} | {} | {} |", count(Expected::Bad), count(Expected::Good));
        for column in columns {
            let _ = write!(page, " {} |", column.cell(kind));
        }
        page.push('\n');
    }
}

fn wrong(page: &mut String, columns: &[Column]) {
    page.push_str("\n## Where this checker is wrong\n\nThe reasons are in `tests/corpus.rs`.\n\n");
    for column in columns {
        for (program, outcome) in &column.runs {
            let what = match score(program, outcome.as_ref()) {
                Score::Missed => "missed",
                Score::FalseAlarm => "a false alarm",
                Score::Hung => "hung",
                Score::Broken => "broken",
                Score::Found | Score::Quiet | Score::NotSupported => continue,
            };
            let _ = writeln!(page, "- {}: `{program}` is {what}", column.tool);
        }
    }
}

fn truth(page: &mut String, labels: &[Trial]) {
    let agree = labels.iter().filter(|trial| trial.agrees()).count();
    page.push_str("\n## Whether the labels are right\n");
    paragraph(
        page,
        &format!(
            "`shuttle` runs each program in many schedules, and knows nothing of any checker. A bad program must hang \
             in one of them, a good one in none. That bears out {agree} of {} labels. The others:",
            labels.len(),
        ),
    );
    page.push('\n');
    for trial in labels.iter().filter(|trial| !trial.agrees()) {
        let what = match trial.hangs {
            Some(true) => "hangs, and is called good",
            Some(false) => "hung in no schedule that was tried, and is called bad",
            None => "was not tried",
        };
        let _ = writeln!(page, "- `{}` {what}: {}", trial.program, trial.trouble);
    }
}
