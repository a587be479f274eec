//! What the operations on contacts do, and how they are compared and taken back (FACTS §5.2).

use serde_json::{Map, Value, json};

use crate::model::DestinationId;

use super::super::super::super::contract::Read;
use super::super::super::change::{Restore, UndoBy};
use super::super::super::field::{Fields, Rule};
use super::super::super::kind::ReadBack;
use super::super::super::normalise::same_id;
use super::super::super::operation::Operation::{self, *};
use super::super::super::request::Request;
use super::super::super::verdict::{Comparisons, ResolvedStep, StepIds, member as compare_member};
use super::super::address::{both, in_path, member, parent_name, restoring, to_object};
use super::super::compared::{fields as compare_fields, is_in};
use super::super::contract::{Adoption, Family, Leaves, Users};
use super::super::member::{ListedWhen, MemberList, Members};
use super::super::memo;
use super::super::old_values::OldValues;
use super::super::search::having;
use super::answer::{ContactAnswer, MergeAnswer};

/// Contacts.
#[derive(Debug)]
pub struct Contacts;

/// The customer's key of a contact.
pub const KEY: &str = "external_id";

/// User or lead.
const ROLE: &str = "role";

/// The e-mail address.
const EMAIL: &str = "email";

static FIELDS: Fields = Fields {
    rows: &[
        (ROLE, "/role", Rule::Text),
        (KEY, "/external_id", Rule::Text),
        (EMAIL, "/email", Rule::Email),
        ("phone", "/phone", Rule::Phone),
        ("name", "/name", Rule::Text),
        ("avatar", "/avatar/image_url", Rule::Present),
        ("signed_up_at", "/signed_up_at", Rule::Time),
        ("owner_id", "/owner_id", Rule::Id),
        ("unsubscribed_from_emails", "/unsubscribed_from_emails", Rule::Value),
    ],
    attributes: Some(("custom_attributes", "custom_attributes")),
    fixed: &[ROLE, KEY],
};

/// What a look-up for a contact without a key goes by.
pub const TOLD_BY: [&str; 5] = [ROLE, KEY, EMAIL, "phone", "name"];

/// Fields by which a contact without a key is looked for, the surest first.
pub const FOUND_BY: [&str; 4] = [KEY, EMAIL, "phone", "name"];

/// Whether a create is of a lead, which has no key that holds.
pub fn is_lead(request: &Request) -> bool {
    request.text(ROLE).as_deref() == Some("lead")
}

/// The key by which the contact of a create is found, if it is one that holds.
pub fn key_of(request: &Request) -> Option<String> {
    request.text(KEY).filter(|_| !is_lead(request))
}

/// Whether a create names such a key.
pub fn has_key(request: &Request) -> bool {
    request.field(KEY).is_some() && !is_lead(request)
}

/// Whether a contact that was found is what a create without a key asked for.
pub fn looks_like(request: &Request, contact: &Value) -> bool {
    let told = [ROLE, EMAIL, "phone", "name"];
    let rows = FIELDS.rows.iter().filter(|row| told.contains(&row.0));
    let mut same =
        rows.map(|row| request.field(row.0).is_none_or(|sent| row.2.same(sent, &contact[row.0])));
    same.all(|same| same)
}

/// The address of a user to be made, and a search for contacts that have it.
pub fn of_address(create: &Request) -> Option<(String, Read)> {
    let email = create.text(EMAIL).filter(|_| !is_lead(create))?;
    let search = having("/contacts/search", EMAIL, &email);
    Some((email, search))
}

/// A user that is not archived and has an address.
pub fn addressed_user(contact: &Value) -> Option<(DestinationId, &str)> {
    let contact = ContactAnswer::of(contact);
    let is_user = contact.role == Some("user") && !contact.archived;
    contact.id.zip(contact.email).filter(|_| is_user)
}

impl Family for Contacts {
    fn place(&self) -> (&'static str, &'static str) {
        ("/contacts/{contact_id}", "contact_id")
    }

