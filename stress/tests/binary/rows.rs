//! Every exit code, every wrong command line, and every way in which output, files and signals fail.

use crate::row::End::{Code, Signal as Killed};
use crate::row::Step::{Prints, Remove, Send, SendUntil, SendUntilEnd};
use crate::row::Stream::{Closed, Full, Read};
use crate::row::{Row, check, row};
use rustix::process::Signal;

/// One scenario for a moment, which need provoke nothing, and the place for its reports.
const SHORT: &[&str] =
    &["--scenario", "enclaves", "--duration", "50ms", "--threads", "2", "--seed", "7", "--reports-dir", "{dir}/out"];
/// One that goes on until somebody ends it.
const LONG: &[&str] =
    &["--scenario", "churn", "--duration", "1h", "--threads", "2", "--seed", "7", "--reports-dir", "{dir}/out"];
/// All scenarios, for long.
const ALL: &[&str] = &["--duration", "10h", "--threads", "2", "--seed", "7", "--reports-dir", "{dir}/out"];
/// Workers that never end. The watchdog is there only so that a failing row ends.
const HANGS: &[&str] = &[
    "--scenario",
    "busted-wakeup",
    "--duration",
    "50ms",
    "--threads",
    "2",
    "--stall-after",
    "60s",
    "--reports-dir",
    "{dir}/out",
];

const RECORD: &str = "{dir}/out/records/stress.json";
const REMAINS: &[&str] = &["{dir}/out/crash.txt", "{dir}/out/partial.json"];
const PASS: &[&str] = &["verdict: pass", "panicked at"];

#[rustfmt::skip]
const PASSES_AS_JUNIT: &[&str] = &[
    "--scenario", "enclaves", "--duration", "50ms", "--threads", "2", "--seed", "7", "--junit", "{dir}/a.xml",
    "--reports-dir", "{dir}",
];
#[rustfmt::skip]
const FAILS_AS_JUNIT: &[&str] = &[
    "--scenario", "busted-order", "--duration", "50ms", "--threads", "2", "--junit", "{dir}/a.xml", "--reports-dir",
    "{dir}",
];
#[rustfmt::skip]
const INTERRUPTED_AS_JUNIT: &[&str] =
    &["--duration", "1h", "--threads", "2", "--junit", "{dir}/a.xml", "--reports-dir", "{dir}"];

/// All parameters are printed. From here on the signals are caught that end a run or ask what it does.
const STARTED: crate::row::Step = Prints("machine ");
/// Before that, the first signal ends the run, with a report.
const HUNG: crate::row::Step = SendUntil(Signal::QUIT, "waits  memguard::BUFFER");

macro_rules! busted {
    ($name:literal, $stall_after:literal) => {
        &[
            "--scenario",
            $name,
            "--duration",
            "50ms",
            "--threads",
            "2",
            "--seed",
            "7",
            "--stall-after",
            $stall_after,
            "--reports-dir",
            "{dir}/out",
        ]
    };
}

