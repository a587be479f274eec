//! Switches for everything the description leaves open. README.md lists each with its fact.

use serde::{Deserialize, Serialize};

/// What becomes of a value the workspace doesn't like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Strictness {
    Refuse,
    Ignore,
    Accept,
}

/// When an equal e-mail address makes a contact a duplicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EmailConflict {
    Always,
    WithoutExternalId,
    Never,
}

/// What becomes of the content of a deleted collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CollectionDelete {
    Cascade,
    Orphan,
    Refuse,
}

/// What a write to a ticket whose conversation is closed does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClosedTicketWrite {
    /// Opens it again unless the write says `open: false`.
    Reopens,
    /// Opens it again whatever the write says.
    ReopensAlways,
    Stays,
    Refuse,
}

/// How the references of an object to instances of custom objects read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RelationshipShape {
    /// `{"type": "Order.list", "instances": […]}`.
    Instances,
    /// The ids, as sent.
    Ids,
}

/// How list values of ticket attributes read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ListShape {
    Id,
    Label,
    Object,
}

/// What becomes of markup in the body of a new conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FirstBody {
    Escape,
    Strip,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Features {
    pub(crate) default_version: String,
    pub(crate) restricted_families: Vec<String>,
    pub(crate) missing_scopes: Vec<String>,
    pub(crate) accept_header_required: bool,
    pub(crate) unknown_attribute: Strictness,
    pub(crate) option_outside_list: Strictness,
    pub(crate) long_string_value: Strictness,
    pub(crate) string_value_max_chars: usize,
    pub(crate) custom_attributes_max: usize,
    pub(crate) email_conflict: EmailConflict,
    pub(crate) lead_duplicates: bool,
    pub(crate) email_lowercased: bool,
    pub(crate) odd_email: Strictness,
    pub(crate) phone_normalised: bool,
    pub(crate) user_to_lead: bool,
    pub(crate) identity_lock_days: i64,
    pub(crate) contact_delete_removes_conversations: bool,
    pub(crate) archived_contact_readable: bool,
    pub(crate) company_delete_delay_ms: i64,
    pub(crate) company_query_is_object: bool,
    pub(crate) archived_company_readable: bool,
    pub(crate) contact_companies_max: usize,
    pub(crate) first_body: FirstBody,
    pub(crate) created_at_future: Strictness,
    pub(crate) reply_before_conversation: Strictness,
    pub(crate) admin_comment_reopens: bool,
    pub(crate) note_keeps_snooze: bool,
    pub(crate) past_snooze: Strictness,
    pub(crate) read_parts_max: usize,
    pub(crate) attachment_max_bytes: usize,
    pub(crate) attachment_refusal_status: u16,
    pub(crate) attachment_urls_images_only: bool,
    pub(crate) duplicate_names_block_update: bool,
    pub(crate) conversation_search_custom_attributes: bool,
    pub(crate) conversation_search_day_granular: bool,
    pub(crate) tickets_in_conversation_search: bool,
    pub(crate) ticket_same_state_refused: bool,
    pub(crate) closed_ticket_write: ClosedTicketWrite,
    pub(crate) same_assignee_refused: bool,
    pub(crate) closing_closed_refused: bool,
    pub(crate) relationship_shape: RelationshipShape,
    pub(crate) object_values_as_text: bool,
    pub(crate) operator_in_admins: bool,
    pub(crate) standard_attributes: bool,
    pub(crate) deleted_in_search_ms: i64,
    pub(crate) ticket_unknown_attribute: Strictness,
    pub(crate) ticket_list_shape: ListShape,
    pub(crate) collection_delete: CollectionDelete,
    pub(crate) failing_image_hosts: Vec<String>,
    pub(crate) locale_must_be_enabled: bool,
    pub(crate) teammate_notices: bool,
    pub(crate) request_body_max_bytes: usize,
}

impl Default for Features {
    fn default() -> Self {
        Self {
            default_version: "2.16".to_owned(),
            restricted_families: Vec::new(),
            missing_scopes: Vec::new(),
            accept_header_required: false,
            unknown_attribute: Strictness::Refuse,
            option_outside_list: Strictness::Refuse,
            long_string_value: Strictness::Refuse,
            string_value_max_chars: 255,
            custom_attributes_max: 250,
            email_conflict: EmailConflict::Always,
            lead_duplicates: true,
            email_lowercased: true,
            odd_email: Strictness::Refuse,
            phone_normalised: false,
            user_to_lead: false,
            identity_lock_days: 7,
            contact_delete_removes_conversations: true,
            archived_contact_readable: true,
            company_delete_delay_ms: 0,
            company_query_is_object: true,
            archived_company_readable: false,
            contact_companies_max: 1000,
            first_body: FirstBody::Escape,
            created_at_future: Strictness::Refuse,
            reply_before_conversation: Strictness::Refuse,
            admin_comment_reopens: false,
            note_keeps_snooze: true,
            past_snooze: Strictness::Refuse,
            read_parts_max: 500,
            attachment_max_bytes: 20 * 1024 * 1024,
            attachment_refusal_status: 413,
            attachment_urls_images_only: true,
            duplicate_names_block_update: true,
            conversation_search_custom_attributes: false,
            conversation_search_day_granular: false,
            tickets_in_conversation_search: false,
            ticket_same_state_refused: true,
            closed_ticket_write: ClosedTicketWrite::Reopens,
            same_assignee_refused: true,
            closing_closed_refused: true,
            relationship_shape: RelationshipShape::Instances,
            object_values_as_text: true,
            operator_in_admins: true,
            standard_attributes: true,
            deleted_in_search_ms: 0,
            ticket_unknown_attribute: Strictness::Refuse,
            ticket_list_shape: ListShape::Id,
            collection_delete: CollectionDelete::Cascade,
            failing_image_hosts: Vec::new(),
            locale_must_be_enabled: true,
            teammate_notices: false,
            request_body_max_bytes: 512 * 1024 * 1024,
        }
    }
}

impl Features {
    /// An e-mail address as the workspace keeps it.
    pub(crate) fn stored_email(&self, email: &str) -> String {
        let trimmed = email.trim();
        if self.email_lowercased { trimmed.to_lowercase() } else { trimmed.to_owned() }
    }
}
