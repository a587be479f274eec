//! Requests and reads with which the canary tries companies.

use serde_json::json;

use crate::model::DestinationId;

use super::super::super::super::contract::Read;
use super::super::super::operation::Operation::{CompanyDelete, CompanyUpsert};
use super::super::super::request::Request;
use super::rules::KEY;

/// Makes a company of this key and name.
pub fn upsert(key: &str, name: &str) -> Request {
    Request::new(CompanyUpsert).body(json!({ KEY: key, "name": name }))
}

/// Deletes a company.
pub fn delete(company: &DestinationId) -> Request {
    Request::new(CompanyDelete).with("company_id", company)
}

/// Reads a company.
pub fn read(company: &DestinationId) -> Read {
    Read::get("/companies/{company_id}").with("company_id", company)
}
