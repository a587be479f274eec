//! What conversations and tickets have in common: whether a thread moves, where it stands, who
//! asked, when it began, and what it says besides its messages.

use std::collections::BTreeMap;

use crate::model::record::{Conversation, ConversationState, ThreadKind};
use crate::model::{SourceKey, Timestamp};

use super::account::Account;
use super::contact;
use super::context::Context;
use super::draft::{Draft, Outcome};
use super::erased;
use super::escape;
use super::exclude;
use super::field::{self, Values, Written};
use super::fold::{fold, tidy};
use super::input::ConversationInput;
use super::loss::LossName;
use super::object;
use super::policy::{Category, CustomObjects, Handles, Policy, Snooze, TagTarget};
use super::relation;
use super::tag;
use super::thread::{self, Part, Thread};
use super::thread_rule::{self, Becoming};

/// Characters of the first message that stand in for a missing subject.
const TITLE_CHARS: usize = 80;

/// Words for channels on social networks.
const SOCIAL: &[&str] =
    &["social", "twitter", "x", "facebook", "linkedin", "google+", "youtube", "instagram"];

/// Standard field that names the thread another was merged into.
const MERGED_INTO: &str = "merged_into";

/// Standard field by which a source says that a transcript could not be told apart.
const DOUBTFUL: &str = "transcript_doubtful";

/// A thread that moves.
pub(super) struct Frame {
    /// What it becomes.
    pub(super) becoming: Becoming,
    /// Where it stands.
    pub(super) state: ConversationState,
    /// Id of its team.
    pub(super) team: Option<String>,
    /// The contact who asked.
    pub(super) contact: SourceKey,
    /// When it began.
    pub(super) start: Timestamp,
    /// Its attributes.
    pub(super) written: Written,
    /// Words of its tags.
    pub(super) tags: Vec<String>,
    /// Tags that stand on the contact.
    pub(super) contact_tags: Vec<String>,
}

impl Frame {
    /// The frame of a thread.
    pub(super) fn of(
        input: &ConversationInput<'_>,
        context: &Context,
        account: &mut Account,
    ) -> Result<Self, Outcome> {
        let record = input.conversation;
        let values = field::of_conversation(input.key, record);
        refuse(record, &values, context)?;
        let state = match merged_into(record) {
            Some(_) => ConversationState::Closed,
            None => state(record, context)?,
        };
        let team = team(record, context)?;
        let becoming = thread_rule::of(record, state, context);
        agents(input, context)?;
        let mut written = field::write(&values, context, account)
            .map_err(|(reason, release)| Outcome::queued(reason, release))?;
        let words = tag::split(&record.tags, context);
        written.attributes.extend(words.attributes);
        relations(input.key, &mut written, context, account);
        calls(input, context, account);
        let contact = customer(input, context, account)?;
        let start = start(input)?;
        let (tags, contact_tags) = tags(record, words.tags, context);
        Ok(Self { becoming, state, team, contact, start, written, tags, contact_tags })
    }

    /// Notes that the migration adds: texts too long for attributes, a pointer to another thread.
    pub(super) fn notes(&self, thread: &Thread<'_>, account: &mut Account) -> Vec<Part> {
        let mut notes = Vec::new();
        for (name, text) in &self.written.cut {
            let html = escape::of_text(&format!("{name}: {text}"));
            notes.push(thread.added_note(&format!("attribute:{name}"), html, self.start));
        }
        if let Some(other) = merged_into(thread.conversation) {
            account.lose(LossName::MergedThread);
            let html = thread::line(&format!("Merged into {other}"));
            notes.push(thread.added_note("merged", html, self.start));
        }
        notes
    }
}

fn merged_into(record: &Conversation) -> Option<&str> {
    record.standard.get(MERGED_INTO).map(|other| other.trim()).filter(|other| {
        // Some exports only say that it was merged, or that it was not.
        !other.is_empty() && !matches!(fold(other).as_str(), "false" | "no" | "0")
    })
}

