//! Comparing what is alike in several families: fields by table, tags, notes.

use serde_json::{Value, json};

use super::super::field::{Fields, Rule, read_value};
use super::super::kind::ReadBack;
use super::super::request::{Request, id_text};
use super::super::verdict::Comparisons;

/// Compares the fields of a table that a request sent.
pub fn fields(table: &Fields, request: &Request, back: &ReadBack, out: &mut Comparisons) {
    for row in table.rows {
        if let Some(sent) = request.field(row.0) {
            out.add(row.0.to_owned(), row.2, sent, &read_value(&back.object, row));
        }
    }
    let Some((sent_as, read_as)) = table.attributes else { return };
    let Some(sent) = request.field(sent_as).and_then(Value::as_object) else { return };
    for (name, sent) in sent {
        let read = &back.object[read_as][name];
        out.add(format!("{sent_as}.{name}"), Rule::Value, sent, read);
    }
}

/// Whether an object of this id is in a list.
pub fn is_in(list: &[Value], id: Option<String>) -> bool {
    list.iter().any(|one| id.is_some() && id_text(&one["id"]) == id)
}

/// Whether a tag of this name is among the tags of an object.
pub fn is_tagged(back: &ReadBack, name: &Value) -> bool {
    back.tags.iter().any(|tag| Rule::Word.same(name, &tag["name"]))
}

/// Compares a tag that a request names.
pub fn tag_by_name(request: &Request, wanted: bool, back: &ReadBack, out: &mut Comparisons) {
    let name = request.text("name").unwrap_or_default();
    let there = is_tagged(back, &json!(name));
    out.put(format!("tag:{name}"), json!(wanted), json!(there), there == wanted);
}