    fn fields(&self) -> &'static Fields {
        &FIELDS
    }

    fn asked(&self) -> Option<(&'static str, &'static str)> {
        Some(("include_merge_history", "true"))
    }

    fn merged_in(&self, object: &Value) -> Vec<DestinationId> {
        let merged = ContactAnswer::of(object).merge_history;
        let ids = merged.iter().filter_map(|one| MergeAnswer::of(one).source_contact_id);
        ids.map(DestinationId::from).collect()
    }

    /// The object itself names the first ten (FACTS §3), notes without their text.
    fn member_lists(&self) -> &'static [MemberList] {
        const LISTS: [MemberList; 3] = [
            MemberList {
                members: Members::Tags,
                field: "tags",
                when: ListedWhen::More("/contacts/{id}/tags"),
            },
            MemberList {
                members: Members::Companies,
                field: "companies",
                when: ListedWhen::More("/contacts/{id}/companies"),
            },
            MemberList {
                members: Members::Notes,
                field: "notes",
                when: ListedWhen::Any("/contacts/{id}/notes"),
            },
        ];
        &LISTS
    }

    fn people_fill(&self) -> &'static [&'static str] {
        &[EMAIL, "phone", "name", "owner_id"]
    }

    fn writes_fields(&self, operation: Operation) -> bool {
        matches!(operation, ContactCreate | ContactUpdate)
    }

    fn compare(&self, step: &ResolvedStep, back: &ReadBack, ids: &StepIds, out: &mut Comparisons) {
        let request = &step.request;
        let chosen = || chosen(&back.object).concat();
        let named = || request.text("id");
        match request.operation {
            ContactTag => compare_member(named(), &back.tags, ("tag", true), out),
            ContactUntag => {
                compare_member(in_path(request, "tag_id"), &back.tags, ("tag", false), out);
            }
            ContactCompanyAttach => {
                compare_member(named(), &back.companies, ("company", true), out);
            }
            ContactCompanyDetach => {
                let company = in_path(request, "company_id");
                compare_member(company, &back.companies, ("company", false), out);
            }
            ContactSubscribe => compare_member(named(), &chosen(), ("subscription", true), out),
            ContactUnsubscribe => {
                let kind = in_path(request, "subscription_id");
                compare_member(kind, &chosen(), ("subscription", false), out);
            }
            ContactNote => memo::compare(step, back, ids, out),
            operation if self.writes_fields(operation) => {
                compare_fields(&FIELDS, request, back, out);
            }
            _ => {}
        }
    }

    fn has_landed(&self, operation: Operation, object: &Value) -> Option<bool> {
        (operation == ContactUnarchive).then(|| !ContactAnswer::of(object).archived)
    }

    fn puts(&self, request: &Request, list: Members, member: &Value) -> bool {
        let is_its = match request.operation {
            ContactTag => list == Members::Tags,
            ContactCompanyAttach => list == Members::Companies,
            _ => false,
        };
        is_its && is_in(std::slice::from_ref(member), request.text("id"))
    }

    fn linked(&self, request: &Request, back: &ReadBack) -> Option<bool> {
        match request.operation {
            ContactTag => Some(is_in(&back.tags, request.text("id"))),
            ContactUntag => Some(is_in(&back.tags, in_path(request, "tag_id"))),
            ContactCompanyAttach => Some(is_in(&back.companies, request.text("id"))),
            ContactCompanyDetach => Some(is_in(&back.companies, in_path(request, "company_id"))),
            _ => None,
        }
    }

    fn inverse(
        &self,
        request: &Request,
        to: Operation,
        object: &DestinationId,
        by: &UndoBy,
    ) -> Option<Request> {
        let parent = parent_name(request.operation);
        let off = |name| both(to, request, parent?, (name, request.text("id")?));
        match request.operation {
            ContactCreate if by.delete_contacts => to_object(ContactDelete, object),
            ContactCreate | ContactUnarchive | ContactArchive => to_object(to, object),
            ContactTag => off("tag_id"),
            ContactCompanyAttach => off("company_id"),
            ContactSubscribe => off("subscription_id"),
            ContactUntag => member(to, request, parent?, in_path(request, "tag_id")?),
            ContactCompanyDetach => member(to, request, parent?, in_path(request, "company_id")?),
            _ => None,
        }
    }

    fn restore(&self, before: &ReadBack, request: &Request, _by: &UndoBy) -> Restore {
        match request.operation {
            ContactCreate | ContactUpdate => {
                OldValues::of(&FIELDS, before, request).by(ContactUpdate, before)
            }
            ContactUnsubscribe => subscription(before, request),
            _ => Restore::default(),
        }
    }

    fn archives(&self, operation: Operation) -> bool {
        operation == ContactArchive
    }

    fn brings_back(&self, operation: Operation) -> bool {
        operation == ContactUnarchive
    }

    fn goes_whole(&self, operation: Operation) -> bool {
        operation == ContactCreate
    }

    fn leaves(&self, operation: Operation) -> Option<Leaves> {
        match operation {
            ContactArchive => {
                Some(("contact_archived", "the contact is archived, not deleted (decision)"))
            }
            ContactDelete => {
                Some(("identity_locked", "the identity stays locked for about seven days"))
            }
            _ => None,
        }
    }

    fn is_people(&self) -> bool {
        true
    }

    fn users(&self, id: &DestinationId, _made: &Request) -> Vec<Users> {
        vec![Users::Found(
            "conversation",
            having("/conversations/search", "contact_ids", id.as_str()),
        )]
    }

    fn changes_what_stands(&self, operation: Operation) -> bool {
        !matches!(
            operation,
            ContactCreate | ContactArchive | ContactUnarchive | ContactDelete | ContactNote
        )
    }

    fn sets_link(&self, operation: Operation) -> bool {
        self.links(operation)
    }

    fn links(&self, operation: Operation) -> bool {
        matches!(operation, ContactTag | ContactCompanyAttach)
    }

    fn is_removable(&self, operation: Operation) -> bool {
        self.links(operation)
    }

    fn is_memo(&self, operation: Operation) -> bool {
        operation == ContactNote
    }

    fn update_of(&self, operation: Operation) -> Option<Operation> {
        self.writes_fields(operation).then_some(ContactUpdate)
    }

    fn sends_fields(&self, operation: Operation) -> bool {
        operation == ContactUpdate
    }

    fn sets_attributes(&self, operation: Operation) -> bool {
        self.writes_fields(operation)
    }

    fn adoption(&self, operation: Operation) -> Adoption {
        if operation == ContactCreate { Adoption::AfterRefusal } else { Adoption::Never }
    }

    fn unarchive(&self, id: &DestinationId) -> Option<Request> {
        to_object(ContactUnarchive, id)
    }

    fn update_existing(&self, id: &DestinationId, body: Map<String, Value>) -> Option<Request> {
        Some(to_object(ContactUpdate, id)?.body(Value::Object(body)))
    }

    /// A key that the customer's product owns is not ours to replace.
    fn kept_of_theirs(&self, object: &Value) -> &'static [&'static str] {
        let theirs = ContactAnswer::of(object).external_id.is_some_and(|key| !key.is_empty());
        if theirs { &[KEY, ROLE] } else { &[ROLE] }
    }

    fn keeps_when_adopted(&self, field: &str) -> bool {
        FIELDS.fixed.contains(&field)
    }
}

/// What a contact chose, for and against.
fn chosen(contact: &Value) -> [&[Value]; 2] {
    let answer = ContactAnswer::of(contact);
    [answer.opted_in_subscription_types, answer.opted_out_subscription_types]
}

/// The choice as it was: for or against.
fn subscription(before: &ReadBack, request: &Request) -> Restore {
    let Some(id) = request.path_value("subscription_id") else { return Restore::default() };
    let chose = |list: &[Value]| list.iter().any(|one| same_id(&one["id"], &json!(id)));
    let consent = match chosen(&before.object).map(chose) {
        [true, _] => "opt_in",
        [_, true] => "opt_out",
        _ => return Restore::default(),
    };
    restoring(ContactSubscribe, before, json!({ "id": id, "consent_type": consent }))
}
