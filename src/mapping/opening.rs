//! The first message of a conversation, and all parts before they are given their seconds.

use crate::model::record::{Author, AuthorRole, Body, Message, MessageKind};
use crate::model::{SourceKey, Timestamp};

use super::account::Account;
use super::body::{Reader, visible};
use super::context::{Context, Speaker};
use super::draft::Outcome;
use super::file::{Files, Sent};
use super::input::ConversationInput;
use super::loss::LossName;
use super::system;
use super::thread::{self, Part, Thread, Voice};
use super::time::Moment;

/// Milliseconds within which a first reply that equals the description is its repetition.
const REPEAT_MS: i64 = 60_000;

/// The first message and all parts.
pub(super) struct Opening {
    /// Plain text of the first message.
    pub(super) text: String,
    /// Records that the first message carries.
    pub(super) carries: Vec<SourceKey>,
    /// Everything after it.
    pub(super) parts: Vec<Part>,
}

impl Opening {
    /// What a thread says.
    pub(super) fn of(
        input: &ConversationInput<'_>,
        context: &Context,
        start: Timestamp,
        account: &mut Account,
    ) -> Self {
        let record = input.conversation;
        let writers = input.writers;
        let (key, contact) = (input.key, input.contact);
        let thread = Thread { key, conversation: record, context, writers, contact };
        let by_hand = context.policy.of_source.files_by_hand;
        let mut files =
            Files::new(input.attachments, context.policy.file_bytes_max).by_hand(by_hand);
        let repeated = repetition(input);
        let spoken = spoken_first(input, &thread);
        let mut said = Vec::new();
        let mut lines = Vec::new();
        for (key, message) in input.messages {
            if system::is_line(&thread, message) {
                lines.push((key, message));
            } else if Some(key) == repeated {
                account.part(key, Outcome::merged(input.key.clone(), "repeats_description"));
            } else if Some(key) != spoken.map(|(key, _)| key) {
                said.extend(thread.message((key, message), &mut files, account));
            }
        }
        let first = match spoken {
            Some((key, message)) => first_message(&thread, (key, message), &mut files, account),
            None => {
                let opener = opener(input, &thread);
                first_description(&thread, opener.as_ref(), &mut files, start, account)
            }
        };
        let mut parts = first.parts;
        parts.extend(said);
        parts.extend(system::note(&thread, &lines, account));
        parts.extend(notes(&thread, start, account));
        for (key, mention) in input.mentions {
            let same = |body: &Body| visible(body) == visible(&mention.body);
            if record.description.as_ref().is_some_and(same) {
                account.part(key, Outcome::merged(input.key.clone(), "repeats_description"));
            } else {
                parts.push(thread.mention(key, mention, account));
            }
        }
        Self { text: first.text, carries: first.carries, parts }
    }
}

/// The first reply, if it is the description once more: same text, author and time (within a
/// minute).
fn repetition<'a>(input: &ConversationInput<'a>) -> Option<&'a SourceKey> {
    let description = input.conversation.description.as_ref()?;
    let (key, message) = first_said(input)?;
    let author = input.conversation.opened_by.clone().unwrap_or_else(|| Author {
        role: AuthorRole::Customer,
        person: input.conversation.customer.clone(),
    });
    let near = match (input.conversation.created_at, message.created_at) {
        (Some(one), Some(other)) => (one.0 - other.0).abs() <= REPEAT_MS,
        _ => false,
    };
    let same = near
        && thread::same_author(&author, &message.author)
        && message.body.as_ref().is_some_and(|body| visible(body) == visible(description));
    same.then_some(key)
}

fn first_said<'a>(input: &ConversationInput<'a>) -> Option<(&'a SourceKey, &'a Message)> {
    input
        .messages
        .iter()
        .filter(|(_, message)| message.kind == MessageKind::Message && !message.internal)
        .min_by_key(|(_, message)| (message.created_at, message.sequence))
        .map(|(key, message)| (key, message))
}

/// Who opened the thread, if not its own customer: a teammate, the system, another customer.
fn opener(input: &ConversationInput<'_>, thread: &Thread<'_>) -> Option<Author> {
    let record = input.conversation;
    let silent = record.description.as_ref().is_none_or(|body| body.content.trim().is_empty());
    let first = || {
        let said = first_said(input).filter(|(key, _)| silent && !thread.is_own(key));
        said.map(|(_, message)| message.author.clone())
    };
    record.opened_by.clone().or_else(first).filter(|author| {
        let unnamed = author.role != AuthorRole::Customer && author.person.is_empty();
        unnamed || !thread.is_customer(&author.person)
    })
}

/// The customer's first message, where the thread has no description.
fn spoken_first<'a>(
    input: &ConversationInput<'a>,
    thread: &Thread<'_>,
) -> Option<(&'a SourceKey, &'a Message)> {
    let described =
        input.conversation.description.as_ref().is_some_and(|body| !body.content.trim().is_empty());
    if described || !input.conversation.attachments.is_empty() {
        return None;
    }
    first_said(input).filter(|(key, message)| {
        message.author.role == AuthorRole::Customer
            && (thread.is_customer(&message.author.person) || thread.is_own(key))
            && message.body.as_ref().is_some_and(|body| !body.content.trim().is_empty())
    })
}

fn first_message(
    thread: &Thread<'_>,
    (key, message): (&SourceKey, &Message),
    files: &mut Files<'_>,
    account: &mut Account,
) -> Opening {
    let (mut sent, mut left) = files.of_message(key, &message.attachments, account);
    let (others, others_left) = files.rest(thread.key, &[], account);
    sent.extend(others);
    left.extend(others_left);
    let reader = Reader { context: thread.context, files };
    let (said, images) =
        message.body.as_ref().map(|body| reader.text(body, key, account)).unwrap_or_default();
    sent.extend(images);
    let parts = first_files(thread, sent, message.created_at, account);
    Opening { text: whole(said, &left), carries: vec![key.clone()], parts }
}

