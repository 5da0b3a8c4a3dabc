//! The page of the seeded bugs.

use crate::render::Page;
use crate::render::head::head;
use crate::render::markdown::{code, text};
use crate::render::provenance;
use crate::render::table::table;
use crate::schema::seeded_bugs::{Detector, Finding, Outcome, SeededBugs};
use crate::schema::verdict::Verdict;

const DETECTORS: [(Detector, &str); 4] = [
    (Detector::Tests, "library's tests"),
    (Detector::Shuttle, "deep schedules"),
    (Detector::Sim, "simulated runs"),
    (Detector::Loom, "loom models"),
];

impl Page for SeededBugs {
    fn page(&self) -> String {
        let provenance = provenance::section(&self.command, self.duration_s, &self.provenance, None);
        let sections = [heading(self), matrix(self), explanations(self), messages(self), provenance];
        sections.join("\n")
    }
}

fn heading(run: &SeededBugs) -> String {
    let survivors = run.survivors();
    let caught = format!("{} of {} are caught.", run.bugs.len() - survivors.len(), run.bugs.len());
    let names = survivors.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ");
    let meaning = if names.is_empty() { caught } else { format!("{caught} **Survived: {names}.**") };
    let verdict = Verdict::of(&run.shortfalls());
    head(run, "Seeded bugs", &verdict.to_string(), &meaning)
}

fn matrix(run: &SeededBugs) -> String {
    let has_run = |detector| run.bugs.iter().any(|bug| bug.finding(detector).is_some());
    let detectors: Vec<_> = DETECTORS.iter().filter(|&&(detector, _)| has_run(detector)).collect();
    let head: Vec<_> = ["bug"].into_iter().chain(detectors.iter().flat_map(|&&(_, name)| [name, "s:"])).collect();
    let rows = run.bugs.iter().map(|bug| {
        let cells = detectors.iter().flat_map(|&&(detector, _)| match bug.finding(detector) {
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
        table(&head, rows)
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
    let rows = run.bugs.iter().map(|bug| vec![text(&bug.name), text(&bug.what)]);
    format!("## What the bugs are\n\n{}", table(&["bug", "what it does"], rows))
}

fn messages(run: &SeededBugs) -> String {
    let rows = run.bugs.iter().flat_map(|bug| {
        let said = |&(detector, name): &(Detector, &str)| {
            let said = bug.finding(detector)?.said.as_deref()?;
            Some(vec![text(&bug.name), name.to_owned(), text(said)])
        };
        DETECTORS.iter().filter_map(said)
    });
    format!("## What the detectors said\n\n{}", table(&["bug", "detector", "message, cut"], rows))
}
