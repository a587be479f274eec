//! Kinds of object in Intercom, and reading one back.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::DestinationId;

use super::super::contract::{Destination, DestinationError, Read};
use super::operation::Operation;
use super::pages::list_all;
use super::request::{Request, id_text};

/// What an operation makes or changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ObjectKind {
    Contact,
    Company,
    Tag,
    DataAttribute,
    ConversationAttribute,
    Conversation,
    Collection,
    Article,
    InternalArticle,
    Redirect,
    TicketType,
    Ticket,
    Object,
}

impl ObjectKind {
    /// The kind that an operation makes or changes.
    pub fn of(operation: Operation) -> Self {
        let name = operation.name();
        let begins = |words: &str| name.starts_with(words);
        match () {
            () if begins("contact_") => Self::Contact,
            () if begins("company_") => Self::Company,
            () if begins("tag_") => Self::Tag,
            () if begins("data_attribute_") => Self::DataAttribute,
            () if begins("conversation_attribute_") => Self::ConversationAttribute,
            () if begins("conversation_option_") => Self::ConversationAttribute,
            () if begins("conversation_") => Self::Conversation,
            () if begins("collection_") => Self::Collection,
            () if begins("article_") => Self::Article,
            () if begins("internal_article_") => Self::InternalArticle,
            () if begins("redirect_") => Self::Redirect,
            () if begins("ticket_type_") || begins("ticket_attribute_") => Self::TicketType,
            () if begins("ticket_") => Self::Ticket,
            () => Self::Object,
        }
    }

    /// The kind in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Company => "company",
            Self::Tag => "tag",
            Self::DataAttribute => "attribute",
            Self::ConversationAttribute => "conversation attribute",
            Self::Conversation => "conversation",
            Self::Collection => "collection",
            Self::Article => "article",
            Self::InternalArticle => "internal article",
            Self::Redirect => "redirect",
            Self::TicketType => "ticket type",
            Self::Ticket => "ticket",
            Self::Object => "custom object",
        }
    }

    /// Path of one object, and the name of its id in it; the list that names it, where there is
    /// no other way.
    fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Contact => ("/contacts/{contact_id}", "contact_id"),
            Self::Company => ("/companies/{company_id}", "company_id"),
            Self::Tag => ("/tags/{tag_id}", "tag_id"),
            Self::DataAttribute => ("/data_attributes", "attribute_id"),
            Self::ConversationAttribute => {
                ("/conversations/attributes/{attribute_id}", "attribute_id")
            }
            Self::Conversation => ("/conversations/{conversation_id}", "conversation_id"),
            Self::Collection => ("/help_center/collections/{collection_id}", "collection_id"),
            Self::Article => ("/articles/{article_id}", "article_id"),
            Self::InternalArticle => ("/internal_articles/{article_id}", "article_id"),
            Self::Redirect => (
                "/help_center/help_centers/{help_center_id}/redirects/{redirect_id}",
                "redirect_id",
            ),
            Self::TicketType => ("/ticket_types/{ticket_type_id}", "ticket_type_id"),
            Self::Ticket => ("/tickets/{ticket_id}", "ticket_id"),
            Self::Object => ("/custom_object_instances/{object_type}/{object_id}", "object_id"),
        }
    }
}

/// What Intercom holds of one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadBack {
    /// What it is.
    pub kind: ObjectKind,
    /// Its id.
    pub id: DestinationId,
    /// The object itself.
    pub object: Value,
    /// Its tags in full, where the object names only some or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Value>,
    /// Its companies in full.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub companies: Vec<Value>,
    /// Its notes in full.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Value>,
}

/// Which object to read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What it is.
    pub kind: ObjectKind,
    /// Its id.
    pub id: DestinationId,
    /// Parameters of its path besides its id (help centre, type of custom object).
    pub within: Vec<(String, String)>,
}

impl Target {
    /// An object that needs nothing but its id.
    pub fn new(kind: ObjectKind, id: DestinationId) -> Self {
        Self { kind, id, within: Vec::new() }
    }

