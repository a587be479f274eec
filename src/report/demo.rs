//! What the demo found out: what moved, what came back, what stays.

use std::collections::BTreeMap;

use serde::Serialize;

use super::reconciliation::Reconciliation;
use crate::projection::Disposition;

/// Everything the demo found out, as plain values.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DemoFacts {
    /// What each stage did: title, then counts by name.
    pub stages: Vec<(String, Vec<(String, u64)>)>,
    /// Counts by kind of record, after the delta.
    pub reconciliation: Reconciliation,
    /// Fields compared by all verifications.
    pub fields_verified: u64,
    /// Records with differences that nobody declared.
    pub undeclared: Vec<String>,
    /// Requests that changed Intercom when the same delta was run again.
    pub writes_of_a_second_delta: u64,
    /// What two teammates did before the rollback.
    pub touched: Vec<String>,
    /// What the rollback did, by word.
    pub undone: BTreeMap<String, u64>,
    /// What stays because of the teammates: record, and what was touched.
    pub kept: Vec<(String, String)>,
    /// What else stays: kind, what, count.
    pub residue: Vec<(String, String, u64)>,
    /// What the rollback could not undo.
    pub stuck: Vec<(String, String)>,
    /// Objects in which the workspace differs from before the migration.
    pub differences: u64,
    /// Those of them that the residue does not name.
    pub unexplained: Vec<String>,
    /// Projection rows that a replay gives otherwise.
    pub replay_differences: u64,
    /// Findings of the full check of the ledger.
    pub audit_findings: u64,
    /// Events in the ledger.
    pub events: u64,
    /// Notifications a real workspace would have sent.
    pub mails: u64,
    /// Requests sent in all.
    pub requests: u64,
    /// Seconds that reading, writing and verifying take against the simulator, waits for the
    /// request window included.
    pub seconds_at_limit: u64,
    /// Seconds it took.
    pub seconds: u64,
}

impl DemoFacts {
    /// Everything is as promised.
    pub fn holds(&self) -> bool {
        self.reconciliation.closes
            && self.undeclared.is_empty()
            && self.writes_of_a_second_delta == 0
            && self.stuck.is_empty()
            && self.unexplained.is_empty()
            && self.replay_differences == 0
            && self.audit_findings == 0
            && self.mails == 0
    }

    /// The promises with what was found.
    pub fn promises(&self) -> Vec<(&'static str, bool, String)> {
        let counts = &self.reconciliation;
        let sum: u64 = Disposition::ALL.iter().map(|end| counts.count(*end)).sum();
        vec![
            ("counts close", counts.closes, format!("{} read = {sum} ended", counts.read())),
            (
                "every field arrived or is declared",
                self.undeclared.is_empty(),
                format!(
                    "{} fields compared, {} undeclared, {} declared",
                    self.fields_verified,
                    self.undeclared.len(),
                    counts.declared_differences
                ),
            ),
            (
                "the same delta again writes nothing",
                self.writes_of_a_second_delta == 0,
                format!("{} writes", self.writes_of_a_second_delta),
            ),
            (
                "after the rollback only the listed residue is left",
                self.unexplained.is_empty() && self.stuck.is_empty(),
                format!(
                    "{} objects differ from before, {} unexplained",
                    self.differences,
                    self.unexplained.len()
                ),
            ),
            (
                "every projection equals its rebuild",
                self.replay_differences == 0,
                format!("{} events replayed", self.events),
            ),
            (
                "the ledger is whole",
                self.audit_findings == 0,
                format!("{} findings", self.audit_findings),
            ),
            ("nobody was notified", self.mails == 0, format!("{} notifications", self.mails)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_broken_promise_is_enough() {
        let good = DemoFacts {
            reconciliation: Reconciliation { closes: true, ..Reconciliation::default() },
            ..DemoFacts::default()
        };
        assert!(good.holds());
        assert!(!DemoFacts { writes_of_a_second_delta: 1, ..good.clone() }.holds());
        assert!(!DemoFacts { unexplained: vec!["tags/1".into()], ..good }.holds());
    }
}
