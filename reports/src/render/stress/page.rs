//! The Markdown page of a stress run.

use std::collections::BTreeSet;

use crate::render::Page;
use crate::render::head::head;
use crate::render::markdown::{code, fenced, text};
use crate::render::provenance;
use crate::render::stress::chart;
use crate::render::table::table;
use crate::schema::provenance::Provenance;
use crate::schema::stress::{FailedRun, Kind, LockTimes, LockUse, Scenario, StressRun, Verdict};
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
            kinds(self),
            degraded(self),
            at_rest(self),
            locks(self),
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
        Verdict::Interrupted => "The run was ended before its time. Until then no guarantee was broken.",
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
    let (commit, started_unix_s, host) = (run.commit.clone(), run.started_unix_s, run.host.clone());
    let origin = Provenance { commit, started_unix_s, host };
    provenance::section(&run.command, run.duration_s, &origin, Some((&run.seeds_in_words(), run.threads)))
}

fn scenarios(run: &StressRun) -> String {
    let mut out = String::from("## Scenarios\n\n");
    if run.scenarios.is_empty() {
        return out + "None ran.\n";
    }
    for scenario in &run.scenarios {
        out.push_str(&format!("- {}: {}\n", code(&scenario.name), text(&scenario.purpose)));
    }
    out.push('\n');
    out.push_str(&by_scenario(run, |s| {
        vec![
            ("ops", units::count(s.ops)),
            ("ops/s", units::rate(s.ops, s.duration_s)),
            ("threads", s.threads.to_string()),
            ("duration", units::seconds(s.duration_s)),
            ("p50", units::nanoseconds(s.latency_ns.p50)),
            ("p99", units::nanoseconds(s.latency_ns.p99)),
            ("p99.9", units::nanoseconds(s.latency_ns.p999)),
            ("max", units::nanoseconds(s.latency_ns.max)),
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

fn kinds(run: &StressRun) -> String {
    let mut out = String::from("## Kinds of operation\n\n");
    if run.scenarios.iter().all(|scenario| scenario.kinds.is_empty()) {
        return out + "None was timed by itself.\n";
    }
    out.push_str(
        "How long one operation of each kind took. *Whole after* is the time from the end of the last worker until\n\
         the session was whole, checked and closed. A wait for a lock is shown if none before it was longer.\n\n",
    );
    out.push_str(&by_scenario(run, |s| {
        let waits = s.longest_waits_ns.iter().map(|(class, &ns)| format!("{} {}", text(class), units::nanoseconds(ns)));
        let waits: Vec<String> = waits.collect();
        let recovery = s.recovery_ns.map_or_else(|| "–".to_owned(), units::nanoseconds);
        vec![("whole after", recovery), ("longest waits", waits.join(", "))]
    }));
    for scenario in run.scenarios.iter().filter(|scenario| !scenario.kinds.is_empty()) {
        let row = |(name, kind): (&String, &Kind)| {
            let times = [kind.p50, kind.p999, kind.max].map(units::nanoseconds);
            [vec![text(name), units::count(kind.ops)], times.to_vec()].concat()
        };
        let kinds = table(&["operation", "completed:", "p50:", "p99.9:", "max:"], scenario.kinds.iter().map(row));
        let (name, count) = (text(&scenario.name), scenario.kinds.len());
        out.push_str(&format!("\n<details><summary>{name}: {count} kinds</summary>\n\n{kinds}\n</details>\n"));
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
    let cell = |s: &Scenario, kind: &String| match s.degraded.get(kind) {
        None | Some(0) if s.expected_degraded.contains(kind) => "**0, never provoked**".to_owned(),
        None => "–".to_owned(),
        Some(&n) if s.expected_degraded.contains(kind) => format!("**{}**", units::count(n)),
        Some(&n) => units::count(n),
    };
    out + &by_scenario(run, |s| kinds.iter().map(|kind| (code(kind), cell(s, kind))).collect())
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
    out + &by_scenario(run, |s| {
        let q = &s.quiescence;
        vec![
            ("clean", if q.is_clean() { "yes".to_owned() } else { "**no**".to_owned() }),
            ("live buffers", units::count(q.live_buffers)),
            ("parked", units::count(q.parked)),
            ("handed over", units::count(q.handed_over)),
            ("dirty pages", units::count(q.dirty_pages)),
            ("locked bytes stated", units::count(q.locked_bytes_stated)),
            ("locked bytes measured", units::count(q.locked_bytes_measured)),
            ("mappings stated", units::count(q.mappings_stated)),
            ("mappings measured", units::count(q.mappings_measured)),
        ]
    })
}

fn locks(run: &StressRun) -> String {
    let mut out = String::from("## Locks\n\n");
    if run.locks.is_empty() {
        return out + "None was counted.\n";
    }
    out.push_str(
        "What threads did with the locks of one class at one place, the most contended first. Every wait is timed,\n\
         and one hold in 64. Times are the median, p99 and the longest of those that were timed. The median and p99\n\
         are at most a quarter too high.\n\n",
    );
    let times = |times: &LockTimes| {
        let LockTimes { timed, p50, p99, max } = *times;
        let of_them = [p50, p99, max].map(units::nanoseconds).join(", ");
        if *times == LockTimes::default() { "–".to_owned() } else { format!("{of_them} of {}", units::count(timed)) }
    };
    let row = |lock: &LockUse| {
        let counts = [lock.acquired, lock.contended, lock.failed, lock.timed_out].map(units::count);
        [vec![text(&lock.class), code(&lock.place)], counts.to_vec(), vec![times(&lock.wait_ns), times(&lock.hold_ns)]]
            .concat()
    };
    let head = ["class", "place", "acquired:", "contended:", "failed:", "timed out:", "wait", "hold"];
    let (met, alone): (Vec<_>, Vec<_>) =
        run.locks.iter().partition(|lock| lock.contended + lock.failed + lock.timed_out > 0);
    out.push_str(&table(&head, met.into_iter().map(row)));
    if !alone.is_empty() {
        let places = units::count(alone.len() as u64);
        let alone = table(&head, alone.into_iter().map(row));
        out.push_str(&format!(
            "\n<details><summary>Places where no thread found a lock taken: {places}</summary>\n\n{alone}\n</details>\n"
        ));
    }
    out
}

fn violations(run: &StressRun) -> String {
    let mut out = String::from("## Violations\n\n");
    for FailedRun { seed, verdict, reasons } in &run.failed_runs {
        out.push_str(&format!("- The run of seed {seed}: **{verdict}**: {}\n", text(&reasons.join("; "))));
    }
    if run.failed_runs.is_empty() && !run.scenarios.iter().any(Scenario::failed) {
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

/// A table with a row for each scenario. After its name come the columns, each with its title.
fn by_scenario<T: AsRef<str>>(run: &StressRun, columns: impl Fn(&Scenario) -> Vec<(T, String)>) -> String {
    let mut head = vec!["scenario".to_owned()];
    head.extend(run.scenarios.iter().take(1).flat_map(&columns).map(|(title, _)| format!("{}:", title.as_ref())));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let cells = |s: &Scenario| columns(s).into_iter().map(|(_, cell)| cell).collect::<Vec<_>>();
    table(&head, run.scenarios.iter().map(|s| [vec![code(&s.name)], cells(s)].concat()))
}
