//! Ticket types with their attributes, to be there before any ticket (decisions C-2, T1, T2).

use std::collections::BTreeMap;

use crate::destination::intercom::payload::ticket::{
    self as payload, TicketAttributeBody, TicketCategory, TicketTypeBody,
};
use crate::model::record::ConversationState;
use crate::model::{SourceKey, StepKey};

use super::attribute;
use super::context::{Context, PRIORITY};
use super::draft::{Becomes, Draft};
use super::policy::{Threads, TicketTypes};
use super::rule::{Attribute, AttributeType, FieldRule, Holder};

/// The field that holds a ticket's key at the source.
const TICKET_ID: &str = "ticket.ticket_id";

/// What a ticket type is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketKind {
    /// Tickets of the help desk.
    Request,
    /// Messages left while nobody was there.
    Offline,
    /// The ticket that a conversation is converted to or linked with.
    Wrapper,
}

impl TicketKind {
    /// The word in `mapping.toml` and in keys.
    pub fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Offline => "offline",
            Self::Wrapper => "ticket",
        }
    }

    /// Key of the type's draft.
    pub fn key(self) -> SourceKey {
        SourceKey::own("ticket_type", self.word())
    }

    fn name(self, context: &Context) -> Option<String> {
        let named = context.mapping.ticket_types.get(self.word()).cloned();
        let own = match self {
            Self::Request => "ClickDesk request".to_owned(),
            Self::Offline => "Offline message".to_owned(),
            Self::Wrapper => format!("{} ticket", context.mapping.source.to_uppercase()),
        };
        match context.policy.of_source.ticket_types {
            TicketTypes::Create => Some(named.unwrap_or(own)),
            TicketTypes::Existing => named,
        }
    }
}

/// Drafts of the ticket types that threads become.
pub fn schema_drafts(context: &Context) -> Vec<Draft> {
    let kinds: &[TicketKind] = match context.policy.of_source.threads {
        Threads::Conversations => &[],
        Threads::Tickets | Threads::ByRule => &[TicketKind::Request, TicketKind::Offline],
        Threads::Convert | Threads::Linked => &[TicketKind::Wrapper],
    };
    kinds.iter().filter_map(|kind| draft(*kind, context)).collect()
}

/// Whether the map names a type for a kind of ticket.
pub(super) fn is_known(kind: TicketKind, context: &Context) -> bool {
    kind.name(context).is_some()
}

fn draft(kind: TicketKind, context: &Context) -> Option<Draft> {
    let name = kind.name(context)?;
    let create = match context.policy.of_source.ticket_types {
        TicketTypes::Create => {
            payload::create_type(StepKey::from("create"), &body(kind, name, context))
        }
        TicketTypes::Existing => payload::name_type(StepKey::from("create"), &name),
    };
    let key = kind.key();
    let mut steps = vec![create];
    for attribute in attributes(kind, context).values() {
        let step = StepKey(format!("attribute:{}", attribute.name));
        steps.push(payload::create_attribute(step, &key, &of_attribute(attribute)));
    }
    Some(Draft::new(key, Becomes::TicketType, steps))
}

fn body(kind: TicketKind, name: String, context: &Context) -> TicketTypeBody {
    // A ticket that is linked to a conversation is one between teams (FACTS §5.5).
    let linked = context.policy.of_source.threads == Threads::Linked;
    let category = if linked && kind == TicketKind::Wrapper {
        TicketCategory::BackOffice
    } else {
        TicketCategory::Customer
    };
    let description = Some(format!("Moved from {}", context.mapping.source));
    TicketTypeBody { name, description, category, icon: None }
}

/// Attributes of a ticket, by name: those that the map gives conversations; of a wrapper only the
/// ticket's key and, by decision T2, the priority.
pub(super) fn attributes(kind: TicketKind, context: &Context) -> BTreeMap<String, Attribute> {
    let all = attribute::all(context).into_values();
    let all = all.filter(|attribute| attribute.holder == Holder::Conversation);
    if kind != TicketKind::Wrapper {
        return all.map(|attribute| (attribute.name.clone(), attribute)).collect();
    }
    let of_rule = |name: &str| match context.mapping.fields.get(name) {
        Some(FieldRule::Attribute(attribute)) => Some(attribute.clone()),
        _ => None,
    };
    let priority = of_rule(PRIORITY).filter(|_| context.policy.of_source.ticket_priority);
    let found = [of_rule(TICKET_ID), priority].into_iter().flatten();
    found.map(|attribute| (attribute.name.clone(), attribute)).collect()
}

fn of_attribute(attribute: &Attribute) -> TicketAttributeBody {
    let data_type = match attribute.data_type {
        AttributeType::Integer => "integer",
        AttributeType::Decimal => "decimal",
        AttributeType::Boolean => "boolean",
        AttributeType::Date | AttributeType::Datetime => "datetime",
        // A list's values are written by the ids of its options, which nobody knows yet.
        AttributeType::String | AttributeType::List => "string",
    };
    TicketAttributeBody {
        name: attribute.name.clone(),
        description: attribute.description.clone().unwrap_or_else(|| attribute.name.clone()),
        data_type,
        multiline: None,
        list_items: None,
        visible_to_contacts: Some(false),
    }
}

/// Category of the state that a ticket ends in; none keeps the first one.
pub(super) fn state_category(state: ConversationState, touched: bool) -> Option<&'static str> {
    match state {
        ConversationState::Open => touched.then_some("in_progress"),
        ConversationState::Snoozed => Some("waiting_on_customer"),
        ConversationState::Closed => Some("resolved"),
    }
}
