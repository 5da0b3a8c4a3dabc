//! What memguard costs beside its peers.

use crate::render::bench::{details, growth_table, summary};
use crate::render::html::{Bar, Bars, Block, Weight, made};
use crate::schema::bench::{BenchRun, Growth, Line, Row, Unit};
use crate::schema::error::ReportError;
use crate::schema::guarantee::Guarantee;
use crate::site::part::{Part, View};
use crate::site::state::State;
use crate::units;

pub(in crate::site) struct Speed;

impl Part for Speed {
    type Record = BenchRun;
    const SLUG: &'static str = "speed";
    const TITLE: &'static str = "Speed";
    const ABOUT: &'static str = "What memguard costs beside its peers, measured in the same rounds.";
    const COMMAND: &'static str = "cargo run --release --manifest-path reports/bench/Cargo.toml";
    const SERVES: &'static [Guarantee] = &[];

    fn view(run: &BenchRun) -> Result<Option<View>, ReportError> {
        let goals: Vec<bool> = run.rows.iter().filter_map(Row::is_met).collect();
        let met = goals.iter().filter(|&&met| met).count();
        let figure = format!("{met} of {} goals are met", goals.len());
        let mut body = vec![Block::Markdown(summary(run)), Block::Markdown(BESIDE.to_owned())];
        body.push(gallery(run.rows.iter().filter_map(beside).collect())?);
        body.push(Block::Markdown(GROWTH.to_owned()));
        body.push(gallery(run.growth.iter().filter_map(grown).collect())?);
        body.extend(run.growth.iter().map(|growth| Block::Markdown(growth_table(growth))));
        body.push(Block::Markdown(details(run)));
        Ok(Some(View::new(State::of(run), figure, &run.provenance, body)))
    }
}

const BESIDE: &str = "\
## Beside the others

Each picture has a logarithmic scale of its own, which begins at a power of ten. A longer bar is a higher figure. What
is marked as bare leaves out what a secret needs.
";

const GROWTH: &str = "\
## Growth

Each picture has a logarithmic scale of its own, which begins at a power of ten.
";

/// The figure of memguard and those of the others.
fn beside(row: &Row) -> Option<Bars> {
    let bar = |name: String, value: f64, weight| Bar { name, value, shown: row.unit.text(value), weight };
    let ours = bar("memguard".to_owned(), row.value?, Weight::Ours);
    let others = row.others.iter().filter_map(|other| {
        let (mark, weight) = if other.is_bare { (" (bare)", Weight::Bare) } else { ("", Weight::Peer) };
        Some(bar(format!("{}{mark}", other.name), other.value?, weight))
    });
    Bars::new(format!("{}: {}", row.section, row.name), [ours].into_iter().chain(others).collect())
}

/// The figures of all, as something grows.
fn grown(growth: &Growth) -> Option<Bars> {
    let of_line = |(at, line): (usize, &Line)| {
        let weight = if at == 0 { Weight::Ours } else { Weight::Peer };
        let bar = |(&at, ns): (&u64, &Option<f64>)| {
            let name = format!("{} at {}", line.name, units::count(at));
            (*ns).map(|value| Bar { name, value, shown: Unit::Nanoseconds.text(value), weight })
        };
        growth.at.iter().zip(&line.ns).filter_map(bar).collect::<Vec<_>>()
    };
    let bars = growth.lines.iter().enumerate().flat_map(of_line).collect();
    Bars::new(format!("{}, by {}", growth.name, growth.over), bars)
}

fn gallery(pictures: Vec<Bars>) -> Result<Block, ReportError> {
    let pictures = pictures.iter().map(made).collect::<Result<String, _>>()?;
    Ok(Block::Html(format!("<div class=\"charts\">\n{pictures}</div>\n")))
}
