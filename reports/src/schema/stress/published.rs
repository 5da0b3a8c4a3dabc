//! The published JSON Schema of the record, made from its types.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::schema::published::named;
use crate::schema::stress::run::{SCHEMA, StressRun};

/// The JSON Schema (draft 2020-12) of a record, for programs in other languages. `reports/schema/stress-5.json` is
/// this value.
///
/// It says the shape. It does not say that the verdict is the one of the figures: [`crate::load`] checks that too.
///
/// ```
/// let schema = memguard_reports::stress::json_schema();
/// assert_eq!(schema["properties"]["schema"]["const"], memguard_reports::stress::SCHEMA);
/// ```
pub fn json_schema() -> Value {
    named(SCHEMA, SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<StressRun>())
}
