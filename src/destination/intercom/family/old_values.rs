//! The values of before, in the form in which they are written.

use serde_json::{Map, Value, json};

use super::super::change::Restore;
use super::super::field::{Fields, Rule, read_value};
use super::super::kind::ReadBack;
use super::super::normalise::written_value;
use super::super::operation::Operation;
use super::super::request::{Request, id_text};
use super::address::restoring;

/// What is put back of the fields in a request's body, and what keeps the value we gave it.
#[derive(Debug, Default)]
pub struct OldValues {
    /// Fields that are put back.
    pub body: Map<String, Value>,
    /// Fields that stay.
    pub kept: Vec<String>,
}

impl OldValues {
    /// By what reads back where.
    pub fn of(table: &Fields, before: &ReadBack, request: &Request) -> Self {
        let mut old = Self::default();
        for row in table.rows {
            let Some(sent) = request.field(row.0) else { continue };
            let was = read_value(&before.object, row);
            if row.2.same(sent, &was) {
                continue;
            }
            match writable(row.2, &was) {
                Some(_) if table.fixed.contains(&row.0) => old.kept.push(row.0.to_owned()),
                Some(value) => {
                    old.body.insert(row.0.to_owned(), value);
                }
                None => old.kept.push(row.0.to_owned()),
            }
        }
        if let Some((sent_as, read_as)) = table.attributes
            && let Some(sent) = request.field(sent_as).and_then(Value::as_object)
        {
            let changed = sent.iter().filter_map(|(name, sent)| {
                let was = &before.object[read_as][name];
                let write = if sent.is_array() { relation(was) } else { written_value(was) };
                (!Rule::Value.same(sent, was)).then(|| (name.clone(), write))
            });
            let values: Map<_, _> = changed.collect();
            if !values.is_empty() {
                old.body.insert(sent_as.to_owned(), Value::Object(values));
            }
        }
        old
    }

    /// Puts them back by an operation that is addressed to the object.
    pub fn by(self, operation: Operation, before: &ReadBack) -> Restore {
        let Self { body, kept } = self;
        if body.is_empty() {
            return Restore { requests: Vec::new(), kept };
        }
        Restore { kept, ..restoring(operation, before, Value::Object(body)) }
    }

    /// Puts them back by this request, if there are any.
    pub fn sent_as(self, request: impl FnOnce(Map<String, Value>) -> Request) -> Restore {
        let Self { body, kept } = self;
        let requests = if body.is_empty() { Vec::new() } else { vec![request(body)] };
        Restore { requests, kept }
    }
}

/// A value that was read, in the form in which it is written; `None` if it cannot be.
fn writable(rule: Rule, old: &Value) -> Option<Value> {
    match rule {
        Rule::Parent => match old {
            Value::Array(parents) => parents.first().and_then(id_text).map(Value::from),
            parent => id_text(parent).map(Value::from),
        },
        Rule::Options => {
            let options = old.as_array()?.iter().map(|option| match option.as_str() {
                Some(text) => json!({ "value": text }),
                None => option.clone(),
            });
            Some(options.collect())
        }
        _ => Some(old.clone()),
    }
}

/// References to custom objects as they are written: a list of the customer's keys or ids.
fn relation(read: &Value) -> Value {
    let instances = read["instances"].as_array().or_else(|| read.as_array());
    let key = |one: &Value| ["external_id", "id"].iter().find_map(|name| id_text(&one[*name]));
    let keys = instances.into_iter().flatten();
    keys.filter_map(|one| key(one).or_else(|| id_text(one))).map(Value::from).collect()
}
