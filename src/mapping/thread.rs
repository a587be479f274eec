//! The parts of a conversation: what was said, noted and done, each by whom and when.

use std::collections::BTreeMap;

use crate::destination::intercom::payload::Ref;
use crate::destination::intercom::payload::{conversation as payload, ticket};
use crate::destination::intercom::step::Step;
use crate::model::record::{
    Author, AuthorRole, Conversation, Mention, Message, MessageKind, PersonRef,
};
use crate::model::{SourceKey, StepKey, Timestamp};

use super::account::Account;
use super::body::Reader;
use super::contact;
use super::context::{Context, Speaker};
use super::document;
use super::escape::escape;
use super::file::{self, Files, Sent};
use super::fold::{fold, fold_email};
use super::loss::LossName;
use super::time::Moment;

/// Who speaks where nobody is named.
pub(super) const NOBODY: &str = "the help desk";

/// Who speaks in a part, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// The conversation's contact.
    Contact,
    /// Another contact, a participant.
    Participant(SourceKey),
    /// An admin, to everybody.
    Admin(String),
    /// An admin, to colleagues.
    Note(String),
}

/// Where parts stand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Home<'a> {
    /// In the conversation of this record.
    Conversation(&'a SourceKey),
    /// On the ticket of this record.
    Ticket(&'a SourceKey),
}

/// One part of a thread.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) key: String,
    pub(super) voice: Voice,
    pub(super) moment: Moment,
    pub(super) html: String,
    pub(super) files: Vec<Sent>,
    pub(super) carries: Vec<SourceKey>,
}

impl Part {
    /// The request that makes the part.
    pub(super) fn step(self, home: Home<'_>, contact: &SourceKey, second: i64) -> Step {
        let message = payload::Message {
            body: &self.html,
            created_at: Timestamp::from_seconds(second),
            files: &[],
        };
        let key = StepKey(self.key);
        let mut step = match (home, &self.voice) {
            (Home::Conversation(own), Voice::Contact) => {
                payload::contact_reply(key, own, contact, &message)
            }
            (Home::Conversation(own), Voice::Participant(other)) => {
                payload::contact_reply(key, own, other, &message)
            }
            (Home::Conversation(own), Voice::Admin(id)) => {
                payload::admin_comment(key, own, id.as_str(), &message)
            }
            (Home::Conversation(own), Voice::Note(id)) => {
                payload::note(key, own, id.as_str(), &message)
            }
            (Home::Ticket(own), Voice::Participant(other)) => {
                ticket::contact_reply(key, own, other, &message)
            }
            (Home::Ticket(own), Voice::Contact) => {
                ticket::contact_reply(key, own, contact, &message)
            }
            (Home::Ticket(own), Voice::Admin(id)) => {
                ticket::admin_comment(key, own, id.as_str(), &message)
            }
            (Home::Ticket(own), Voice::Note(id)) => ticket::note(key, own, id.as_str(), &message),
        };
        if !self.files.is_empty() {
            payload::attach(&mut step, self.files.iter().map(Sent::body));
        }
        step.carries = self.carries;
        for file in self.files {
            if let Sent::Stored(hole) = file {
                step.carries.push(hole.key);
            }
        }
        step
    }
}

/// What the parts of one conversation have in common.
pub(super) struct Thread<'a> {
    pub(super) key: &'a SourceKey,
    pub(super) conversation: &'a Conversation,
    pub(super) context: &'a Context,
    /// By message: the record of the customer who wrote it.
    pub(super) writers: &'a BTreeMap<SourceKey, SourceKey>,
    /// The record of the conversation's customer.
    pub(super) contact: Option<&'a SourceKey>,
}

