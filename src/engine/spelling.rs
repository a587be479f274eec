//! The names of attributes as the workspace writes them. The map may say `priority` where the
//! workspace has `Priority`: the attribute is taken over as it is, and values go to that name.
//! Which names those are stands in the ledger, in what an adopted attribute held.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

use super::context::Context;
use super::error::EngineError;
use super::load;
use crate::destination::intercom::family::{self, Entry};
use crate::destination::intercom::object::ObjectKind;
use crate::destination::intercom::request::Request;
use crate::mapping::attribute;
use crate::mapping::rule::Holder;
use crate::model::{SourceKey, StepKey};
use crate::projection::id_map::CREATE_STEP;

/// Spellings met so far in this run, by the key of the attribute's record.
#[derive(Default)]
pub struct Spellings(Mutex<HashMap<SourceKey, Option<String>>>);

impl Spellings {
    /// Renames the attributes of a request that the workspace writes in another way.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn apply(&self, context: &Context, request: &mut Request) -> Result<(), EngineError> {
        let holder = match ObjectKind::of(request.operation) {
            ObjectKind::Contact => Holder::Contact,
            ObjectKind::Company => Holder::Company,
            ObjectKind::Conversation => Holder::Conversation,
            _ => return Ok(()),
        };
        let attributes = family::of(request.operation).fields().attributes;
        let Some((place, _)) = attributes else { return Ok(()) };
        let body = request.body.as_mut().and_then(Value::as_object_mut);
        let values = body.and_then(|body| body.get_mut(place)).and_then(Value::as_object_mut);
        let Some(values) = values else { return Ok(()) };
        let mut renamed = Map::new();
        for (name, value) in std::mem::take(values) {
            let there = self.of(context, &attribute::key(holder, &name)).await?;
            renamed.insert(there.unwrap_or(name), value);
        }
        *values = renamed;
        Ok(())
    }

    /// The name of an attribute that was taken over; `None` if it is ours, or is not known.
    async fn of(&self, context: &Context, key: &SourceKey) -> Result<Option<String>, EngineError> {
        let met = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        if let Some(spelling) = met {
            return Ok(spelling);
        }
        let Some(stream) = context.ledger.streams(std::slice::from_ref(key)).await?.pop().flatten()
        else {
            return Ok(None);
        };
        let steps = load::steps(context, stream).await?;
        let state = steps.get(&StepKey::from(CREATE_STEP));
        // An attribute that does not stand yet may be taken over later in the run.
        let Some(state) = state.filter(|state| state.is_in_effect()) else { return Ok(None) };
        let effect = state.standing().find(|effect| effect.was_there);
        let spelling = match effect {
            Some(effect) => {
                let held = context.ledger.payloads(&[effect.at]).await?.pop().flatten();
                let held: Value = match held {
                    Some(bytes) => load::parse("attribute", key, &bytes)?,
                    None => return Err(EngineError::Erased(key.clone())),
                };
                Entry::of(&held).name.map(str::to_owned)
            }
            None => None,
        };
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        met.insert(key.clone(), spelling.clone());
        Ok(spelling)
    }
}
