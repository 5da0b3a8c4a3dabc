//! The head of every page: the title, the verdict and the record.

use crate::render::markdown::text;
use crate::schema::record::Record;

/// The title, the verdict with its meaning, and the reasons for it. The figures must support `verdict`.
pub(crate) fn head<R: Record>(record: &R, title: &str, verdict: &str, meaning: &str) -> String {
    let (name, schema) = (R::NAME, R::SCHEMA);
    let mut out = format!(
        "<!-- Rendered by memguard-reports from a {schema} record. Do not edit this page: render it again. -->\n\n\
         # {title}: {verdict}\n\n\
         **Verdict: {verdict}.**\n{meaning}\n\n\
         Record: [records/{name}.json](records/{name}.json).\n",
    );
    let shortfalls = record.judgement().shortfalls;
    if !shortfalls.is_empty() {
        out.push_str("\nReasons against a pass:\n\n");
        for shortfall in shortfalls {
            out.push_str(&format!("- {}\n", text(&shortfall)));
        }
    }
    out
}
