//! Requests and reads with which the canary tries tickets and their types.

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::super::super::super::contract::Read;
use super::super::super::operation::Operation::*;
use super::super::super::request::{Request, id_text};
use super::super::answered::answers;

/// The attribute that holds a ticket's title.
const TITLE: &str = "_default_title_";

answers! {
    /// A type of ticket.
    TypeAnswer {
        /// Its id.
        id: Option<DestinationId>,
        /// It is archived.
        archived: bool,
        /// Who works on it.
        category: Option<&'a str>,
        /// Its attributes.
        ticket_type_attributes: &'a [Value],
    }

    /// An attribute of a type.
    TypeAttributeAnswer {
        /// Its name.
        name: Option<&'a str>,
        /// Its type.
        data_type: Option<&'a str>,
        /// It is archived.
        archived: bool,
        /// No ticket is made without it.
        required_to_create: bool,
        /// What may be put in.
        input_options: &'a Value,
    }

    /// What may be put into an attribute.
    InputAnswer {
        /// The options of a list.
        list_options: &'a [Value],
    }

    /// An option of a list.
    ListOptionAnswer {
        /// Its id.
        id: Option<DestinationId>,
        /// Its name, by one of two fields: which, the description does not say.
        label: Option<&'a str>,
        /// Its name, by the other.
        name: Option<&'a str>,
        /// It is archived.
        archived: bool,
    }

    /// A ticket.
    ProbedAnswer {
        /// Values by the names of the attributes.
        ticket_attributes: &'a Value,
        /// Its state.
        ticket_state: &'a Value,
    }
}

/// A list of a ticket type: names, and an option.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The type.
    pub type_id: DestinationId,
    /// The attribute, by name.
    pub attribute: String,
    /// An option.
    pub option_id: DestinationId,
    /// The option, by name.
    pub option_label: String,
}

/// A list of a type for customers that is not archived and asks for nothing else.
pub fn choice(found: &Value) -> Option<Choice> {
    let kind = TypeAnswer::of(found);
    if kind.archived || kind.category != Some("Customer") {
        return None;
    }
    let all = || kind.ticket_type_attributes.iter().map(TypeAttributeAnswer::of);
    if all().any(|one| one.required_to_create && !one.archived) {
        return None;
    }
    let list = all().find(|one| one.data_type == Some("list") && !one.archived)?;
    let options = InputAnswer::of(list.input_options).list_options;
    let option = options.iter().map(ListOptionAnswer::of).find(|one| !one.archived)?;
    Some(Choice {
        type_id: kind.id?,
        attribute: list.name?.to_owned(),
        option_id: option.id?,
        option_label: option.label.or(option.name).map(str::to_owned).unwrap_or_else(String::new),
    })
}

/// All types.
pub fn types() -> Read {
    Read::get("/ticket_types")
}

/// One type.
pub fn read_type(id: &DestinationId) -> Read {
    Read::get("/ticket_types/{ticket_type_id}").with("ticket_type_id", id)
}

/// Makes a type for customers.
pub fn create_type(name: &str) -> Request {
    Request::new(TicketTypeCreate).body(json!({ "name": name, "category": "Customer" }))
}

/// Adds a list to a type.
pub fn add_list(id: &DestinationId, name: &str, items: &str) -> Request {
    Request::new(TicketAttributeCreate).with("ticket_type_id", id).body(json!({
        "name": name, "description": name, "data_type": "list",
        "list_items": items, "visible_to_contacts": false,
    }))
}

/// Brings a type back.
pub fn unarchive_type(id: &DestinationId) -> Request {
    let body = json!({ "archived": false });
    Request::new(TicketTypeUpdate).with("ticket_type_id", id).body(body)
}

/// Archives a type.
pub fn archive_type(id: &DestinationId) -> Request {
    let body = json!({ "archived": true });
    Request::new(TicketTypeArchive).with("ticket_type_id", id).body(body)
}

/// Makes a ticket with a title and an option of a list.
pub fn create(contact: &DestinationId, title: &str, choice: &Choice) -> Request {
    let values = json!({ TITLE: title, choice.attribute.as_str(): choice.option_id });
    Request::new(TicketCreate).body(json!({
        "ticket_type_id": choice.type_id, "contacts": [{ "id": contact }],
        "ticket_attributes": values, "skip_notifications": true,
    }))
}

fn update(ticket: &DestinationId, body: Value) -> Request {
    Request::new(TicketUpdate).with("ticket_id", ticket).body(body)
}

/// Puts a ticket into the state that it is in.
pub fn same_state(ticket: &DestinationId, read: &Value) -> Option<Request> {
    let state = id_text(&ProbedAnswer::of(read).ticket_state["id"])?;
    Some(update(ticket, json!({ "ticket_state_id": state, "skip_notifications": true })))
}

/// Gives an attribute a value.
pub fn set_attribute(ticket: &DestinationId, name: &str, value: &str) -> Request {
    let values = json!({ name: value });
    update(ticket, json!({ "ticket_attributes": values, "skip_notifications": true }))
}

/// The value of an attribute, as it is read.
pub fn value<'a>(read: &'a Value, name: &str) -> &'a Value {
    &ProbedAnswer::of(read).ticket_attributes[name]
}

/// Deletes a ticket.
pub fn delete(ticket: &DestinationId) -> Request {
    Request::new(TicketDelete).with("ticket_id", ticket)
}

/// Reads a ticket.
pub fn read(ticket: &DestinationId) -> Read {
    Read::get("/tickets/{ticket_id}").with("ticket_id", ticket)
}
