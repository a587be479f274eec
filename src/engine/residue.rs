//! What a rollback did and what stays behind.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::slice::{Action, RollbackItem};
use super::step::ADOPT;
use super::undo::Undone;
use crate::destination::intercom::operation::Operation;
use crate::model::event::Counts;
use crate::model::{DestinationId, StepKey};
use crate::projection::StepState;

/// Something that stays in Intercom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Residue {
    /// Short stable name of the kind.
    pub kind: String,
    /// The record.
    pub key: String,
    /// The objects that show it.
    pub objects: Vec<String>,
    /// What stays, and why.
    pub what: String,
}

/// What a rollback did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RollbackReport {
    /// Objects by what was done.
    pub done: Counts,
    /// What stays because people touched it, with what they touched.
    pub kept: BTreeMap<String, Vec<String>>,
    /// What Intercom refused to undo: a person must look.
    pub stuck: BTreeMap<String, String>,
    /// Everything that stays.
    pub residue: Vec<Residue>,
}

impl RollbackReport {
    /// The counts that go into the end of the run.
    pub fn counts(&self) -> Counts {
        let mut counts = self.done.clone();
        counts.insert("kept".to_owned(), self.kept.len() as u64);
        counts.insert("stuck".to_owned(), self.stuck.len() as u64);
        counts.insert("residue".to_owned(), self.residue.len() as u64);
        counts
    }

    /// Adds what was done elsewhere.
    pub fn add(&mut self, other: Self) {
        for (word, count) in other.done {
            *self.done.entry(word).or_default() += count;
        }
        self.kept.extend(other.kept);
        self.stuck.extend(other.stuck);
        self.residue.extend(other.residue);
    }
}

/// What is told of one record.
pub struct Told<'a> {
    item: &'a RollbackItem,
    /// So far.
    pub report: RollbackReport,
}

impl<'a> Told<'a> {
    /// Nothing yet.
    pub fn of(item: &'a RollbackItem) -> Self {
        Self { item, report: RollbackReport::default() }
    }

    /// The object stays because of this, and all that was added to it stays with it.
    pub fn kept(
        &mut self,
        steps: &BTreeMap<StepKey, StepState>,
        state: &StepState,
        touched: Vec<String>,
    ) {
        let what = format!("kept: {}", touched.join(", "));
        self.residue("kept", state, what);
        if let Some(residue) = self.report.residue.last_mut() {
            let added = steps.values().filter(|state| state.stage.is_in_effect());
            let added = added.filter_map(|state| state.object.as_ref()).map(ToString::to_string);
            let all: BTreeSet<String> = residue.objects.drain(..).chain(added).collect();
            residue.objects = all.into_iter().collect();
        }
        self.report.kept.insert(self.item.key.to_string(), touched);
    }

    /// Notes stay on what is archived (FACTS §5.2).
    fn notes(&mut self, steps: &BTreeMap<StepKey, StepState>) {
        let names = [Operation::ContactNote, Operation::CompanyNote].map(|note| note.spec().name);
        for state in steps.values().filter(|state| state.stage.is_in_effect()) {
            if names.contains(&state.operation.as_str()) {
                let what = "a note stays on the archived object".to_owned();
                self.residue("note_archived", state, what);
            }
        }
    }