fn first_description(
    thread: &Thread<'_>,
    opener: Option<&Author>,
    files: &mut Files<'_>,
    start: Timestamp,
    account: &mut Account,
) -> Opening {
    let (sent, left) = files.rest(thread.key, &thread.conversation.attachments, account);
    let reader = Reader { context: thread.context, files };
    let Some(author) = opener else {
        return described(thread, &reader, String::new(), (sent, left), start, account);
    };
    if author.role == AuthorRole::Customer {
        account.lose(LossName::OtherAuthorNamed);
        let name = thread.context.name(&author.person);
        let body = thread.conversation.description.as_ref();
        let head = match body.is_some_and(|body| !body.content.trim().is_empty()) {
            true => format!("Written by {name}:\n\n"),
            false => stub(&name, start),
        };
        return described(thread, &reader, head, (sent, left), start, account);
    }
    account.lose(LossName::AgentOpenedStub);
    let mut speaker = thread.context.speaker(&author.person);
    let name = if author.person.is_empty() {
        speaker.named = speaker.named.map(|_| thread::NOBODY.to_owned());
        thread::NOBODY.to_owned()
    } else {
        thread.context.name(&author.person)
    };
    if !thread.context.policy.stub {
        let head = format!("Written by {name}:\n\n");
        return described(thread, &reader, head, (sent, left), start, account);
    }
    let parts = spoken_by_agent(thread, &reader, (speaker, sent, left), start, account);
    Opening { text: stub(&name, start), carries: Vec::new(), parts }
}

/// What stands first in a thread that somebody else opened.
fn stub(name: &str, start: Timestamp) -> String {
    format!("[This conversation was opened by {name} on {}.]", start.to_rfc3339())
}

/// The description as the contact's first words, after `head`.
fn described(
    thread: &Thread<'_>,
    reader: &Reader<'_>,
    head: String,
    (mut sent, left): (Vec<Sent>, Vec<String>),
    start: Timestamp,
    account: &mut Account,
) -> Opening {
    let body = thread.conversation.description.as_ref();
    let (said, images) =
        body.map(|body| reader.text(body, thread.key, account)).unwrap_or_default();
    sent.extend(images);
    let parts = first_files(thread, sent, Some(start), account);
    Opening { text: whole(head + &said, &left), carries: Vec::new(), parts }
}

/// The description as the words of the teammate who opened the thread.
fn spoken_by_agent(
    thread: &Thread<'_>,
    reader: &Reader<'_>,
    (speaker, mut sent, left): (Speaker, Vec<Sent>, Vec<String>),
    start: Timestamp,
    account: &mut Account,
) -> Vec<Part> {
    let body = thread.conversation.description.as_ref();
    let (said, images) =
        body.map(|body| reader.html(body, thread.key, account)).unwrap_or_default();
    sent.extend(images);
    if said.trim().is_empty() && sent.is_empty() && left.is_empty() {
        return Vec::new();
    }
    let mut html = String::new();
    if let Some(named) = &speaker.named {
        account.lose(LossName::AgentUnmatched);
        html.push_str(&thread::line(&format!("Written by {named}")));
    }
    html.push_str(&said);
    html.push_str(&thread::not_sent(&left));
    let part = Part {
        key: format!("part:{}", thread.key),
        voice: Voice::Admin(speaker.admin),
        moment: Moment { at: Some(start), sequence: None, event: false, added: false },
        html,
        files: Vec::new(),
        carries: Vec::new(),
    };
    thread::with_files(part, sent, account)
}

/// A first message with the names of files that could not be sent; it always says something.
fn whole(text: String, left: &[String]) -> String {
    let names = left.iter().map(|name| format!("[file not moved: {name}]"));
    let said = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let lines: Vec<String> = said.into_iter().chain(names).collect();
    if lines.is_empty() { "(no text)".to_owned() } else { lines.join("\n") }
}

/// Files of the first message: the call that creates a conversation takes none.
fn first_files(
    thread: &Thread<'_>,
    sent: Vec<Sent>,
    at: Option<Timestamp>,
    account: &mut Account,
) -> Vec<Part> {
    if sent.is_empty() {
        return Vec::new();
    }
    account.lose(LossName::FilesOfFirstMessageSecondPart);
    let part = Part {
        key: format!("part:{}#files", thread.key),
        voice: Voice::Contact,
        moment: Moment { at, sequence: None, event: false, added: true },
        html: String::new(),
        files: Vec::new(),
        carries: Vec::new(),
    };
    thread::with_files(part, sent, account)
}

/// The thread's memo and people in copy, as notes.
fn notes(thread: &Thread<'_>, start: Timestamp, account: &mut Account) -> Vec<Part> {
    let record = thread.conversation;
    let mut notes = Vec::new();
    if let Some(memo) = record.memo.as_ref().filter(|memo| !memo.content.trim().is_empty()) {
        let files = Files::new(&[], 0);
        let reader = Reader { context: thread.context, files: &files };
        let (html, images) = reader.html(memo, thread.key, account);
        let part = thread.added_note("memo", html, record.updated_at.unwrap_or(start));
        notes.extend(thread::with_files(part, images, account));
    }
    if !record.copies.is_empty() {
        account.lose(LossName::CcAsNote);
        let people: Vec<_> =
            record.copies.iter().map(|person| thread.context.name(person)).collect();
        let html = thread::line(&format!("In copy: {}", people.join(", ")));
        notes.push(thread.added_note("copies", html, start));
    }
    notes
}
