//! What is found in a list of its parent or of its kind.

use serde_json::{Value, json};

use super::super::super::contract::LookUp;
use super::super::compare::differing;
use super::super::family::{self, Entry};
use super::super::field::read_value;
use super::super::kind::ObjectKind;
use super::super::normalise::same_id;
use super::super::pages::{items, list};
use super::as_read::as_read;
use super::look::{Look, Looked};

/// Pages of a list that are looked through. Lists of articles and collections come newest first
/// (FACTS §5.10), the others are short.
pub const LIST_PAGES: usize = 40;

/// What was put on an object or taken off it.
pub async fn members(look: &Look<'_>, path: &'static str, gone: bool) -> Looked {
    let request = look.request;
    let id = request.text("id").or_else(|| request.path.last().map(|(_, value)| value.clone()));
    let id = json!(id);
    let lists = ["/tags", "/companies", "/subscriptions"];
    let found = if lists.iter().any(|list| path.ends_with(list)) {
        list(look.destination, look.read(path), LIST_PAGES, |_| false).await?
    } else {
        let parent = look.object(look.read(path)).await?;
        parent.map_or_else(Vec::new, |parent| items(&parent["tags"]).to_vec())
    };
    let there = found.iter().any(|one| same_id(&one["id"], &id));
    let (parent, _) = request.path.first().cloned().unwrap_or_default();
    Ok(if there == gone { LookUp::Absent } else { look.landed_on(&parent, json!({ "id": id })) })
}

/// An entry of a list: for a create by the fields that tell, made since; for an update by id, as
/// it was sent.
pub async fn list_entry(look: &Look<'_>, path: &'static str, fields: &[&str]) -> Looked {
    let request = look.request;
    let mut read = look.read(path);
    if path.ends_with("attributes") {
        read = read.query("include_archived", true);
    }
    let all = list(look.destination, read, LIST_PAGES, |_| false).await?;
    let kind = ObjectKind::of(request.operation);
    let family = family::of_kind(kind);
    let fits = |entry: &Value| {
        let back = as_read(kind, entry.clone());
        if fields.is_empty() {
            let id = request.path_value(family.place().1).unwrap_or_default();
            return back.id.as_str() == id && differing(request, &back).is_empty();
        }
        let told = family.fields().rows.iter().filter(|row| fields.contains(&row.0));
        let mut same = told.map(|row| {
            let read = read_value(entry, row);
            request.field(row.0).is_none_or(|sent| row.2.same(sent, &read))
        });
        !Entry::of(entry).archived && look.is_recent(entry) && same.all(|same| same)
    };
    Ok(look.one_of(all.into_iter().filter(fits).collect()))
}
