//! Companies (FACTS §5.3).

use serde::Serialize;

use crate::model::StepKey;

use super::super::super::operation::Operation;
use super::super::super::reference::{Attributes, Ref, bare, step};
use super::super::super::step::Step;

/// What can be written of a company; unset fields are not sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CompanyBody {
    /// Our key; it cannot be changed later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_id: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Name of the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Number of employees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// Website.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// Industry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry: Option<String>,
    /// Revenue a month; cut to a whole number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly_spend: Option<i64>,
    /// When the customer first knew the company, in seconds; only in an upsert.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_created_at: Option<i64>,
    /// Attributes by name; each must exist before (FACTS §5.7).
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    pub custom_attributes: Attributes,
}

#[derive(Serialize)]
struct NoteBody<'a> {
    body: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_id: Option<Ref>,
}

/// Creates the company of this `company_id`, or changes the fields that are set.
pub fn upsert(key: StepKey, body: &CompanyBody) -> Step {
    step(key, Operation::CompanyUpsert, [], body)
}

/// Changes the fields that are set; neither `company_id` nor `remote_created_at` may be.
pub fn update(key: StepKey, company: impl Into<Ref>, body: &CompanyBody) -> Step {
    step(key, Operation::CompanyUpdate, [("company_id", company.into())], body)
}

/// Adds a note; it is dated now and stays as long as the company.
pub fn note(key: StepKey, company: impl Into<Ref>, body: &str, admin: Option<Ref>) -> Step {
    let note = NoteBody { body, admin_id: admin };
    step(key, Operation::CompanyNote, [("company_id", company.into())], &note)
}

/// Archives a company and detaches its contacts.
pub fn delete(key: StepKey, company: impl Into<Ref>) -> Step {
    bare(key, Operation::CompanyDelete, [("company_id", company.into())])
}
