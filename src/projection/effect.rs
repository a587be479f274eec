//! What one step of a record changed in Intercom, and the attempt at it that is under way.
//!
//! An attempt and an effect are different things: an attempt ends, refused or lost or landed; an
//! effect is what landed, and it stands until it is undone. No failure takes an effect away.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::id_map::CREATE_STEP;
use crate::model::lifecycle::AttemptStage;
use crate::model::{DestinationId, Digest, Position, RunId, StepKey};

/// One change that landed in Intercom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Its id: the event that landed it.
    pub at: Position,
    /// The run that landed it.
    pub run: RunId,
    /// The intent; its payload is the request.
    pub intent_at: Position,
    /// The event whose payload holds what stood before; none if nothing stood.
    pub before: Option<Position>,
    /// Row of the operation table.
    pub operation: String,
    /// Digest of the step as drafted.
    pub digest: Digest,
    /// Digest of what a reader sees of a message.
    pub content: Option<Digest>,
    /// Object addressed.
    pub target: Option<DestinationId>,
    /// Object or part made or changed.
    pub object: Option<DestinationId>,
    /// The object was there before the migration.
    pub was_there: bool,
    /// It took off what the step had put on.
    pub removes: bool,
    /// What became of it since.
    pub end: EffectEnd,
}

/// What became of an effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EffectEnd {
    /// It stands, and no undo was tried.
    #[default]
    Stands,
    /// It is undone.
    Undone {
        /// When.
        at: Position,
        /// Row of the operation table that undid it; empty if nothing was left to do.
        by: String,
        /// It was gone already.
        already_gone: bool,
        /// Fields that are not as they were before.
        kept: Vec<String>,
    },
    /// Its object is gone, and it with it.
    WentWithObject,
    /// It stands, because people touched it.
    Kept {
        /// When that was seen; the payload has both values.
        at: Position,
        /// What they touched.
        touched: Vec<String>,
        /// The whole object stays, not only fields of it.
        whole: bool,
    },
    /// It stands, because nothing can undo it.
    Impossible {
        /// Why.
        reason: String,
    },
    /// It stands, because Intercom refused to undo it: a person must look.
    Stuck {
        /// Error code.
        code: String,
    },
}

impl Effect {
    /// True if it made its object: nothing stood before, and it was not there before the migration.
    /// A later change of an object is no such effect, whoever made the object.
    pub fn creates(&self) -> bool {
        !self.was_there && self.before.is_none() && !self.removes
    }

    /// True if it is in Intercom as far as the ledger knows.
    pub fn stands(&self) -> bool {
        match self.end {
            EffectEnd::Stands
            | EffectEnd::Kept { .. }
            | EffectEnd::Impossible { .. }
            | EffectEnd::Stuck { .. } => true,
            EffectEnd::Undone { .. } | EffectEnd::WentWithObject => false,
        }
    }
}

/// A request on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// How far it is.
    pub stage: AttemptStage,
    /// The intent; its payload is the request.
    pub started_at: Position,
    /// Row of the operation table.
    pub operation: String,
    /// Object addressed.
    pub target: Option<DestinationId>,
    /// Digest of the step as drafted; of an undo, of what is undone.
    pub digest: Digest,
    /// Digest of what a reader sees of a message.
    pub content: Option<Digest>,
    /// The event whose payload holds what stood before.
    pub before: Option<Position>,
    /// It takes over an object that was there before.
    pub adopting: bool,
    /// It takes off what the step put on.
    pub removes: bool,
    /// The effect that it undoes.
    pub undoes: Option<Position>,
}

/// What the events of one step amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepState {
    /// The attempt that is open.
    pub attempt: Option<Attempt>,
    /// What landed, oldest first; what was undone stays in the list.
    pub effects: Vec<Effect>,
    /// Attempts so far.
    pub attempts: u32,
    /// Attempts to undo so far.
    pub undo_attempts: u32,
    /// How often an effect was left standing by an undo: kept, or impossible to take back.
    pub kept: u32,
    /// Pre-states recorded so far.
    pub pre_images: u32,
    /// The pre-state recorded since the last effect landed, and the run that recorded it.
    pub pre_image: Option<(Position, RunId)>,
}

impl StepState {
    /// Effects that stand, oldest first.
    pub fn standing(&self) -> impl DoubleEndedIterator<Item = &Effect> {
        self.effects.iter().filter(|effect| effect.stands())
    }

    /// The effect that decides what the step looks like in Intercom now.
    pub fn top(&self) -> Option<&Effect> {
        self.standing().next_back()
    }

    /// True if what the step wants is in Intercom as far as the ledger knows.
    pub fn is_in_effect(&self) -> bool {
        self.top().is_some_and(|top| !top.removes)
    }

    /// Digest of the step whose effect is in Intercom.
    pub fn effective(&self) -> Option<Digest> {
        self.top().filter(|top| !top.removes).map(|top| top.digest)
    }

    /// Object or part made or changed by what stands.
    pub fn object(&self) -> Option<&DestinationId> {
        self.standing().rev().find_map(|effect| effect.object.as_ref())
    }

    /// Object addressed by what stands.
    pub fn target(&self) -> Option<&DestinationId> {
        self.standing().rev().find_map(|effect| effect.target.as_ref())
    }

    /// True if the object was there before the migration.
    pub fn adopted(&self) -> bool {
        self.top().is_some() && !self.standing().any(Effect::creates)
    }

    /// True if one of its effects, standing or undone, made this object.
    pub fn made(&self, object: &DestinationId) -> bool {
        self.effects.iter().any(|one| one.creates() && one.object.as_ref() == Some(object))
    }

