//! What people wrote into an object of ours where we wrote nothing: an owner, a telephone number, a
//! translation. It goes with the object, so it is looked for before the object goes; and what the
//! source brings later does not replace it silently.

use serde_json::{Value, json};

use super::drift::Ours;
use super::family;
use super::field::{Rule, read_value};
use super::kind::ReadBack;
use super::verdict::ResolvedStep;

/// A field that holds something and that no step of ours ever wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    /// Its name: `owner_id`, `custom_attributes.city`, `translation:it`.
    pub field: String,
    /// How it is compared.
    pub rule: Rule,
    /// What it holds.
    pub value: Value,
}

/// All such fields of an object that the migration made.
pub fn filled(ours: &Ours<'_>, back: &ReadBack) -> Vec<Filled> {
    let family = family::of_kind(back.kind);
    let mut found = unsent(ours.steps, back);
    found.retain(|one| one.field.contains('.') || family.people_fill().contains(&&*one.field));
    found.extend(family.written_beside(&back.object, ours.steps).into_iter().map(|field| Filled {
        field,
        rule: Rule::Text,
        value: Value::Null,
    }));
    found
}

/// All fields of an object that hold something and that none of these steps sent, whoever or
/// whatever filled them.
pub fn unsent(steps: &[ResolvedStep], back: &ReadBack) -> Vec<Filled> {
    let family = family::of_kind(back.kind);
    let is_sent = |field: &str| {
        steps.iter().any(|step| value_in(step.request.body.as_ref(), field).is_some())
    };
    let mut found = Vec::new();
    let fields = family.fields();
    for row in fields.rows.iter().filter(|row| !is_sent(row.0)) {
        let value = read_value(&back.object, row);
        if !is_empty(&value) {
            found.push(Filled { field: row.0.to_owned(), rule: row.2, value });
        }
    }
    if let Some((sent_as, read_as)) = fields.attributes {
        for (name, value) in back.object[read_as].as_object().into_iter().flatten() {
            let field = format!("{sent_as}.{name}");
            let says = !Rule::Value.same(&Value::Null, value) && *value != json!(false);
            if says && !is_sent(&field) {
                found.push(Filled { field, rule: Rule::Value, value: value.clone() });
            }
        }
    }
    found
}

/// The value that a body gives a field; attributes are named with the list that they stand in.
pub fn value_in<'a>(body: Option<&'a Value>, field: &str) -> Option<&'a Value> {
    let body = body?;
    match field.split_once('.') {
        Some((list, name)) => body.get(list)?.get(name),
        None => body.get(field),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty() || text == "0",
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) => false,
    }
}
