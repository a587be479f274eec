//! What the mapping functions are given: a record with all that belongs to it.

use std::collections::BTreeMap;

use crate::model::record::{
    Article, Attachment, Collection, Contact, Conversation, Mention, Message, Teammate,
};
use crate::model::{SourceKey, Timestamp};

/// A thread with all that belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct ConversationInput<'a> {
    /// The thread's key.
    pub key: &'a SourceKey,
    /// The thread.
    pub conversation: &'a Conversation,
    /// Its messages, in the order of the export.
    pub messages: &'a [(SourceKey, Message)],
    /// Its files and those of its messages, in the order of the export.
    pub attachments: &'a [(SourceKey, Attachment)],
    /// Mentions that belong to it.
    pub mentions: &'a [(SourceKey, Mention)],
    /// The record that the customer became part of; `None` if the export has no record of them.
    pub contact: Option<&'a SourceKey>,
    /// By message: the record of the customer who wrote it.
    pub writers: &'a BTreeMap<SourceKey, SourceKey>,
    /// Seconds by which the start is moved, because the contact has a conversation that starts in
    /// the same second: an unknown outcome is looked up by contact and second (FACTS §9).
    pub start_nudge_s: u32,
    /// The point in time that counts as now: no part is later, snoozes end after it.
    pub now: Timestamp,
}

/// A customer with what belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct ContactInput<'a> {
    /// The customer's key.
    pub key: &'a SourceKey,
    /// The customer.
    pub contact: &'a Contact,
    /// The first customer in the export with the same e-mail address, if it is another one.
    pub duplicate_of: Option<&'a SourceKey>,
    /// Later customers with the same e-mail address.
    pub duplicates: &'a [(SourceKey, Contact)],
    /// Files that hang on the customer.
    pub attachments: &'a [(SourceKey, Attachment)],
    /// The technician with the same e-mail address.
    pub technician: Option<&'a Teammate>,
    /// The customer asked for something.
    pub has_thread: bool,
}

/// A member of the help desk's team.
#[derive(Clone, Copy, Debug)]
pub struct TeammateInput<'a> {
    /// The teammate's key.
    pub key: &'a SourceKey,
    /// The teammate.
    pub teammate: &'a Teammate,
    /// The customer with the same e-mail address.
    pub contact: Option<&'a SourceKey>,
}

/// A mention that belongs to no conversation.
#[derive(Clone, Copy, Debug)]
pub struct MentionInput<'a> {
    /// The mention's key.
    pub key: &'a SourceKey,
    /// The mention.
    pub mention: &'a Mention,
    /// The record that its customer became part of, if known.
    pub contact: Option<&'a SourceKey>,
    /// The point in time that counts as now.
    pub now: Timestamp,
}

/// An article with what belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct ArticleInput<'a> {
    /// The article's key.
    pub key: &'a SourceKey,
    /// The article.
    pub article: &'a Article,
    /// Files that hang on it.
    pub attachments: &'a [(SourceKey, Attachment)],
}

/// A container of articles with those above it.
#[derive(Clone, Copy, Debug)]
pub struct CollectionInput<'a> {
    /// The container's key.
    pub key: &'a SourceKey,
    /// The container.
    pub collection: &'a Collection,
    /// Keys and names of the containers above, the nearest first.
    pub above: &'a [(SourceKey, String)],
}