#[rustfmt::skip]
const WRONG: &[(&str, &[&str])] = &[
    ("an unknown scenario", &["--scenario", "no-such-scenario"]),
    ("an empty scenario", &["--scenario", ""]),
    ("no threads", &["run", "--threads", "0"]),
    ("too many threads", &["--threads", "65537"]),
    ("threads that are no number", &["--threads", "two"]),
    ("no time", &["--duration", "0s"]),
    ("a time without a unit", &["--duration", "10"]),
    ("a time in words", &["--duration", "soon"]),
    ("a negative time", &["--duration=-1s"]),
    ("a time beyond all numbers", &["--duration", "99999999999999999999y"]),
    ("an empty time", &["--duration", ""]),
    ("a negative seed", &["--seed", "-1"]),
    ("a seed with a fraction", &["--seed", "1.5"]),
    ("a seed of 65 bits", &["--seed", "18446744073709551616"]),
    ("two seeds", &["--seed", "1", "--seed", "2"]),
    ("a stall that is too short", &["--stall-after", "999ms"]),
    ("a stall without a time", &["--stall-after"]),
    ("a report without a name", &["--report"]),
    ("a place and the published one", &["--publish", "--reports-dir", "{dir}"]),
    ("a flag with a value", &["--quiet=yes"]),
    ("an unknown flag", &["--no-such-flag"]),
    ("an unknown task", &["no-such-task"]),
    ("an option of run for another task", &["list", "--seed", "1"]),
    ("an option before a task", &["--seed", "1", "list"]),
    ("an argument too many", &["run", "churn"]),
    ("one record to compare", &["compare", "{dir}/file"]),
    ("a range without an end", &["--seeds", "3"]),
    ("a range that is empty", &["--seeds", "3..3"]),
    ("a range that goes down", &["--seeds", "3..1"]),
    ("a range of words", &["--seeds", "a..b"]),
    ("a seed and a range", &["--seed", "1", "--seeds", "1..3"]),
    ("a shard of no range", &["--shard", "1/2"]),
    ("a shard before the first", &["--seeds", "1..3", "--shard", "0/2"]),
    ("a shard behind the last", &["--seeds", "1..3", "--shard", "3/2"]),
    ("a shard without a number of them", &["--seeds", "1..3", "--shard", "1"]),
    ("seeds of a soak", &["soak", "--seeds", "1..3"]),
    ("no record to join", &["merge", "--report", "{dir}/a.json"]),
    ("no place for the joined record", &["merge", "{dir}/file"]),
    ("completions for no shell", &["completions"]),
    ("completions for an unknown shell", &["completions", "csh"]),
];

#[test]
fn a_wrong_command_line_is_refused() {
    let rows: Vec<Row> = WRONG
        .iter()
        .map(|&(name, arguments)| Row {
            says: &["error: ", "--help"],
            never: &["verdict"],
            ..row(name, arguments, Code(2))
        })
        .collect();
    check(&rows);
}

#[test]
fn every_exit_code_comes_with_its_verdict() {
    check(&[
        Row { prints: &["churn "], lines: Some(0), ..row("list", &["list"], Code(0)) },
        Row { prints: &["Exit codes:"], lines: Some(0), ..row("help", &["--help"], Code(0)) },
        Row { prints: &["memguard-stress 0."], lines: Some(0), ..row("version", &["--version"], Code(0)) },
        Row { prints: &[".TH memguard-stress", "publish"], lines: Some(0), ..row("manual page", &["man"], Code(0)) },
        Row {
            prints: &["complete -F _memguard__stress", "purge-storm"],
            lines: Some(0),
            ..row("bash", &["completions", "bash"], Code(0))
        },
        Row { prints: &["#compdef memguard-stress"], ..row("zsh", &["completions", "zsh"], Code(0)) },
        Row { prints: &["complete -c memguard-stress"], ..row("fish", &["completions", "fish"], Code(0)) },
        Row {
            prints: &["seed         7 ", "verdict: pass", "wrote {dir}/out/stress.md"],
            lines: Some(0),
            leaves: &[(RECORD, "\"pass\"")],
            lacks: REMAINS,
            never: &["\u{1b}"],
            ..row("a pass", SHORT, Code(0))
        },
        Row {
            prints: &["verdict: fail", "seed 7)"],
            says: &["busted-order: ORDER: "],
            leaves: &[(RECORD, "\"fail\"")],
            lacks: REMAINS,
            ..row("a broken guarantee", busted!("busted-order", "10s"), Code(1))
        },
        Row {
            prints: &["verdict: fail"],
            says: &["exists to provoke rekeys_skipped"],
            ..row("an outcome that never occurs", busted!("busted-vacuous", "10s"), Code(1))
        },
        Row {
            prints: &["verdict: stall", "seed 7)"],
            says: &[
                "STALL: no progress for 1s",
                "busted-wakeup-0: blocked in waiting for an event",
                "state S",
                "s of CPU time",
                "waits  memguard::BUFFER",
                "to reproduce: memguard-stress run --scenario busted-wakeup --seed 7 --threads 2",
            ],
            leaves: &[(RECORD, "\"ended_by\": \"a stall\"")],
            lacks: REMAINS,
            ..row("a stall", busted!("busted-wakeup", "1s"), Code(3))
        },
    ]);
}

