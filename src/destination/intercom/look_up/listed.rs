//! What is found in a list of its parent or of its kind.

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::super::super::contract::{LookUp, Read};
use super::super::compare::differing;
use super::super::field::{Rule, rows};
use super::super::normalise::{Content, same_id};
use super::super::object::{ObjectKind, ReadBack};
use super::super::operation::Operation;
use super::super::pages::{items, list};
use super::super::request::id_text;
use super::look::{Look, Looked, landed};

/// Pages of a list that are looked through. Lists of articles and collections come newest first
/// (FACTS §5.10), the others are short.
const LIST_PAGES: usize = 40;

/// An object as if read back, to compare it with what was sent.
pub(super) fn as_read(kind: ObjectKind, object: Value) -> ReadBack {
    let id = DestinationId::from(id_text(&object["id"]).unwrap_or_default());
    let tags = items(&object["tags"]).to_vec();
    ReadBack { kind, id, object, tags, companies: Vec::new(), notes: Vec::new() }
}

pub(super) async fn company(look: &Look<'_>) -> Looked {
    let Some(key) = look.request.text("company_id") else { return Ok(LookUp::Absent) };
    let read = Read::get("/companies").query("company_id", &key);
    let Some(answer) = look.object(read).await? else { return Ok(LookUp::Absent) };
    // The answer is the company or a list with it (FACTS §5.3).
    let found = match answer["company_id"].is_string() {
        true => Some(answer),
        false => items(&answer).iter().find(|one| one["company_id"] == key.as_str()).cloned(),
    };
    let Some(company) = found else { return Ok(LookUp::Absent) };
    let back = as_read(ObjectKind::Company, company);
    let same = differing(look.request, &back).is_empty();
    Ok(if same { landed(back.object) } else { LookUp::Absent })
}

pub(super) async fn tag(look: &Look<'_>) -> Looked {
    let all = list(look.destination, Read::get("/tags"), LIST_PAGES, |_| false).await?;
    let name = look.request.field("name").unwrap_or(&Value::Null);
    let id = look.request.field("id");
    let fits = |tag: &&Value| {
        Rule::Word.same(name, &tag["name"]) && id.is_none_or(|id| same_id(id, &tag["id"]))
    };
    Ok(all.iter().find(fits).cloned().map_or(LookUp::Absent, landed))
}

pub(super) async fn company_tags(look: &Look<'_>) -> Looked {
    let name = look.request.field("name").unwrap_or(&Value::Null);
    let wanted = look.request.operation == Operation::CompanyTag;
    let companies = look.request.field("companies").and_then(Value::as_array);
    let mut tag = Value::Null;
    for company in companies.map_or(&[][..], Vec::as_slice) {
        let id = id_text(&company["id"]).unwrap_or_default();
        let read = Read::get("/companies/{company_id}").with("company_id", id);
        // One that does not exist is skipped without a word (FACTS §5.3).
        let Some(company) = look.object(read).await? else { continue };
        let found = items(&company["tags"]).iter().find(|tag| Rule::Word.same(name, &tag["name"]));
        if found.is_some() != wanted {
            return Ok(LookUp::Absent);
        }
        tag = found.cloned().unwrap_or(Value::Null);
    }
    Ok(landed(tag))
}

