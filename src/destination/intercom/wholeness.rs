//! What comparing request by request cannot see: that something of ours is there twice, stands in
//! another order, hangs elsewhere or was put away.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::family;
use super::family::thread::compared::own_part;
use super::family::thread::part::{self, parts};
use super::field::Rule;
use super::kind::{ObjectKind, ReadBack};
use super::normalise::{same_id, seconds};
use super::operation::Operation;
use super::pages::items;
use super::request::id_text;
use super::verdict::{Comparisons, FieldComparison, ResolvedStep, StepIds, member};

/// Compares what all steps of a record together say of its object, beyond their single fields.
pub fn wholeness(steps: &[ResolvedStep], back: &ReadBack, ids: &StepIds) -> Vec<FieldComparison> {
    let mut out = Comparisons::default();
    put_away(steps, back, &mut out);
    linked(steps, back, &mut out);
    hanging(steps, back, &mut out);
    if matches!(back.kind, ObjectKind::Conversation | ObjectKind::Ticket) {
        begun(steps, back, &mut out);
        own_parts(steps, back, ids, &mut out);
    }
    out.into_fields()
}

/// An object that was put into the archive by somebody else than us.
fn put_away(steps: &[ResolvedStep], back: &ReadBack, out: &mut Comparisons) {
    let ours = |step: &ResolvedStep| step.request.field("archived") == Some(&json!(true));
    if back.object["archived"] == true && !steps.iter().any(ours) {
        out.put("archived".into(), json!(false), json!(true), false);
    }
}

/// A ticket is linked to the conversation that it was made for.
fn linked(steps: &[ResolvedStep], back: &ReadBack, out: &mut Comparisons) {
    if back.kind != ObjectKind::Ticket {
        return;
    }
    for step in steps.iter().filter(|step| step.request.operation == Operation::TicketCreate) {
        let conversation = step.request.text("conversation_to_link_id");
        let links = items(&back.object["linked_objects"]);
        member(conversation, links, ("link", true), out);
    }
}

/// Compares what the conversion of a conversation said with the ticket that it became.
pub fn converted(steps: &[ResolvedStep], ticket: &ReadBack) -> Vec<FieldComparison> {
    let mut out = Comparisons::default();
    let later = |step: &&ResolvedStep| step.request.operation == Operation::TicketUpdate;
    let moved_on =
        steps.iter().filter(later).any(|step| step.request.field("ticket_state_id").is_some());
    let object = &ticket.object;
    for step in steps.iter().filter(|one| one.request.operation == Operation::ConversationConvert) {
        let request = &step.request;
        if let Some(sent) = request.field("ticket_type_id") {
            out.add("ticket_type_id".into(), Rule::Id, sent, &object["ticket_type"]["id"]);
        }
        if let (Some(sent), false) = (request.field("ticket_state_id"), moved_on) {
            out.add("ticket_state_id".into(), Rule::Id, sent, &object["ticket_state"]["id"]);
        }
        let sent = request.field("attributes").and_then(Value::as_object);
        for (name, sent) in sent.into_iter().flatten() {
            let field = format!("ticket_attributes.{name}");
            out.add(field, Rule::Value, sent, &object["ticket_attributes"][name]);
        }
    }
    out.into_fields()
}

/// What was made at the top of the help centre hangs under nothing.
fn hanging(steps: &[ResolvedStep], back: &ReadBack, out: &mut Comparisons) {
    let Some(create) = steps.iter().find(|step| {
        matches!(step.request.operation, Operation::CollectionCreate | Operation::ArticleCreate)
    }) else {
        return;
    };
    let placed = steps.iter().any(|step| step.request.field("parent_id").is_some());
    let row = family::of_kind(back.kind).fields().rows.iter().find(|row| row.0 == "parent_id");
    if let (false, Some(row), true) =
        (placed, row, ObjectKind::of(create.request.operation) == back.kind)
    {
        let read = super::field::read_value(&back.object, row);
        let read = if same_id(&read, &Value::Null) { Value::Null } else { read };
        out.add("parent_id".into(), row.2, &Value::Null, &read);
    }
}

