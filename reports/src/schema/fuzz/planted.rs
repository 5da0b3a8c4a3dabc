//! How long each target needs to find the bug that was planted for it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::schema::error::ReportError;
use crate::schema::fuzz::script::{self, Origin};

/// One run over the planted bugs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planted {
    /// Where the figures come from.
    pub origin: Origin,
    /// How many seconds the median attempt may need. An attempt is stopped after as many.
    pub limit_s: u64,
    /// The bugs, by name.
    pub bugs: Vec<PlantedBug>,
}

/// One bug.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlantedBug {
    /// The name of its patch.
    pub name: String,
    /// The target that must find it.
    pub target: String,
    /// What it does, in one line.
    pub what: String,
    /// Each attempt begins with an empty corpus and has a seed of its own.
    pub attempts: Vec<Attempt>,
    /// How often the first crash occurred again when its file was replayed.
    pub replays: Option<Replays>,
    /// Whether the checked-in crash of this bug still fails. `cargo test` replays that file, so it notices if the bug
    /// returns.
    pub kept_fails: Option<bool>,
}

/// One attempt to find it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// libFuzzer's seed.
    pub seed: u64,
    /// How long the fuzzer ran.
    pub seconds: f64,
    /// Whether it found a crash.
    pub found: bool,
    /// What the crash said.
    pub said: String,
}

/// Replays of one crash file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replays {
    /// How many failed.
    pub failed: u64,
    /// How many were made.
    pub made: u64,
}

impl Planted {
    pub(super) fn collect(folder: &Path) -> Result<Self, ReportError> {
        let bugs = script::folders(folder)?.into_iter().map(|(name, folder)| PlantedBug::collect(name, &folder));
        Ok(Self {
            origin: Origin::collect(folder)?,
            limit_s: script::number(&folder.join("limit_s"))?,
            bugs: bugs.collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn shortfalls(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.bugs.is_empty() {
            wrong.push("no planted bug was tried".to_owned());
        }
        for bug in &self.bugs {
            match bug.median_s() {
                None if bug.attempts.is_empty() => wrong.push(format!("{} was not tried", bug.name)),
                None => {
                    let missed = bug.attempts.iter().filter(|attempt| !attempt.found).count();
                    wrong.push(format!("{} was missed in {missed} of {} attempts", bug.name, bug.attempts.len()));
                }
                Some(median) if median > self.limit_s as f64 => {
                    wrong.push(format!("{} took {median:.1} s (median), and {} s are allowed", bug.name, self.limit_s));
                }
                Some(_) => {}
            }
            if let Some(Replays { failed, made }) = bug.replays
                && (failed < made || made == 0)
            {
                wrong.push(format!("the crash of {} occurred again in {failed} of {made} replays", bug.name));
            }
            if bug.kept_fails == Some(false) {
                let (target, name) = (&bug.target, &bug.name);
                wrong.push(format!(
                    "fuzz/regressions/{target}/planted-{name} no longer shows its bug: put \
                     target/fuzz/planted/{name}/crash there"
                ));
            }
        }
        wrong
    }
}

impl PlantedBug {
    /// From the files `target`, `what` and `attempts` (seed, seconds, `found` or `missed`, message; separated by tabs),
    /// and from `replays` (failed, made) and `kept` (`fails` or `passes`) if they exist.
    fn collect(name: String, folder: &Path) -> Result<Self, ReportError> {
        let one = |file: &str| Ok(script::lines(&folder.join(file))?.into_iter().next().unwrap_or_default());
        let path = folder.join("attempts");
        let attempts = script::lines(&path)?.into_iter().map(|line| {
            Attempt::parse(&line).ok_or_else(|| script::not_as_left(&path, format!("'{line}' is no attempt")))
        });
        let path = folder.join("replays");
        let replays = script::optional_lines(&path)?.first().map(|line| {
            Replays::parse(line).ok_or_else(|| script::not_as_left(&path, format!("'{line}' is no count of replays")))
        });
        let path = folder.join("kept");
        let kept_fails = script::optional_lines(&path)?.first().map(|line| match line.as_str() {
            "fails" => Ok(true),
            "passes" => Ok(false),
            _ => Err(script::not_as_left(&path, format!("'{line}' is neither 'fails' nor 'passes'"))),
        });
        Ok(Self {
            name,
            target: one("target")?,
            what: one("what")?,
            attempts: attempts.collect::<Result<_, _>>()?,
            replays: replays.transpose()?,
            kept_fails: kept_fails.transpose()?,
        })
    }

    /// The median of the attempts' seconds. With an even number of attempts it is the slower of the two in the middle.
    /// A missed attempt counts as slower than any other. `None` if the median attempt missed, or if there is no
    /// attempt.
    pub fn median_s(&self) -> Option<f64> {
        let seconds = |attempt: &Attempt| if attempt.found { attempt.seconds } else { f64::INFINITY };
        let mut seconds: Vec<f64> = self.attempts.iter().map(seconds).collect();
        seconds.sort_by(f64::total_cmp);
        seconds.get(seconds.len() / 2).copied().filter(|median| median.is_finite())
    }
}

impl Attempt {
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.splitn(4, '\t');
        Some(Self {
            seed: fields.next()?.parse().ok()?,
            seconds: fields.next()?.parse().ok()?,
            found: match fields.next()? {
                "found" => true,
                "missed" => false,
                _ => return None,
            },
            said: fields.next()?.to_owned(),
        })
    }
}

impl Replays {
    fn parse(line: &str) -> Option<Self> {
        let (failed, made) = line.split_once('\t')?;
        Some(Self { failed: failed.parse().ok()?, made: made.parse().ok()? })
    }
}
