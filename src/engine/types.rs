//! Types of custom objects can only be made by hand (FACTS §5.9): before objects are written, it is
//! asked which are there.

use std::collections::BTreeSet;

use super::context::Context;
use super::error::EngineError;
use super::pending;
use super::reading::patiently;
use crate::destination::contract::{Destination, DestinationError, Read};
use crate::destination::intercom::operation::Operation;
use crate::model::event::Phase;

/// Where the instances of a type are.
const PATH: &str = "/custom_object_instances/{object_type}";

/// Identifiers of the types that pending objects need and Intercom does not have.
///
/// # Errors
/// If the ledger or Intercom cannot be read.
pub async fn missing(
    context: &Context,
    destination: &dyn Destination,
) -> Result<Vec<String>, EngineError> {
    let mut wanted = BTreeSet::new();
    let mut after = None;
    while let Some((page, last)) = pending::page(context, Phase::Objects, after).await? {
        after = Some(last);
        for step in page.iter().flat_map(|pending| &pending.draft.steps) {
            if step.operation == Operation::ObjectUpsert
                && let Some(object_type) = step.path.get("object_type").and_then(|v| v.as_str())
            {
                wanted.insert(object_type.to_owned());
            }
        }
    }
    let mut missing = Vec::new();
    for object_type in wanted {
        if !is_there(context, destination, &object_type).await? {
            missing.push(object_type);
        }
    }
    Ok(missing)
}

async fn is_there(
    context: &Context,
    destination: &dyn Destination,
    object_type: &str,
) -> Result<bool, EngineError> {
    let read = Read::get(PATH).with("object_type", object_type).query("per_page", 1);
    match patiently(context, || async { destination.read(&read).await.found(PATH) }).await {
        Ok(_) => Ok(true),
        Err(EngineError::Destination(DestinationError::Absent { .. })) => Ok(false),
        Err(error) => Err(error),
    }
}