/// Who began a conversation takes part in it, and its first message says what it said.
fn begun(steps: &[ResolvedStep], back: &ReadBack, out: &mut Comparisons) {
    let creates = |step: &&ResolvedStep| step.request.operation == Operation::ConversationCreate;
    let Some(create) = steps.iter().find(creates) else { return };
    let who = create.request.field("from").and_then(|from| id_text(&from["id"]));
    let leaves = steps.iter().any(|step| {
        step.request.operation == Operation::ConversationParticipantRemove
            && step.request.path_value("contact_id") == who.as_deref()
    });
    if !leaves {
        let people = back.object["contacts"]["contacts"].as_array().map_or(&[][..], Vec::as_slice);
        member(who, people, ("contact", true), out);
    }
    if back.object["source"]["redacted"] == true {
        out.put("source.redacted".into(), json!(false), json!(true), false);
    }
}

/// Each message of ours is there once, in the order in which it was written.
fn own_parts(steps: &[ResolvedStep], back: &ReadBack, ids: &StepIds, out: &mut Comparisons) {
    let known = |step: &&ResolvedStep| {
        let operation = step.request.operation;
        family::of(operation).is_reply(operation)
    };
    let replies: Vec<&ResolvedStep> =
        steps.iter().filter(known).filter(|step| ids.contains_key(&step.key)).collect();
    let list = parts(&back.object);
    let own: BTreeSet<String> = ids.values().map(|id| id.as_str().to_owned()).collect();
    for step in &replies {
        let again = |part: &&Value| {
            let id = id_text(&part["id"]).unwrap_or_default();
            !own.contains(&id) && part::fits(&step.request, part)
        };
        let twins = list.iter().filter(again).count();
        if twins > 0 && own_part(step, &back.object, ids).is_some() {
            let field = format!("part:{}.times", step.key);
            out.put(field, json!(1), json!(1 + twins), false);
        }
        lone_files(step, back, ids, out);
    }
    order(list, &replies, ids, out);
}

/// A message without files came without files.
fn lone_files(step: &ResolvedStep, back: &ReadBack, ids: &StepIds, out: &mut Comparisons) {
    if step.request.field("attachment_files").is_some() {
        return;
    }
    let Some(part) = own_part(step, &back.object, ids) else { return };
    let files = part["attachments"].as_array().map_or(&[][..], Vec::as_slice);
    // Pictures in the words are kept as copies, and may be listed as files.
    let pictures = step.request.text("body").is_some_and(|body| body.contains("<img"));
    if !files.is_empty() && !pictures {
        let names = files.iter().map(|file| file["name"].clone()).collect();
        let field = format!("part:{}.files", step.key);
        out.put(field, json!([]), Value::Array(names), false);
    }
}

/// Messages are listed as they were written, or by their time and then as written. Which of the
/// two Intercom does is not said (FACTS §5.4); anything else is somebody's doing.
fn order(list: &[Value], replies: &[&ResolvedStep], ids: &StepIds, out: &mut Comparisons) {
    let own: BTreeSet<&DestinationId> =
        replies.iter().filter_map(|step| ids.get(&step.key)).collect();
    let mut listed: Vec<(Option<i64>, u64)> = Vec::new();
    for part in list {
        let Some(id) = id_text(&part["id"]) else { continue };
        if let (true, Ok(number)) = (own.contains(&DestinationId::from(id.as_str())), id.parse()) {
            listed.push((seconds(&part["created_at"]), number));
        }
    }
    let as_written = listed.is_sorted_by_key(|(_, id)| *id);
    if !as_written && !listed.is_sorted() {
        let numbers =
            |list: &[(Option<i64>, u64)]| json!(list.iter().map(|p| p.1).collect::<Vec<_>>());
        let read = numbers(&listed);
        listed.sort_by_key(|(_, id)| *id);
        out.put("parts.order".into(), numbers(&listed), read, false);
    }
}

/// Attributes of a record's own object that no step of ours set, among those of these names.
pub fn foreign_values(
    steps: &[ResolvedStep],
    back: &ReadBack,
    names: &BTreeSet<String>,
) -> Vec<String> {
    let Some((sent_as, read_as)) = family::of_kind(back.kind).fields().attributes else {
        return Vec::new();
    };
    let sent = |name: &String| {
        steps.iter().any(|step| {
            let values = step.request.field(sent_as).and_then(Value::as_object);
            values.is_some_and(|values| values.contains_key(name))
        })
    };
    let read = back.object[read_as].as_object();
    let set = |value: &Value| !Rule::Value.same(&Value::Null, value) && *value != json!(false);
    read.into_iter()
        .flatten()
        .filter(|(name, value)| names.contains(*name) && set(value) && !sent(name))
        .map(|(name, _)| format!("{sent_as}.{name}"))
        .collect()
}
