//! The lock order: what waited for what in the models, beside the ranks.

use std::collections::{BTreeMap, BTreeSet};

use crate::render::html::{Arc, Arcs, Block, Node, made};
use crate::render::markdown::{code, text};
use crate::render::table::table;
use crate::schema::error::ReportError;
use crate::schema::guarantee::Guarantee;
use crate::schema::models::ModelsRun;
use crate::schema::verdict::Verdict;
use crate::site::part::{Part, View};
use crate::site::parts::models::{Models, origin};
use crate::site::state::State;
use crate::units;

pub(in crate::site) struct LockOrder;

/// Its tables are generated from the code, and a test fails when they are stale.
const PAGE: &str = include_str!("../../../../LOCK_ORDERING.md");

/// A thread may wait for several locks of this class, in the order of their numbers. No other class has an exception.
const IN_ORDER: &str = "ACCESS";

impl Part for LockOrder {
    type Record = ModelsRun;
    const SLUG: &'static str = "lock-order";
    const TITLE: &'static str = "Lock order";
    const ABOUT: &'static str =
        "A thread blocks only on a lock that ranks above every lock it holds. The models show what waits for what.";
    const COMMAND: &'static str = Models::COMMAND;
    const SERVES: &'static [Guarantee] = &[Guarantee::Order];

    fn view(run: &ModelsRun) -> Result<Option<View>, ReportError> {
        let (ranks, waits) = (ranks(), waits(run));
        let mut reasons: Vec<String> = run.shortfalls().iter().map(ToString::to_string).collect();
        reasons.extend(waits.keys().filter_map(|&(held, wanted)| fault(&ranks, held, wanted)));
        if waits.is_empty() {
            reasons.push("no model shows a wait under a lock".to_owned());
        }
        let wrong = waits.keys().filter(|&&(held, wanted)| fault(&ranks, held, wanted).is_some()).count();
        let figure = format!("waits of a class under another: {}, against the ranks: {wrong}", waits.len());
        let picture = made(&picture(&ranks, &waits))?;
        let body = vec![
            Block::Markdown(READING.to_owned()),
            Block::Html(picture),
            Block::Markdown(format!(
                "## Ranks\n\n{}\n## Waits\n\n{}",
                ranks_table(&ranks),
                waits_table(&ranks, &waits)
            )),
        ];
        let state = State::judged(&Verdict::of(&reasons).to_string(), reasons);
        let view = View::new(state, figure.clone(), &origin(run), body).with_head::<ModelsRun>();
        Ok(Some(view.with_evidence(Self::SERVES, |_| Some(figure.clone()))))
    }
}

const READING: &str = "\
## The graph

An arc leads from the class of a lock that is held to the class of a lock that the thread waits for. Every arc leads
down, to a higher rank. There is one exception: a thread may wait for several accesses, in the order of their numbers.
An arc that breaks the rule is dashed, and the list of reasons names it. The table of waits has the same arcs.
";

/// A class, by `LOCK_ORDERING.md`.
struct Rank {
    rank: u32,
    class: &'static str,
    guards: &'static str,
}

/// The rows of the table of ranks.
fn ranks() -> Vec<Rank> {
    let (_, rest) = PAGE.split_once("<!-- generated: ranks -->").unwrap_or_default();
    let (block, _) = rest.split_once("<!-- end: ranks -->").unwrap_or_default();
    let row = |line: &'static str| {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        Some(Rank { rank: cells.next()?.parse().ok()?, class: cells.next()?, guards: cells.next()? })
    };
    block.lines().filter_map(row).collect()
}

/// A wait by classes: held, wanted.
type Classes<'r> = (&'r str, &'r str);

/// What the models showed of a wait.
#[derive(Default)]
struct Seen<'r> {
    models: BTreeSet<&'r str>,
    count: u64,
}

