//! The Markdown page of a run of the models.

use std::collections::BTreeMap;

use super::{Model, ModelsRun, SCHEMA, Verdict, Witness};
use crate::markdown::{Align, code, table, text};
use crate::provenance::{self, Provenance};
use crate::units;

/// The page for people. The same run gives the same bytes, on every machine.
pub fn render(run: &ModelsRun) -> String {
    let provenance = provenance::section(&Provenance {
        command: &run.command,
        commit: &run.commit,
        started_unix_s: run.started_unix_s,
        duration_s: run.duration_s,
        host: &run.host,
        seed: None,
        threads: None,
    });
    [heading(run), READING.to_owned(), provenance, models(run), coverage_tables(run), graph(run)].join("\n")
}

const READING: &str = "\
## How to read this page

A *model* is a small concurrent program over memguard's public API, which loom runs once for every schedule that it can tell
apart (an *execution*). *Bound* is how often a thread may be preempted in one of them; without one the model is exhaustive,
within what loom sees. A model below its *floor* has become trivial. A *site* is a place in the library that acquires a lock,
and the table of sites says what can come of each: the run is a pass only if some model reached every such *outcome*, some
model waited on every *edge* that the order allows, and nothing else was seen. *Only here* counts what no other model
showed: a model with a 0 there is kept for the interleavings it explores or for the outcome of its calls, not for coverage.
A model that is removed is missed in any case, because the baseline names it.
";

fn heading(run: &ModelsRun) -> String {
    let shortfalls = run.shortfalls();
    let verdict = match run.verdict {
        Verdict::Pass => run.computed_verdict(),
        Verdict::Fail => Verdict::Fail,
    };
    let meaning = match verdict {
        Verdict::Pass => {
            "Every outcome of every site and every edge that the order allows was reached, and nothing else was."
        }
        Verdict::Fail => "Something that must be seen was not, or something was seen that must not be.",
    };
    let mut out = format!(
        "<!-- Rendered by memguard-reports from a raw {SCHEMA} file. Do not edit; render it again. -->\n\n\
         # Models: {verdict}\n\n\
         **Verdict: {verdict}.** {meaning}\n",
    );
    if !shortfalls.is_empty() {
        out.push_str("\nWhat stands against a pass:\n\n");
        for shortfall in shortfalls {
            out.push_str(&format!("- {}\n", text(&shortfall.to_string())));
        }
    }
    out
}

fn models(run: &ModelsRun) -> String {
    let alone = seen_by_one(run);
    let rows: Vec<Vec<String>> = run
        .models
        .iter()
        .map(|model| {
            let floor = run.baseline.models.get(&model.name).map_or(0, |expected| expected.floor);
            vec![
                code(&model.name),
                units::count(model.executions),
                units::count(floor),
                units::seconds(model.seconds),
                model.bound.map_or("none".to_owned(), |bound| bound.to_string()),
                text(&model.timed),
                alone.get(&*model.name).copied().unwrap_or(0).to_string(),
            ]
        })
        .collect();
    let executions = run.models.iter().map(|model| model.executions).sum();
    let seconds = run.models.iter().map(|model| model.seconds).sum();
    let head = [
        ("model", Align::Left),
        ("executions", Align::Right),
        ("floor", Align::Right),
        ("time", Align::Right),
        ("bound", Align::Right),
        ("timed waits", Align::Left),
        ("only here", Align::Right),
    ];
    format!(
        "## Models\n\n{} models, {} executions, {}.\n\n{}",
        run.models.len(),
        units::count(executions),
        units::seconds(seconds),
        table(&head, &rows)
    )
}

/// For each model, how many outcomes and edges it alone showed.
fn seen_by_one(run: &ModelsRun) -> BTreeMap<&str, usize> {
    let mut seen: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for model in &run.models {
        let outcomes = model.outcomes.iter().map(|seen| (&*seen.site, &*seen.outcome));
        let edges = model.edges.iter().map(|edge| (&*edge.held, &*edge.wanted));
        for what in outcomes.chain(edges) {
            seen.entry(what).or_default().push(&model.name);
        }
    }
    let mut alone = BTreeMap::new();
    for models in seen.values() {
        if let [model] = models[..] {
            *alone.entry(model).or_default() += 1;
        }
    }
    alone
}

/// What was reached of what must be: a row for each site × outcome, and one for each edge of the order.
pub fn coverage_tables(run: &ModelsRun) -> String {
    let mut rows = Vec::new();
    let mut edges = Vec::new();
    let (mut reached, mut listed) = (0, 0);
    for site in &run.sites {
        for outcome in &site.outcomes {
            let by = run.reached_by(&site.name, outcome);
            listed += 1;
            reached += usize::from(!by.is_empty());
            rows.push(vec![
                code(&site.name),
                text(&site.class),
                text(outcome),
                by.len().to_string(),
                quickest(run, &by),
            ]);
        }
        for class in &site.waits_under {
            let by = run.waited_by(class, &site.name);
            edges.push(vec![text(class), code(&site.name), by.len().to_string(), quickest(run, &by)]);
        }
    }
    let seen = edges.iter().filter(|row| row[2] != "0").count();
    let head = [
        ("site", Align::Left),
        ("class", Align::Left),
        ("outcome", Align::Left),
        ("models", Align::Right),
        ("the quickest", Align::Left),
    ];
    let edge_head =
        [("held", Align::Left), ("waits at", Align::Left), ("models", Align::Right), ("the quickest", Align::Left)];
    format!(
        "## Sites × outcomes\n\n{reached} of {listed} reached.\n\n{}\n## Edges that the order allows\n\n\
         {seen} of {} seen.\n\n{}",
        table(&head, &rows),
        edges.len(),
        table(&edge_head, &edges)
    )
}

fn quickest(run: &ModelsRun, names: &[&str]) -> String {
    run.quickest(names).first().map_or("**none**".to_owned(), |name| code(name))
}

fn graph(run: &ModelsRun) -> String {
    let mut first: BTreeMap<(&str, &str), (&Model, &Witness)> = BTreeMap::new();
    for model in &run.models {
        for edge in &model.edges {
            let shortest = first.entry((&edge.held, &edge.wanted)).or_insert((model, &edge.first));
            if edge.first.turns.len() < shortest.1.turns.len() {
                *shortest = (model, &edge.first);
            }
        }
    }
    let rows: Vec<Vec<String>> = first
        .into_iter()
        .map(|((held, wanted), (model, witness))| {
            let turns: Vec<String> = witness.turns.iter().map(turn).collect();
            vec![code(held), code(wanted), code(&model.name), units::count(witness.execution), turns.join(" ")]
        })
        .collect();
    let head = [
        ("held", Align::Left),
        ("waited for", Align::Left),
        ("first seen in", Align::Left),
        ("execution", Align::Right),
        ("threads that took locks up to then", Align::Left),
    ];
    format!(
        "## The lock graph as observed\n\n\
         Site by site; 0 is the model's main thread, others count in the order of their start, `lib` is a thread of the \
         library.\n\n{}",
        table(&head, &rows)
    )
}

fn turn(thread: &i32) -> String {
    if *thread < 0 { "`lib`".to_owned() } else { thread.to_string() }
}
