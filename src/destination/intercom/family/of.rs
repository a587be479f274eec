//! Which family an operation or a kind of object belongs to.

use serde_json::{Map, Value};

use super::super::kind::ObjectKind;
use super::super::operation::Operation;
use super::article::internal::InternalArticles;
use super::article::redirect::Redirects;
use super::article::rules::Articles;
use super::attribute::people::DataAttributes;
use super::attribute::threads::ConversationAttributes;
use super::collection::rules::Collections;
use super::company::rules::Companies;
use super::contact::rules::Contacts;
use super::contract::Family;
use super::conversation::rules::Conversations;
use super::custom_object::rules::Instances;
use super::tag::rules::Tags;
use super::ticket::kinds::TicketTypes;
use super::ticket::rules::Tickets;

/// The family of an operation.
pub fn of(operation: Operation) -> &'static dyn Family {
    of_kind(ObjectKind::of(operation))
}

/// The family of a kind of object.
pub fn of_kind(kind: ObjectKind) -> &'static dyn Family {
    match kind {
        ObjectKind::Contact => &Contacts,
        ObjectKind::Company => &Companies,
        ObjectKind::Tag => &Tags,
        ObjectKind::DataAttribute => &DataAttributes,
        ObjectKind::ConversationAttribute => &ConversationAttributes,
        ObjectKind::Conversation => &Conversations,
        ObjectKind::Collection => &Collections,
        ObjectKind::Article => &Articles,
        ObjectKind::InternalArticle => &InternalArticles,
        ObjectKind::Redirect => &Redirects,
        ObjectKind::TicketType => &TicketTypes,
        ObjectKind::Ticket => &Tickets,
        ObjectKind::Object => &Instances,
    }
}

/// The workspace's own attributes in a body, by name.
pub fn attributes(operation: Operation, body: &Value) -> Option<&Map<String, Value>> {
    let (sent_as, _) = of(operation).fields().attributes?;
    body.get(sent_as)?.as_object()
}

/// Those that an operation sets on a contact, a company or a conversation.
pub fn set_attributes(operation: Operation, body: &Value) -> Option<&Map<String, Value>> {
    attributes(operation, body).filter(|_| of(operation).sets_attributes(operation))
}
