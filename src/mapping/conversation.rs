//! A thread becomes a conversation: created in the past by its contact, then its parts in the
//! order of time, then title and attributes, tags, assignment, and the state last (FACTS §5.4).

use crate::destination::intercom::payload::conversation::{self as payload, Assignee};
use crate::destination::intercom::step::Step;
use crate::model::record::{Conversation, ConversationState};
use crate::model::{SourceKey, StepKey, Timestamp};

use super::account::Account;
use super::contact;
use super::context::Context;
use super::draft::{Becomes, Mapped, Outcome};
use super::exclude;
use super::field::{self, Values};
use super::fold::fold;
use super::input::ConversationInput;
use super::loss::LossName;
use super::opening::Opening;
use super::policy::{Policy, Snooze};
use super::tag;
use super::thread::{self, Part};
use super::time::{self, Moment, Moved};

/// Characters of the first message that stand in for a missing subject.
const TITLE_CHARS: usize = 80;

/// Parts that Intercom gives back at most, the newest (FACTS §5.4).
pub const PARTS_READ_MAX: usize = 500;

/// Words for channels on social networks.
const SOCIAL: &[&str] =
    &["social", "twitter", "x", "facebook", "linkedin", "google+", "youtube", "instagram"];

/// What becomes of a thread.
pub fn map_conversation(input: &ConversationInput<'_>, context: &Context) -> Mapped {
    draft(input, context).unwrap_or_else(|outcome| Mapped::only(input.key, outcome))
}

fn draft(input: &ConversationInput<'_>, context: &Context) -> Result<Mapped, Outcome> {
    let mut account = Account::default();
    let values = field::of_conversation(input.key, input.conversation);
    refuse(input.conversation, &values, context)?;
    let state = state(input.conversation, context)?;
    let team = team(input.conversation, context)?;
    let written = field::write(&values, context, &mut account)
        .map_err(|(reason, release)| Outcome::queued(reason, release))?;
    let contact = customer(input, context, &mut account)?;
    let start = start(input)?;

    let opening = Opening::of(input, context, start, &mut account);
    let title = title(input.conversation, &opening.text);
    let mut steps = timed(input, &contact, start, opening, &mut account);
    if !written.attributes.is_empty() || title.is_some() {
        let key = StepKey::from("attributes");
        steps.push(payload::update(key, input.key, title.as_deref(), &written.attributes, None));
    }
    // Title, attributes, assignments and the state leave parts too.
    let mut parts = steps.len() - 1 + written.attributes.len();
    steps.extend(tags(input, context, &mut account));
    let end = end(input, context, (state, team), &mut account);
    parts += end.len();
    steps.extend(end);
    let over = parts.saturating_sub(PARTS_READ_MAX);
    account.lose_many(LossName::Over500PartsReadback, over as u64);
    count(input, &mut account);
    for step in &steps {
        step.carries.iter().for_each(|key| account.carry(key));
    }
    Ok(account.written(input.key, Becomes::Conversation, steps))
}

fn refuse(record: &Conversation, values: &Values, context: &Context) -> Result<(), Outcome> {
    if let Some(rule) = exclude::rule("ticket", values, context) {
        return Err(Outcome::Excluded { rule });
    }
    if record.archived && !context.policy.archived {
        return Err(Outcome::Excluded { rule: "D11 archived".to_owned() });
    }
    let touched = record.updated_at.or(record.closed_at).or(record.created_at);
    match (context.policy.since, touched) {
        (Some(since), Some(touched)) if touched < since => {
            Err(Outcome::Excluded { rule: "G12 history window".to_owned() })
        }
        _ => Ok(()),
    }
}

fn state(record: &Conversation, context: &Context) -> Result<ConversationState, Outcome> {
    context.mapping.status.get(&fold(&record.status)).copied().ok_or_else(|| {
        let word = &record.status;
        Outcome::queued("unknown_status", format!("{word:?} in the table `status` of mapping.toml"))
    })
}

fn team(record: &Conversation, context: &Context) -> Result<Option<String>, Outcome> {
    let Some(word) = record.team.as_ref().filter(|word| !word.trim().is_empty()) else {
        return Ok(None);
    };
    context.mapping.teams.get(&fold(word)).cloned().ok_or_else(|| {
        Outcome::queued("unknown_team", format!("{word:?} in the table `teams` of mapping.toml"))
    })
}

fn customer(
    input: &ConversationInput<'_>,
    context: &Context,
    account: &mut Account,
) -> Result<SourceKey, Outcome> {
    if let Some(key) = input.contact {
        return Ok(key.clone());
    }
    let customer = &input.conversation.customer;
    let Some(draft) = contact::by_email(customer, context) else {
        return Err(match &customer.key {
            Some(key) => Outcome::queued("customer_missing", format!("a record {key}")),
            None => Outcome::queued("no_customer", "a customer with a record or an e-mail address"),
        });
    };
    let key = draft.key.clone();
    account.derive(draft);
    Ok(key)
}

