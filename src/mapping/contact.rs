//! Customers become contacts: users with an external id of ours, or leads without an address.

use crate::destination::intercom::email;
use crate::destination::intercom::payload::contact::{self as payload, ContactBody, Role};
use crate::destination::intercom::payload::{Attributes, Ref};
use crate::destination::intercom::step::Step;
use crate::model::record::{Contact, PersonRef};
use crate::model::{SourceKey, StepKey};

use super::account::Account;
use super::body::Reader;
use super::company;
use super::context::Context;
use super::cut;
use super::document;
use super::draft::{Becomes, Draft, Mapped, Outcome};
use super::erased;
use super::exclude;
use super::extra;
use super::field;
use super::file::Files;
use super::fold::{fold_email, slug, tidy};
use super::input::ContactInput;
use super::loss::LossName;
use super::merge;
use super::policy::{Addressless, CompanyFrom, Phones};
use super::tag;
use super::technician;

/// A domain that is nobody's: `.invalid` is reserved (RFC 2606).
const PLACEHOLDER_DOMAIN: &str = "no-address.invalid";

/// The rule by which customers stay behind who never asked for anything.
pub const NO_THREAD: &str = "C-7 no thread";

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
    let anonymous = erased::is_marked(&contact.standard);
    if anonymous {
        erased::refuse(context)?;
        return Ok(erased::contact(input.key, context));
    }
    let addresses = Addresses::of(contact);
    let found = address(input, &addresses, context)?;
    let mut written = field::write(&values, context, &mut account)
        .map_err(|(reason, release)| Outcome::queued(reason, release))?;
    addresses.count(input.key, context, &mut account);
    count(input.key, contact, context, &mut account);
    flags(input, &found, &mut written, context, &mut account);
    if let Some(teammate) = input.technician {
        let more = technician::written(teammate, context, &mut account)
            .map_err(|(reason, release)| Outcome::queued(reason, release))?;
        written.attributes.extend(more.attributes);
        written.cut.extend(more.cut);
    }

    let (email, role, becomes) = match found {
        Address::Known(email) => (Some(email), Role::User, Becomes::Contact),
        Address::Placeholder(email) => (Some(email), Role::User, Becomes::Contact),
        Address::None => (None, Role::Lead, Becomes::Lead),
    };
    let words = tag::split(&contact.tags, context);
    written.attributes.extend(words.attributes);
    let body = ContactBody {
        role: Some(role),
        external_id: Some(company::external_id(input.key, context)),
        email,
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
    for tag in tag::on(&words.tags, input.key, context, &mut account) {
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

/// What is known of a customer's address.
enum Address {
    /// The customer's own.
    Known(String),
    /// One that stands for none.
    Placeholder(String),
    /// There is none.
    None,
}

/// The customer's address, or what a decision puts in its place.
fn address(
    input: &ContactInput<'_>,
    addresses: &Addresses<'_>,
    context: &Context,
) -> Result<Address, Outcome> {
    if let Some(address) = &addresses.sent {
        return Ok(Address::Known(address.clone()));
    }
    let left_out = |rule: &str| Err(Outcome::Excluded { rule: rule.to_owned() });
    match context.policy.of_source.addressless {
        Addressless::Lead => Ok(Address::None),
        Addressless::LeadWithThread if input.has_thread => Ok(Address::None),
        Addressless::LeadWithThread => left_out(NO_THREAD),
        Addressless::Skip => left_out("no e-mail address"),
        Addressless::Placeholder => {
            let local = format!("{}-{}", context.mapping.prefix, slug(input.key.id()));
            Ok(Address::Placeholder(format!("{local}@{PLACEHOLDER_DOMAIN}")))
        }
        Addressless::Wait if !addresses.odd.is_empty() => Err(Outcome::queued(
            "email_unusable",
            "an e-mail address that Intercom takes, or the decision that such customers become \
             leads",
        )),
        Addressless::Wait => Err(Outcome::queued(
            "no_email",
            "an e-mail address at the source, or the decision that such customers become leads",
        )),
    }
}

/// Attributes that decisions bring.
fn flags(
    input: &ContactInput<'_>,
    address: &Address,
    written: &mut field::Written,
    context: &Context,
    account: &mut Account,
) {
    let mut flag = |word: &str| {
        written.attributes.insert(context.own_attribute(word), true.into());
    };
    match address {
        Address::Known(_) => {}
        Address::Placeholder(_) => {
            flag(extra::PLACEHOLDER);
            let text = "has no e-mail address; the one in Intercom stands for none";
            let document = document::CONTACTS;
            account.by_hand(LossName::EmailPlaceholder, document, input.key, text);
        }
        Address::None if context.policy.of_source.flag_anonymous => flag(extra::ANONYMOUS),
        Address::None => {}
    }
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

/// The addresses of a customer by what becomes of them.
struct Addresses<'a> {
    /// The one that is sent, as it is sent.
    sent: Option<String>,
    /// It was written in a form that Intercom refuses.
    cleaned: bool,
    /// Others that could be sent.
    other: Vec<&'a str>,
    /// Those that no cleaning makes into an address that Intercom takes.
    odd: Vec<&'a str>,
}

impl<'a> Addresses<'a> {
    fn of(contact: &'a Contact) -> Self {
        let mut all = Self { sent: None, cleaned: false, other: Vec::new(), odd: Vec::new() };
        for address in contact.emails.iter().filter(|address| !address.trim().is_empty()) {
            match email::clean(address) {
                None => all.odd.push(address),
                Some(_) if all.sent.is_some() => all.other.push(address),
                Some(clean) => {
                    let bare = address.trim().trim_start_matches('<').trim_end_matches('>').trim();
                    all.cleaned = clean != bare;
                    all.sent = Some(clean);
                }
            }
        }
        all
    }

    /// Lists those that are not sent as the contact's address.
    fn count(&self, key: &SourceKey, context: &Context, account: &mut Account) {
        if self.cleaned {
            account.lose(LossName::EmailCleaned);
        }
        for address in &self.odd {
            account.by_hand(LossName::EmailUnusable, document::CONTACTS, key, *address);
        }
        for address in &self.other {
            let name = "customer.email_other";
            beside(LossName::SecondEmail, name, address, key, context, account);
        }
    }
}

/// Counts a value beside the main one, and lists it where no attribute takes it.
fn beside(
    loss: LossName,
    name: &str,
    text: &str,
    key: &SourceKey,
    context: &Context,
    account: &mut Account,
) {
    match context.mapping.fields.get(name) {
        None => account.by_hand(loss, document::CONTACTS, key, text),
        // What a rule leaves out was counted with the other fields.
        Some(rule) if !context.writes(name, rule) => {}
        Some(_) => account.lose(loss),
    }
}

/// Counts what is not in a place of its own, and lists it where no attribute takes it.
fn count(key: &SourceKey, contact: &Contact, context: &Context, account: &mut Account) {
    let mut say =
        |loss: LossName, name: &str, text: &str| beside(loss, name, text, key, context, account);
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
    match context.policy.of_source.company_from {
        CompanyFrom::Nowhere => return None,
        CompanyFrom::Field(field) => {
            let name = contact.standard.get(field).filter(|name| !name.trim().is_empty())?;
            return company::named(name, context, account);
        }
        CompanyFrom::Records => {}
    }
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
    steps.extend(cut::notes(key, cut, context, account));
    steps
}

/// The draft of a contact that is known only by an e-mail address.
pub(super) fn by_email(person: &PersonRef, context: &Context) -> Option<Draft> {
    let folded = fold_email(&email::clean(person.email.as_deref()?)?);
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
    let mut custom_attributes = Attributes::new();
    if context.policy.of_source.flag_anonymous {
        custom_attributes.insert(context.own_attribute(extra::ANONYMOUS), true.into());
    }
    let body = ContactBody {
        role: Some(Role::Lead),
        external_id: Some(format!("{}:{id}", context.mapping.prefix)),
        name: Some(name.to_owned()),
        custom_attributes,
        ..ContactBody::default()
    };
    let step = payload::create(StepKey::from("create"), &body);
    Draft::new(SourceKey::own("contact", &context.hidden(id)), Becomes::Lead, vec![step])
}
