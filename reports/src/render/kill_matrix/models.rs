//! Models, and the bugs that their own oracles noticed.

use crate::render::markdown::{code, text};
use crate::render::table::table;
use crate::schema::kill_matrix::{KillMatrix, ModelKills};

pub(super) fn section(run: &KillMatrix) -> String {
    let (killers, idle): (Vec<ModelKills<'_>>, Vec<ModelKills<'_>>) =
        run.model_kills().into_iter().partition(|kills| !kills.bugs.is_empty());
    let rows = killers.iter().map(|ModelKills { model, bugs }| {
        vec![code(model), bugs.iter().map(|bug| text(bug)).collect::<Vec<_>>().join(", ")]
    });
    let named = idle.iter().map(|kills| format!("- {}\n", code(kills.model))).collect::<String>();
    let rest = if named.is_empty() { "None.\n".to_owned() } else { named };
    format!(
        "## Which model noticed what by its own oracle\n\n\
         A model earns its place by a bug that makes its own oracle fail: not the gate, and not the floor of its\n\
         executions. A run stops at the first model that fails, unless it is asked for every model. So a model\n\
         without a bug here may still notice some.\n\n{}\n\
         {} of {} models without a bug so far:\n\n{rest}",
        table(&["model", "bugs"], rows),
        idle.len(),
        killers.len() + idle.len()
    )
}