fn start(input: &ConversationInput<'_>) -> Result<Timestamp, Outcome> {
    let record = input.conversation;
    let first = input.messages.iter().filter_map(|(_, message)| message.created_at).min();
    record
        .created_at
        .or(first)
        .or(record.updated_at)
        .ok_or_else(|| Outcome::queued("no_time", "a time for the ticket or one of its messages"))
}

fn title(record: &Conversation, text: &str) -> Option<String> {
    let subject = record.subject.as_deref().map(str::trim).filter(|subject| !subject.is_empty());
    let words = || text.split_whitespace().collect::<Vec<_>>().join(" ");
    let title = subject.map_or_else(|| words().chars().take(TITLE_CHARS).collect(), str::to_owned);
    (!title.is_empty()).then_some(title)
}

/// The create and all parts, each in a second of its own.
fn timed(
    input: &ConversationInput<'_>,
    contact: &SourceKey,
    start: Timestamp,
    opening: Opening,
    account: &mut Account,
) -> Vec<Step> {
    let Opening { text, carries, parts } = opening;
    let wish = start.seconds() + i64::from(input.start_nudge_s);
    let moments: Vec<Moment> = parts.iter().map(|part| part.moment).collect();
    let (first, places) = time::place(wish, input.now.seconds(), &moments);
    if first != start.seconds() {
        let future = start > input.now;
        account.lose(if future { LossName::TimeClamped } else { LossName::TimeNudged });
    }
    let key = StepKey::from("create");
    let mut create = payload::create(key, contact, &text, Timestamp::from_seconds(first));
    create.carries = carries;
    let mut steps = vec![create];
    let mut parts: Vec<Option<Part>> = parts.into_iter().map(Some).collect();
    for place in places {
        match place.moved {
            Moved::Not => {}
            Moved::Nudged => account.lose(LossName::TimeNudged),
            Moved::Clamped => account.lose(LossName::TimeClamped),
            Moved::Missing => account.lose(LossName::TimeMissing),
        }
        if let Some(part) = parts.get_mut(place.index).and_then(Option::take) {
            steps.push(part.step(input.key, contact, place.second));
        }
    }
    steps
}

fn tags(input: &ConversationInput<'_>, context: &Context, account: &mut Account) -> Vec<Step> {
    let admin = context.policy.fallback_admin.as_str();
    tag::distinct(&input.conversation.tags, context, account)
        .into_iter()
        .map(|tag| payload::tag(tag.step_key(), input.key, &tag.key, admin))
        .collect()
}

/// Assignment, then state: a closed conversation would be opened by an assignment.
fn end(
    input: &ConversationInput<'_>,
    context: &Context,
    (state, team): (ConversationState, Option<String>),
    account: &mut Account,
) -> Vec<Step> {
    let record = input.conversation;
    let mut steps = Vec::new();
    let mut actor = context.policy.fallback_admin.clone();
    let assignee = (!record.assignee.is_empty()).then(|| context.speaker(&record.assignee));
    if let Some(team) = &team {
        let to = Assignee::Team(thread::admin(team));
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
    let close = |account: &mut Account| {
        account.lose(LossName::CloseTimeIsImportTime);
        payload::close(key.clone(), input.key, actor.as_str())
    };
    let until = |end| payload::snooze(key.clone(), input.key, actor.as_str(), end);
    match state {
        ConversationState::Open => {}
        ConversationState::Closed => steps.push(close(account)),
        ConversationState::Snoozed => match record.due_at.filter(|due| *due > input.now) {
            Some(due) => steps.push(until(due)),
            None => {
                account.lose(LossName::SnoozeNeedsFuture);
                match context.policy.snooze {
                    Snooze::Open => {}
                    Snooze::Close => steps.push(close(account)),
                    Snooze::Days(days) => {
                        let end = Policy::snooze_end(days, input.now, &input.key.to_string());
                        steps.push(until(end));
                    }
                }
            }
        },
    }
    steps
}

fn count(input: &ConversationInput<'_>, account: &mut Account) {
    let record = input.conversation;
    if record.updated_at.is_some() {
        account.lose(LossName::UpdatedAtNotSettable);
    }
    let social =
        record.channel.as_deref().is_some_and(|word| SOCIAL.contains(&fold(word).as_str()));
    if social || !record.social_ids.is_empty() {
        account.lose(LossName::SocialChannel);
    }
}
