//! Technicians who are contacts too (decisions I1, I2): each who has an address, together with
//! the requester of the same address.

use serde_json::{Value, json};

use crate::destination::intercom::payload::Attributes;
use crate::destination::intercom::payload::contact::{self as payload, ContactBody, Role};
use crate::model::StepKey;
use crate::model::record::Teammate;

use super::account::Account;
use super::company::external_id;
use super::context::Context;
use super::document;
use super::draft::{Becomes, HandOff, Mapped, Outcome};
use super::extra;
use super::fold::tidy;
use super::input::TeammateInput;
use super::policy::Technicians;

/// A technician as a contact; `None` if the source's technicians are none.
pub(super) fn map_technician(
    input: &TeammateInput<'_>,
    unmatched: bool,
    context: &Context,
) -> Option<Mapped> {
    let Technicians::Contacts { block } = context.policy.of_source.technicians else {
        return None;
    };
    let record = input.teammate;
    let email = record.email.as_deref().map(str::trim).filter(|address| !address.is_empty());
    let Some(email) = email else {
        let release = "an e-mail address at the source";
        return Some(Mapped::only(input.key, Outcome::queued("no_email", release)));
    };
    if let Some(contact) = input.contact {
        return Some(Mapped::only(input.key, Outcome::merged(contact.clone(), "same_person")));
    }
    let body = ContactBody {
        role: Some(Role::User),
        external_id: Some(external_id(input.key, context)),
        email: Some(email.to_owned()),
        name: record.name.as_deref().map(tidy).filter(|name| !name.is_empty()),
        custom_attributes: attributes(record, context),
        ..ContactBody::default()
    };
    let step = payload::create(StepKey::from("create"), &body);
    let mut mapped = Account::default().written(input.key, Becomes::Contact, vec![step]);
    if let Outcome::Draft(draft) = &mut mapped.outcome {
        let mut list = |document: &str, text: &str| {
            let (document, subject) = (document.to_owned(), input.key.clone());
            draft.hand_off.push(HandOff { document, subject, text: text.to_owned() });
        };
        if unmatched {
            list(document::TEAMMATES, "has no account in Intercom: invite, or let G3 stand in");
        }
        if block && record.active == Some(false) {
            list(
                document::CONTACTS,
                "block this contact by hand: it archives their conversations, for good",
            );
        }
    }
    Some(mapped)
}

/// What a contact says of a technician.
pub(super) fn attributes(record: &Teammate, context: &Context) -> Attributes {
    if context.policy.of_source.technicians == Technicians::Match {
        return Attributes::new();
    }
    let groups = (!record.teams.is_empty()).then(|| json!(record.teams.join(", ")));
    [
        (extra::TECHNICIAN, Some(json!(true))),
        (extra::ROLE, record.role.as_ref().map(|role| json!(role))),
        (extra::GROUPS, groups),
        (extra::ACTIVE, record.active.map(|active| json!(active))),
    ]
    .into_iter()
    .filter_map(|(word, value)| Some((context.own_attribute(word), value?)))
    .collect::<std::collections::BTreeMap<String, Value>>()
}
