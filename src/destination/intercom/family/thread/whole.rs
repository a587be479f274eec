//! A thread as a whole: who began it takes part in it, each message of ours is there once, with its
//! own files, in the order in which they were written.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::super::super::kind::ReadBack;
use super::super::super::normalise::seconds;
use super::super::super::operation::Operation;
use super::super::super::request::id_text;
use super::super::super::verdict::{Comparisons, ResolvedStep, StepIds, member};
use super::super::of::of;
use super::compared::{own_part, people};
use super::part::{fits, parts};

/// Compares what all steps together say of a thread, beyond their single fields.
pub fn compare_whole(
    steps: &[ResolvedStep],
    back: &ReadBack,
    ids: &StepIds,
    out: &mut Comparisons,
) {
    begun(steps, back, out);
    own_parts(steps, back, ids, out);
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
        member(who, people(&back.object), ("contact", true), out);
    }
    if back.object["source"]["redacted"] == true {
        out.put("source.redacted".into(), json!(false), json!(true), false);
    }
}

/// Each message of ours is there once, in the order in which it was written.
fn own_parts(steps: &[ResolvedStep], back: &ReadBack, ids: &StepIds, out: &mut Comparisons) {
    let known = |step: &&ResolvedStep| {
        let operation = step.request.operation;
        of(operation).is_reply(operation)
    };
    let replies: Vec<&ResolvedStep> =
        steps.iter().filter(known).filter(|step| ids.contains_key(&step.key)).collect();
    let list = parts(&back.object);
    let own: BTreeSet<String> = ids.values().map(|id| id.as_str().to_owned()).collect();
    for step in &replies {
        let again = |part: &&Value| {
            let id = id_text(&part["id"]).unwrap_or_default();
            !own.contains(&id) && fits(&step.request, part)
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
