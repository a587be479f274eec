//! What is collected while a draft is made: losses, hand-offs, carried records, derived drafts.

use std::collections::BTreeMap;

use crate::destination::intercom::step::Step;
use crate::model::SourceKey;

use super::draft::{Becomes, Draft, HandOff, Mapped, Outcome};
use super::loss::LossName;

/// Collects what a draft is accompanied by.
#[derive(Debug, Default)]
pub(super) struct Account {
    losses: BTreeMap<LossName, u64>,
    hand_off: Vec<HandOff>,
    carries: Vec<SourceKey>,
    parts: Vec<(SourceKey, Outcome)>,
    derived: Vec<Draft>,
    types: BTreeMap<String, String>,
}

impl Account {
    /// Counts a loss.
    pub(super) fn lose(&mut self, name: LossName) {
        self.lose_many(name, 1);
    }

    /// Counts losses.
    pub(super) fn lose_many(&mut self, name: LossName, count: u64) {
        if count > 0 {
            *self.losses.entry(name).or_default() += count;
        }
    }

    /// Lists something for a person, and counts it as a loss.
    pub(super) fn by_hand(
        &mut self,
        name: LossName,
        document: &str,
        subject: &SourceKey,
        text: impl Into<String>,
    ) {
        self.lose(name);
        self.list(document, subject, text);
    }

    /// Lists something for a person that is no loss.
    pub(super) fn list(&mut self, document: &str, subject: &SourceKey, text: impl Into<String>) {
        let subject = subject.clone();
        self.hand_off.push(HandOff { document: document.to_owned(), subject, text: text.into() });
    }

    /// Notes the type of a custom object's attribute.
    pub(super) fn typed(&mut self, attribute: &str, word: &str) {
        self.types.insert(attribute.to_owned(), word.to_owned());
    }

    /// The draft carries a record besides its own.
    pub(super) fn carry(&mut self, key: &SourceKey) {
        if !self.carries.contains(key) {
            self.carries.push(key.clone());
        }
    }

    /// A record that belongs to this one has an outcome of its own.
    pub(super) fn part(&mut self, key: &SourceKey, outcome: Outcome) {
        self.parts.push((key.clone(), outcome));
    }

    /// An object is needed that no source record stands for.
    pub(super) fn derive(&mut self, draft: Draft) {
        if self.derived.iter().all(|other| other.key != draft.key) {
            self.derived.push(draft);
        }
    }

    /// A draft of these steps with all that was collected, derived drafts apart.
    pub(super) fn derived_draft(self, key: SourceKey, becomes: Becomes, steps: Vec<Step>) -> Draft {
        Draft {
            losses: self.losses,
            carries: self.carries,
            hand_off: self.hand_off,
            types: self.types,
            ..Draft::new(key, becomes, steps)
        }
    }

    /// The record is written by these steps.
    pub(super) fn written(mut self, key: &SourceKey, becomes: Becomes, steps: Vec<Step>) -> Mapped {
        let parts = std::mem::take(&mut self.parts);
        let derived = std::mem::take(&mut self.derived);
        let draft = self.derived_draft(key.clone(), becomes, steps);
        let outcome = Outcome::Draft(Box::new(draft));
        Mapped { key: key.clone(), outcome, parts, derived }
    }
}