pub(super) async fn members(look: &Look<'_>, path: &'static str, gone: bool) -> Looked {
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

pub(super) async fn notes(look: &Look<'_>, path: &'static str) -> Looked {
    let request = look.request;
    let all = list(look.destination, look.read(path), LIST_PAGES, |_| false).await?;
    let body = request.field("body").and_then(Value::as_str).unwrap_or_default();
    let sent = Content::of_html(body);
    let fits = |note: &Value| {
        let read = note["body"].as_str().unwrap_or_default();
        let author = request.field("admin_id");
        look.is_recent(note)
            && author.is_none_or(|author| same_id(author, &note["author"]["id"]))
            && sent.shows_as(&Content::of_html(read))
    };
    Ok(look.one_of(all.into_iter().filter(fits).collect()))
}

/// An entry of a list: for a create by the fields that tell, made since; for an update by id, as
/// it was sent.
pub(super) async fn list_entry(look: &Look<'_>, path: &'static str, fields: &[&str]) -> Looked {
    let request = look.request;
    let mut read = look.read(path);
    if path.ends_with("attributes") {
        read = read.query("include_archived", true);
    }
    let all = list(look.destination, read, LIST_PAGES, |_| false).await?;
    let kind = ObjectKind::of(request.operation);
    let fits = |entry: &Value| {
        let back = as_read(kind, entry.clone());
        if fields.is_empty() {
            let id = request.path_value("attribute_id").unwrap_or_default();
            return back.id.as_str() == id && differing(request, &back).is_empty();
        }
        let told = rows(kind).iter().filter(|row| fields.contains(&row.0));
        let mut same = told.map(|row| {
            let read = super::super::field::read_value(entry, row);
            request.field(row.0).is_none_or(|sent| row.2.same(sent, &read))
        });
        entry["archived"] != true && look.is_recent(entry) && same.all(|same| same)
    };
    Ok(look.one_of(all.into_iter().filter(fits).collect()))
}

pub(super) async fn option(look: &Look<'_>) -> Looked {
    let path = "/conversations/attributes/{attribute_id}";
    let Some(attribute) = look.object(look.read(path)).await? else { return Ok(LookUp::Absent) };
    let options = attribute["options"].as_array().cloned().unwrap_or_default();
    let label = look.request.field("label").cloned().unwrap_or(Value::Null);
    let id = json!(look.request.path_value("option_id"));
    let is_it = |option: &Value| same_id(&option["id"], &id);
    let active = |option: &Value| option["archived"] != true;
    Ok(match look.request.operation {
        Operation::ConversationOptionArchive => {
            match options.iter().any(|option| is_it(option) && active(option)) {
                true => LookUp::Absent,
                false => look.landed_on("option_id", attribute),
            }
        }
        Operation::ConversationOptionUpdate => {
            let found = options.into_iter().find(|one| is_it(one) && one["label"] == label);
            found.map_or(LookUp::Absent, landed)
        }
        _ => {
            let found = options.into_iter().filter(|one| one["label"] == label && active(one));
            look.one_of(found.collect())
        }
    })
}

pub(super) async fn ticket_attribute(look: &Look<'_>) -> Looked {
    let path = "/ticket_types/{ticket_type_id}";
    let Some(kind) = look.object(look.read(path)).await? else { return Ok(LookUp::Absent) };
    let all = items(&kind["ticket_type_attributes"]);
    if look.request.operation == Operation::TicketAttributeArchive {
        let id = json!(look.request.path_value("attribute_id"));
        let wanted = look.request.field("archived").cloned().unwrap_or(Value::Null);
        let found = all.iter().find(|one| same_id(&one["id"], &id) && one["archived"] == wanted);
        return Ok(found.cloned().map_or(LookUp::Absent, landed));
    }
    let name = look.request.field("name").unwrap_or(&Value::Null);
    let fits = |one: &&Value| &one["name"] == name && one["archived"] != true;
    Ok(look.one_of(all.iter().filter(fits).cloned().collect()))
}

pub(super) async fn instance(look: &Look<'_>) -> Looked {
    let Some(key) = look.request.text("external_id") else { return Ok(LookUp::Absent) };
    let path = "/custom_object_instances/{object_type}";
    let found = look.object(look.read(path).query("external_id", key)).await?;
    let Some(found) = found else { return Ok(LookUp::Absent) };
    let back = as_read(ObjectKind::Object, found);
    let same = differing(look.request, &back).is_empty();
    Ok(if same { landed(back.object) } else { LookUp::Absent })
}
