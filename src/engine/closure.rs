//! What depends on what: an object that goes takes with it what needs it.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::error::EngineError;
use super::load;
use crate::destination::intercom::family::set_attributes;
use crate::destination::intercom::object::ObjectKind;
use crate::mapping::attribute;
use crate::mapping::draft::{Draft, ids_of, links_of};
use crate::mapping::rule::Holder;
use crate::model::{SourceKey, StepKey, StreamId};
use crate::projection::id_map::CREATE_STEP;

/// What a record does with another record's object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// It cannot be without it.
    Whole,
    /// These of its steps name it.
    Steps(BTreeSet<StepKey>),
    /// The words of these of its steps lead to it.
    Links(BTreeSet<StepKey>),
    /// It has values of it: an attribute, whose values are out of sight while it is archived.
    Values,
}

impl Need {
    fn join(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Steps(own), Self::Steps(more)) | (Self::Links(own), Self::Links(more)) => {
                own.extend(more);
            }
            (Self::Values, more) => *self = more,
            (_, Self::Whole) => *self = Self::Whole,
            (Self::Links(_), Self::Steps(more)) => *self = Self::Steps(more),
            (Self::Whole | Self::Steps(_) | Self::Links(_), _) => {}
        }
    }
}

/// Records and those that need their objects, in order: `(owner, dependent)`.
pub type Dependents = Vec<(StreamId, StreamId)>;

/// Who needs whom among `streams`, whose owners may be any.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn dependents(
    context: &Context,
    streams: &[StreamId],
) -> Result<Dependents, EngineError> {
    let mut found = Dependents::new();
    for stream in streams {
        let needed = needs(context, *stream).await?;
        let keys: Vec<SourceKey> = needed.into_keys().collect();
        let owners = context.ledger.streams(&keys).await?;
        found.extend(owners.into_iter().flatten().map(|owner| (owner, *stream)));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// What `dependent` needs the object of `owner` for.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn need_of(
    context: &Context,
    dependent: StreamId,
    owner: StreamId,
) -> Result<Option<Need>, EngineError> {
    let needed = needs(context, dependent).await?;
    let keys: Vec<SourceKey> = needed.keys().cloned().collect();
    let owners = context.ledger.streams(&keys).await?;
    let mut found: Option<Need> = None;
    for (other, need) in owners.into_iter().zip(needed.into_values()) {
        if other == Some(owner) {
            match &mut found {
                Some(found) => found.join(need),
                None => found = Some(need),
            }
        }
    }
    Ok(found)
}

/// What a record's object needs: objects it refers to, and the attributes it has values of.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn needs(
    context: &Context,
    stream: StreamId,
) -> Result<BTreeMap<SourceKey, Need>, EngineError> {
    let states = context.states(&[stream]).await?;
    let Some(Some(draft)) = load::drafts(context, &states).await?.pop() else {
        return Ok(BTreeMap::new());
    };
    let mut needed: BTreeMap<SourceKey, Need> = BTreeMap::new();
    for step in &draft.steps {
        for key in links_of(step).into_iter().filter(|key| *key != draft.key) {
            needed.entry(key).or_insert(Need::Values).join(Need::Links([step.key.clone()].into()));
        }
        for key in ids_of(step).into_iter().filter(|key| *key != draft.key) {
            // A thread cannot be without the person who began it; a tag on it can be taken off.
            let need = match step.key.as_str() == CREATE_STEP {
                true => Need::Whole,
                false => Need::Steps([step.key.clone()].into()),
            };
            needed.entry(key).or_insert(Need::Values).join(need);
        }
    }
    for key in attributes(&draft) {
        needed.entry(key).or_insert(Need::Values);
    }
    Ok(needed)
}

/// The attributes of which a draft sets values.
fn attributes(draft: &Draft) -> Vec<SourceKey> {
    let mut keys = Vec::new();
    for step in &draft.steps {
        let holder = match ObjectKind::of(step.operation) {
            ObjectKind::Contact => Holder::Contact,
            ObjectKind::Company => Holder::Company,
            ObjectKind::Conversation => Holder::Conversation,
            _ => continue,
        };
        if let Some(values) = set_attributes(step.operation, &step.body) {
            keys.extend(values.keys().map(|name| attribute::key(holder, name)));
        }
    }
    keys
}
