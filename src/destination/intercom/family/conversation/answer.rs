//! Conversations as they are read.

use serde_json::Value;

use super::super::answered::answers;

answers! {
    /// A conversation.
    ConversationAnswer {
        /// Open, closed or snoozed.
        state: &'a Value,
        /// When it wakes up.
        snoozed_until: &'a Value,
        /// Its teammate.
        admin_assignee_id: &'a Value,
        /// Its team.
        team_assignee_id: &'a Value,
        /// The message that it began with.
        source: &'a Value,
        /// When it began.
        created_at: &'a Value,
        /// The company that it is about.
        company: &'a Value,
        /// Its people.
        contacts: &'a [Value],
        /// The tickets that it is linked to.
        linked_objects: &'a [Value],
        /// The ticket that it became.
        ticket: &'a Value,
    }
}
