//! The Markdown page of a run of the models.

use std::collections::BTreeMap;

use crate::render::Page;
use crate::render::head::head;
use crate::render::markdown::{code, text};
use crate::render::provenance;
use crate::render::table::table;
use crate::schema::models::{Model, ModelsRun, Verdict, Witness};
use crate::schema::provenance::Provenance;
use crate::units;

impl Page for ModelsRun {
    fn page(&self) -> String {
        let (commit, started_unix_s, host) = (self.commit.clone(), self.started_unix_s, self.host.clone());
        let origin = Provenance { commit, started_unix_s, host };
        let provenance = provenance::section(&self.command, self.duration_s, &origin, None);
        let sections =
            [heading(self), READING.to_owned(), provenance, models(self), coverage_tables(self), graph(self)];
        sections.join("\n")
    }
}

const READING: &str = "\
## How to read this page

A *model* is a small concurrent program over memguard's public API. loom runs it once for every schedule that it can
tell apart. Each such run is an *execution*. *Bound* is how often a thread may be preempted in one execution. A model
without a bound is exhaustive, within what loom sees. A model with fewer executions than its *floor* has become
trivial.

A *site* is a place in the library that acquires a lock. The table of sites lists the *outcomes* that each acquisition
can have. An *edge* is a wait at a site while a lock that was taken at another site is held. The baseline has the graph
of all edges, which was reviewed. The run is a pass only if the models reached every outcome in the table and every edge
of that graph, and nothing else.

*Only here* counts the outcomes and edges that no other model showed. A model with a 0 there explores interleavings, or
checks what its calls return. The baseline names every model, so a model that is removed is noticed in any case.
";

fn heading(run: &ModelsRun) -> String {
    let verdict = run.computed_verdict();
    let meaning = match verdict {
        Verdict::Pass => {
            "The models reached every outcome of every site and every edge of the reviewed graph, and nothing else."
        }
        Verdict::Fail => "The models missed something that they must reach, or reached something that must not occur.",
    };
    head(run, "Models", &verdict.to_string(), meaning)
}

fn models(run: &ModelsRun) -> String {
    let alone = seen_by_one(run);
    let rows = run.models.iter().map(|model| {
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
    });
    let executions = run.models.iter().map(|model| model.executions).sum();
    let seconds = run.models.iter().map(|model| model.seconds).sum();
    let head = ["model", "executions:", "floor:", "time:", "bound:", "timed waits", "only here:"];
    format!(
        "## Models\n\n{} models, {} executions, {}.\n\n{}",
        run.models.len(),
        units::count(executions),
        units::seconds(seconds),
        table(&head, rows)
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

/// What the models must reach and what they reached: a row for each outcome of each site.
pub fn coverage_tables(run: &ModelsRun) -> String {
    let mut rows = Vec::new();
    let (mut reached, mut listed) = (0, 0);
    for site in &run.sites {
        for outcome in &site.outcomes {
            let by = run.reached_by(&site.name, outcome);
            listed += 1;
            reached += usize::from(!by.is_empty());
            let (name, class, outcome) = (code(&site.name), text(&site.class), text(outcome));
            rows.push(vec![name, class, outcome, by.len().to_string(), quickest(run, &by)]);
        }
    }
    format!(
        "## Sites × outcomes\n\n{reached} of {listed} reached.\n\n{}",
        table(&["site", "class", "outcome", "models:", "the smallest"], rows)
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
    let rows = first.into_iter().map(|((held, wanted), (model, witness))| {
        let turns: Vec<String> = witness.turns.iter().map(turn).collect();
        vec![code(held), code(wanted), code(&model.name), units::count(witness.execution), turns.join(" ")]
    });
    let head = ["held", "waited for", "first seen in", "execution:", "threads that took locks up to then"];
    format!(
        "## The lock graph as observed\n\n\
         An edge for each pair of sites. 0 is the model's main thread. Other threads are numbered in the order\n\
         of their start. `lib` is a thread of the library.\n\n{}",
        table(&head, rows)
    )
}

fn turn(thread: &i32) -> String {
    if *thread < 0 { "`lib`".to_owned() } else { thread.to_string() }
}
