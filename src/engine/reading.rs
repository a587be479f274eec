//! Reads Intercom with patience: a read may be repeated as often as needed.

use std::time::Duration;

use super::context::Context;
use super::error::EngineError;
use super::setting::ATTEMPTS_MAX;
use crate::destination::contract::{Destination, DestinationError};
use crate::destination::intercom::object::{self, ReadBack, Target};
use crate::model::{DestinationId, Event, StreamId};

/// An object as Intercom holds it now.
///
/// # Errors
/// If it is not there, or cannot be read in the end.
pub async fn read_back(
    context: &Context,
    destination: &dyn Destination,
    target: &Target,
) -> Result<ReadBack, EngineError> {
    find(context, destination, target)
        .await?
        .ok_or(EngineError::Destination(DestinationError::Absent { path: "the object" }))
}

/// An object as Intercom holds it now; `None` if it is not there.
///
/// # Errors
/// If it cannot be read in the end.
pub async fn find(
    context: &Context,
    destination: &dyn Destination,
    target: &Target,
) -> Result<Option<ReadBack>, EngineError> {
    match patiently(context, || object::read_back(destination, target)).await {
        Ok(back) => Ok(Some(back)),
        Err(EngineError::Destination(
            DestinationError::Absent { .. } | DestinationError::Merged { .. },
        )) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What `read` gives, once it gives anything: it is repeated while it says "later".
///
/// # Errors
/// What `read` says at last, or if the stage is asked to stop.
pub async fn patiently<T, F>(context: &Context, read: impl Fn() -> F) -> Result<T, EngineError>
where
    F: Future<Output = Result<T, DestinationError>>,
{
    let mut attempt = 0;
    loop {
        attempt += 1;
        match read().await {
            Ok(found) => return Ok(found),
            Err(DestinationError::Later { wait, .. }) if attempt < ATTEMPTS_MAX => {
                if context.is_stopping() {
                    return Err(EngineError::Stopped);
                }
                let backoff = Duration::from_millis((100_u64 << attempt.min(8)).min(30_000));
                context.env.sleep(wait.max(backoff)).await;
            }
            Err(DestinationError::Later { code, .. }) => {
                let operation = "read".to_owned();
                return Err(EngineError::Unreachable { code, operation });
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// True if a rollback of ours took this object away.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn was_undone_by_us(
    context: &Context,
    stream: StreamId,
    object: &DestinationId,
) -> Result<bool, EngineError> {
    let events = context.ledger.read_stream(stream).await?;
    Ok(events.iter().any(
        |recorded| matches!(&recorded.event, Event::UndoStarted(undo) if undo.object == *object),
    ))
}