#[test]
fn output_that_cannot_be_written_is_told_in_one_line() {
    const REFUSED: &[&str] = &["the standard output cannot be written: "];
    let no_output = |name, arguments, stream| Row {
        streams: [stream, Read],
        says: REFUSED,
        lines: Some(1),
        ..row(name, arguments, Code(4))
    };
    check(&[
        no_output("list into a closed pipe", &["list"], Closed),
        no_output("list onto a full disk", &["list"], Full),
        no_output("completions into a closed pipe", &["completions", "bash"], Closed),
        no_output("manual page onto a full disk", &["man"], Full),
        Row { says: &["the answer cannot be written"], ..no_output("help into a closed pipe", &["--help"], Closed) },
        Row { says: &["the answer cannot be written"], ..no_output("version onto a full disk", &["--version"], Full) },
        // It is noticed before the run: this one would take an hour.
        Row { lacks: &[RECORD], ..no_output("a run into a closed pipe", LONG, Closed) },
        Row { lacks: &[RECORD], ..no_output("a run onto a full disk", LONG, Full) },
        // A quiet run prints at its end only. Its report is written.
        Row {
            leaves: &[(RECORD, "\"pass\"")],
            ..no_output(
                "a quiet run into a closed pipe",
                &[
                    "--quiet",
                    "--scenario",
                    "enclaves",
                    "--duration",
                    "50ms",
                    "--threads",
                    "2",
                    "--reports-dir",
                    "{dir}/out",
                ],
                Closed,
            )
        },
        // What was wrong is lost. The code still tells it.
        Row { streams: [Read, Full], prints: &["verdict: pass"], ..row("a pass, no errors", SHORT, Code(0)) },
        Row {
            streams: [Read, Full],
            prints: &["verdict: fail"],
            ..row("errors onto a full disk", busted!("busted-order", "10s"), Code(1))
        },
        Row {
            streams: [Read, Closed],
            prints: &["verdict: stall"],
            ..row("a stall with errors into a closed pipe", busted!("busted-wakeup", "1s"), Code(3))
        },
        Row { streams: [Full, Full], ..row("nothing can be said", SHORT, Code(4)) },
        Row { streams: [Read, Closed], ..row("a wrong command line that cannot be told", &["--no-flag"], Code(2)) },
    ]);
}

#[test]
fn a_report_that_cannot_be_written_is_no_pass() {
    const NOTHING: &[&str] = &["verdict: unfit (nothing ran, seed 7)"];
    let early = |name, arguments, says| Row {
        prints: NOTHING,
        says,
        never: PASS,
        lines: Some(1),
        ..row(name, arguments, Code(4))
    };
    const NEEDS: &[&str] = &["reports cannot be written to {dir}"];
    check(&[
        early(
            "a report below a file",
            &["--seed", "7", "--report", "{dir}/file/a.json", "--reports-dir", "{dir}"],
            NEEDS,
        ),
        early(
            "a report that is a directory",
            &["--seed", "7", "--report", "{dir}/sub", "--reports-dir", "{dir}"],
            &["not a regular file"],
        ),
        early(
            "a report that is a device",
            &["--seed", "7", "--report", "/dev/full", "--reports-dir", "{dir}"],
            &["not a regular file"],
        ),
        Row {
            lacks: &["{dir}/new"],
            ..early(
                "a report in no directory",
                &["--seed", "7", "--report", "{dir}/new/a.json", "--reports-dir", "{dir}"],
                NEEDS,
            )
        },
        early("reports below a file", &["--seed", "7", "--reports-dir", "{dir}/file"], NEEDS),
        early("reports in no file system for files", &["--seed", "7", "--reports-dir", "/proc/self"], &["/proc/self"]),
        Row {
            shell: "cd /",
            ..early("nowhere to publish", &["--seed", "7", "--publish"], &["--publish needs a checkout"])
        },
        early("a quiet one", &["--quiet", "--seed", "7", "--reports-dir", "{dir}/file"], NEEDS),
        // The disk is full when the run ends. A file may have no bytes, and the signal for that is ignored.
        Row {
            shell: "trap '' XFSZ; ulimit -f 0",
            prints: &["verdict: unfit", "seed 7)"],
            says: &["cannot write {dir}/out/records/stress.json"],
            never: PASS,
            lines: Some(1),
            ..row("a full disk at the end", SHORT, Code(4))
        },
        Row {
            steps: &[STARTED, SendUntil(Signal::QUIT, "churn-0: "), Remove("{dir}/sub"), Send(Signal::INT)],
            prints: &["verdict: interrupted"],
            says: &["reports cannot be written to {dir}/sub"],
            lacks: &["{dir}/sub"],
            ..row(
                "a directory that goes away",
                &[
                    "--scenario",
                    "churn",
                    "--duration",
                    "1h",
                    "--threads",
                    "2",
                    "--report",
                    "{dir}/sub/a.json",
                    "--reports-dir",
                    "{dir}/out",
                ],
                Code(130),
            )
        },
    ]);
}

