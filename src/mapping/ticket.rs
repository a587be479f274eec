//! A thread becomes a ticket: made quietly in the past for its contact, then its parts as replies
//! and notes, tags, assignment, and the state last (FACTS §5.5).

use serde_json::json;

use crate::destination::intercom::payload::conversation::{self as conversation, Assignee};
use crate::destination::intercom::payload::ticket::{self as payload, Ticket, TicketChange};
use crate::destination::intercom::payload::{Attributes, Ref};
use crate::destination::intercom::step::Step;
use crate::model::record::{AuthorRole, FieldValue};
use crate::model::{SourceKey, StepKey, Timestamp};

use super::account::Account;
use super::context::{Context, PRIORITY};
use super::draft::{Becomes, Draft, Mapped, Outcome};
use super::field::{self, as_text};
use super::frame::{self, Ending, Frame};
use super::input::ConversationInput;
use super::loss::LossName;
use super::opening::Opening;
use super::parts::{PARTS_READ_MAX, carry, contact_tags, timed};
use super::rule::{AttributeType, FieldRule};
use super::tag;
use super::thread::{Home, Part, Voice, line, names};
use super::ticket_type::{self, TicketKind};

/// Attributes that every ticket type has (FACTS §5.5).
const TITLE: &str = "_default_title_";
const DESCRIPTION: &str = "_default_description_";

/// The ticket of a thread.
pub(super) fn draft(
    input: &ConversationInput<'_>,
    kind: TicketKind,
    frame: Frame,
    opening: Opening,
    context: &Context,
    mut account: Account,
) -> Result<Mapped, Outcome> {
    known(kind, context)?;
    let title = frame::title(input.conversation, &opening.text);
    let Opening { text, carries, parts } = opening;
    let parts = for_ticket(parts, context, &mut account);
    let (first, placed) = timed(input, frame.start, parts, &mut account);
    let mut attributes = texts(&frame.written.attributes, kind, context);
    attributes.insert(TITLE.to_owned(), json!(title.unwrap_or_default()));
    attributes.insert(DESCRIPTION.to_owned(), json!(text));
    let ticket = Ticket {
        ticket_type: Ref::from(&kind.key()),
        contact: Ref::from(&frame.contact),
        attributes: &attributes,
        created_at: first,
        linked_to: None,
    };
    let mut create = payload::create(StepKey::from("create"), &ticket);
    create.carries = carries;
    let mut steps = vec![create];
    let home = Home::Ticket(input.key);
    steps.extend(placed.into_iter().map(|(part, at)| part.step(home, &frame.contact, at)));
    let admin = context.policy.fallback_admin.as_str();
    for tag in tag::on(&frame.tags, input.key, context, &mut account) {
        steps.push(payload::tag(tag.step_key(), input.key, &tag.key, admin));
    }
    steps.extend(contact_tags(&frame, context, &mut account));
    steps.extend(end(input, &frame, context, &mut account)?);
    let over = steps.len().saturating_sub(PARTS_READ_MAX);
    account.lose_many(LossName::Over500PartsReadback, over as u64);
    carry(&steps, &mut account);
    Ok(account.written(input.key, Becomes::Ticket, steps))
}

fn known(kind: TicketKind, context: &Context) -> Result<(), Outcome> {
    if ticket_type::is_known(kind, context) {
        return Ok(());
    }
    let word = kind.word();
    let release =
        format!("the name of a ticket type under {word:?} in `ticket_types` of mapping.toml");
    Err(Outcome::queued("unknown_ticket_type", release))
}

