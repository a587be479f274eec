//! A thread of which only the least is known: what a screen shows of chats, of messages left
//! offline, of social networks and of calls.

use std::collections::BTreeMap;

use crate::model::record::{Conversation, ConversationState, PersonRef, ThreadKind};

/// A thread with its state, the word for it, and who asked.
pub(super) fn thread(
    kind: ThreadKind,
    (state, status): (Option<ConversationState>, String),
    customer: PersonRef,
) -> Conversation {
    Conversation {
        kind,
        subject: None,
        description: None,
        state,
        status,
        customer,
        opened_by: None,
        assignee: PersonRef::default(),
        team: None,
        channel: None,
        copies: Vec::new(),
        created_at: None,
        updated_at: None,
        closed_at: None,
        due_at: None,
        memo: None,
        tags: Vec::new(),
        standard: BTreeMap::new(),
        fields: BTreeMap::new(),
        reply_count: None,
        attachments: Vec::new(),
        social_ids: Vec::new(),
        archived: false,
    }
}
