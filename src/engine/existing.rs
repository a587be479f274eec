//! What was in the workspace before us: looked for before a create, where Intercom would otherwise
//! give the existing object back as if it were new, or make a second one of the same name.

use std::collections::HashMap;

use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::context::Context;
use super::error::EngineError;
use super::executor::Body;
use super::reading::patiently;
use crate::destination::contract::{Destination, DestinationError, Read};
use crate::destination::intercom::normalise::same_id;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::pages::{items, list_all};
use crate::destination::intercom::request::{Request, id_text};
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

/// Path of the list of ticket types.
const TICKET_TYPES: &str = "/ticket_types";

/// Path of the list of collections.
const COLLECTIONS: &str = "/help_center/collections";

/// Contacts of one address on a page of a search.
const SAME_ADDRESS_MAX: u32 = 50;

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
        let name = request.text("name").unwrap_or_default();
        let found = match request.operation {
            Operation::TagCreate => {
                let tags = self.list(context, destination, "/tags").await?;
                tags.into_iter().find(|tag| same_word(&tag["name"], &name))
            }
            Operation::DataAttributeCreate => {
                // One name space for contacts and companies (FACTS §5.7).
                let all = self.list(context, destination, "/data_attributes").await?;
                spelled(all, &name)
            }
            Operation::ConversationAttributeCreate => {
                // Names are not unique (FACTS §5.8); an archived one does not come back.
                let all = self.list(context, destination, "/conversations/attributes").await?;
                let active = all.into_iter().filter(|one| one["archived"] != true);
                spelled(active.collect(), &name)
            }
            Operation::CompanyUpsert => company(context, destination, request).await?,
            Operation::TicketTypeCreate => {
                // Names are not unique (FACTS §5.5).
                let all = self.list(context, destination, TICKET_TYPES).await?;
                all.into_iter()
                    .filter(|one| one["archived"] != true)
                    .find(|one| same_word(&one["name"], &name))
            }
            Operation::TicketAttributeCreate => {
                let all = self.list(context, destination, TICKET_TYPES).await?;
                let id = request.path_value("ticket_type_id").map(Value::from);
                let kind = all
                    .into_iter()
                    .find(|one| id.as_ref().is_some_and(|id| same_id(id, &one["id"])));
                kind.and_then(|kind| {
                    let attributes = items(&kind["ticket_type_attributes"]).to_vec();
                    let active =
                        |one: &&Value| one["archived"] != true && one["name"] == name.as_str();
                    attributes.iter().find(active).cloned()
                })
            }
            Operation::CollectionCreate => {
                // One collection of a name in one place: the same parent, the same help centre.
                let all = self.list(context, destination, COLLECTIONS).await?;
                let sent = |field: &str| request.body.as_ref().map(|body| &body[field]);
                let same = |one: &Value, field: &str| {
                    let (wanted, there) = (sent(field).unwrap_or(&Value::Null), &one[field]);
                    (wanted.is_null() && there.is_null()) || same_id(wanted, there)
                };
                all.into_iter().find(|one| {
                    let home = sent("help_center_id").is_none_or(Value::is_null)
                        || same(one, "help_center_id");
                    same_word(&one["name"], &name) && same(one, "parent_id") && home
                })
            }
            Operation::ObjectUpsert => instance(context, destination, request).await?,
            _ => None,
        };
        Ok(found.and_then(|object| {
            let id = DestinationId(id_text(&object["id"])?);
            let archived = object["archived"] == true;
            Some(Existing { id, object, archived })
        }))
    }

    /// Adds an object that was just made, so that the list stays right.
    pub async fn add(&self, operation: Operation, object: &Body) {
        let path = match operation {
            Operation::TagCreate => "/tags",
            Operation::DataAttributeCreate => "/data_attributes",
            Operation::ConversationAttributeCreate => "/conversations/attributes",
            Operation::TicketTypeCreate => TICKET_TYPES,
            Operation::CollectionCreate => COLLECTIONS,
            _ => return,
        };
        if let Some(list) = self.0.lock().await.get_mut(path) {
            list.push(object.value());
        }
    }

    async fn list(
        &self,
        context: &Context,
        destination: &dyn Destination,
        path: &'static str,
    ) -> Result<Vec<Value>, EngineError> {
        let mut lists = self.0.lock().await;
        if let Some(list) = lists.get(path) {
            return Ok(list.clone());
        }
        let read = match path {
            "/tags" | TICKET_TYPES | COLLECTIONS => Read::get(path),
            _ => Read::get(path).query("include_archived", true),
        };
        let list = patiently(context, || list_all(destination, read.clone())).await?;
        lists.insert(path, list.clone());
        Ok(list)
    }
}

/// An instance of a custom object by the customer's key.
async fn instance(
    context: &Context,
    destination: &dyn Destination,
    request: &Request,
) -> Result<Option<Value>, EngineError> {
    let (Some(object_type), Some(key)) =
        (request.path_value("object_type"), request.text("external_id"))
    else {
        return Ok(None);
    };
    let path = "/custom_object_instances/{object_type}";
    let read = Read::get(path).with("object_type", object_type).query("external_id", key);
    let answer = patiently(context, || async { destination.read(&read).await.found(path) });
    match answer.await {
        Ok(body) => Ok(Some(body)),
        Err(EngineError::Destination(DestinationError::Absent { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn company(
    context: &Context,
    destination: &dyn Destination,
    request: &Request,
) -> Result<Option<Value>, EngineError> {
    let Some(company_id) = request.text("company_id") else {
        return Ok(None);
    };
    let path = "/companies";
    let read = Read::get(path).query("company_id", &company_id);
    let answer = patiently(context, || async { destination.read(&read).await.found(path) });
    match answer.await {
        // Documented as a list, seen as a bare company (FACTS §5.3).
        Ok(body) => {
            let list = crate::destination::intercom::pages::items(&body);
            let bare = (body["company_id"] == company_id.as_str()).then(|| body.clone());
            let listed = list.iter().find(|one| one["company_id"] == company_id.as_str()).cloned();
            Ok(bare.or(listed))
        }
        Err(EngineError::Destination(DestinationError::Absent { .. })) => Ok(None),
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
    let lead = create.text("role").as_deref() == Some("lead");
    let Some(email) = create.text("email").filter(|_| !lead) else { return Ok(Vec::new()) };
    let by_email = json!({ "field": "email", "operator": "=", "value": email });
    let query = json!({ "query": by_email, "pagination": { "per_page": SAME_ADDRESS_MAX } });
    let search = Read::search("/contacts/search", query);
    let all = patiently(context, || list_all(destination, search.clone())).await?;
    let is_user = |one: &&Value| one["role"] == "user" && one["archived"] != true;
    let sent = fold_email(&email);
    let same = |one: &&Value| one["email"].as_str().is_some_and(|there| fold_email(there) == sent);
    let ids = all.iter().filter(is_user).filter(same).filter_map(|one| id_text(&one["id"]));
    Ok(ids.map(DestinationId).collect())
}

/// The attribute of a name: as it is written, or else under another case or width. Values are then
/// written under the name that the workspace has ([`super::spelling`]).
fn spelled(all: Vec<Value>, name: &str) -> Option<Value> {
    let as_written = all.iter().find(|one| one["name"] == name).cloned();
    as_written.or_else(|| {
        let word = fold(name);
        all.into_iter().find(|one| one["name"].as_str().is_some_and(|there| fold(there) == word))
    })
}

fn same_word(value: &Value, word: &str) -> bool {
    value.as_str().is_some_and(|name| name.to_lowercase() == word.to_lowercase())
}
