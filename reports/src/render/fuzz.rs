//! The page of all fuzzing.

use crate::render::Page;
use crate::render::head::head;
use crate::render::markdown::{code, text};
use crate::render::provenance;
use crate::render::table::table;
use crate::schema::fuzz::{Campaign, Coverage, FuzzSummary, Lines, Origin};
use crate::schema::verdict::Verdict;
use crate::units;

impl Page for FuzzSummary {
    fn page(&self) -> String {
        let verdict = Verdict::of(&self.shortfalls());
        let meaning = match verdict {
            Verdict::Pass => "As far as measured: no target failed, and enough lines are executed.",
            Verdict::Fail => "Look at the reasons below.",
        };
        let parts = [
            ("Targets", self.campaign.as_ref().map(campaign), "fuzz/nightly.sh"),
            ("Lines executed by tests and targets", self.coverage.as_ref().map(coverage), "fuzz/coverage.sh"),
        ];
        let sections = parts.map(|(title, body, script)| {
            let body = body.unwrap_or_else(|| format!("Not measured yet. {} measures it.\n", code(script)));
            format!("## {title}\n\n{body}")
        });
        head(self, "Fuzzing", &verdict.to_string(), meaning) + "\n" + &sections.join("\n")
    }
}

/// What the targets did.
pub(crate) fn campaign(campaign: &Campaign) -> String {
    let head = ["target", "executions:", "a second:", "edges:", "features:", "lines, %:", "corpus:", "failures:"];
    let rows = campaign.targets.iter().map(|target| {
        let failures = match target.crashes.len() {
            0 if !target.finished => "stopped".to_owned(),
            n => n.to_string(),
        };
        let figures = [target.executions, target.executions_per_s, target.edges, target.features].map(units::count);
        let last = [percent(target.lines), units::count(target.corpus), failures];
        [code(&target.name)].into_iter().chain(figures).chain(last).collect()
    });
    format!(
        "*Edges* are covered edges of the whole program, dependencies included. *Lines* are the lines of the\n\
         library in the program that the corpus executes. The corpus is minimised before its inputs and lines\n\
         are counted.\n\n{}\n{}",
        table(&head, rows),
        origin(&campaign.origin)
    )
}

/// Which lines were executed.
pub(crate) fn coverage(coverage: &Coverage) -> String {
    let head = ["module", "lines:", "executed:", "%:", "at least:", "why less is accepted"];
    let row = |name: String, lines: Option<Lines>, at_least: String, reason: String| {
        let counts = lines.map_or_else(Default::default, |lines| [lines.all, lines.executed].map(units::count));
        [name].into_iter().chain(counts).chain([percent(lines), at_least, reason]).collect()
    };
    let modules = coverage.modules.iter().map(|module| {
        let exception = module.exception.as_ref();
        let at_least = exception.map_or_else(String::new, |exception| exception.at_least.to_string());
        let reason = exception.map_or_else(String::new, |exception| text(&exception.reason));
        row(code(&module.path), module.lines, at_least, reason)
    });
    let all = row("all".to_owned(), Some(coverage.total()), String::new(), String::new());
    format!("{}\n{}", table(&head, modules.chain([all])), origin(&coverage.origin))
}

fn percent(lines: Option<Lines>) -> String {
    lines.map_or_else(|| "–".to_owned(), |lines| format!("{:.1}", lines.share()))
}

fn origin(origin: &Origin) -> String {
    provenance::table_of(&origin.command, origin.duration_s as f64, &origin.provenance, None)
}
