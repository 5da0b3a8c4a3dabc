//! The loom models: those that failed by their own oracle, those that the harness judged, and the gate.

use memguard_reports::kill_matrix::Judge;

use super::failure::{Failure, judge_of};
use super::search::died;

/// What one model did.
struct Ran<'l> {
    model: &'l str,
    /// The message of its first panic.
    said: Option<&'l str>,
    /// Whether an execution failed. Otherwise the harness refused what the model reached.
    in_execution: bool,
    failed: bool,
    ended: bool,
}

fn all(log: &str) -> Vec<Ran<'_>> {
    let mut all: Vec<Ran<'_>> = Vec::new();
    let mut lines = log.lines();
    while let Some(line) = lines.next() {
        let begun = line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ").or(rest.split_once(" ...")));
        if let Some((name, rest)) = begun
            && name.trim() != "gate"
        {
            let model = name.trim();
            if all.last().is_none_or(|last| last.model != model) {
                all.push(Ran { model, said: None, in_execution: false, failed: false, ended: false });
            }
            if let Some(last) = all.last_mut() {
                last.in_execution |= rest.starts_with("FAILED in execution");
            }
        }
        // What follows the models does not belong to the last one.
        if line == "failures:" || line.starts_with("test result: ") || line.starts_with("gate: ") {
            break;
        }
        let Some(last) = all.last_mut() else { continue };
        if line.contains("panicked at ") {
            let said = lines.next();
            last.said = last.said.or(said);
        }
        last.failed |= last.in_execution || line.ends_with("FAILED");
        last.ended |= last.failed || line.ends_with("ok");
    }
    all
}

fn is_own(ran: &Ran<'_>) -> bool {
    ran.in_execution && judge_of(ran.said.unwrap_or_default()) != Judge::Gate
}

pub(super) fn own_failures(log: &str) -> Vec<String> {
    all(log).iter().filter(|ran| is_own(ran)).map(|ran| ran.model.to_owned()).collect()
}

pub(super) fn first_failure(log: &str) -> Option<Failure> {
    let all = all(log);
    let failed = all.iter().find(|ran| is_own(ran)).or_else(|| all.iter().find(|ran| ran.failed));
    if let Some(Ran { model, said, in_execution, .. }) = failed {
        let said = said.unwrap_or_default();
        let judge = if *in_execution { judge_of(said) } else { Judge::Gate };
        return Some(Failure::new(Some(model), said, judge));
    }
    let complaint =
        |line: &&str| line.starts_with("gate: ") && !line.contains("skipped") && !line.starts_with("gate: pass");
    if let Some(gate) = log.lines().find(complaint) {
        return Some(Failure::new(Some("gate"), gate, Judge::Gate));
    }
    // The process died inside a model.
    let death = died(log)?;
    let running = all.last().filter(|last| !last.ended).map(|last| last.model.to_owned());
    Some(Failure { by: running.or(death.by), ..death })
}

pub(super) fn ran(log: &str) -> bool {
    log.lines().any(|line| line.starts_with("gate: pass, ") && !line.starts_with("gate: pass, 0 models"))
}