/// Values as a ticket type of ours takes them: lists are texts there.
fn texts(values: &Attributes, kind: TicketKind, context: &Context) -> Attributes {
    let known = ticket_type::attributes(kind, context);
    values
        .iter()
        .filter(|(name, _)| known.contains_key(*name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Parts as tickets take them: public replies are notes unless decision C-12 allows comments, and
/// a customer's files stand in a note.
fn for_ticket(parts: Vec<Part>, context: &Context, account: &mut Account) -> Vec<Part> {
    let mut found = Vec::with_capacity(parts.len());
    for mut part in parts {
        match part.voice.clone() {
            Voice::Admin(admin) if !context.policy.of_source.ticket_comments => {
                account.lose(LossName::PublicReplyAsNote);
                part.html = format!("{}{}", line("Public reply:"), part.html);
                part.voice = Voice::Note(admin);
            }
            Voice::Contact if !part.files.is_empty() => {
                account.lose(LossName::TicketFilesAsNote);
                let files = std::mem::take(&mut part.files);
                let note = Part {
                    key: format!("{}#note", part.key),
                    voice: Voice::Note(context.policy.fallback_admin.clone()),
                    moment: super::time::Moment { added: true, ..part.moment },
                    html: format!("{}{}", line("Sent by the customer."), names(&files)),
                    files,
                    carries: Vec::new(),
                };
                // What only brings the files is nothing that the customer said.
                if !part.moment.added {
                    found.push(part);
                }
                found.push(note);
                continue;
            }
            _ => {}
        }
        found.push(part);
    }
    found
}

/// Assignment, then state.
fn end(
    input: &ConversationInput<'_>,
    frame: &Frame,
    context: &Context,
    account: &mut Account,
) -> Result<Vec<Step>, Outcome> {
    let record = input.conversation;
    let mut steps = Vec::new();
    let mut assign = |word: &str, to: Assignee| {
        let change = TicketChange { assignee: Some(to), ..TicketChange::default() };
        steps.push(payload::update(StepKey::from(word), input.key, &change));
    };
    if let Some(team) = &frame.team {
        assign("assign:team", Assignee::Team(Ref::from(team.as_str())));
    }
    if !record.assignee.is_empty() {
        let speaker = context.speaker(&record.assignee);
        if speaker.named.is_some() {
            account.lose(LossName::AgentUnmatched);
        }
        assign("assign", Assignee::Admin(Ref::from(speaker.admin.as_str())));
    }
    let ending = frame::ending(input, frame.state, context, account);
    if let Some(state) = state_of(input, frame, context)? {
        let change = TicketChange {
            state: Some(state),
            open: Some(ending != Ending::Closed),
            snoozed_until: match ending {
                Ending::Snoozed(until) => Some(until),
                _ => None,
            },
            ..TicketChange::default()
        };
        steps.push(payload::update(StepKey::from("state"), input.key, &change));
    }
    Ok(steps)
}

/// Id of the state that a ticket ends in; `None` if it is the one it begins in.
fn state_of(
    input: &ConversationInput<'_>,
    frame: &Frame,
    context: &Context,
) -> Result<Option<Ref>, Outcome> {
    let record = input.conversation;
    let answered = |role: AuthorRole| role == AuthorRole::Agent;
    let touched = !record.assignee.is_empty()
        || input.messages.iter().any(|(_, message)| answered(message.author.role));
    let Some(category) = ticket_type::state_category(frame.state, touched) else {
        return Ok(None);
    };
    match context.mapping.ticket_states.get(category) {
        Some(id) => Ok(Some(Ref::from(id.as_str()))),
        None => Err(Outcome::queued(
            "unknown_ticket_state",
            format!("the id of {category:?} in the table `ticket_states` of mapping.toml"),
        )),
    }
}

/// Attributes of the ticket that stands beside or wraps a conversation.
fn wrapped(input: &ConversationInput<'_>, context: &Context) -> Attributes {
    let values = field::of_conversation(input.key, input.conversation);
    let mut found = Attributes::new();
    for (name, rule) in &context.mapping.fields {
        let FieldRule::Attribute(attribute) = rule else { continue };
        let wanted = name == PRIORITY && context.policy.of_source.ticket_priority
            || name == "ticket.ticket_id";
        let text = attribute.data_type == AttributeType::String
            || attribute.data_type == AttributeType::List;
        if let Some(value) = values.get(name).filter(|_| wanted && text) {
            let short: String = as_text(value).chars().take(field::TEXT_CHARS_MAX).collect();
            found.insert(attribute.name.clone(), json!(short));
        } else if let Some(FieldValue::Integer(number)) = values.get(name).filter(|_| wanted) {
            found.insert(attribute.name.clone(), json!(number));
        }
    }
    found
}

/// The step that turns the thread's conversation into a ticket (decision T1).
pub(super) fn convert(
    input: &ConversationInput<'_>,
    frame: &Frame,
    context: &Context,
) -> Result<Step, Outcome> {
    known(TicketKind::Wrapper, context)?;
    let state = state_of(input, frame, context)?;
    let attributes = wrapped(input, context);
    let kind = &TicketKind::Wrapper.key();
    Ok(conversation::convert(StepKey::from("convert"), input.key, kind, state, &attributes))
}

/// The ticket that is linked to the thread's conversation (decision T1).
pub(super) fn linked(
    input: &ConversationInput<'_>,
    frame: &Frame,
    (text, first): (&str, Timestamp),
    context: &Context,
) -> Result<Draft, Outcome> {
    known(TicketKind::Wrapper, context)?;
    let mut attributes = wrapped(input, context);
    let title = frame::title(input.conversation, text).unwrap_or_default();
    attributes.insert(TITLE.to_owned(), json!(title));
    attributes.insert(DESCRIPTION.to_owned(), json!(text));
    let ticket = Ticket {
        ticket_type: Ref::from(&TicketKind::Wrapper.key()),
        contact: Ref::from(&frame.contact),
        attributes: &attributes,
        created_at: first,
        linked_to: Some(Ref::from(input.key)),
    };
    let key = SourceKey::own("ticket", &input.key.to_string());
    let mut steps = vec![payload::create(StepKey::from("create"), &ticket)];
    if let Some(state) = state_of(input, frame, context)? {
        let change = TicketChange { state: Some(state), ..TicketChange::default() };
        steps.push(payload::update(StepKey::from("state"), &key, &change));
    }
    Ok(Draft::new(key, Becomes::Ticket, steps))
}
