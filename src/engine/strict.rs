//! What others added to the objects that we made: before cutover there is nothing of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::context::Context;
use super::error::EngineError;
use super::load;
use super::pending::Pending;
use super::reading::patiently;
use super::sent::{by_relation, sent};
use crate::destination::contract::{Destination, DestinationError, Read, StopScope};
use crate::destination::intercom::compare::{ResolvedStep, StepIds};
use crate::destination::intercom::drift::{self, Ours};
use crate::destination::intercom::family::read::{id_of, name_of};
use crate::destination::intercom::family::thread;
use crate::destination::intercom::family::thread::read::likeness;
use crate::destination::intercom::object::ReadBack;
use crate::destination::intercom::pages::{items, turn};
use crate::destination::intercom::wholeness::foreign_values;
use crate::model::digest::Purpose;
use crate::model::event::Phase;
use crate::model::{DestinationId, Digest, StepKey, canonical_json};
use crate::projection::find::of_object;
use crate::projection::id_map::CREATE_STEP;

/// Names of the attributes that the migration made or used.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn attributes(context: &Context) -> Result<BTreeSet<String>, EngineError> {
    let mut names = BTreeSet::new();
    let mut from = Vec::new();
    while let Some((page, next)) = load::state_page(context, &from).await? {
        from = next;
        let schema = page.into_iter().map(|(_, state)| state);
        let schema: Vec<_> = schema.filter(|state| state.phase == Some(Phase::Schema)).collect();
        for draft in load::drafts(context, &schema).await?.into_iter().flatten() {
            let steps = draft.steps.iter().filter(|_| draft.becomes.is_attribute());
            names.extend(steps.filter_map(|step| name_of(&step.body)));
        }
    }
    Ok(names)
}

/// What is on a record's own object that no step of ours put there.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn added(
    context: &Context,
    pending: &Pending,
    steps: &[ResolvedStep],
    back: &ReadBack,
    (ids, names): (&StepIds, &BTreeSet<String>),
) -> Result<Vec<String>, EngineError> {
    let creates = pending.steps.get(&StepKey::from(CREATE_STEP));
    if creates.and_then(|state| state.object()) != Some(&back.id) {
        // It changes another record's object.
        return Ok(Vec::new());
    }
    let mut all = steps.to_vec();
    let own = async { Ok(sent(context, &pending.key, pending.stream).await?.all) };
    for history in [own.await, by_relation(context, &pending.key).await] {
        match history {
            Ok(history) => all.extend(history),
            // What was sent before is not known any more; what stands is.
            Err(EngineError::Erased(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let effects = pending.steps.values().flat_map(|state| &state.effects);
    let ever = effects.filter_map(|effect| effect.object.clone()).collect();
    let ours = Ours { steps: &all, ids, ever: &ever, created: true };
    let mut found = drift::added(&ours, back);
    found.extend(foreign_values(&all, back, names));
    Ok(found)
}

/// Threads that are as one of ours is and that no record became, by the key of ours.
///
/// # Errors
/// If Intercom or the ledger cannot be read.
pub async fn twins(
    context: &Context,
    destination: &dyn Destination,
) -> Result<BTreeMap<String, Vec<String>>, EngineError> {
    let mut twins = BTreeMap::new();
    for (_, read) in thread::list::all() {
        for ids in alike(context, destination, read).await? {
            of_ours(context, &ids, &mut twins).await?;
        }
    }
    Ok(twins)
}

/// Ids of the threads of a list that a reader cannot tell apart, page by page.
async fn alike(
    context: &Context,
    destination: &dyn Destination,
    mut read: Read,
) -> Result<Vec<Vec<String>>, EngineError> {
    let mut alike: HashMap<Digest, Vec<String>> = HashMap::new();
    loop {
        let page = || async { destination.read(&read).await.found(read.path) };
        let page = match patiently(context, page).await {
            Ok(page) => page,
            // A plan without tickets has none twice.
            Err(EngineError::Destination(DestinationError::Stop {
                scope: StopScope::Phase,
                ..
            })) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        for one in items(&page) {
            if let Some(id) = id_of(one) {
                alike
                    .entry(Digest::of(Purpose::Compared, &canonical_json(&likeness(one))?))
                    .or_default()
                    .push(id);
            }
        }
        if items(&page).is_empty() || !turn(&mut read, &page) {
            // A list that grows in front while it is read shows one object on two pages.
            let groups = alike.into_values().map(|mut ids| {
                ids.sort();
                ids.dedup();
                ids
            });
            return Ok(groups.filter(|ids| ids.len() > 1).collect());
        }
    }
}

async fn of_ours(
    context: &Context,
    ids: &[String],
    twins: &mut BTreeMap<String, Vec<String>>,
) -> Result<(), EngineError> {
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for id in ids {
        let object = DestinationId::from(id.as_str());
        match of_object(&context.ledger, &object, 1).await?.first() {
            Some(one) => ours.push(one.stream),
            None => others.push(format!("twin:{id}")),
        }
    }
    if let (Some(stream), false) = (ours.first(), others.is_empty()) {
        for key in context.ledger.keys(&[*stream]).await? {
            twins.entry(key.to_string()).or_default().extend(others.clone());
        }
    }
    Ok(())
}
