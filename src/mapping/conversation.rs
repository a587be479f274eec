//! A thread becomes a conversation: created in the past by its contact, then its parts in the
//! order of time, then title and attributes, tags, assignment, and the state last (FACTS §5.4);
//! by decision T1 it is converted to a ticket before its assignment, or gets one linked to it.

use std::collections::{BTreeMap, BTreeSet};

use crate::destination::intercom::payload::Ref;
use crate::destination::intercom::payload::conversation::{self as payload, Assignee};
use crate::destination::intercom::step::Step;
use crate::model::StepKey;
use crate::model::record::FieldValue;

use super::account::Account;
use super::body;
use super::context::Context;
use super::draft::{Becomes, Mapped, Outcome};
use super::frame::{self, Ending, Frame};
use super::input::ConversationInput;
use super::loss::LossName;
use super::object;
use super::opening::Opening;
use super::parts::{PARTS_READ_MAX, carry, contact_tags, timed};
use super::tag;
use super::thread::{self, Home, Thread, Voice};
use super::thread_rule::Becoming;
use super::ticket;

/// What becomes of a thread.
pub fn map_conversation(input: &ConversationInput<'_>, context: &Context) -> Mapped {
    draft(input, context).unwrap_or_else(|outcome| Mapped::only(input.key, outcome))
}

fn draft(input: &ConversationInput<'_>, context: &Context) -> Result<Mapped, Outcome> {
    let mut account = Account::default();
    let frame = Frame::of(input, context, &mut account)?;
    if frame.becoming == Becoming::Object {
        return Ok(call(input, &frame, context));
    }
    let mut opening = Opening::of(input, context, frame.start, &mut account);
    let (conversation, writers) = (input.conversation, input.writers);
    let contact = input.contact;
    let thread = Thread { key: input.key, conversation, context, writers, contact };
    opening.parts.extend(frame.notes(&thread, &mut account));
    frame::count(input, &mut account);
    match frame.becoming {
        Becoming::Ticket(kind) => ticket::draft(input, kind, frame, opening, context, account),
        _ => self::conversation(input, frame, opening, context, account),
    }
}

fn conversation(
    input: &ConversationInput<'_>,
    frame: Frame,
    opening: Opening,
    context: &Context,
    mut account: Account,
) -> Result<Mapped, Outcome> {
    let title = frame::title(input.conversation, &opening.text);
    let Opening { text, carries, parts } = opening;
    let (first, placed) = timed(input, frame.start, parts, &mut account);
    let key = StepKey::from("create");
    let mut create = payload::create(key, &frame.contact, &text, first);
    create.carries = carries;
    let mut steps = vec![create];
    let home = Home::Conversation(input.key);
    let mut present = BTreeSet::new();
    for (part, at) in placed {
        if let Voice::Participant(other) = &part.voice
            && present.insert(other.clone())
        {
            let key = StepKey(format!("participant:{other}"));
            let admin = context.policy.fallback_admin.as_str();
            steps.push(payload::add_participant(key, input.key, other, admin));
        }
        steps.push(part.step(home, &frame.contact, at));
    }
    let attributes = &frame.written.attributes;
    if !attributes.is_empty() || title.is_some() {
        let key = StepKey::from("attributes");
        steps.push(payload::update(key, input.key, title.as_deref(), attributes, None));
    }
    // Title, attributes, assignments and the state leave parts too.
    let mut parts = steps.len() - 1 + attributes.len();
    steps.extend(tags(input, &frame, context, &mut account));
    if matches!(frame.becoming, Becoming::Converted) {
        account.lose(LossName::ConvertedForGood);
        // Converting opens a closed conversation: the state comes after it.
        steps.push(ticket::convert(input, &frame, context)?);
    }
    let end = end(input, &frame, context, &mut account);
    parts += end.len();
    steps.extend(end);
    let over = parts.saturating_sub(PARTS_READ_MAX);
    account.lose_many(LossName::Over500PartsReadback, over as u64);
    if matches!(frame.becoming, Becoming::Linked) {
        let draft = ticket::linked(input, &frame, (&text, first), context)?;
        account.derive(draft);
    }
    carry(&steps, &mut account);
    Ok(account.written(input.key, Becomes::Conversation, steps))
}

/// A call as a custom object, with its summary (decision C-3).
fn call(input: &ConversationInput<'_>, frame: &Frame, context: &Context) -> Mapped {
    let record = input.conversation;
    let said = input.messages.iter().find_map(|(_, message)| message.body.as_ref());
    let summary = said.or(record.description.as_ref()).map(body::visible).unwrap_or_default();
    let text = |(name, value): (&String, &String)| (name.clone(), FieldValue::Text(value.clone()));
    let mut fields: BTreeMap<String, FieldValue> = record.standard.iter().map(text).collect();
    let agent = &record.assignee;
    if let Some(agent) = agent.email.as_ref().or(agent.name.as_ref()) {
        fields.insert("agent".to_owned(), FieldValue::Text(agent.clone()));
    }
    let said = (summary.as_str(), &fields);
    let at = Some(frame.start);
    let mut draft = object::of_call(input.key.clone(), said, at, context);
    draft.carries.extend(input.messages.iter().map(|(key, _)| key.clone()));
    Mapped::only(input.key, Outcome::Draft(Box::new(draft)))
}

fn tags(
    input: &ConversationInput<'_>,
    frame: &Frame,
    context: &Context,
    account: &mut Account,
) -> Vec<Step> {
    let admin = context.policy.fallback_admin.as_str();
    let mut steps: Vec<Step> = tag::on(&frame.tags, input.key, context, account)
        .into_iter()
        .map(|tag| payload::tag(tag.step_key(), input.key, &tag.key, admin))
        .collect();
    steps.extend(contact_tags(frame, context, account));
    steps
}

/// Assignment, then state: a closed conversation would be opened by an assignment.
fn end(
    input: &ConversationInput<'_>,
    frame: &Frame,
    context: &Context,
    account: &mut Account,
) -> Vec<Step> {
    let record = input.conversation;
    let mut steps = Vec::new();
    let mut actor = context.policy.fallback_admin.clone();
    let assignee = (!record.assignee.is_empty()).then(|| context.speaker(&record.assignee));
    if let Some(team) = &frame.team {
        let to = Assignee::Team(Ref::from(team.as_str()));
        let key = StepKey::from("assign:team");
        steps.push(payload::assign(key, input.key, actor.as_str(), &to));
    }
    if let Some(speaker) = assignee {
        if speaker.named.is_some() {
            account.lose(LossName::AgentUnmatched);
        }
        let to = Assignee::Admin(thread::admin(&speaker.admin));
        steps.push(payload::assign(StepKey::from("assign"), input.key, actor.as_str(), &to));
        actor = speaker.admin;
    }
    let key = StepKey::from("state");
    match frame::ending(input, frame.state, context, account) {
        Ending::Open => {}
        Ending::Closed => steps.push(payload::close(key, input.key, actor.as_str())),
        Ending::Snoozed(until) => {
            steps.push(payload::snooze(key, input.key, actor.as_str(), until));
        }
    }
    steps
}
