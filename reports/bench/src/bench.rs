//! A bench: one operation, done by memguard and by others in turn.

use crate::work::{Work, Wrong};
use memguard_reports::bench::{Floor, Goal, Other, Row, Unit};
use std::time::Duration;

/// How long a run measures.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How many rounds. A figure is their median.
    pub rounds: u32,
    /// About how long one contestant works in one round.
    pub slice: Duration,
}

/// What a contestant is to memguard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// memguard itself.
    Ours,
    /// Does the same, as far as it can.
    Peer,
    /// Leaves out what a secret needs.
    Bare,
    /// memguard in another way, to compare with. It has no figure of its own on the page.
    Yardstick,
    /// The parts that memguard cannot leave out.
    Floor,
}

struct Contestant {
    name: &'static str,
    role: Role,
    make: Box<dyn Fn() -> Work>,
}

/// How fast memguard is, measured by another contestant of the bench.
struct Ratio {
    name: &'static str,
    to: &'static str,
    unit: Unit,
    at_least: f64,
}

/// One operation with its contestants.
pub struct Bench {
    section: &'static str,
    name: String,
    goal_ns: Option<f64>,
    ratio: Option<Ratio>,
    contestants: Vec<Contestant>,
}

/// Nanoseconds for an operation, by contestant and round.
type Rounds = Vec<Vec<f64>>;

/// A contestant did not do its work.
#[derive(Debug, thiserror::Error)]
#[error("{bench}, {who}: {wrong}")]
pub struct Failed {
    bench: String,
    who: &'static str,
    wrong: Wrong,
}

impl Bench {
    /// What memguard does.
    pub fn new(section: &'static str, name: impl Into<String>, ours: impl Fn() -> Work + 'static) -> Self {
        let ours = Contestant { name: "memguard", role: Role::Ours, make: Box::new(ours) };
        Self { section, name: name.into(), goal_ns: None, ratio: None, contestants: vec![ours] }
    }

    /// The highest figure that is good, in nanoseconds.
    pub fn goal(self, ns: f64) -> Self {
        Self { goal_ns: Some(ns), ..self }
    }

    /// Somebody who does the same.
    pub fn peer(self, name: &'static str, make: impl Fn() -> Work + 'static) -> Self {
        self.with(name, Role::Peer, make)
    }

    /// Somebody who leaves out what a secret needs.
    pub fn bare(self, name: &'static str, make: impl Fn() -> Work + 'static) -> Self {
        self.with(name, Role::Bare, make)
    }

    /// What memguard is made of and cannot leave out, in words, and that alone.
    pub fn floor(self, parts: &'static str, make: impl Fn() -> Work + 'static) -> Self {
        self.with(parts, Role::Floor, make)
    }

    /// Asks that memguard be at least this many times as fast as `make`, which is memguard in another way.
    pub fn times(mut self, name: &'static str, at_least: f64, make: impl Fn() -> Work + 'static) -> Self {
        self.ratio = Some(Ratio { name, to: "yardstick", unit: Unit::Times, at_least });
        self.with("yardstick", Role::Yardstick, make)
    }

    /// Asks that memguard have at least as many percent of the speed of the contestant `to`.
    pub fn percent_of(self, to: &'static str, name: &'static str, at_least: f64) -> Self {
        Self { ratio: Some(Ratio { name, to, unit: Unit::Percent, at_least }), ..self }
    }

    fn with(mut self, name: &'static str, role: Role, make: impl Fn() -> Work + 'static) -> Self {
        self.contestants.push(Contestant { name, role, make: Box::new(make) });
        self
    }

    /// What the bench is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the rows that the bench makes.
    #[cfg(test)]
    pub fn row_names(&self) -> Vec<String> {
        [self.name.clone()].into_iter().chain(self.ratio.iter().map(|ratio| ratio.name.to_owned())).collect()
    }

    /// Measures all contestants. `tick` is called after each round.
    pub fn rows(&self, effort: Effort, tick: impl FnMut()) -> Result<Vec<Row>, Failed> {
        let rounds = self.rounds(effort, tick)?;
        let ours = &rounds[0];
        let others = self.contestants.iter().zip(&rounds).filter_map(|(contestant, rounds)| {
            let is_bare = match contestant.role {
                Role::Peer => false,
                Role::Bare => true,
                Role::Ours | Role::Yardstick | Role::Floor => return None,
            };
            Some(Other { name: contestant.name.to_owned(), value: Some(quartile(rounds, 2)), is_bare })
        });
        let goal = self.goal_ns.map(Goal::AtMost);
        let at = self.contestants.iter().position(|contestant| contestant.role == Role::Floor);
        let floor = at.map(|at| (self.contestants[at].name, &rounds[at]));
        let floor_of = |figures: &dyn Fn(&[f64]) -> f64| {
            floor.map(|(parts, rounds)| Floor { parts: parts.to_owned(), value: figures(rounds) })
        };
        let plain = self.row(self.name.clone(), Unit::Nanoseconds, ours, goal);
        let mut rows = vec![Row { others: others.collect(), floor: floor_of(&|rounds| quartile(rounds, 2)), ..plain }];
        if let Some(Ratio { name, to, unit, at_least }) = &self.ratio {
            let to = self.contestants.iter().position(|contestant| contestant.name == *to);
            let yardstick = &rounds[to.expect("a ratio is to a contestant of its bench")];
            let scale = if *unit == Unit::Percent { 100.0 } else { 1.0 };
            // Round by round, because both have met the same noise then.
            let ratios =
                |of: &[f64]| yardstick.iter().zip(of).map(|(other, of)| scale * other / of).collect::<Vec<_>>();
            let row = self.row((*name).to_owned(), *unit, &ratios(ours), Some(Goal::AtLeast(*at_least)));
            rows.push(Row { floor: floor_of(&|rounds| quartile(&ratios(rounds), 2)), ..row });
        }
        Ok(rows)
    }

