//! Where links lead: to the server's pages, or to the files of a folder that holds a bounded number
//! of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::address::{Address, EVENTS_PER_PAGE};
use crate::model::StreamId;

/// Where the links of a page lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Links {
    /// Nothing is there but the page itself.
    Alone,
    /// Every page is there when it is asked for.
    Served,
    /// Only what was written is there.
    Folder {
        /// Records that have a page.
        records: Arc<BTreeSet<StreamId>>,
        /// Pages of each list.
        pages: u64,
        /// The list at hand has a next page.
        goes_on: bool,
        /// Proofs of the events are there.
        proofs: bool,
    },
}

impl Links {
    /// Where a link leads; none if nothing is there.
    pub fn href(&self, address: &Address) -> Option<String> {
        match self {
            Self::Alone => None,
            Self::Served => Some(address.path()),
            Self::Folder { records, pages, goes_on, proofs } => {
                let there = match address {
                    Address::Search(..) => false,
                    Address::Record(stream) => records.contains(stream),
                    Address::Proof(_) => *proofs,
                    Address::Event(at) => at.0 / EVENTS_PER_PAGE < *pages,
                    address if is_first(address) => true,
                    _ => *goes_on,
                };
                if there { address.file() } else { None }
            }
        }
    }
}

/// Whether it is the first page of its list, or no list.
pub fn is_first(address: &Address) -> bool {
    match address {
        Address::Runs(before) => before.is_none(),
        Address::Events(at) | Address::Findings(_, at) | Address::Rollbacks(at) => at.0 == 0,
        Address::Losses(from)
        | Address::Records(from)
        | Address::Waiting(from)
        | Address::Rollback(from)
        | Address::Residue(from) => from.0 == 0,
        Address::RecordEvents(..) | Address::RecordParts(..) | Address::Search(..) => false,
        Address::Overview
        | Address::Run(_)
        | Address::Event(_)
        | Address::Reconciliation
        | Address::Record(_)
        | Address::Proof(_)
        | Address::Verify => true,
    }
}
