//! What an auditor brings along.

use crate::model::note::{SignedNote, VerifierKey};

/// How to check.
#[derive(Clone, Debug, Default)]
pub struct CheckSettings {
    /// Public keys, got by another way than the ledger. Every checkpoint must then be signed by
    /// one of them, and there must be one. Without keys only roots are compared.
    pub keys: Vec<VerifierKey>,
    /// Public keys of witnesses: at least one checkpoint must be cosigned by one of them.
    pub witnesses: Vec<VerifierKey>,
    /// Notes that somebody kept: the ledger must continue each of them.
    pub anchors: Vec<SignedNote>,
    /// Also let the database check its pages and indexes, which hold nothing that is sealed but
    /// lead to it. It takes about as long again.
    pub deep: bool,
}

impl CheckSettings {
    /// Sizes that the kept notes are about.
    pub(super) fn anchored(&self) -> impl Iterator<Item = u64> {
        let size = |note: &SignedNote| note.text.parse::<crate::model::Checkpoint>().ok();
        self.anchors.iter().filter_map(size).map(|kept| kept.size)
    }
}
