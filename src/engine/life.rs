//! The steps of a record live as long as the object they were done to. Pure.

use std::collections::BTreeMap;

use crate::model::StepKey;
use crate::model::lifecycle::StepStage;
use crate::projection::StepState;
use crate::projection::id_map::CREATE_STEP;

/// Marks as undone the steps whose object is gone: a rollback removes the object alone, and the
/// record may have been written anew since, as another object.
pub fn end_with_object(steps: &mut BTreeMap<StepKey, StepState>) {
    let Some(create) = steps.get(&StepKey::from(CREATE_STEP)) else { return };
    let (stands, gone) = (create.stage.is_in_effect(), create.stage == StepStage::Undone);
    let born_at = create.first_effect_at;
    for (key, state) in steps.iter_mut() {
        let own = key.as_str() == CREATE_STEP;
        let older = stands && state.started_at.is_some() && state.started_at < born_at;
        if !own && state.stage.is_in_effect() && (gone || older) {
            state.stage = StepStage::Undone;
            state.effective = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Position;

    fn step(stage: StepStage, started_at: u64) -> StepState {
        let at = Some(Position(started_at));
        StepState { stage, started_at: at, first_effect_at: at, ..StepState::default() }
    }

    #[test]
    fn steps_end_with_their_object() {
        use StepStage::{Done, Undone};
        for (create, part, expected) in [
            (step(Done, 1), step(Done, 2), Done),
            (step(Undone, 1), step(Done, 2), Undone),
            (step(Done, 5), step(Done, 2), Undone),
            (step(Done, 5), step(Done, 7), Done),
        ] {
            let mut steps = BTreeMap::from([("create".into(), create), ("part:1".into(), part)]);
            let before = steps[&StepKey::from("create")].clone();
            end_with_object(&mut steps);
            assert_eq!(steps[&StepKey::from("part:1")].stage, expected);
            assert_eq!(steps[&StepKey::from("create")], before);
        }
    }

    #[test]
    fn an_object_changed_later_is_still_the_same_object() {
        let create = StepState { started_at: Some(Position(9)), ..step(StepStage::Done, 1) };
        let mut steps =
            BTreeMap::from([("create".into(), create), ("tag:a".into(), step(StepStage::Done, 2))]);
        end_with_object(&mut steps);
        assert_eq!(steps[&StepKey::from("tag:a")].stage, StepStage::Done);
    }
}