    /// Row of the operation table of what stands.
    pub fn operation(&self) -> &str {
        self.top().map_or("", |top| top.operation.as_str())
    }

    /// The first intent whose effect stands.
    pub fn first_effect_at(&self) -> Option<Position> {
        self.standing().next().map(|first| first.intent_at)
    }

    /// How far the open attempt is.
    pub fn stage(&self) -> AttemptStage {
        self.attempt.as_ref().map_or(AttemptStage::Idle, |attempt| attempt.stage)
    }

    /// The latest effect on `object` that went with it, if that object is back since: what cannot
    /// be taken off an object that is archived, a note, is there again when it lives again.
    pub fn gone_with(&self, object: &DestinationId) -> Option<&Effect> {
        let went = |effect: &&Effect| {
            effect.end == EffectEnd::WentWithObject && effect.target.as_ref() == Some(object)
        };
        self.effects.iter().rev().find(went)
    }

    /// An effect by its id.
    pub fn effect(&self, at: Position) -> Option<&Effect> {
        self.effects.iter().find(|effect| effect.at == at)
    }
}

/// All steps of a record.
pub type StepMap = BTreeMap<StepKey, StepState>;

/// Marks effects whose object is gone: what was done to an object of ours before it was deleted or
/// archived went with it, even if the record became an object again since.
pub fn end_with_object(steps: &mut StepMap) {
    let create = StepKey::from(CREATE_STEP);
    let Some(own) = steps.get(&create) else { return };
    let last_end = own
        .effects
        .iter()
        // An object that was there before stays, whatever of ours was taken off it.
        .filter(|effect| effect.creates())
        .filter_map(|effect| match effect.end {
            EffectEnd::Undone { at, .. } => Some((effect.at, at)),
            _ => None,
        })
        // What stands before and after an undone update is the same object.
        .filter(|(made, _)| !own.effects.iter().any(|one| one.stands() && one.at < *made))
        .map(|(_, ended)| ended)
        .max();
    let Some(ended) = last_end else { return };
    for (_, state) in steps.iter_mut().filter(|(key, _)| **key != create) {
        for effect in state.effects.iter_mut().filter(|effect| effect.at < ended) {
            if effect.stands() {
                effect.end = EffectEnd::WentWithObject;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::digest::Purpose;

    fn effect(at: u64, end: EffectEnd) -> Effect {
        Effect {
            at: Position(at),
            run: RunId([0; 16]),
            intent_at: Position(at - 1),
            before: None,
            operation: "any".into(),
            digest: Digest::of(Purpose::Step, &at.to_be_bytes()),
            content: None,
            target: None,
            object: Some("1".into()),
            was_there: false,
            removes: false,
            end,
        }
    }

    fn undone(at: u64) -> EffectEnd {
        let (by, already_gone, kept) = ("x".to_owned(), false, Vec::new());
        EffectEnd::Undone { at: Position(at), by, already_gone, kept }
    }

    fn steps(create: Vec<Effect>, tag: Vec<Effect>) -> StepMap {
        let state = |effects| StepState { effects, ..StepState::default() };
        [("create".into(), state(create)), ("tag:a".into(), state(tag))].into()
    }

    fn tag_stands(create: Vec<Effect>, tagged_at: u64) -> bool {
        let mut steps = steps(create, vec![effect(tagged_at, EffectEnd::Stands)]);
        end_with_object(&mut steps);
        steps[&StepKey::from("tag:a")].is_in_effect()
    }

    #[test]
    fn effects_end_with_their_object() {
        let stands = EffectEnd::Stands;
        assert!(tag_stands(vec![effect(10, stands.clone())], 20));
        assert!(!tag_stands(vec![effect(10, undone(50))], 20));
        let anew = vec![effect(10, undone(50)), effect(60, stands.clone())];
        assert!(!tag_stands(anew.clone(), 20));
        assert!(tag_stands(anew, 70));
        // An update that was undone leaves the object, and all that was done to it.
        assert!(tag_stands(vec![effect(10, stands), effect(30, undone(50))], 20));
    }

    #[test]
    fn what_cannot_be_taken_off_an_object_of_before_stays() {
        let adopted = Effect { was_there: true, ..effect(10, undone(50)) };
        assert!(tag_stands(vec![adopted], 20));
    }

    #[test]
    fn a_change_of_an_object_of_before_does_not_make_it_ours() {
        let adopted =
            Effect { was_there: true, before: Some(Position(9)), ..effect(10, undone(50)) };
        let changed = Effect { before: Some(Position(29)), ..effect(30, undone(49)) };
        let effects = vec![adopted.clone(), changed.clone()];
        let state = StepState { effects, ..StepState::default() };
        assert!(!state.made(&"1".into()));
        assert!(tag_stands(vec![adopted, changed], 20));
    }

    #[test]
    fn an_undone_update_leaves_what_stood_before() {
        let first = effect(10, EffectEnd::Stands);
        let state = StepState {
            effects: vec![first.clone(), effect(30, undone(50))],
            ..StepState::default()
        };
        assert_eq!(state.effective(), Some(first.digest));
        assert!(state.is_in_effect());
    }

    #[test]
    fn what_was_taken_off_is_not_in_effect() {
        let off = Effect { removes: true, ..effect(30, EffectEnd::Stands) };
        let effects = vec![effect(10, EffectEnd::Stands), off];
        let state = StepState { effects, ..StepState::default() };
        assert!(!state.is_in_effect());
        assert_eq!(state.effective(), None);
    }
}
