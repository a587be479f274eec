//! Reads Intercom with patience: a read may be repeated as often as needed.

use super::backoff::backoff;
use super::context::Context;
use super::error::EngineError;
use super::setting::{ATTEMPTS_MAX, LIMITED_MAX};
use crate::destination::contract::{Destination, DestinationError, RATE_LIMITED};
use crate::destination::intercom::object::{self, ReadBack, Target};

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

/// The same where much follows from its being gone: one answer that says so is not believed alone.
///
/// # Errors
/// If it cannot be read in the end.
pub async fn find_surely(
    context: &Context,
    destination: &dyn Destination,
    target: &Target,
) -> Result<Option<ReadBack>, EngineError> {
    match find(context, destination, target).await? {
        Some(back) => Ok(Some(back)),
        None => find(context, destination, target).await,
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
    let (mut attempt, mut limited) = (0, 0);
    loop {
        attempt += 1;
        match read().await {
            Ok(found) => return Ok(found),
            // It was not looked at, so it is no attempt; the budget holds back the next.
            Err(DestinationError::Later { code, .. })
                if code == RATE_LIMITED && limited < LIMITED_MAX =>
            {
                if context.is_stopping() {
                    return Err(EngineError::Stopped);
                }
                (attempt, limited) = (attempt - 1, limited + 1);
            }
            Err(DestinationError::Later { wait, .. }) if attempt < ATTEMPTS_MAX => {
                if context.is_stopping() {
                    return Err(EngineError::Stopped);
                }
                context.rest(wait.max(backoff(&context.env, attempt))).await?;
            }
            Err(DestinationError::Later { code, .. }) => {
                let operation = "read".to_owned();
                return Err(EngineError::Unreachable { code, operation });
            }
            Err(error) => return Err(error.into()),
        }
    }
}
