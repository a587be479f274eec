//! What a thread becomes: conversation or ticket, by decisions C-1, C-3 and T1.

use crate::model::record::{Conversation, ConversationState, ThreadKind};

use super::context::Context;
use super::fold::fold;
use super::policy::Threads;
use super::rule::ThreadRule;
use super::ticket_type::TicketKind;

/// Categories whose threads are tickets by rule.
const TICKET_WORDS: [&str; 7] =
    ["bug", "bugs", "feature", "feature request", "feature_request", "internal", "task"];

/// Channels whose threads are conversations by rule.
const CHAT_WORDS: [&str; 2] = ["chat", "live chat"];

/// Social networks.
const SOCIAL_WORDS: [&str; 4] = ["facebook", "twitter", "x", "social"];

/// Channels by mail.
const MAIL_WORDS: [&str; 3] = ["email", "e-mail", "mail"];

/// What a thread becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Becoming {
    /// A conversation.
    Conversation,
    /// A ticket.
    Ticket(TicketKind),
    /// A conversation that is converted to a ticket.
    Converted,
    /// A conversation with a ticket linked to it.
    Linked,
    /// A custom object.
    Object,
}

/// What a thread in this state becomes.
pub(super) fn of(record: &Conversation, state: ConversationState, context: &Context) -> Becoming {
    let policy = &context.policy.of_source;
    let kind = match record.kind {
        ThreadKind::Call if policy.call_objects => return Becoming::Object,
        ThreadKind::Chat | ThreadKind::Social | ThreadKind::Call | ThreadKind::Incident => {
            return Becoming::Conversation;
        }
        ThreadKind::Offline => TicketKind::Offline,
        ThreadKind::Ticket => TicketKind::Request,
    };
    match policy.threads {
        Threads::Conversations => Becoming::Conversation,
        Threads::Convert => Becoming::Converted,
        Threads::Linked => Becoming::Linked,
        Threads::Tickets => Becoming::Ticket(kind),
        Threads::ByRule if kind == TicketKind::Offline => Becoming::Ticket(kind),
        Threads::ByRule => match rule(record, state, context) {
            ThreadRule::Conversation => Becoming::Conversation,
            ThreadRule::Ticket => Becoming::Ticket(kind),
        },
    }
}

fn rule(record: &Conversation, state: ConversationState, context: &Context) -> ThreadRule {
    let word = |field: &str| record.standard.get(field).map(|word| fold(word));
    let categories = [word("category"), word("type")];
    let listed = |word: &String| context.mapping.threads.get(word).copied();
    if let Some(rule) = categories.iter().flatten().find_map(listed) {
        return rule;
    }
    let channel = record.channel.as_deref().map(fold).unwrap_or_default();
    let is = |words: &[&str]| words.contains(&channel.as_str());
    let work = categories.iter().flatten().any(|word| TICKET_WORDS.contains(&word.as_str()));
    let chat = is(&CHAT_WORDS) || word("origin_chat").is_some_and(|chat| !chat.is_empty());
    let done = is(&MAIL_WORDS) && state == ConversationState::Closed;
    if !work && !is(&["internal"]) && (chat || is(&SOCIAL_WORDS) || done) {
        ThreadRule::Conversation
    } else {
        ThreadRule::Ticket
    }
}
