//! Contacts as they are read.

use serde_json::Value;

use crate::model::DestinationId;

use super::super::answered::answers;

answers! {
    /// A contact.
    ContactAnswer {
        /// Its id.
        id: Option<DestinationId>,
        /// The customer's key.
        external_id: Option<&'a str>,
        /// User or lead.
        role: Option<&'a str>,
        /// The e-mail address.
        email: Option<&'a str>,
        /// The telephone number.
        phone: Option<&'a str>,
        /// The full name.
        name: &'a Value,
        /// It is archived.
        archived: bool,
        /// The workspace's own attributes, by name.
        custom_attributes: &'a Value,
        /// Contacts that were merged into it, where they were asked for.
        merge_history: &'a [Value],
        /// Kinds of message that it wants; the first ten (FACTS §3).
        opted_in_subscription_types: &'a [Value],
        /// Kinds of message that it does not want; the first ten (FACTS §3).
        opted_out_subscription_types: &'a [Value],
    }

    /// A contact that was merged into another.
    MergeAnswer {
        /// Its id, when it was one of its own.
        source_contact_id: Option<&'a str>,
    }
}
