//! Companies: from records of their own, or from the names that customers carry.

use crate::destination::intercom::payload::Ref;
use crate::destination::intercom::payload::company::{self as payload, CompanyBody};
use crate::destination::intercom::step::Step;
use crate::model::record::Company;
use crate::model::{SourceKey, StepKey};

use super::account::Account;
use super::context::Context;
use super::draft::{Becomes, Draft, Mapped, Outcome};
use super::escape;
use super::exclude;
use super::field;
use super::fold::{fold, fold_company, tidy};
use super::index;
use super::policy::{CompanyFrom, CompanyKeys};

/// What becomes of a company's record.
pub fn map_company(key: &SourceKey, company: &Company, context: &Context) -> Mapped {
    let mut account = Account::default();
    let values = field::of_company(key, company);
    if let Some(rule) = exclude::rule("company", &values, context) {
        return Mapped::only(key, Outcome::Excluded { rule });
    }
    let company_id = match identity(key, company, context) {
        Ok(company_id) => company_id,
        Err(outcome) => return Mapped::only(key, outcome),
    };
    let written = match field::write(&values, context, &mut account) {
        Ok(written) => written,
        Err((reason, release)) => return Mapped::only(key, Outcome::queued(reason, release)),
    };
    let body = CompanyBody {
        company_id: Some(company_id),
        name: Some(tidy(&company.name)).filter(|name| !name.is_empty()),
        website: company.website.clone(),
        remote_created_at: company.created_at.map(|time| time.seconds()),
        custom_attributes: written.attributes,
        ..CompanyBody::default()
    };
    let mut steps = vec![payload::upsert(StepKey::from("create"), &body)];
    steps.extend(written.cut.iter().map(|(name, text)| note(key, name, text, context)));
    account.written(key, Becomes::Company, steps)
}

/// The key by which a company is known (decisions I5, T9).
fn identity(key: &SourceKey, company: &Company, context: &Context) -> Result<String, Outcome> {
    let policy = &context.policy.of_source;
    if policy.company_from != CompanyFrom::Records {
        return Err(Outcome::Excluded { rule: "I5 companies come from elsewhere".to_owned() });
    }
    if policy.company_keys == CompanyKeys::Id {
        return Ok(external_id(key, context));
    }
    let prefix = &context.mapping.prefix;
    let (first, reason, company_id) = match index::domain(company) {
        Some(domain) => {
            (context.index.company_of(&domain), "same_domain", format!("{prefix}:{domain}"))
        }
        None if policy.company_keys == CompanyKeys::Domain => {
            return Err(Outcome::Excluded { rule: "T9 no domain".to_owned() });
        }
        None => {
            let name = fold_company(&company.name);
            let first = context.index.company_named(&company.name);
            (first, "same_name", format!("{prefix}:name:{name}"))
        }
    };
    match first.filter(|first| *first != key) {
        Some(first) => Err(Outcome::merged(first.clone(), reason)),
        None => Ok(company_id),
    }
}

/// The company of a name that a customer carries: its record, or a derived draft.
pub(super) fn named(name: &str, context: &Context, account: &mut Account) -> Option<SourceKey> {
    let shown = context.mapping.companies.get(&fold(name)).cloned().unwrap_or_else(|| tidy(name));
    if fold_company(&shown).is_empty() {
        return None;
    }
    if let Some(key) = context.index.company_named(&shown) {
        return Some(key.clone());
    }
    let draft = derived(&shown, context);
    let key = draft.key.clone();
    account.derive(draft);
    Some(key)
}

fn derived(name: &str, context: &Context) -> Draft {
    let word = fold_company(name);
    let body = CompanyBody {
        company_id: Some(format!("{}:name:{word}", context.mapping.prefix)),
        name: Some(name.to_owned()),
        ..CompanyBody::default()
    };
    let step = payload::upsert(StepKey::from("create"), &body);
    Draft::new(SourceKey::own("company", &word), Becomes::Company, vec![step])
}

fn note(key: &SourceKey, attribute: &str, text: &str, context: &Context) -> Step {
    let body = escape::of_text(&format!("{attribute}: {text}"));
    let admin = Some(Ref::from(context.policy.fallback_admin.as_str()));
    payload::note(StepKey(format!("note:{attribute}")), key, &body, admin)
}

/// The key by which Intercom knows a record: `<prefix>:<id>`.
pub(super) fn external_id(key: &SourceKey, context: &Context) -> String {
    format!("{}:{}", context.mapping.prefix, key.id())
}
