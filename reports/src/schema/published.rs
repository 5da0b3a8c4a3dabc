//! What all published JSON Schemas say of themselves.

use schemars::Schema;
use serde_json::Value;

/// The schema of the records of this kind and version, with its name.
pub(crate) fn named(name: &str, mut schema: Schema) -> Value {
    let file = name.replace("memguard-", "").replace('/', "-");
    schema.insert("$id".into(), format!("https://github.com/memguard-rs/memguard/reports/schema/{file}.json").into());
    schema.insert("title".into(), name.into());
    schema.into()
}
