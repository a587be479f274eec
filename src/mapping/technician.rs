//! Technicians who are contacts too (decisions I1, I2): each who has an address, together with
//! the requester of the same address.

use serde_json::{Value, json};

use crate::destination::intercom::payload::contact::{self as payload, ContactBody, Role};
use crate::model::StepKey;
use crate::model::record::Teammate;

use super::account::Account;
use super::company::external_id;
use super::context::Context;
use super::cut;
use super::document;
use super::draft::{Becomes, HandOff, Mapped, Outcome};
use super::extra;
use super::field::{self, Problem, Written};
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
    let mut account = Account::default();
    let written = match written(record, context, &mut account) {
        Ok(written) => written,
        Err((reason, release)) => {
            return Some(Mapped::only(input.key, Outcome::queued(reason, release)));
        }
    };
    let body = ContactBody {
        role: Some(Role::User),
        external_id: Some(external_id(input.key, context)),
        email: Some(email.to_owned()),
        name: record.name.as_deref().map(tidy).filter(|name| !name.is_empty()),
        custom_attributes: written.attributes,
        ..ContactBody::default()
    };
    let mut steps = vec![payload::create(StepKey::from("create"), &body)];
    steps.extend(cut::notes(input.key, &written.cut, context, &mut account));
    let mut mapped = account.written(input.key, Becomes::Contact, steps);
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

/// What a contact says of a technician: role, groups, whether the account is in use, and what
/// else the source knows, by the map's rules.
pub(super) fn written(
    record: &Teammate,
    context: &Context,
    account: &mut Account,
) -> Result<Written, Problem> {
    if !context.policy.of_source.technicians.are_contacts() {
        return Ok(Written::default());
    }
    let mut written = field::write(&field::of_technician(record), context, account)?;
    let groups = (!record.teams.is_empty()).then(|| json!(record.teams.join(", ")));
    let own = [
        (extra::TECHNICIAN, Some(json!(true))),
        (extra::ROLE, record.role.as_ref().map(|role| json!(role))),
        (extra::GROUPS, groups),
        (extra::ACTIVE, record.active.map(|active| json!(active))),
    ];
    let named = |(word, value): (&str, Option<Value>)| Some((context.own_attribute(word), value?));
    written.attributes.extend(own.into_iter().filter_map(named));
    Ok(written)
}
