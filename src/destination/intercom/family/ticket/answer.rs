//! Tickets and their types as they are read.

use serde_json::Value;

use super::super::answered::answers;

answers! {
    /// A ticket.
    TicketAnswer {
        /// Its state.
        ticket_state: &'a Value,
        /// Its type.
        ticket_type: &'a Value,
        /// It is open.
        open: &'a Value,
        /// When it wakes up.
        snoozed_until: &'a Value,
        /// Its teammate.
        admin_assignee_id: &'a Value,
        /// Its team.
        team_assignee_id: &'a Value,
        /// When it was made.
        created_at: &'a Value,
        /// Its people.
        contacts: &'a [Value],
        /// The conversations that it is linked to.
        linked_objects: &'a [Value],
    }

    /// A type of ticket.
    TicketTypeAnswer {
        /// Its attributes.
        ticket_type_attributes: &'a [Value],
    }

    /// An attribute of a type.
    TicketAttributeAnswer {
        /// Its id.
        id: &'a Value,
        /// Its name.
        name: &'a Value,
        /// Its type.
        data_type: &'a Value,
        /// It is archived.
        archived: &'a Value,
    }
}
