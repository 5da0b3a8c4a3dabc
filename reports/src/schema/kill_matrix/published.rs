//! The published JSON Schema of the record, made from its types.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::schema::kill_matrix::run::{KillMatrix, SCHEMA};
use crate::schema::published::named;

/// The JSON Schema (draft 2020-12) of a record, for programs in other languages. `reports/schema/kill-matrix-1.json` is
/// this value.
///
/// It says the shape. It does not say that the verdict is the one of the figures: [`crate::load`] checks that too.
///
/// ```
/// let schema = memguard_reports::kill_matrix::json_schema();
/// assert_eq!(schema["properties"]["schema"]["const"], memguard_reports::kill_matrix::SCHEMA);
/// ```
pub fn json_schema() -> Value {
    named(SCHEMA, SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<KillMatrix>())
}
