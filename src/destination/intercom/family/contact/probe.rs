//! Requests and reads with which the canary tries contacts; some of them no draft would send.

use serde_json::{Value, json};

use crate::model::DestinationId;

use super::super::super::super::contract::Read;
use super::super::super::operation::Operation::{self, *};
use super::super::super::request::Request;

fn to(operation: Operation, contact: &DestinationId) -> Request {
    Request::new(operation).with("contact_id", contact)
}

/// Makes a user with a key, a name and an address.
pub fn user(key: &str, name: &str, email: &str) -> Request {
    Request::new(ContactCreate).body(json!({
        "role": "user", "external_id": key, "name": name, "email": email,
    }))
}

/// Makes a user with a key and an address.
pub fn keyed(key: &str, email: &str) -> Request {
    let body = json!({ "role": "user", "external_id": key, "email": email });
    Request::new(ContactCreate).body(body)
}

/// Makes a user with an address alone.
pub fn addressed(email: &str) -> Request {
    Request::new(ContactCreate).body(json!({ "role": "user", "email": email }))
}

/// Makes a lead.
pub fn lead(email: &str) -> Request {
    Request::new(ContactCreate).body(json!({ "role": "lead", "email": email }))
}

fn update(contact: &DestinationId, body: Value) -> Request {
    to(ContactUpdate, contact).body(body)
}

/// Makes a contact a user or a lead.
pub fn set_role(contact: &DestinationId, role: &str) -> Request {
    update(contact, json!({ "role": role }))
}

/// Gives a contact a telephone number.
pub fn set_phone(contact: &DestinationId, phone: &str) -> Request {
    update(contact, json!({ "phone": phone }))
}

/// Clears name and telephone number.
pub fn clear(contact: &DestinationId) -> Request {
    update(contact, json!({ "phone": null, "name": null }))
}

/// Gives an attribute a value; null clears it.
pub fn set_attribute(contact: &DestinationId, name: &str, value: Value) -> Request {
    update(contact, json!({ "custom_attributes": { name: value } }))
}

/// Archives it.
pub fn archive(contact: &DestinationId) -> Request {
    to(ContactArchive, contact)
}

/// Brings it back.
pub fn unarchive(contact: &DestinationId) -> Request {
    to(ContactUnarchive, contact)
}

/// Deletes it for good.
pub fn delete(contact: &DestinationId) -> Request {
    to(ContactDelete, contact)
}

/// Puts a tag on it.
pub fn tag(contact: &DestinationId, tag: &DestinationId) -> Request {
    to(ContactTag, contact).body(json!({ "id": tag }))
}

/// Takes a tag off it.
pub fn untag(contact: &DestinationId, tag: &DestinationId) -> Request {
    to(ContactUntag, contact).with("tag_id", tag)
}

/// Attaches it to a company.
pub fn attach(contact: &DestinationId, company: &DestinationId) -> Request {
    to(ContactCompanyAttach, contact).body(json!({ "id": company }))
}

/// Detaches it from a company.
pub fn detach(contact: &DestinationId, company: &DestinationId) -> Request {
    to(ContactCompanyDetach, contact).with("company_id", company)
}

/// Reads it.
pub fn read(contact: &DestinationId) -> Read {
    Read::get("/contacts/{contact_id}").with("contact_id", contact)
}
