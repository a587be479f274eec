//! Which workspace a ledger belongs to: recorded by the first run that writes, and compared by
//! every command before anything is sent.

use super::context::{Context, own_key};
use super::error::EngineError;
use super::reading::patiently;
use crate::destination::contract::{Destination, Read};
use crate::ledger::NewEvent;
use crate::model::Event;
use crate::model::event::WorkspaceRecorded;

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
    let text = |name: &str| me["app"][name].as_str().map(str::to_owned);
    let app = text("id_code").ok_or(EngineError::WorkspaceUnnamed)?;
    Ok(WorkspaceRecorded { app, region: text("region").unwrap_or_else(|| "unknown".to_owned()) })
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
        None => Ok(()),
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
