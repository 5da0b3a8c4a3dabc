//! The Markdown page of a stress run.

use std::collections::BTreeSet;

use crate::render::Page;
use crate::render::head::head;
use crate::render::markdown::{code, fenced, text};
use crate::render::provenance::{self, Provenance};
use crate::render::stress::chart;
use crate::render::table::{Align, table};
use crate::schema::stress::{Scenario, StressRun, Verdict};
use crate::units;

impl Page for StressRun {
    /// The title is a failure if the run states a pass that its figures do not support. Loading refuses such a run, but
    /// a program may render one that it did not load.
    fn page(&self) -> String {
        let sections = [
            heading(self),
            READING.to_owned(),
            provenance(self),
            scenarios(self),
            degraded(self),
            at_rest(self),
            violations(self),
        ];
        sections.join("\n")
    }
}

const READING: &str = "\
## How to read this page

A *scenario* is a set of threads that use memguard in one particular way for a fixed time and contend. Then every thread
ends, and the run inspects what is left. An operation that cannot get a lock at once does not wait for ever. It takes
another way and counts a *degraded* outcome, such as a parked registration or a skipped rekey. A degraded outcome is not
an error. A scenario that exists to provoke one must show it, because otherwise it tested nothing. A *violation* is an
error: a named guarantee that did not hold.

The *seed* fixes the operations of each thread. It does not fix how the threads interleave. The same command on another
day runs the same operations in another order. So a violation may need several runs to show again. A pass shows that
nothing went wrong in this run. It does not show that nothing can.
";

fn heading(run: &StressRun) -> String {
    let verdict = match run.verdict {
        Verdict::Pass => run.computed_verdict(),
        stated => stated,
    };
    let meaning = match verdict {
        Verdict::Pass => {
            "Every scenario did work, broke no guarantee, showed each degraded outcome it exists for, and left nothing."
        }
        Verdict::Fail => "A guarantee was broken, or an expected outcome did not occur.",
        Verdict::Stall => "Threads stopped making progress, and the run was ended.",
        Verdict::Unfit => "This machine could not run the scenarios. The run shows nothing either way.",
    };
    let mut out = head(run, "Stress run", &verdict.to_string(), meaning);
    if verdict != run.verdict {
        out.push_str(&format!("\nThe run itself states **{}**, and its figures do not support that.\n", run.verdict));
    }
    if verdict != Verdict::Pass && run.shortfalls().is_empty() {
        out.push_str("\nThe scenarios below show nothing against a pass. The log of the run says what ended it.\n");
    }
    out
}

fn provenance(run: &StressRun) -> String {
    provenance::section(&Provenance {
        command: &run.command,
        commit: &run.commit,
        started_unix_s: run.started_unix_s,
        duration_s: run.duration_s,
        host: &run.host,
        seed: Some(code(&run.seed.to_string())),
        threads: Some(run.threads),
    })
}

fn scenarios(run: &StressRun) -> String {
    let mut out = String::from("## Scenarios\n\n");
    if run.scenarios.is_empty() {
        return out + "None ran.\n";
    }
    for scenario in &run.scenarios {
        out.push_str(&format!("- {}: {}\n", code(&scenario.name), text(&scenario.purpose)));
    }
    let head = ["ops", "ops/s", "threads", "duration", "p50", "p99", "p99.9", "max"];
    out.push('\n');
    out.push_str(&by_scenario(run, &head, |s| {
        let latency = &s.latency_ns;
        vec![
            units::count(s.ops),
            units::rate(s.ops, s.duration_s),
            s.threads.to_string(),
            units::seconds(s.duration_s),
            units::nanoseconds(latency.p50),
            units::nanoseconds(latency.p99),
            units::nanoseconds(latency.p999),
            units::nanoseconds(latency.max),
        ]
    }));
    let picture = chart::latencies(&run.scenarios);
    if !picture.is_empty() {
        out.push_str(
            "\nLatency of one operation on a logarithmic scale: `█` up to the median, `▒` up to p99, `·` up to the\n\
             slowest.\n\n",
        );
        out.push_str(&fenced(&picture, ""));
    }
    out
}

fn degraded(run: &StressRun) -> String {
    let mut out = String::from("## Degraded outcomes\n\n");
    let kinds: BTreeSet<&String> =
        run.scenarios.iter().flat_map(|s| s.degraded.keys().chain(&s.expected_degraded)).collect();
    if kinds.is_empty() {
        return out + "None occurred, and no scenario exists to provoke one.\n";
    }
    out.push_str(
        "How often each kind occurred. **Bold**: the scenario exists to provoke it. `–`: the scenario does not\n\
         count it.\n\n",
    );
    let titles: Vec<String> = kinds.iter().map(|kind| code(kind)).collect();
    let head: Vec<&str> = titles.iter().map(String::as_str).collect();
    out.push_str(&by_scenario(run, &head, |s| {
        kinds
            .iter()
            .map(|&kind| {
                let seen = s.degraded.get(kind).copied();
                if !s.expected_degraded.contains(kind) {
                    return seen.map_or_else(|| "–".to_owned(), units::count);
                }
                match seen.unwrap_or(0) {
                    0 => "**0, never provoked**".to_owned(),
                    n => format!("**{}**", units::count(n)),
                }
            })
            .collect()
    }));
    out
}

fn at_rest(run: &StressRun) -> String {
    let mut out = String::from("## At rest\n\n");
    if run.scenarios.is_empty() {
        return out + "Nothing ran.\n";
    }
    out.push_str(
        "What was left when every thread of the scenario had ended. *Stated* is what memguard counts. *Measured*\n\
         is what the kernel counts. The two must agree, and the other columns must be 0.\n\n",
    );
    let head = [
        "clean",
        "live buffers",
        "parked",
        "handed over",
        "dirty pages",
        "locked bytes stated",
        "locked bytes measured",
        "mappings stated",
        "mappings measured",
    ];
    out.push_str(&by_scenario(run, &head, |s| {
        let q = &s.quiescence;
        let clean = if q.is_clean() { "yes" } else { "**no**" };
        let figures = [
            q.live_buffers,
            q.parked,
            q.handed_over,
            q.dirty_pages,
            q.locked_bytes_stated,
            q.locked_bytes_measured,
            q.mappings_stated,
            q.mappings_measured,
        ];
        std::iter::once(clean.to_owned()).chain(figures.map(units::count)).collect()
    }));
    out
}

fn violations(run: &StressRun) -> String {
    let mut out = String::from("## Violations\n\n");
    if !run.scenarios.iter().any(Scenario::failed) {
        return out + "None.\n";
    }
    for scenario in &run.scenarios {
        for violation in &scenario.violations {
            out.push_str(&format!("- **{}** in {}", text(&violation.guarantee), code(&scenario.name)));
            // A lock-order report has a line for each site. It cannot be read as one line.
            if violation.message.contains('\n') {
                out.push_str(&format!(":\n\n{}\n", fenced(&violation.message, "  ")));
            } else {
                out.push_str(&format!(": {}\n", text(&violation.message)));
            }
        }
    }
    out
}

/// A table with a row for each scenario and `head` after its name.
fn by_scenario(run: &StressRun, head: &[&str], cells: impl Fn(&Scenario) -> Vec<String>) -> String {
    let titles: Vec<(&str, Align)> =
        std::iter::once(("scenario", Align::Left)).chain(head.iter().map(|&title| (title, Align::Right))).collect();
    let rows: Vec<Vec<String>> =
        run.scenarios.iter().map(|s| std::iter::once(code(&s.name)).chain(cells(s)).collect()).collect();
    table(&titles, &rows)
}
