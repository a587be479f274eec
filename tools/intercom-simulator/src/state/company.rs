//! Companies: matched by the customer's own id, archived instead of deleted.

use super::{CompanyId, ContactId, TagLink};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

#[derive(Debug, Clone, Default)]
pub(crate) struct Company {
    pub(crate) company_id: String,
    pub(crate) name: Option<String>,
    pub(crate) plan: Option<String>,
    pub(crate) size: Option<i64>,
    pub(crate) website: Option<String>,
    pub(crate) industry: Option<String>,
    pub(crate) monthly_spend: i64,
    pub(crate) remote_created_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) last_request_at: Option<i64>,
    pub(crate) custom: BTreeMap<String, Value>,
    pub(crate) tags: Vec<TagLink>,
    pub(crate) notes: Vec<u64>,
    pub(crate) contacts: BTreeSet<ContactId>,
    pub(crate) archived: bool,
    /// Server time in ms at which an accepted deletion takes effect.
    pub(crate) delete_due_ms: Option<i64>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Companies {
    pub(crate) by_id: BTreeMap<CompanyId, Company>,
    by_company_id: HashMap<String, CompanyId>,
    /// Deletions that were accepted and are still to take effect.
    pub(crate) deleting: Vec<CompanyId>,
}

impl Companies {
    pub(crate) fn get(&self, id: CompanyId) -> Option<&Company> {
        self.by_id.get(&id)
    }

    pub(crate) fn find(&self, company_id: &str) -> Option<CompanyId> {
        self.by_company_id.get(company_id).copied()
    }

    pub(crate) fn insert(&mut self, id: CompanyId, company: Company) {
        self.by_company_id.insert(company.company_id.clone(), id);
        self.by_id.insert(id, company);
    }
}

/// A walk over all companies that somebody began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scroll {
    pub(crate) number: u64,
    /// Companies seen.
    pub(crate) at: usize,
    pub(crate) used_ms: i64,
}
