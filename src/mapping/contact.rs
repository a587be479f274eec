//! Customers become contacts: users with an external id of ours, or leads without an address.

use crate::destination::intercom::payload::Ref;
use crate::destination::intercom::payload::contact::{self as payload, ContactBody, Role};
use crate::destination::intercom::step::Step;
use crate::model::record::{Contact, PersonRef};
use crate::model::{SourceKey, StepKey};

use super::account::Account;
use super::body::Reader;
use super::company;
use super::context::Context;
use super::document;
use super::draft::{Becomes, Draft, Mapped, Outcome};
use super::escape;
use super::exclude;
use super::field;
use super::file::Files;
use super::fold::{fold_email, tidy};
use super::input::ContactInput;
use super::loss::LossName;
use super::merge;
use super::policy::Phones;
use super::tag;

/// What becomes of a customer.
pub fn map_contact(input: &ContactInput<'_>, context: &Context) -> Mapped {
    if let Some(first) = input.duplicate_of {
        return Mapped::only(input.key, Outcome::merged(first.clone(), "same_email"));
    }
    draft(input, context).unwrap_or_else(|outcome| Mapped::only(input.key, outcome))
}

fn draft(input: &ContactInput<'_>, context: &Context) -> Result<Mapped, Outcome> {
    let mut account = Account::default();
    let merged = merge::contacts(input.key, input.contact, input.duplicates, &mut account);
    let contact = &merged;
    let values = field::of_contact(input.key, contact, context.policy.phones);
    if let Some(rule) = exclude::rule("customer", &values, context) {
        return Err(Outcome::Excluded { rule });
    }
    let email = contact.emails.iter().find(|address| !address.trim().is_empty());
    if email.is_none() && !context.policy.leads {
        return Err(Outcome::Excluded { rule: "D14 no e-mail address".to_owned() });
    }
    let written = field::write(&values, context, &mut account)
        .map_err(|(reason, release)| Outcome::queued(reason, release))?;
    count(input.key, contact, context, &mut account);

    let (role, becomes) = match email {
        Some(_) => (Role::User, Becomes::Contact),
        None => (Role::Lead, Becomes::Lead),
    };
    let body = ContactBody {
        role: Some(role),
        external_id: Some(company::external_id(input.key, context)),
        email: email.map(|address| bare(address)),
        phone: phone(contact, context),
        name: contact.name.as_deref().map(tidy).filter(|name| !name.is_empty()),
        signed_up_at: contact.created_at.map(|time| time.seconds()),
        custom_attributes: written.attributes,
        ..ContactBody::default()
    };
    let mut steps = vec![payload::create(StepKey::from("create"), &body)];
    if let Some(company) = employer(contact, context, &mut account) {
        let key = StepKey::from("company");
        steps.push(payload::attach_company(key, input.key, &company));
    }
    for tag in tag::distinct(&contact.tags, context, &mut account) {
        steps.push(payload::tag(tag.step_key(), input.key, &tag.key));
    }
    steps.extend(notes(input.key, contact, &written.cut, context, &mut account));
    for (key, record) in input.attachments {
        let text = format!("{} belongs to {}", record.name, input.key);
        account.by_hand(LossName::ContactFileByHand, document::ATTACHMENTS, key, text);
        account.part(key, Outcome::handed_off(document::ATTACHMENTS));
    }
    Ok(account.written(input.key, becomes, steps))
}

fn bare(address: &str) -> String {
    address.trim().trim_start_matches('<').trim_end_matches('>').trim().to_owned()
}

fn phone(contact: &Contact, context: &Context) -> Option<String> {
    let phones = context.policy.phones;
    let phone = &contact.phones[field::main_phone(contact, phones)?];
    match phones {
        Phones::Normalise => phone.e164.clone(),
        Phones::Raw => Some(phone.raw.clone()),
        Phones::Drop => None,
    }
}