impl Thread<'_> {
    /// Parts of a message: itself, and further ones for more than ten files.
    pub(super) fn message(
        &self,
        (key, message): (&SourceKey, &Message),
        files: &mut Files<'_>,
        account: &mut Account,
    ) -> Vec<Part> {
        let (mut sent, left) = files.of_message(key, &message.attachments, account);
        let (voice, named) = self.voice(key, message, account);
        let mut html = named.map(|name| line(&name)).unwrap_or_default();
        if message.kind == MessageKind::Event {
            account.lose(LossName::ActivityEventAsNote);
            html.push_str(&line(&event_text(message, self.context)));
        }
        if let Some(body) = &message.body {
            let reader = Reader { context: self.context, files };
            let (said, images) = reader.html(body, key, account);
            html.push_str(&said);
            sent.extend(images);
        }
        html.push_str(&self.margin(key, message, account));
        html.push_str(&not_sent(&left));
        let moment = Moment {
            at: message.created_at,
            sequence: message.sequence,
            event: message.kind == MessageKind::Event,
            added: false,
        };
        let carries = vec![key.clone()];
        let part =
            Part { key: format!("part:{key}"), voice, moment, html, files: Vec::new(), carries };
        with_files(part, sent, account)
    }

    /// A part for a mention that belongs to the conversation.
    pub(super) fn mention(
        &self,
        key: &SourceKey,
        mention: &Mention,
        account: &mut Account,
    ) -> Part {
        let files = Files::new(&[], 0);
        let reader = Reader { context: self.context, files: &files };
        let (said, images) = reader.html(&mention.body, key, account);
        let html = format!("{}{said}", line(&super::mention::headline(mention)));
        let voice = Voice::Note(self.context.policy.fallback_admin.clone());
        let moment = Moment { at: mention.created_at, sequence: None, event: false, added: false };
        let carries = vec![key.clone()];
        Part { key: format!("part:{key}"), voice, moment, html, files: images, carries }
    }

    /// A note that the migration adds at the start.
    pub(super) fn added_note(&self, name: &str, html: String, start: Timestamp) -> Part {
        Part {
            key: format!("note:{name}"),
            voice: Voice::Note(self.context.policy.fallback_admin.clone()),
            moment: Moment { at: Some(start), sequence: None, event: false, added: true },
            html,
            files: Vec::new(),
            carries: Vec::new(),
        }
    }

    /// The contact who wrote a message in a thread of somebody else.
    fn participant(
        &self,
        key: &SourceKey,
        person: &PersonRef,
        account: &mut Account,
    ) -> Option<SourceKey> {
        if let Some(record) = self.writers.get(key) {
            return Some(record.clone());
        }
        let draft = contact::by_email(person, self.context)?;
        let key = draft.key.clone();
        account.derive(draft);
        Some(key)
    }

    fn voice(
        &self,
        key: &SourceKey,
        message: &Message,
        account: &mut Account,
    ) -> (Voice, Option<String>) {
        let author = &message.author;
        let internal = message.internal || message.kind != MessageKind::Message;
        match author.role {
            AuthorRole::Customer
                if !internal && (self.is_customer(&author.person) || self.is_own(key)) =>
            {
                (Voice::Contact, None)
            }
            AuthorRole::Customer => {
                let other = (!internal).then(|| self.participant(key, &author.person, account));
                if let Some(other) = other.flatten() {
                    return (Voice::Participant(other), None);
                }
                account.lose(LossName::OtherAuthorNamed);
                let named = Some(format!("Written by {}", self.context.name(&author.person)));
                if internal {
                    (Voice::Note(self.context.policy.fallback_admin.clone()), named)
                } else {
                    (Voice::Contact, named)
                }
            }
            AuthorRole::Agent => {
                let Speaker { admin, named } = self.context.speaker(&author.person);
                if named.is_some() {
                    account.lose(LossName::AgentUnmatched);
                }
                let event = message.kind == MessageKind::Event;
                let named = named.filter(|_| !event).map(|name| format!("Written by {name}"));
                (if internal { Voice::Note(admin) } else { Voice::Admin(admin) }, named)
            }
            AuthorRole::Bot | AuthorRole::System => {
                let admin = self.context.policy.fallback_admin.clone();
                if message.kind == MessageKind::Event {
                    return (Voice::Note(admin), None);
                }
                account.lose(LossName::OtherAuthorNamed);
                let name = author.person.name.clone().unwrap_or_else(|| NOBODY.to_owned());
                let named = Some(format!("Written by {name} (automatic)"));
                let public = author.role == AuthorRole::Bot && !internal;
                (if public { Voice::Admin(admin) } else { Voice::Note(admin) }, named)
            }
        }
    }

    /// Whether a person is the conversation's customer; an author who is not named is.
    pub(super) fn is_customer(&self, person: &PersonRef) -> bool {
        same_person(person, &self.conversation.customer).unwrap_or_else(|| person.is_empty())
    }

    /// Whether the ledger knows a message as written by the conversation's customer, under
    /// whichever of their names it was written.
    pub(super) fn is_own(&self, message: &SourceKey) -> bool {
        self.contact.is_some() && self.writers.get(message) == self.contact
    }

    /// Lines after a note's text: who it is assigned to, when it reminds.
    fn margin(&self, key: &SourceKey, message: &Message, account: &mut Account) -> String {
        let mut lines = String::new();
        if !message.assigned_to.is_empty() {
            lines.push_str(&line(&format!(
                "Assigned to {}",
                self.context.name(&message.assigned_to)
            )));
        }
        if let Some(time) = message.reminder_at {
            let text = format!("Reminder for {}", time.to_rfc3339());
            lines.push_str(&line(&text));
            account.by_hand(LossName::ReminderListed, document::REMINDERS, key, text);
        }
        lines
    }
}

