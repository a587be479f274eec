//! Which workspace a ledger belongs to: recorded by the first run that writes, and compared by
//! every command before anything is sent.

use super::context::{Context, own_key};
use super::error::EngineError;
use super::load;
use super::reading::{self, patiently};
use crate::destination::contract::{Destination, Read};
use crate::destination::intercom::family::workspace::{AppAnswer, MeAnswer};
use crate::destination::intercom::object::{ObjectKind, Target};
use crate::destination::intercom::operation::Operation;
use crate::ledger::NewEvent;
use crate::model::event::WorkspaceRecorded;
use crate::model::{Event, StepKey, StreamId};
use crate::projection::id_map::CREATE_STEP;
use crate::projection::{IdMap, StepState};

const STREAM: (&str, &str) = ("workspace", "own");

/// The workspace that the token opens.
///
/// # Errors
/// [`EngineError::WorkspaceUnnamed`], or if Intercom cannot be read.
pub async fn ask(
    context: &Context,
    destination: &dyn Destination,
) -> Result<WorkspaceRecorded, EngineError> {
    let read = Read::get("/me");
    let me = patiently(context, || async { destination.read(&read).await.found("/me") }).await?;
    let app = AppAnswer::of(MeAnswer::of(&me).app);
    let id = app.id_code.ok_or(EngineError::WorkspaceUnnamed)?;
    let region = app.region.unwrap_or("unknown");
    Ok(WorkspaceRecorded { app: id.to_owned(), region: region.to_owned() })
}

/// The workspace that the ledger belongs to; none before the first run that writes.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn recorded(context: &Context) -> Result<Option<WorkspaceRecorded>, EngineError> {
    let (object, id) = STREAM;
    let key = own_key(object, id)?;
    let Some(stream) = context.ledger.streams(&[key]).await?.pop().flatten() else {
        return Ok(None);
    };
    let events = context.ledger.read_stream(stream).await?;
    Ok(events.into_iter().find_map(|recorded| match recorded.event {
        Event::WorkspaceRecorded(workspace) => Some(workspace),
        _ => None,
    }))
}

/// Objects that are looked for to know a workspace again.
const PROOFS_MAX: usize = 5;

/// Rows looked through for them at once.
const PROOF_ROWS: usize = 100;

/// Refuses to make a ledger belong to a workspace that holds nothing of what the ledger made: one
/// written by a release that did not record its workspace may meet the wrong token.
///
/// # Errors
/// [`EngineError::WorkspaceStrange`], or if Intercom or the ledger cannot be read.
pub async fn prove(context: &Context, destination: &dyn Destination) -> Result<(), EngineError> {
    let mut looked = 0;
    let (mut from, to) = IdMap::reverse_all();
    loop {
        let rows = context.ledger.scan(IdMap::NAME, &from, Some(&to), PROOF_ROWS).await?;
        let Some((last, _)) = rows.last() else { break };
        from = [last.as_slice(), &[0]].concat();
        let live = rows.iter().filter(|(_, value)| IdMap::is_live(value));
        for stream in live.filter_map(|(key, _)| IdMap::reverse_stream(key)) {
            let Some(target) = made(context, stream).await? else { continue };
            looked += 1;
            if reading::find(context, destination, &target).await?.is_some() {
                return Ok(());
            }
            if looked == PROOFS_MAX {
                return Err(EngineError::WorkspaceStrange { looked });
            }
        }
    }
    if looked == 0 { Ok(()) } else { Err(EngineError::WorkspaceStrange { looked }) }
}

/// The object that a record made, if it is of a kind that is looked for by its id alone.
async fn made(context: &Context, stream: StreamId) -> Result<Option<Target>, EngineError> {
    let steps = load::steps(context, stream).await?;
    let created = steps.get(&StepKey::from(CREATE_STEP)).and_then(StepState::top);
    let Some(created) = created.filter(|effect| effect.creates()) else { return Ok(None) };
    let kind = Operation::from_name(&created.operation).map(ObjectKind::of);
    let plain =
        [ObjectKind::Contact, ObjectKind::Conversation, ObjectKind::Article, ObjectKind::Company];
    let kind = kind.filter(|kind| plain.contains(kind));
    Ok(kind.zip(created.object.clone()).map(|(kind, id)| Target::new(kind, id)))
}

/// The event that makes the ledger belong to `workspace`.
///
/// # Errors
/// Never for the fixed key; the type of key says so.
pub fn record(workspace: WorkspaceRecorded) -> Result<NewEvent, EngineError> {
    let (object, id) = STREAM;
    Ok(NewEvent::new(own_key(object, id)?, workspace))
}

/// Refuses a workspace that is not the ledger's. While the ledger belongs to none, nothing is
/// asked.
///
/// # Errors
/// [`EngineError::WorkspaceOther`], or if Intercom or the ledger cannot be read.
pub async fn check(context: &Context, destination: &dyn Destination) -> Result<(), EngineError> {
    match recorded(context).await? {
        Some(ours) => compare(&ours, &ask(context, destination).await?),
        None => prove(context, destination).await,
    }
}

/// Refuses a workspace that is not ours.
///
/// # Errors
/// [`EngineError::WorkspaceOther`].
pub fn compare(ours: &WorkspaceRecorded, now: &WorkspaceRecorded) -> Result<(), EngineError> {
    if ours == now {
        return Ok(());
    }
    let name = |one: &WorkspaceRecorded| format!("{} ({})", one.app, one.region);
    Err(EngineError::WorkspaceOther { ours: name(ours), now: name(now) })
}