fn refuse(record: &Conversation, values: &Values, context: &Context) -> Result<(), Outcome> {
    let policy = &context.policy;
    let excluded = |rule: &str| Err(Outcome::Excluded { rule: rule.to_owned() });
    if let Some(rule) = exclude::rule("ticket", values, context) {
        return Err(Outcome::Excluded { rule });
    }
    if erased::is_marked(&record.standard) {
        erased::refuse(context)?;
    }
    if record.archived && !policy.archived {
        let own = context.mapping.source == "infraon";
        return excluded(if own { "I11 archived" } else { "D11 archived" });
    }
    if merged_into(record).is_some() && !policy.of_source.merged {
        return excluded("I11 merged");
    }
    if record.standard.contains_key(DOUBTFUL) && policy.of_source.doubtful_waits {
        return Err(Outcome::queued("doubtful_transcript", "a transcript whose lines can be read"));
    }
    let touched = record.updated_at.or(record.closed_at).or(record.created_at);
    match (policy.since, touched) {
        (Some(since), Some(touched)) if touched < since => excluded("G12 history window"),
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

/// Lets threads of agents without an account wait, if decision T7 says so.
fn agents(input: &ConversationInput<'_>, context: &Context) -> Result<(), Outcome> {
    if !context.policy.of_source.unmatched_waits {
        return Ok(());
    }
    let of_agent = |author: &crate::model::record::Author| {
        (author.role == crate::model::record::AuthorRole::Agent).then(|| author.person.clone())
    };
    let record = input.conversation;
    let authors = input.messages.iter().filter_map(|(_, message)| of_agent(&message.author));
    let opener = record.opened_by.iter().filter_map(of_agent);
    let mut people = authors.chain(opener).chain(std::iter::once(record.assignee.clone()));
    match people.find(|person| !person.is_empty() && context.speaker(person).named.is_some()) {
        Some(_) => Err(Outcome::queued(
            "agent_without_account",
            "an account in Intercom for every agent of the thread and its id in mapping.toml, or \
             decision T7 fallback",
        )),
        None => Ok(()),
    }
}

/// Texts that stand for custom objects, where the plan has none (decision I3).
fn relations(key: &SourceKey, written: &mut Written, context: &Context, account: &mut Account) {
    if context.policy.of_source.objects != CustomObjects::Archive {
        return;
    }
    for (name, text) in relation::texts(key, context) {
        account.lose(LossName::ObjectAsText);
        let json = field::cut_text(name.clone(), text, written, account);
        written.attributes.insert(name, json);
    }
}

/// Calls inside a thread, as custom objects that it refers to (decision C-3).
fn calls(input: &ConversationInput<'_>, context: &Context, account: &mut Account) {
    if !context.policy.of_source.call_objects {
        return;
    }
    let mut keys = Vec::new();
    for (key, message) in input.messages {
        let call = message.event.as_ref().is_some_and(|event| event.kind == relation::CALL);
        if !call || input.conversation.kind == ThreadKind::Call {
            continue;
        }
        let summary = message.body.as_ref().map(super::body::visible).unwrap_or_default();
        let own = SourceKey::own(relation::CALL, &key.to_string());
        let said = (summary.as_str(), &BTreeMap::new());
        let draft = object::of_call(own.clone(), said, message.created_at, context);
        account.derive(draft);
        keys.push(own);
    }
    if !keys.is_empty() {
        let objects = BTreeMap::from([(relation::CALL, keys.iter().collect())]);
        account.derive(relation::of_thread(input.key, &objects, context));
    }
}

fn customer(
    input: &ConversationInput<'_>,
    context: &Context,
    account: &mut Account,
) -> Result<SourceKey, Outcome> {
    let record = input.conversation;
    let customer = &record.customer;
    let mut derive = |draft: Draft| {
        let key = draft.key.clone();
        account.derive(draft);
        key
    };
    let social = record.kind == ThreadKind::Social && customer.email.is_none();
    match context.policy.of_source.handles {
        Handles::Skip if social => {
            return Err(Outcome::Excluded { rule: "C-8 skip".to_owned() });
        }
        Handles::Shared if social => {
            return Ok(derive(contact::by_name("social:shared", "Social visitor", context)));
        }
        _ => {}
    }
    // A technician who is no contact (decision I1) is one by address where they asked.
    let matched = input.contact.and_then(|key| context.index.matched(key));
    if let Some(key) = input.contact.filter(|_| matched.is_none()) {
        return Ok(key.clone());
    }
    let customer = matched.as_ref().unwrap_or(customer);
    if let Some(draft) = contact::by_email(customer, context) {
        return Ok(derive(draft));
    }
    if let Some(name) = customer.name.as_ref().filter(|_| social) {
        let network = record.channel.as_deref().map(fold).unwrap_or_default();
        let id = format!("{network}:{}", fold(name.trim_start_matches('@')));
        return Ok(derive(contact::by_name(&id, name, context)));
    }
    if erased::is_marked(&record.standard) {
        return Ok(derive(contact::by_name("anonymised", "Anonymised customer", context)));
    }
    Err(match &customer.key {
        Some(key) => Outcome::queued("customer_missing", format!("a record {key}")),
        None => Outcome::queued("no_customer", "a customer with a record or an e-mail address"),
    })
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

/// Words of tags on the thread, and of those on its contact (decisions C-5, H2, I8).
fn tags(
    record: &Conversation,
    mut words: Vec<String>,
    context: &Context,
) -> (Vec<String>, Vec<String>) {
    let policy = &context.policy.of_source;
    let category = record.standard.get("category").filter(|word| !word.trim().is_empty());
    let (mut own, contact) = match (policy.tag_target, record.kind) {
        (TagTarget::Contact, ThreadKind::Chat) => (Vec::new(), words),
        (TagTarget::Both, ThreadKind::Chat) => (words.clone(), words),
        _ => {
            words.retain(|word| !word.trim().is_empty());
            (words, Vec::new())
        }
    };
    if policy.category != Category::AsMapped {
        own.extend(category.cloned());
    }
    if let Some(word) = record.team.as_ref().filter(|_| policy.team_tag)
        && !has_own_team(word, context)
    {
        own.push(tidy(word));
    }
    (own, contact)
}

/// Whether a team word has a team of Intercom for itself.
fn has_own_team(word: &str, context: &Context) -> bool {
    let teams = &context.mapping.teams;
    let Some(Some(id)) = teams.get(&fold(word)) else {
        return word.trim().is_empty();
    };
    teams.values().flatten().filter(|other| *other == id).count() == 1
}

/// The subject, or the beginning of what is said.
pub(super) fn title(record: &Conversation, text: &str) -> Option<String> {
    let subject = record.subject.as_deref().map(str::trim).filter(|subject| !subject.is_empty());
    let words = || text.split_whitespace().collect::<Vec<_>>().join(" ");
    let title = subject.map_or_else(|| words().chars().take(TITLE_CHARS).collect(), str::to_owned);
    (!title.is_empty()).then_some(title)
}

/// Where a thread ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Open,
    Closed,
    Snoozed(Timestamp),
}

/// Where a thread ends, with what that loses (decisions D3, T3).
pub(super) fn ending(
    input: &ConversationInput<'_>,
    state: ConversationState,
    context: &Context,
    account: &mut Account,
) -> Ending {
    let closed = |account: &mut Account| {
        account.lose(LossName::CloseTimeIsImportTime);
        Ending::Closed
    };
    match state {
        ConversationState::Open => Ending::Open,
        ConversationState::Closed => closed(account),
        ConversationState::Snoozed => {
            match input.conversation.due_at.filter(|due| *due > input.now) {
                Some(due) => Ending::Snoozed(due),
                None => {
                    account.lose(LossName::SnoozeNeedsFuture);
                    match context.policy.snooze {
                        Snooze::Open => Ending::Open,
                        Snooze::Close => closed(account),
                        Snooze::Days(days) => {
                            let seed = input.key.to_string();
                            Ending::Snoozed(Policy::snooze_end(days, input.now, &seed))
                        }
                    }
                }
            }
        }
    }
}

/// Counts what a thread loses whatever it becomes.
pub(super) fn count(input: &ConversationInput<'_>, account: &mut Account) {
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
