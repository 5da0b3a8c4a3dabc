//! The page of the seeded bugs.

use crate::render::Page;
use crate::render::head::head;
use crate::render::markdown::{code, text};
use crate::render::provenance::{self, Provenance};
use crate::render::table::{Align, table};
use crate::schema::seeded_bugs::{Detector, Finding, Outcome, SeededBugs};
use crate::schema::verdict::Verdict;

const DETECTORS: [(Detector, &str); 3] =
    [(Detector::Tests, "library's tests"), (Detector::Shuttle, "deep schedules"), (Detector::Loom, "loom models")];

impl Page for SeededBugs {
    fn page(&self) -> String {
        let sections = [heading(self), matrix(self), explanations(self), messages(self), provenance(self)];
        sections.join("\n")
    }
}

fn heading(run: &SeededBugs) -> String {
    let survivors = run.survivors();
    let caught = format!("{} of {} are caught.", run.bugs.len() - survivors.len(), run.bugs.len());
    let meaning = match survivors.as_slice() {
        [] => caught,
        names => {
            format!("{caught} **Survived: {}.**", names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", "))
        }
    };
    let verdict = Verdict::of(&run.shortfalls());
    head(run, "Seeded bugs", &verdict.to_string(), &meaning)
}

fn matrix(run: &SeededBugs) -> String {
    let head: Vec<_> = [("bug", Align::Left)]
        .into_iter()
        .chain(DETECTORS.iter().flat_map(|&(_, name)| [(name, Align::Left), ("s", Align::Right)]))
        .collect();
    let rows = run.bugs.iter().map(|bug| {
        let cells = DETECTORS.iter().flat_map(|&(detector, _)| match bug.finding(detector) {
            None => [String::new(), String::new()],
            Some(finding) => [noticed(finding), format!("{:.1}", finding.seconds)],
        });
        [text(&bug.name)].into_iter().chain(cells).collect()
    });
    format!(
        "## Which detector notices which bug\n\n\
         Each bug is a known fault, planted alone in a copy of the library. A cell names the first test that\n\
         failed. `s` is how many seconds the detector ran until then, without the build. A dash: all tests of\n\
         the detector passed. Empty: the detector did not run.\n\n{}",
        table(&head, &rows.collect::<Vec<_>>())
    )
}

fn noticed(finding: &Finding) -> String {
    let by = finding.by.as_deref().map(code).unwrap_or_default();
    match finding.outcome {
        Outcome::Caught if by.is_empty() => "caught".to_owned(),
        Outcome::Caught => by,
        Outcome::Hung => format!("hung {by}").trim_end().to_owned(),
        Outcome::Missed => "–".to_owned(),
        Outcome::DoesNotCompile => "does not compile".to_owned(),
    }
}

fn explanations(run: &SeededBugs) -> String {
    let rows: Vec<_> = run.bugs.iter().map(|bug| vec![text(&bug.name), text(&bug.what)]).collect();
    format!("## What the bugs are\n\n{}", table(&[("bug", Align::Left), ("what it does", Align::Left)], &rows))
}

fn messages(run: &SeededBugs) -> String {
    let rows = run.bugs.iter().flat_map(|bug| {
        let said = |&(detector, name): &(Detector, &str)| {
            let said = bug.finding(detector)?.said.as_deref()?;
            Some(vec![text(&bug.name), name.to_owned(), text(said)])
        };
        DETECTORS.iter().filter_map(said)
    });
    let head = [("bug", Align::Left), ("detector", Align::Left), ("message, cut", Align::Left)];
    format!("## What the detectors said\n\n{}", table(&head, &rows.collect::<Vec<_>>()))
}

fn provenance(run: &SeededBugs) -> String {
    let origin = &run.provenance;
    provenance::section(&Provenance {
        command: &run.command,
        commit: &origin.commit,
        started_unix_s: origin.started_unix_s,
        duration_s: run.duration_s,
        host: &origin.host,
        seed: None,
        threads: None,
    })
}
