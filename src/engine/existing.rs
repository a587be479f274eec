//! What was in the workspace before us: looked for before a create, where Intercom would otherwise
//! give the existing object back as if it were new, or make a second one of the same name.

use std::collections::HashMap;

use serde_json::Value;
use tokio::sync::Mutex;

use super::context::Context;
use super::error::EngineError;
use super::executor::Body;
use super::reading::patiently;
use crate::destination::contract::{Destination, DestinationError, Read};
use crate::destination::intercom::family::contact::rules as contact;
use crate::destination::intercom::family::{self, Entry, Standing};
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::pages::list_all;
use crate::destination::intercom::request::Request;
use crate::mapping::fold::{fold, fold_email};
use crate::model::DestinationId;

/// An object that is there already.
#[derive(Clone, Debug, PartialEq)]
pub struct Existing {
    /// Its id.
    pub id: DestinationId,
    /// What it holds.
    pub object: Value,
    /// It is archived.
    pub archived: bool,
}

/// Lists that were read once in this run.
#[derive(Default)]
pub struct Lists(Mutex<HashMap<&'static str, Vec<Value>>>);

impl Lists {
    /// The object that `request` would make a second time, or take over.
    ///
    /// # Errors
    /// If Intercom cannot be read.
    pub async fn find(
        &self,
        context: &Context,
        destination: &dyn Destination,
        request: &Request,
    ) -> Result<Option<Existing>, EngineError> {
        let family = family::of(request.operation);
        let found = match family.standing(request) {
            Some(Standing::List(read) | Standing::Within(read)) => {
                self.list(context, destination, read).await?
            }
            Some(Standing::Key(read)) => by_key(context, destination, read).await?,
            None => return Ok(None),
        };
        Ok(family.double(request, &found, fold).and_then(|object| {
            let Entry { id, archived, .. } = Entry::of(&object);
            Some(Existing { id: id?, object, archived })
        }))
    }

    /// Adds an object that was just made, so that the list stays right.
    pub async fn add(&self, operation: Operation, object: &Body) {
        let of_its_kind = family::of(operation).standing(&Request::new(operation));
        let Some(Standing::List(read)) = of_its_kind else { return };
        if let Some(list) = self.0.lock().await.get_mut(read.path) {
            list.push(object.value());
        }
    }

    async fn list(
        &self,
        context: &Context,
        destination: &dyn Destination,
        read: Read,
    ) -> Result<Vec<Value>, EngineError> {
        let mut lists = self.0.lock().await;
        if let Some(list) = lists.get(read.path) {
            return Ok(list.clone());
        }
        let list = patiently(context, || list_all(destination, read.clone())).await?;
        lists.insert(read.path, list.clone());
        Ok(list)
    }
}

/// What stands at a key: nothing, or one answer.
async fn by_key(
    context: &Context,
    destination: &dyn Destination,
    read: Read,
) -> Result<Vec<Value>, EngineError> {
    let answer = patiently(context, || async { destination.read(&read).await.found(read.path) });
    match answer.await {
        Ok(body) => Ok(vec![body]),
        Err(EngineError::Destination(DestinationError::Absent { .. })) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Users, not archived, that have the address of a contact to be made.
///
/// # Errors
/// If Intercom cannot be read.
pub async fn users_of_address(
    context: &Context,
    destination: &dyn Destination,
    create: &Request,
) -> Result<Vec<DestinationId>, EngineError> {
    let Some((email, search)) = contact::of_address(create) else { return Ok(Vec::new()) };
    let all = patiently(context, || list_all(destination, search.clone())).await?;
    let sent = fold_email(&email);
    let users = all.iter().filter_map(contact::addressed_user);
    Ok(users.filter(|(_, there)| fold_email(there) == sent).map(|(id, _)| id).collect())
}
