//! Whether JSON is valid against a JSON Schema: as much of the standard as the published schemas use. A schema with
//! another keyword is refused, so nothing goes unchecked.

use serde_json::Value;

/// What says nothing of validity.
const NOTES: &[&str] = &["$schema", "$id", "$defs", "title", "description", "default", "format"];

/// What is wrong, each with its place. Empty means valid.
///
/// # Panics
///
/// If the schema has a keyword that is not known here.
pub fn faults(schema: &Value, json: &Value) -> Vec<String> {
    Check { root: schema }.faults(schema, json, "")
}

struct Check<'s> {
    root: &'s Value,
}

impl Check<'_> {
    fn faults(&self, schema: &Value, json: &Value, at: &str) -> Vec<String> {
        let Value::Object(keywords) = schema else { panic!("{at}: a schema is an object: {schema}") };
        let fault = |what: &str, wanted: &Value| vec![format!("{at}: {what} {wanted}")];
        let of_keyword = |(keyword, wanted): (&String, &Value)| match keyword.as_str() {
            "$ref" => self.faults(self.definition(wanted), json, at),
            "type" if !is_of_type(json, wanted) => fault("is not of type", wanted),
            "const" if json != wanted => fault("is not", wanted),
            "enum" if !list(wanted).contains(json) => fault("is not one of", wanted),
            "minimum" if json.as_f64().is_some_and(|n| n < wanted.as_f64().expect("a number")) => {
                fault("is less than", wanted)
            }
            "anyOf" | "oneOf" => {
                let valid = list(wanted).iter().filter(|one| self.faults(one, json, at).is_empty()).count();
                let is_right = if keyword == "oneOf" { valid == 1 } else { valid > 0 };
                if is_right { Vec::new() } else { fault("is none of", wanted) }
            }
            "required" => {
                let is_missing = |name: &&Value| json.is_object() && json.get(name.as_str().expect("a name")).is_none();
                list(wanted).iter().filter(is_missing).map(|name| format!("{at}: lacks {name}")).collect()
            }
            "items" => {
                let items = json.as_array().into_iter().flatten().enumerate();
                items.flat_map(|(n, item)| self.faults(wanted, item, &format!("{at}/{n}"))).collect()
            }
            "properties" => {
                let known = json.as_object().into_iter().flatten();
                let judge = |(name, value)| Some(self.faults(wanted.get(name)?, value, &format!("{at}/{name}")));
                known.filter_map(judge).flatten().collect()
            }
            "additionalProperties" => {
                let is_known = |name: &String| schema.get("properties").is_some_and(|known| known.get(name).is_some());
                let others = json.as_object().into_iter().flatten().filter(|(name, _)| !is_known(name));
                let judge = |(name, value): (&String, &Value)| match wanted {
                    Value::Bool(allowed) if !allowed => vec![format!("{at}: has {name:?}, which is not known")],
                    Value::Bool(_) => Vec::new(),
                    wanted => self.faults(wanted, value, &format!("{at}/{name}")),
                };
                others.flat_map(judge).collect()
            }
            "type" | "const" | "enum" | "minimum" => Vec::new(),
            other => {
                assert!(NOTES.contains(&other), "{at}: a keyword that is not known here: {other}");
                Vec::new()
            }
        };
        keywords.iter().flat_map(of_keyword).collect()
    }

    fn definition(&self, reference: &Value) -> &Value {
        let pointer = reference.as_str().and_then(|text| text.strip_prefix('#')).expect("a reference into this schema");
        self.root.pointer(pointer).unwrap_or_else(|| panic!("there is no {pointer}"))
    }
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

fn is_of_type(json: &Value, wanted: &Value) -> bool {
    let is = |name: &Value| match name.as_str().expect("the name of a type") {
        "object" => json.is_object(),
        "array" => json.is_array(),
        "string" => json.is_string(),
        "integer" => json.is_u64() || json.is_i64(),
        "number" => json.is_number(),
        "boolean" => json.is_boolean(),
        "null" => json.is_null(),
        other => panic!("a type that is not known here: {other}"),
    };
    match wanted {
        Value::Array(names) => names.iter().any(is),
        name => is(name),
    }
}