    /// The medians of all contestants, in the order in which they were named.
    pub fn medians(&self, effort: Effort, tick: impl FnMut()) -> Result<Vec<(&'static str, f64)>, Failed> {
        let rounds = self.rounds(effort, tick)?;
        Ok(self.contestants.iter().zip(&rounds).map(|(who, rounds)| (who.name, quartile(rounds, 2))).collect())
    }

    fn row(&self, name: String, unit: Unit, rounds: &[f64], goal: Option<Goal>) -> Row {
        let (section, quartiles) = (self.section.to_owned(), Some([quartile(rounds, 1), quartile(rounds, 3)]));
        Row { section, name, unit, value: Some(quartile(rounds, 2)), quartiles, goal, floor: None, others: Vec::new() }
    }

    fn rounds(&self, effort: Effort, mut tick: impl FnMut()) -> Result<Rounds, Failed> {
        let failed = |who: &Contestant, wrong| Failed { bench: self.name.clone(), who: who.name, wrong };
        let mut ready = Vec::new();
        for contestant in &self.contestants {
            let mut work = (contestant.make)();
            let operations = calibrate(&mut work, effort.slice).map_err(|wrong| failed(contestant, wrong))?;
            ready.push((contestant, work, operations, Vec::new()));
        }
        for round in 0..effort.rounds {
            // Each goes first as often as last.
            if round > 0 {
                ready.reverse();
            }
            for (contestant, work, operations, times) in &mut ready {
                let time = work.run(*operations).map_err(|wrong| failed(contestant, wrong))?;
                times.push(time.as_secs_f64() * 1e9 / *operations as f64);
            }
            tick();
        }
        if effort.rounds.is_multiple_of(2) {
            ready.reverse();
        }
        Ok(ready.into_iter().map(|(.., times)| times).collect())
    }
}

/// How many operations take about as long as `slice`.
fn calibrate(work: &mut Work, slice: Duration) -> Result<u64, Wrong> {
    let mut operations = work.least;
    loop {
        let took = work.run(operations)?;
        if took * 4 >= slice || operations >= work.most {
            let wanted = operations as f64 * slice.as_secs_f64() / took.as_secs_f64().max(1e-9);
            return Ok((wanted as u64).clamp(work.least, work.most));
        }
        operations *= 2;
    }
}

/// The `nth` quartile.
fn quartile(figures: &[f64], nth: usize) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(sorted.len() - 1) * nth / 4]
}

#[cfg(test)]
mod tests {
    use super::*;

    const EFFORT: Effort = Effort { rounds: 4, slice: Duration::from_micros(100) };

    /// Each operation takes as many nanoseconds as the work says.
    fn lasting(ns: u64) -> impl Fn() -> Work {
        move || {
            Work::batches(1, move |operations| crate::work::Batch {
                time: Duration::from_nanos(ns * operations),
                sum: operations,
            })
        }
    }

    #[test]
    fn each_figure_belongs_to_its_contestant() {
        for rounds in 1..5 {
            let effort = Effort { rounds, ..EFFORT };
            let bench = Bench::new("a", "b", lasting(10)).peer("slow", lasting(30)).bare("fast", lasting(5));
            assert_eq!(bench.medians(effort, || ()).unwrap(), [("memguard", 10.0), ("slow", 30.0), ("fast", 5.0)]);
            let row = &bench.rows(effort, || ()).unwrap()[0];
            let (peer, figure) = row.best_peer().unwrap();
            assert_eq!((row.value, &*peer.name, figure), (Some(10.0), "slow", 30.0));
        }
    }

    #[test]
    fn ratios_are_of_speeds() {
        let twice = Bench::new("a", "b", lasting(10)).times("twice", 1.6, lasting(20));
        let rows = twice.rows(EFFORT, || ()).unwrap();
        assert_eq!((rows[1].value, rows[1].is_met(), rows[0].others.len()), (Some(2.0), Some(true), 0));
        let share = Bench::new("a", "b", lasting(10)).bare("cipher", lasting(9)).percent_of("cipher", "share", 95.0);
        let rows = share.rows(EFFORT, || ()).unwrap();
        assert_eq!((rows[1].value, rows[1].is_met(), rows[0].others.len()), (Some(90.0), Some(false), 1));
    }

    #[test]
    fn a_peer_that_does_nothing_fails_the_bench() {
        let bench = Bench::new("a", "b", lasting(10)).peer("idle", || Work::each(1, || 0));
        let failed = bench.rows(EFFORT, || ()).unwrap_err().to_string();
        assert!(failed.starts_with("b, idle: 1 operations should have returned 1 in total"), "{failed}");
    }
}
