//! What stood in Intercom before a pass over one record changes it: read once, kept in the ledger
//! before the first intent, so that each effect can be taken back.

use super::error::EngineError;
use super::executor::{Executor, PendingOutcomes};
use super::pending::Pending;
use super::reading;
use crate::destination::intercom::family;
use crate::destination::intercom::object::{ReadBack, Target};
use crate::destination::intercom::request::Request;
use crate::model::{DestinationId, Position, StepKey};
use crate::projection::id_map::CREATE_STEP;

/// Objects whose state before this pass is known.
#[derive(Default)]
pub struct Before {
    kept: Vec<(Target, ReadBack, Position)>,
    /// Objects that this pass made: nothing stood there before.
    fresh: Vec<DestinationId>,
    /// Pre-states recorded in this pass.
    recorded: u32,
}

impl Before {
    /// Says that this pass made an object.
    pub fn made(&mut self, object: &DestinationId) {
        self.fresh.push(object.clone());
    }

    /// The state of an object before this pass, and where it is kept; `None` if it is not there.
    ///
    /// # Errors
    /// If Intercom cannot be read, or the ledger refuses.
    pub async fn of(
        &mut self,
        executor: &Executor<'_>,
        pending: &Pending,
        target: &Target,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Option<(ReadBack, Position)>, EngineError> {
        if let Some((_, back, at)) = self.kept.iter().find(|(known, _, _)| known == target) {
            return Ok(Some((back.clone(), *at)));
        }
        let found = reading::find(executor.context, executor.destination, target).await?;
        let Some(back) = found else { return Ok(None) };
        let at = self.keep(executor, pending, target, &back, outcomes).await?;
        Ok(Some((back, at)))
    }

    /// Keeps a state that was read already.
    ///
    /// # Errors
    /// If the ledger refuses.
    pub async fn keep(
        &mut self,
        executor: &Executor<'_>,
        pending: &Pending,
        target: &Target,
        back: &ReadBack,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Position, EngineError> {
        // All of a pass stand under the step that makes the record's object, or its first.
        let create = StepKey::from(CREATE_STEP);
        let first = pending.draft.steps.first().map(|step| step.key.clone());
        let has_create = pending.draft.steps.iter().any(|step| step.key == create);
        let step = if has_create { create } else { first.unwrap_or(create) };
        let before = pending.steps.get(&step).map_or(0, |state| state.pre_images);
        let number = before + self.recorded;
        let at = executor.pre_state(&pending.key, &step, number, back, outcomes).await?;
        self.recorded += 1;
        self.kept.push((target.clone(), back.clone(), at));
        Ok(at)
    }

    /// Where the state is kept that a request is going to change; `None` if nothing stood there,
    /// or nothing of it can be put back.
    ///
    /// # Errors
    /// If Intercom cannot be read, or the ledger refuses.
    pub async fn of_request(
        &mut self,
        executor: &Executor<'_>,
        pending: &Pending,
        request: &Request,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Option<(ReadBack, Position)>, EngineError> {
        let family = family::of(request.operation);
        if !family.changes_what_stands(request.operation) {
            return Ok(None);
        }
        let Some(id) = family.addressed(request).filter(|id| !self.fresh.contains(id)) else {
            return Ok(None);
        };
        self.of(executor, pending, &Target::of(request, id), outcomes).await
    }
}

/// Whether a link that a request sets was there before; `None` if it sets none.
pub fn was_linked(request: &Request, back: &ReadBack) -> Option<bool> {
    let family = family::of(request.operation);
    family.linked(request, back).filter(|_| family.sets_link(request.operation))
}