/// A part and, for more than ten files, the parts right after it; a part always says something.
pub(super) fn with_files(mut part: Part, sent: Vec<Sent>, account: &mut Account) -> Vec<Part> {
    let mut groups = file::groups(sent, account).into_iter();
    part.files = groups.next().unwrap_or_default();
    if part.html.trim().is_empty() {
        part.html = if part.files.is_empty() { line("(no text)") } else { names(&part.files) };
    }
    let follow = |(number, files): (usize, Vec<Sent>)| Part {
        key: format!("{}#{}", part.key, number + 2),
        voice: part.voice.clone(),
        moment: Moment { added: true, ..part.moment },
        html: names(&files),
        files,
        carries: Vec::new(),
    };
    let more: Vec<Part> = groups.enumerate().map(follow).collect();
    std::iter::once(part).chain(more).collect()
}

/// A line that names files.
pub(super) fn names(files: &[Sent]) -> String {
    let names: Vec<_> = files.iter().map(Sent::name).collect();
    line(&format!("Files: {}", names.join(", ")))
}

/// Lines that name files which could not be sent.
pub(super) fn not_sent(names: &[String]) -> String {
    names.iter().map(|name| line(&format!("[file not moved: {name}]"))).collect()
}

/// A paragraph that the migration adds.
pub(super) fn line(text: &str) -> String {
    format!("<p><i>{}</i></p>", escape(text))
}

/// Whether two references name one person; `None` if they have nothing in common to compare. One
/// alias that is equal is enough: records of equal addresses become one contact. A name counts
/// only where there is nothing else.
pub(super) fn same_person(one: &PersonRef, other: &PersonRef) -> Option<bool> {
    let keys = one.key.as_ref().zip(other.key.as_ref()).map(|(one, other)| one == other);
    let emails = one.email.as_deref().zip(other.email.as_deref());
    let emails = emails.map(|(one, other)| fold_email(one) == fold_email(other));
    match (keys, emails) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), _) | (_, Some(false)) => Some(false),
        (None, None) => {
            one.name.as_ref().zip(other.name.as_ref()).map(|(one, other)| fold(one) == fold(other))
        }
    }
}

/// Whether two authors are one.
pub(super) fn same_author(one: &Author, other: &Author) -> bool {
    one.role == other.role && same_person(&one.person, &other.person).unwrap_or(true)
}

pub(super) fn event_text(message: &Message, context: &Context) -> String {
    let mut text = match &message.event {
        Some(event) => {
            let kind = event.kind.replace(['_', '-'], " ");
            match (&event.from, &event.to) {
                (Some(from), Some(to)) => format!("{kind}: {from} → {to}"),
                (None, Some(to)) => format!("{kind}: {to}"),
                (Some(from), None) => format!("{kind}: was {from}"),
                (None, None) => kind,
            }
        }
        None => "event".to_owned(),
    };
    let person = &message.author.person;
    if !person.is_empty() {
        text.push_str(&format!(", by {}", context.name(person)));
    }
    if let Some(time) = message.created_at {
        text.push_str(&format!(", {}", time.to_rfc3339()));
    }
    text
}

/// An admin as requests name one.
pub(super) fn admin(id: &str) -> Ref {
    Ref::from(id)
}