#[test]
fn records_are_compared_and_shown_to_others() {
    const OLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../reports/tests/data/stress.json");
    const MAKE_WORSE: &str = concat!(
        "sed s/1234567,/234567,/ ",
        env!("CARGO_MANIFEST_DIR"),
        "/../reports/tests/data/stress.json > {dir}/file"
    );
    check(&[
        Row { prints: &["0 changes"], lines: Some(0), ..row("equal records", &["compare", OLD, OLD], Code(0)) },
        Row {
            shell: MAKE_WORSE,
            prints: &["purge-race: ops/s: ", "(worse)", "3 changes beyond noise, 1 for the worse"],
            ..row("a worse record", &["compare", OLD, "{dir}/file"], Code(1))
        },
        Row {
            says: &["does not have the shape"],
            lines: Some(1),
            ..row("no record", &["compare", OLD, "{dir}/file"], Code(2))
        },
        Row {
            leaves: &[
                ("{dir}/a.xml", "tests=\"1\" skipped=\"0\" errors=\"0\" failures=\"0\""),
                ("{dir}/a.xml", "name=\"seed\" value=\"7\""),
            ],
            ..row("a pass as JUnit", PASSES_AS_JUNIT, Code(0))
        },
        Row {
            leaves: &[("{dir}/a.xml", "failures=\"1\""), ("{dir}/a.xml", "<failure message=\"ORDER: ")],
            ..row("a failure as JUnit", FAILS_AS_JUNIT, Code(1))
        },
        Row {
            steps: &[STARTED, Send(Signal::INT)],
            leaves: &[("{dir}/a.xml", "<skipped")],
            ..row("an interrupted run as JUnit", INTERRUPTED_AS_JUNIT, Code(130))
        },
        Row { says: &["cannot read"], lines: Some(1), ..row("no file", &["compare", "{dir}/none", OLD], Code(2)) },
    ]);
}

#[rustfmt::skip]
const THREE_SEEDS: &[&str] = &[
    "--scenario", "enclaves", "--duration", "50ms", "--threads", "2", "--seeds", "5..10", "--shard", "2/2",
    "--reports-dir", "{dir}/out",
];
#[rustfmt::skip]
const FAILING_SEEDS: &[&str] = &[
    "--scenario", "busted-order", "--duration", "50ms", "--threads", "2", "--seeds", "5..7", "--reports-dir",
    "{dir}/out",
];
#[rustfmt::skip]
const STALLING_SEEDS: &[&str] = &[
    "--scenario", "enclaves", "--scenario", "busted-wakeup", "--duration", "50ms", "--threads", "2", "--seeds",
    "5..7", "--stall-after", "1s", "--reports-dir", "{dir}/out",
];

#[test]
fn a_range_of_seeds_is_one_record() {
    check(&[
        Row {
            prints: &["seed         6 ", "operations, seed 8)", "verdict: pass (1 scenarios", "seeds 2 of 6 to 8)"],
            lines: Some(0),
            leaves: &[(RECORD, "\"seeds\": [\n    6,\n    8\n  ]")],
            lacks: REMAINS,
            ..row("every other seed", THREE_SEEDS, Code(0))
        },
        Row {
            says: &["this shard has no seed, so nothing would run"],
            lines: Some(1),
            never: PASS,
            ..row("a shard without a seed", &["--seeds", "5..7", "--shard", "3/3"], Code(2))
        },
        Row {
            prints: &["operations, seed 5)", "operations, seed 6)", "verdict: fail (1 scenarios", "seeds 5 to 6)"],
            leaves: &[(RECORD, "\"failed_runs\": ["), (RECORD, "busted-order: 1 violation")],
            ..row("a run that fails, and the next one", FAILING_SEEDS, Code(1))
        },
        Row {
            prints: &["verdict: stall"],
            leaves: &[(RECORD, "\"ended_by\": \"a stall\"")],
            ..row("a run that stalls", STALLING_SEEDS, Code(3))
        },
        Row {
            prints: &["verdict: unfit (nothing ran, seeds 5 to 6)"],
            says: &["reports cannot be written"],
            lines: Some(1),
            never: PASS,
            ..row("no place for its reports", &["--seeds", "5..7", "--reports-dir", "{dir}/file"], Code(4))
        },
    ]);
}

