//! A ticket as a whole: what it is linked to, and what a conversation became that was converted.

use serde_json::Value;

use super::super::super::field::Rule;
use super::super::super::kind::ReadBack;
use super::super::super::operation::Operation::{ConversationConvert, TicketCreate, TicketUpdate};
use super::super::super::verdict::{Comparisons, FieldComparison, ResolvedStep, StepIds, member};
use super::super::thread::whole as thread;
use super::answer::TicketAnswer;

/// Compares what all steps together say of a ticket, beyond their single fields.
pub fn compare_whole(
    steps: &[ResolvedStep],
    back: &ReadBack,
    ids: &StepIds,
    out: &mut Comparisons,
) {
    linked(steps, back, out);
    thread::compare_whole(steps, back, ids, out);
}

/// Whether the steps make a ticket of a conversation.
pub fn is_converted(steps: &[ResolvedStep]) -> bool {
    steps.iter().any(|step| step.request.operation == ConversationConvert)
}

/// A ticket is linked to the conversation that it was made for.
fn linked(steps: &[ResolvedStep], back: &ReadBack, out: &mut Comparisons) {
    for step in steps.iter().filter(|step| step.request.operation == TicketCreate) {
        let conversation = step.request.text("conversation_to_link_id");
        let links = TicketAnswer::of(&back.object).linked_objects;
        member(conversation, links, ("link", true), out);
    }
}

/// Compares what the conversion of a conversation said with the ticket that it became.
pub fn converted(steps: &[ResolvedStep], ticket: &ReadBack) -> Vec<FieldComparison> {
    let mut out = Comparisons::default();
    let later = |step: &&ResolvedStep| step.request.operation == TicketUpdate;
    let moved_on =
        steps.iter().filter(later).any(|step| step.request.field("ticket_state_id").is_some());
    let object = &ticket.object;
    let answer = TicketAnswer::of(object);
    for step in steps.iter().filter(|one| one.request.operation == ConversationConvert) {
        let request = &step.request;
        if let Some(sent) = request.field("ticket_type_id") {
            out.add("ticket_type_id".into(), Rule::Id, sent, &answer.ticket_type["id"]);
        }
        if let (Some(sent), false) = (request.field("ticket_state_id"), moved_on) {
            out.add("ticket_state_id".into(), Rule::Id, sent, &answer.ticket_state["id"]);
        }
        let sent = request.field("attributes").and_then(Value::as_object);
        for (name, sent) in sent.into_iter().flatten() {
            let field = format!("ticket_attributes.{name}");
            out.add(field, Rule::Value, sent, &object["ticket_attributes"][name]);
        }
    }
    out.into_fields()
}
