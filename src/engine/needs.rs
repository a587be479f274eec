//! What only people can make in Intercom (FACTS §7), held against what is there: before a phase
//! that needs it, and for the doctor.

use std::collections::{BTreeMap, BTreeSet};

use super::canary::Learned;
use super::context::Context;
use super::error::EngineError;
use super::pending;
use super::plan;
use super::reading::patiently;
use crate::destination::contract::{Destination, DestinationError, Read, StopScope};
use crate::destination::intercom::family::Entry;
use crate::destination::intercom::family::custom_object::probe as instance;
use crate::destination::intercom::pages::list_all;
use crate::mapping::need::{ANY, Need, NeedKind, Needs};
use crate::model::event::Phase;

/// What the plan in force needs; of a ledger without a plan, what waits to be written needs.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn of_plan(context: &Context) -> Result<Needs, EngineError> {
    if let Some(needs) = plan::needs(context).await? {
        return Ok(needs);
    }
    let mut needs = Needs::default();
    for phase in Phase::ALL {
        let mut after = None;
        while let Some((page, last)) = pending::page(context, phase, after).await? {
            after = Some(last);
            page.iter().for_each(|pending| needs.observe(&pending.draft));
        }
    }
    Ok(needs)
}

/// What of `needs` is not there. What the token may not read is not said to be missing.
///
/// # Errors
/// If Intercom cannot be read.
pub async fn missing<'a>(
    context: &Context,
    destination: &dyn Destination,
    needs: impl Iterator<Item = &'a Need>,
    learned: &Learned,
) -> Result<Vec<Need>, EngineError> {
    let mut look = Look { context, destination, lists: BTreeMap::new() };
    let mut missing = Vec::new();
    for need in needs {
        if need.kind == NeedKind::ObjectType {
            missing.extend(look.object_type(need, learned).await?);
        } else if !look.has(need).await? {
            missing.push(need.clone());
        }
    }
    Ok(missing)
}

/// Whether a phase rests on what another one writes.
pub fn depends(phase: Phase, on: Phase) -> bool {
    match phase {
        Phase::Articles => on == Phase::Schema,
        _ => on < phase,
    }
}

/// Where things of a kind are listed, and whether a name or an id names them.
fn places(kind: NeedKind) -> &'static [(&'static str, NamedBy)] {
    const ADMINS: (&str, NamedBy) = ("/admins", NamedBy::Id);
    const TEAMS: (&str, NamedBy) = ("/teams", NamedBy::Id);
    match kind {
        // No list of them is to be had.
        NeedKind::ObjectType => &[],
        NeedKind::Teammate => &[ADMINS],
        NeedKind::Team => &[TEAMS],
        NeedKind::Assignee => &[ADMINS, TEAMS],
        NeedKind::TicketState => &[("/ticket_states", NamedBy::Id)],
        NeedKind::TicketType => &[("/ticket_types", NamedBy::Name)],
        NeedKind::HelpCentre => &[("/help_center/help_centers", NamedBy::Id)],
    }
}

#[derive(Clone, Copy)]
enum NamedBy {
    Id,
    Name,
}

struct Look<'a> {
    context: &'a Context,
    destination: &'a dyn Destination,
    /// What was listed, by address; none where the token may not read.
    lists: BTreeMap<&'static str, Option<BTreeSet<String>>>,
}

impl Look<'_> {
    async fn has(&mut self, need: &Need) -> Result<bool, EngineError> {
        for (path, by) in places(need.kind) {
            if !self.lists.contains_key(path) {
                let list = self.list(path, *by).await?;
                self.lists.insert(path, list);
            }
            let name = &need.name;
            let holds =
                |list: &BTreeSet<String>| list.contains(name) || name == ANY && !list.is_empty();
            if self.lists.get(path).is_none_or(|list| list.as_ref().is_none_or(holds)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The ids or names of all that is there and not archived.
    async fn list(
        &self,
        path: &'static str,
        by: NamedBy,
    ) -> Result<Option<BTreeSet<String>>, EngineError> {
        let read = || list_all(self.destination, Read::get(path));
        match patiently(self.context, read).await {
            Ok(all) => {
                let active = all.iter().map(Entry::of).filter(|one| !one.archived);
                let named = active.filter_map(|one| match by {
                    NamedBy::Id => one.id.map(|id| id.0),
                    NamedBy::Name => one.name.filter(|name| !name.is_empty()).map(str::to_owned),
                });
                Ok(Some(named.collect()))
            }
            Err(EngineError::Destination(
                DestinationError::Stop { scope: StopScope::Phase, .. }
                | DestinationError::Refused { .. },
            )) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The type if it is not there, or with the attributes that the canary found to be refused.
    async fn object_type(
        &self,
        need: &Need,
        learned: &Learned,
    ) -> Result<Option<Need>, EngineError> {
        let read = instance::list(&need.name);
        let found = patiently(self.context, || async {
            self.destination.read(&read).await.found(read.path)
        });
        match found.await {
            Err(EngineError::Destination(DestinationError::Absent { .. })) => {
                Ok(Some(need.clone()))
            }
            Ok(_) => {
                let mut lacking = need.clone();
                lacking.attributes.retain(|name, _| learned.refuses(&need.name, name));
                Ok((!lacking.attributes.is_empty()).then_some(lacking))
            }
            Err(error) => Err(error),
        }
    }
}