    /// A step was undone, or could not be.
    pub fn undone(
        &mut self,
        step: &StepKey,
        steps: &BTreeMap<StepKey, StepState>,
        own: Option<&DestinationId>,
        undone: Undone,
    ) {
        let Some(state) = steps.get(step) else { return };
        if let Undone::Done { by: Some(by), .. } = &undone
            && self.item.action == Action::Remove
            && archives(*by)
        {
            self.notes(steps);
        }
        let mut done = |word: &str| *self.report.done.entry(word.to_owned()).or_default() += 1;
        match undone {
            Undone::Done { kept, by, already_gone } => {
                done(match (self.item.action, by) {
                    (_, None) => "untouched",
                    (Action::Restore, _) => "restored",
                    (Action::Remove, _) if already_gone => "already_gone",
                    (Action::Remove, Some(by)) if archives(by) => "archived",
                    (Action::Remove, _) => "deleted",
                });
                if let Some(what) = by.and_then(|by| left_by(self.item.action, by)) {
                    self.residue(what.0, state, what.1.to_owned());
                }
                for field in kept {
                    let what = format!("field {field} keeps the value it was given");
                    self.residue("field_kept", state, what);
                }
            }
            Undone::Impossible { reason } => {
                done("impossible");
                self.residue_on(state, own, format!("step {step}: {reason}"));
            }
            Undone::Failed { code } => {
                let what = format!("Intercom refuses to undo step {step}: {code}");
                self.report.stuck.insert(self.item.key.to_string(), what.clone());
                self.residue("stuck", state, what);
            }
        }
    }

    fn residue(&mut self, kind: &str, state: &StepState, what: String) {
        if state.operation == ADOPT && kind != "kept" {
            return;
        }
        self.report.residue.push(Residue {
            kind: kind.to_owned(),
            key: self.item.key.to_string(),
            objects: state.object.iter().map(ToString::to_string).collect(),
            what,
        });
    }

    /// Something that stays on an object that was there before.
    fn residue_on(&mut self, state: &StepState, own: Option<&DestinationId>, what: String) {
        self.residue("impossible", state, what);
        if let (Some(residue), Some(own)) = (self.report.residue.last_mut(), own) {
            residue.objects.push(own.to_string());
        }
    }
}

fn archives(by: Operation) -> bool {
    matches!(
        by,
        Operation::ContactArchive
            | Operation::CompanyDelete
            | Operation::DataAttributeArchive
            | Operation::ConversationAttributeArchive
            | Operation::TicketTypeArchive
    )
}

/// What an undo leaves behind although it succeeded (FACTS §6, §10).
fn left_by(action: Action, by: Operation) -> Option<(&'static str, &'static str)> {
    match (action, by) {
        (Action::Remove, Operation::ContactArchive) => {
            Some(("contact_archived", "the contact is archived, not deleted (decision)"))
        }
        (Action::Remove, Operation::ContactDelete) => {
            Some(("identity_locked", "the identity stays locked for about seven days"))
        }
        (Action::Remove, Operation::CompanyDelete) => {
            Some(("company_archived", "Intercom archives companies, it never deletes them"))
        }
        (
            Action::Remove,
            Operation::DataAttributeArchive | Operation::ConversationAttributeArchive,
        ) => Some(("attribute_archived", "Intercom archives attributes, it never deletes them")),
        (Action::Remove, Operation::TicketTypeArchive) => {
            Some(("ticket_type_archived", "Intercom archives ticket types, it never deletes them"))
        }
        (Action::Remove, Operation::TicketDelete) => {
            Some(("metrics_retained", "reports keep a row for the deleted ticket"))
        }
        (Action::Remove, Operation::ConversationDelete) => {
            Some(("metrics_retained", "reports keep a row for the deleted conversation"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DestinationId;
    use crate::model::lifecycle::StepStage;

    #[test]
    fn what_was_added_to_a_kept_object_is_named_with_it() {
        let done = |id: &str| StepState {
            stage: StepStage::Done,
            object: Some(DestinationId::from(id)),
            ..StepState::default()
        };
        let steps: BTreeMap<StepKey, StepState> =
            [("create", "c1"), ("note:1", "1001"), ("tag:a", "c1")]
                .map(|(step, id)| (StepKey::from(step), done(id)))
                .into();
        let item = RollbackItem {
            key: "desk/customer/1".parse().unwrap(),
            action: Action::Remove,
            steps: Vec::new(),
            order: (0, std::cmp::Reverse(0)),
            stream: None,
        };
        let mut told = Told::of(&item);
        told.kept(&steps, &steps[&StepKey::from("create")], vec!["name".to_owned()]);
        assert_eq!(told.report.residue[0].objects, ["1001", "c1"]);
        assert_eq!(told.report.kept["desk/customer/1"], ["name"]);
    }
}
