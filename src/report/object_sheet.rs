//! The sheet by which people make the types of custom objects: what the drafts will write, by type
//! and attribute (FACTS §5.9: types and their attributes are made by hand).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::destination::intercom::operation::Operation;
use crate::mapping::draft::Draft;

/// Attributes with their types, by identifier of the type.
#[derive(Clone, Debug, Default)]
pub struct ObjectSheet(BTreeMap<String, BTreeMap<String, &'static str>>);

impl ObjectSheet {
    /// Takes a draft into account.
    pub fn observe(&mut self, draft: &Draft) {
        for step in draft.steps.iter().filter(|step| step.operation == Operation::ObjectUpsert) {
            let Some(object_type) = step.path.get("object_type").and_then(Value::as_str) else {
                continue;
            };
            let attributes = self.0.entry(object_type.to_owned()).or_default();
            let values = step.body.get("custom_attributes").and_then(Value::as_object);
            for (name, value) in values.into_iter().flatten() {
                let kind = kind(value);
                attributes
                    .entry(name.clone())
                    .and_modify(|known| {
                        if *known != kind {
                            *known = "text";
                        }
                    })
                    .or_insert(kind);
            }
        }
    }

    /// One thing to do for each type: a key for the list, and what is to be done.
    pub fn items(&self) -> Vec<(String, String)> {
        let item = |(object_type, attributes): (&String, &BTreeMap<String, &'static str>)| {
            let all: Vec<String> =
                attributes.iter().map(|(name, kind)| format!("{name} ({kind})")).collect();
            let remark = format!(
                "Make the custom object type {object_type:?} with the attributes {}.",
                all.join(", ")
            );
            (format!("deskledger/object_type/{object_type}"), remark)
        };
        self.0.iter().map(item).collect()
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "decimal",
        Value::Array(_) => "relationship, many",
        _ => "text",
    }
}
