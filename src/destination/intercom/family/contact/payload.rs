//! Contacts (FACTS §5.2).

use serde::Serialize;
use serde_json::json;

use crate::model::StepKey;

use super::super::super::operation::Operation;
use super::super::super::reference::{Attributes, Ref, bare, step};
use super::super::super::step::Step;

/// A contact's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Has an identity: found by `external_id`, unique.
    User,
    /// Not unique: every create makes another one.
    Lead,
}

/// What can be written of a contact; unset fields are not sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ContactBody {
    /// User or lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Our deterministic key of a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Address of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// Sign-up time in seconds; the only date of the past that a contact takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_up_at: Option<i64>,
    /// Owning teammate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<Ref>,
    /// Whether the contact refused e-mails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribed_from_emails: Option<bool>,
    /// Attributes by name; each must exist before (FACTS §5.7).
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    pub custom_attributes: Attributes,
}

#[derive(Serialize)]
struct IdBody {
    id: Ref,
}

#[derive(Serialize)]
struct NoteBody<'a> {
    body: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_id: Option<Ref>,
}

/// Creates a contact.
pub fn create(key: StepKey, body: &ContactBody) -> Step {
    step(key, Operation::ContactCreate, [], body)
}

/// Changes the fields that are set.
pub fn update(key: StepKey, contact: impl Into<Ref>, body: &ContactBody) -> Step {
    step(key, Operation::ContactUpdate, [("contact_id", contact.into())], body)
}

/// Puts a tag on a contact.
pub fn tag(key: StepKey, contact: impl Into<Ref>, tag: impl Into<Ref>) -> Step {
    let body = IdBody { id: tag.into() };
    step(key, Operation::ContactTag, [("contact_id", contact.into())], &body)
}

/// Takes a tag off a contact.
pub fn untag(key: StepKey, contact: impl Into<Ref>, tag: impl Into<Ref>) -> Step {
    let path = [("contact_id", contact.into()), ("tag_id", tag.into())];
    bare(key, Operation::ContactUntag, path)
}

/// Attaches a contact to a company, given by Intercom's id; at most 1000 per contact.
pub fn attach_company(key: StepKey, contact: impl Into<Ref>, company: impl Into<Ref>) -> Step {
    let body = IdBody { id: company.into() };
    step(key, Operation::ContactCompanyAttach, [("contact_id", contact.into())], &body)
}

/// Detaches a contact from a company.
pub fn detach_company(key: StepKey, contact: impl Into<Ref>, company: impl Into<Ref>) -> Step {
    let path = [("contact_id", contact.into()), ("company_id", company.into())];
    bare(key, Operation::ContactCompanyDetach, path)
}

/// What a contact chose about a kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// It wants an opt-in kind.
    OptIn,
    /// It does not want an opt-out kind.
    OptOut,
}

/// Records what a contact chose about a kind of message.
pub fn subscribe(
    key: StepKey,
    contact: impl Into<Ref>,
    kind: impl Into<Ref>,
    consent: Consent,
) -> Step {
    let body = json!({ "id": kind.into(), "consent_type": consent });
    step(key, Operation::ContactSubscribe, [("contact_id", contact.into())], &body)
}

/// Forgets what a contact chose about a kind of message.
pub fn unsubscribe(key: StepKey, contact: impl Into<Ref>, kind: impl Into<Ref>) -> Step {
    let path = [("contact_id", contact.into()), ("subscription_id", kind.into())];
    bare(key, Operation::ContactUnsubscribe, path)
}

/// Adds a note; it is dated now and stays as long as the contact.
pub fn note(key: StepKey, contact: impl Into<Ref>, body: &str, admin: Option<Ref>) -> Step {
    let note = NoteBody { body, admin_id: admin };
    step(key, Operation::ContactNote, [("contact_id", contact.into())], &note)
}

/// Hides a contact; it can be brought back.
pub fn archive(key: StepKey, contact: impl Into<Ref>) -> Step {
    bare(key, Operation::ContactArchive, [("contact_id", contact.into())])
}

/// Brings an archived contact back.
pub fn unarchive(key: StepKey, contact: impl Into<Ref>) -> Step {
    bare(key, Operation::ContactUnarchive, [("contact_id", contact.into())])
}

/// Deletes a contact with its conversations for good; its identity stays locked for days.
pub fn delete(key: StepKey, contact: impl Into<Ref>) -> Step {
    bare(key, Operation::ContactDelete, [("contact_id", contact.into())])
}
