//! Conversations and tickets: one kind of thread with one row of ids, as in Intercom.

use super::{Attachment, CompanyId, ContactId, TagLink, TicketFields};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ThreadState {
    Open,
    Closed,
    Snoozed,
}

impl ThreadState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Snoozed => "snoozed",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Author {
    Contact(ContactId),
    Admin(u64),
    Bot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assignee {
    Admin(u64),
    Team(u64),
    Nobody,
}

/// What a part without words tells.
#[derive(Debug, Clone)]
pub(crate) enum PartEvent {
    Attribute { name: String, value: String, previous: Option<String> },
    TicketState { from: String, to: String },
    TicketAttribute { id: u64, label: String, value: Value },
}

#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) id: u64,
    pub(crate) kind: &'static str,
    pub(crate) body: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) notified_at: i64,
    pub(crate) author: Author,
    pub(crate) assigned_to: Option<Assignee>,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) redacted: bool,
    pub(crate) state: ThreadState,
    pub(crate) event: Option<Box<PartEvent>>,
}

/// The message that began a conversation.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) id: u64,
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) author: Author,
    pub(crate) delivered_as: &'static str,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) redacted: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Thread {
    pub(crate) id: u64,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) waiting_since: Option<i64>,
    pub(crate) snoozed_until: Option<i64>,
    pub(crate) state: ThreadState,
    pub(crate) read: bool,
    pub(crate) title: Option<String>,
    pub(crate) admin_assignee: u64,
    pub(crate) team_assignee: u64,
    pub(crate) company: Option<CompanyId>,
    pub(crate) tags: Vec<TagLink>,
    pub(crate) source: Source,
    pub(crate) contacts: Vec<ContactId>,
    pub(crate) custom: BTreeMap<String, Value>,
    pub(crate) parts: Vec<Part>,
    pub(crate) linked: Vec<u64>,
    pub(crate) merged_into: Option<u64>,
    pub(crate) first_contact_reply: Option<i64>,
    pub(crate) first_close_at: Option<i64>,
    pub(crate) last_close_at: Option<i64>,
    pub(crate) last_closed_by: Option<u64>,
    pub(crate) assignments: u64,
    pub(crate) reopens: u64,
    /// Server time in ms from which searches show it.
    pub(crate) searchable_ms: i64,
    /// What makes it a ticket.
    pub(crate) ticket: Option<Box<TicketFields>>,
}

impl Thread {
    pub(crate) fn is_ticket(&self) -> bool {
        self.ticket.is_some()
    }

    pub(crate) fn open(&self) -> bool {
        self.state != ThreadState::Closed
    }

    /// Teammates who wrote in it or hold it.
    pub(crate) fn teammates(&self) -> Vec<u64> {
        let mut ids: Vec<u64> = Vec::new();
        for part in &self.parts {
            if let Author::Admin(id) = part.author
                && !ids.contains(&id)
            {
                ids.push(id);
            }
        }
        if self.admin_assignee != 0 && !ids.contains(&self.admin_assignee) {
            ids.push(self.admin_assignee);
        }
        ids
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct DeletedThread {
    pub(crate) id: u64,
    pub(crate) ticket: bool,
    pub(crate) metrics_retained: bool,
    pub(crate) deleted_at: i64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Threads {
    pub(crate) by_id: BTreeMap<u64, Thread>,
    pub(crate) deleted: Vec<DeletedThread>,
    /// Conversations that are no tickets.
    pub(crate) conversations: u64,
}

impl Threads {
    pub(crate) fn insert(&mut self, thread: Thread) {
        self.conversations += u64::from(!thread.is_ticket());
        self.by_id.insert(thread.id, thread);
    }

    pub(crate) fn remove(&mut self, id: u64) -> Option<Thread> {
        let thread = self.by_id.remove(&id)?;
        self.conversations -= u64::from(!thread.is_ticket());
        Some(thread)
    }
}
