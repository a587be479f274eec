//! Counts that close: every record ends in exactly one disposition.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::record_state::RecordState;
use crate::model::RecordKind;
use crate::model::lifecycle::RecordStage;

/// Where a record ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// In Intercom.
    Written,
    /// In Intercom as part of another record's object.
    Merged,
    /// In Intercom, although the source has withdrawn it since.
    Kept,
    /// Left out by a rule.
    Excluded,
    /// Could not be used.
    Rejected,
    /// Waits: for a write, or for a person.
    Waiting,
    /// For a person to move.
    ByHand,
    /// Taken back by a rollback.
    RolledBack,
}

impl Disposition {
    /// All dispositions in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::Written,
        Self::Merged,
        Self::Kept,
        Self::Excluded,
        Self::Rejected,
        Self::Waiting,
        Self::ByHand,
        Self::RolledBack,
    ];

    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Merged => "merged",
            Self::Kept => "kept",
            Self::Excluded => "excluded",
            Self::Rejected => "rejected",
            Self::Waiting => "waiting",
            Self::ByHand => "by_hand",
            Self::RolledBack => "rolled_back",
        }
    }
}

/// The disposition of a record, given its root's state if it is part of another.
///
/// A message or file goes where its thread goes, unless it has a disposition of its own.
pub fn disposition(state: &RecordState, root: Option<&RecordState>) -> Disposition {
    if state.rejected {
        return Disposition::Rejected;
    }
    match state.stage {
        RecordStage::Excluded => Disposition::Excluded,
        RecordStage::HandedOff => Disposition::ByHand,
        RecordStage::Merged => match root {
            Some(root) if root.stage != RecordStage::Written => disposition(root, None),
            _ => Disposition::Merged,
        },
        RecordStage::Queued => Disposition::Waiting,
        RecordStage::Rejected => Disposition::Rejected,
        RecordStage::Written => Disposition::Written,
        RecordStage::Undone => Disposition::RolledBack,
        RecordStage::Vanished if state.written.is_some() => Disposition::Written,
        RecordStage::Vanished if root.is_none() => Disposition::Excluded,
        RecordStage::Unseen | RecordStage::Read | RecordStage::Drafted | RecordStage::Vanished => {
            match root.map(|root| (root, disposition(root, None))) {
                // It was read after its thread was drafted, so nothing of ours has it yet.
                Some((root, Disposition::Written)) if state.read_at > root.draft_at => {
                    Disposition::Waiting
                }
                Some((_, ended)) => ended,
                None => Disposition::Waiting,
            }
        }
    }
}

/// Counts of source records by kind and disposition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// By kind, then disposition.
    pub counts: BTreeMap<RecordKind, BTreeMap<Disposition, u64>>,
}

impl Tally {
    /// Counts one record.
    pub fn add(&mut self, kind: RecordKind, disposition: Disposition) {
        *self.counts.entry(kind).or_default().entry(disposition).or_default() += 1;
    }

    /// Records of a kind, or of all kinds, with a disposition.
    pub fn count(&self, kind: Option<RecordKind>, disposition: Disposition) -> u64 {
        self.counts
            .iter()
            .filter(|(of, _)| kind.is_none_or(|kind| kind == **of))
            .filter_map(|(_, by)| by.get(&disposition))
            .sum()
    }

    /// All records of a kind, or of all kinds.
    pub fn total(&self, kind: Option<RecordKind>) -> u64 {
        Disposition::ALL.into_iter().map(|disposition| self.count(kind, disposition)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Position;

    fn state(stage: RecordStage) -> RecordState {
        RecordState { stage, ..RecordState::default() }
    }

    #[test]
    fn a_part_goes_where_its_thread_goes() {
        let part = state(RecordStage::Read);
        for (root, expected) in [
            (RecordStage::Written, Disposition::Written),
            (RecordStage::Excluded, Disposition::Excluded),
            (RecordStage::Queued, Disposition::Waiting),
            (RecordStage::Drafted, Disposition::Waiting),
            (RecordStage::Undone, Disposition::RolledBack),
        ] {
            assert_eq!(disposition(&part, Some(&state(root))), expected, "{root:?}");
        }
    }

    #[test]
    fn a_part_that_was_read_after_its_thread_was_drafted_waits() {
        let root = RecordState { draft_at: Some(Position(5)), ..state(RecordStage::Written) };
        for (read_at, expected) in [(4, Disposition::Written), (6, Disposition::Waiting)] {
            let part = RecordState { read_at: Some(Position(read_at)), ..state(RecordStage::Read) };
            assert_eq!(disposition(&part, Some(&root)), expected, "{read_at}");
        }
    }

    #[test]
    fn a_rejection_outweighs_what_was_read_before() {
        let rejected = RecordState { rejected: true, ..state(RecordStage::Written) };
        assert_eq!(disposition(&rejected, None), Disposition::Rejected);
    }

    #[test]
    fn totals_close() {
        let mut tally = Tally::default();
        tally.add(RecordKind::Contact, Disposition::Written);
        tally.add(RecordKind::Contact, Disposition::Rejected);
        tally.add(RecordKind::Message, Disposition::Written);
        assert_eq!(tally.total(None), 3);
        assert_eq!(tally.total(Some(RecordKind::Contact)), 2);
        assert_eq!(tally.count(None, Disposition::Written), 2);
    }
}