    /// The object that a request made or changed.
    pub fn of(request: &Request, id: DestinationId) -> Self {
        let kind = ObjectKind::of(request.operation);
        let (path, own) = kind.place();
        let needed = |name: &String| path.contains(&format!("{{{name}}}")) && name != own;
        let within = request.path.iter().filter(|(name, _)| needed(name)).cloned().collect();
        Self { kind, id, within }
    }
}

/// Reads an object back, with everything that its own address does not give in full.
///
/// # Errors
/// If it is not there, or cannot be read now.
pub async fn read_back(
    destination: &dyn Destination,
    target: &Target,
) -> Result<ReadBack, DestinationError> {
    let kind = target.kind;
    let object = read_object(destination, target).await?;
    let id = target.id.clone();
    let mut back =
        ReadBack { kind, id, object, tags: Vec::new(), companies: Vec::new(), notes: Vec::new() };
    match kind {
        ObjectKind::Contact => {
            // The object itself names the first ten (FACTS §3), notes without their text.
            if has(&back.object, "tags", true) {
                back.tags = sub_list(destination, "/contacts/{id}/tags", target).await?;
            } else {
                back.tags = inline(&back.object, "tags");
            }
            if has(&back.object, "companies", true) {
                back.companies = sub_list(destination, "/contacts/{id}/companies", target).await?;
            } else {
                back.companies = inline(&back.object, "companies");
            }
            if has(&back.object, "notes", false) {
                back.notes = sub_list(destination, "/contacts/{id}/notes", target).await?;
            }
        }
        ObjectKind::Company => {
            back.tags = inline(&back.object, "tags");
            back.notes = sub_list(destination, "/companies/{id}/notes", target).await?;
        }
        _ => back.tags = inline(&back.object, "tags"),
    }
    Ok(back)
}

async fn read_object(
    destination: &dyn Destination,
    target: &Target,
) -> Result<Value, DestinationError> {
    let (path, own) = target.kind.place();
    if target.kind == ObjectKind::DataAttribute {
        let read = Read::get(path).query("include_archived", true);
        let all = list_all(destination, read).await?;
        let ours = all.into_iter().find(|one| id_text(&one["id"]) == Some(target.id.0.clone()));
        return ours.ok_or(DestinationError::Absent { path });
    }
    let mut read = Read::get(path).with(own, &target.id);
    read.values.extend(target.within.iter().cloned());
    destination.read(&read).await.found(path)
}

async fn sub_list(
    destination: &dyn Destination,
    path: &'static str,
    target: &Target,
) -> Result<Vec<Value>, DestinationError> {
    list_all(destination, Read::get(path).with("id", &target.id)).await
}

fn inline(object: &Value, name: &str) -> Vec<Value> {
    let list = &object[name];
    let items = [list, &list[name], &list["data"]].into_iter().find_map(Value::as_array);
    items.cloned().unwrap_or_default()
}

/// Whether there are any, or more than the object names.
fn has(object: &Value, name: &str, more: bool) -> bool {
    let list = &object[name];
    let named = inline(object, name).len() as u64;
    let total = list["total_count"].as_u64().unwrap_or(named);
    if more { list["has_more"] == true || total > named } else { total > 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_kind_and_its_path_names_the_object() {
        for &operation in Operation::ALL {
            let kind = ObjectKind::of(operation);
            let (_, own) = kind.place();
            let names: Vec<_> = operation.spec().path_names().collect();
            if !names.is_empty() && kind != ObjectKind::Redirect && kind != ObjectKind::Object {
                assert_eq!(names[0], own, "{}", operation.name());
            }
        }
    }

    #[test]
    fn a_redirect_is_found_within_its_help_centre() {
        let request = Request::new(Operation::RedirectCreate).with("help_center_id", 7);
        let target = Target::of(&request, "26".into());
        assert_eq!(target.within, [("help_center_id".to_owned(), "7".to_owned())]);
    }
}