/// Makes `{dir}/file` from the example: a record of another seed, changed by these commands of `sed`.
macro_rules! changed {
    ($changes:literal) => {
        concat!(
            "sed -e 's/\"seed\": [0-9]*/\"seed\": 8/' ",
            $changes,
            " ",
            env!("CARGO_MANIFEST_DIR"),
            "/../reports/tests/data/stress.json > {dir}/file"
        )
    };
}

#[test]
fn records_of_shards_are_joined() {
    const FIRST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../reports/tests/data/stress.json");
    const JOIN: &[&str] = &["merge", FIRST, "{dir}/file", "--report", "{dir}/all.json"];
    const OUT: &str = "{dir}/all.json";
    let refused = |name, shell, says| Row {
        shell,
        says,
        lines: Some(1),
        never: &["verdict: ", "panicked at"],
        lacks: &[OUT],
        ..row(name, JOIN, Code(2))
    };
    // A record states the verdict of its figures, so both are changed.
    let worse =
        |name, shell, prints, end| Row { shell, prints, leaves: &[(OUT, "\"failed_runs\"")], ..row(name, JOIN, end) };
    check(&[
        Row {
            shell: changed!(""),
            prints: &["wrote {dir}/all.json", "verdict: pass (2 scenarios, 3,604,914 operations, seeds 2 of 8 to 70"],
            lines: Some(0),
            leaves: &[(OUT, "\"ops\": 2469134"), (OUT, "\"duration_s\": 60.5")],
            ..row("two that pass", JOIN, Code(0))
        },
        Row { prints: &["seed 7046"], ..row("one alone", &["merge", FIRST, "--report", OUT], Code(0)) },
        worse(
            "one that fails",
            changed!(
                "-e '0,/\"violations\": ../s//\"violations\": [{\"guarantee\":\"EXACT\",\"message\":\"wrong\"}]/' \
                -e s/pass/fail/"
            ),
            &["verdict: fail"],
            Code(1),
        ),
        worse("one that stalled", changed!("-e 's/\"pass\"/\"stall\"/'"), &["verdict: stall"], Code(3)),
        worse("one that is unfit", changed!("-e 's/\"pass\"/\"unfit\"/'"), &["verdict: unfit"], Code(4)),
        worse(
            "one that was interrupted",
            changed!(
                "-e '/\"verdict\"/i \"partial\": {\"ended_by\": \"SIGTERM\", \"unfinished\": []},' \
                 -e s/pass/interrupted/"
            ),
            &["verdict: interrupted"],
            Code(143),
        ),
        refused(
            "another commit",
            changed!("-e s/0123abc/1123abc/ -e s/0123456789/1123456789/"),
            &["is of commit 1123456789"],
        ),
        refused("another schema", changed!("-e s,memguard-stress/,memguard-stress/9,"), &["this build reads"]),
        refused("a false verdict", changed!("-e s/pass/fail/"), &["states the verdict"]),
        refused("no record", "", &["does not have the shape"]),
        Row {
            says: &["its run of seed 7046029254386353131 is in those before it already"],
            lines: Some(1),
            lacks: &[OUT],
            ..row("the same seed", &["merge", FIRST, FIRST, "--report", OUT], Code(2))
        },
        Row {
            says: &["cannot read"],
            lines: Some(1),
            ..row("no file", &["merge", "{dir}/none", "--report", OUT], Code(2))
        },
        Row {
            says: &["not a regular file"],
            lines: Some(1),
            never: PASS,
            ..row("a place that is a directory", &["merge", FIRST, "--report", "{dir}/sub"], Code(4))
        },
    ]);
}