/// Counts what is not in a place of its own, and lists it where no attribute takes it.
fn count(key: &SourceKey, contact: &Contact, context: &Context, account: &mut Account) {
    let mut say = |loss: LossName, name: &str, text: &str| match context.mapping.fields.get(name) {
        None => account.by_hand(loss, document::CONTACTS, key, text),
        // What a rule leaves out was counted with the other fields.
        Some(rule) if !context.writes(rule) => {}
        Some(_) => account.lose(loss),
    };
    for address in contact.emails.iter().skip(1) {
        say(LossName::SecondEmail, "customer.email_other", address);
    }
    let phones = context.policy.phones;
    let main = field::main_phone(contact, phones);
    let others = contact.phones.iter().enumerate().filter(|(index, _)| Some(*index) != main);
    for (_, phone) in others {
        let rule = if phone.kind == "fax" { "customer.fax" } else { "customer.phone_other" };
        match phones {
            Phones::Drop => say(LossName::PhoneInvalid, rule, &phone.raw),
            Phones::Normalise if phone.e164.is_none() && phone.kind != "fax" => {
                say(LossName::PhoneInvalid, rule, &phone.raw);
            }
            _ => say(LossName::SecondPhoneToAttribute, rule, &phone.raw),
        }
    }
}

fn employer(contact: &Contact, context: &Context, account: &mut Account) -> Option<SourceKey> {
    if let Some(key) = &contact.company {
        return Some(key.clone());
    }
    let name = contact.company_name.as_deref().filter(|name| !name.trim().is_empty())?;
    if context.policy.company_from_text {
        return company::named(name, context, account);
    }
    if !context.mapping.fields.contains_key("customer.company") {
        account.lose(LossName::FieldDropped);
    }
    None
}

/// Memos, and texts that were too long for an attribute.
fn notes(
    key: &SourceKey,
    contact: &Contact,
    cut: &[(String, String)],
    context: &Context,
    account: &mut Account,
) -> Vec<Step> {
    let admin = || Some(Ref::from(context.policy.fallback_admin.as_str()));
    let mut steps = Vec::new();
    let memos = contact.memos.iter().filter(|memo| !memo.content.trim().is_empty());
    for (index, memo) in memos.enumerate() {
        let files = Files::new(&[], 0);
        let (html, images) = Reader { context, files: &files }.html(memo, key, account);
        for image in images {
            let text = format!("{} stands in a memo", image.name());
            account.by_hand(LossName::ContactFileByHand, document::ATTACHMENTS, key, text);
        }
        account.lose(LossName::ContactNoteDatedNow);
        let step = StepKey(format!("note:{}", index + 1));
        steps.push(payload::note(step, key, &html, admin()));
    }
    for (name, text) in cut {
        account.lose(LossName::ContactNoteDatedNow);
        let html = escape::of_text(&format!("{name}: {text}"));
        let step = StepKey(format!("note:{name}"));
        steps.push(payload::note(step, key, &html, admin()));
    }
    steps
}

/// The draft of a contact that is known only by an e-mail address.
pub(super) fn by_email(person: &PersonRef, context: &Context) -> Option<Draft> {
    let address = person.email.as_deref().filter(|address| address.contains('@'))?;
    let folded = fold_email(address);
    let body = ContactBody {
        role: Some(Role::User),
        external_id: Some(format!("{}:email:{folded}", context.mapping.prefix)),
        email: Some(folded.clone()),
        ..ContactBody::default()
    };
    let step = payload::create(StepKey::from("create"), &body);
    Some(Draft::new(
        SourceKey::own("contact", &context.hidden(&folded)),
        Becomes::Contact,
        vec![step],
    ))
}

/// The draft of a lead that is known only by a name, for example a handle.
pub(super) fn by_name(id: &str, name: &str, context: &Context) -> Draft {
    let body = ContactBody {
        role: Some(Role::Lead),
        external_id: Some(format!("{}:{id}", context.mapping.prefix)),
        name: Some(name.to_owned()),
        ..ContactBody::default()
    };
    let step = payload::create(StepKey::from("create"), &body);
    Draft::new(SourceKey::own("contact", &context.hidden(id)), Becomes::Lead, vec![step])
}