fn waits(run: &ModelsRun) -> BTreeMap<Classes<'_>, Seen<'_>> {
    let class: BTreeMap<&str, &str> = run.sites.iter().map(|site| (&*site.name, &*site.class)).collect();
    let of = |site: &'_ str| class.get(site).copied().unwrap_or("unknown");
    let mut waits: BTreeMap<Classes<'_>, Seen<'_>> = BTreeMap::new();
    for model in &run.models {
        for edge in &model.edges {
            let seen = waits.entry((of(&edge.held), of(&edge.wanted))).or_default();
            seen.models.insert(&model.name);
            seen.count = seen.count.saturating_add(edge.count);
        }
    }
    waits
}

/// What is wrong with a wait.
fn fault(ranks: &[Rank], held: &str, wanted: &str) -> Option<String> {
    let rank = |class: &str| ranks.iter().find(|rank| rank.class == class).map(|rank| rank.rank);
    match (rank(held), rank(wanted)) {
        (Some(held), Some(wanted)) if wanted > held => None,
        (Some(_), Some(_)) if held == wanted && held == IN_ORDER => None,
        (Some(_), Some(_)) => Some(format!("a thread that holds {held} waits for {wanted}, against the order")),
        _ => Some(format!("{held} or {wanted} has no rank in LOCK_ORDERING.md")),
    }
}

fn picture(ranks: &[Rank], waits: &BTreeMap<Classes<'_>, Seen<'_>>) -> Arcs {
    let mut nodes: Vec<Node> =
        ranks.iter().map(|rank| Node { name: rank.class.to_owned(), note: format!("rank {}", rank.rank) }).collect();
    let all: BTreeSet<&str> = waits.keys().flat_map(|&(held, wanted)| [held, wanted]).collect();
    for class in all {
        if !nodes.iter().any(|node| node.name == class) {
            nodes.push(Node { name: class.to_owned(), note: "no rank".to_owned() });
        }
    }
    let place = |class: &str| nodes.iter().position(|node| node.name == class);
    let arc = |&(held, wanted): &Classes<'_>| {
        Some(Arc { from: place(held)?, to: place(wanted)?, is_wrong: fault(ranks, held, wanted).is_some() })
    };
    let arcs = waits.keys().filter_map(arc).collect();
    Arcs { title: "What waits for what, by class".to_owned(), nodes, arcs }
}

fn ranks_table(ranks: &[Rank]) -> String {
    let rows = ranks.iter().map(|rank| vec![code(rank.class), rank.rank.to_string(), text(rank.guards)]);
    table(&["class", "rank:", "guards"], rows)
}

fn waits_table(ranks: &[Rank], waits: &BTreeMap<Classes<'_>, Seen<'_>>) -> String {
    let row = |(&(held, wanted), seen): (&Classes<'_>, &Seen<'_>)| {
        let is_right = if fault(ranks, held, wanted).is_none() { "yes" } else { "**no**" };
        let models = seen.models.len().to_string();
        vec![code(held), code(wanted), is_right.to_owned(), models, units::count(seen.count)]
    };
    table(&["held", "waited for", "in the order", "models:", "times:"], waits.iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::{fault, ranks};

    #[test]
    fn the_table_of_ranks_is_read() {
        let ranks = ranks();
        assert!(ranks.len() >= 7 && ranks.iter().any(|rank| rank.class == "COFFER" && rank.rank == 2));
        assert_eq!(fault(&ranks, "COFFER", "BUFFERS"), None);
        assert_eq!(fault(&ranks, "ACCESS", "ACCESS"), None);
        assert!(fault(&ranks, "BUFFERS", "COFFER").is_some_and(|fault| fault.contains("against the order")));
        assert!(fault(&ranks, "BUFFER", "BUFFER").is_some_and(|fault| fault.contains("against the order")));
        assert!(fault(&ranks, "BUFFER", "NEW").is_some_and(|fault| fault.contains("no rank")));
    }
}