#[test]
fn signals_end_a_run_with_what_is_known() {
    const PARTIAL: &str = "\"partial\": {";
    let crash = |name, signal, number| Row {
        steps: match signal {
            Signal::SEGV => &[STARTED, SendUntil(Signal::QUIT, "churn-0: "), Send(Signal::SEGV)],
            Signal::BUS => &[STARTED, SendUntil(Signal::QUIT, "churn-0: "), Send(Signal::BUS)],
            _ => &[STARTED, SendUntil(Signal::QUIT, "churn-0: "), Send(Signal::ABORT)],
        },
        says: &[
            "CRASH: SIG",
            "not a fault",
            "scenario   churn",
            "reproduce  memguard-stress run --scenario churn --seed 7",
        ],
        leaves: &[("{dir}/out/crash.txt", "seed       7"), ("{dir}/out/partial.json", "\"interrupted\"")],
        never: PASS,
        ..row(name, LONG, Killed(number))
    };
    check(&[
        Row {
            steps: &[STARTED, Send(Signal::INT)],
            prints: &["verdict: interrupted", "seed 7)"],
            says: &["partial: the run ended early: SIGINT; unfinished: churn, crowded"],
            leaves: &[(RECORD, PARTIAL), (RECORD, "\"ended_by\": \"SIGINT\"")],
            lacks: REMAINS,
            never: PASS,
            ..row("SIGINT", ALL, Code(130))
        },
        Row {
            steps: &[STARTED, Send(Signal::TERM)],
            prints: &["verdict: interrupted", "seed 7)"],
            leaves: &[(RECORD, "\"ended_by\": \"SIGTERM\"")],
            lacks: REMAINS,
            ..row("SIGTERM", LONG, Code(143))
        },
        Row {
            steps: &[STARTED, HUNG, SendUntilEnd(Signal::INT)],
            lacks: &[RECORD],
            never: PASS,
            ..row("a second SIGINT", HANGS, Code(130))
        },
        Row {
            steps: &[STARTED, HUNG, SendUntilEnd(Signal::TERM)],
            lacks: &[RECORD],
            ..row("a second SIGTERM", HANGS, Code(143))
        },
        Row {
            shell: "trap '' INT",
            steps: &[STARTED, Send(Signal::INT), Send(Signal::TERM)],
            // Had the first signal been caught, the second one would have left no report.
            leaves: &[(RECORD, "\"ended_by\": \"SIGTERM\"")],
            ..row("SIGINT that the caller ignores", LONG, Code(143))
        },
        Row {
            steps: &[STARTED, SendUntil(Signal::QUIT, "churn-0: "), Send(Signal::INT)],
            says: &["s of CPU time", "which thread holds what", "VmLck:"],
            leaves: &[(RECORD, PARTIAL)],
            ..row("SIGQUIT, and the run goes on", LONG, Code(130))
        },
        Row {
            says: &[
                "CRASH: SIGSEGV",
                "busted-fault-",
                ": reading behind a buffer, after 0 completed operations",
                "of memguard",
                "reproduce  memguard-stress run --scenario busted-fault --seed 7",
            ],
            leaves: &[("{dir}/out/crash.txt", "address    0x"), ("{dir}/out/partial.json", "\"busted-fault\"")],
            never: PASS,
            ..row("a touch of a guard page", busted!("busted-fault", "10s"), Killed(11))
        },
        Row {
            says: &["CRASH: SIGSEGV", "busted-overflow-", ": calling itself", "has overflowed its stack"],
            leaves: &[("{dir}/out/crash.txt", "scenario   busted-overflow")],
            never: PASS,
            // The standard library aborts.
            ..row("a stack overflow", busted!("busted-overflow", "10s"), Killed(6))
        },
        crash("SIGSEGV from outside", Signal::SEGV, 11),
        crash("SIGBUS from outside", Signal::BUS, 7),
        crash("SIGABRT from outside", Signal::ABORT, 6),
        Row {
            steps: &[STARTED, SendUntil(Signal::QUIT, "churn-0: "), Send(Signal::KILL)],
            leaves: &[("{dir}/out/partial.json", "\"churn\"")],
            lacks: &[RECORD],
            ..row("SIGKILL", LONG, Killed(9))
        },
    ]);
}
