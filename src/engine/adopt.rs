//! Takes over what was in the workspace before: compared first, kept as a pre-image, never deleted
//! by a rollback.

use serde_json::{Map, Value, json};

use super::before::Before;
use super::error::EngineError;
use super::executor::{End, Executor, Intent, PendingOutcomes};
use super::existing::{self, Existing, Lists};
use super::outcome::{Step, ambiguous, refused};
use super::pending::Pending;
use super::policy::{ExistingPolicy, WritePolicy};
use super::reading;
use crate::destination::contract::Refusal;
use crate::destination::intercom::normalise::same_value;
use crate::destination::intercom::object::{ObjectKind, ReadBack, Target};
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::request::Request;
use crate::model::DestinationId;
use crate::projection::IdMap;

/// Adopts objects in place of creating them.
pub struct Adopter<'a> {
    /// The executor.
    pub executor: Executor<'a>,
    /// What the workspace held before.
    pub lists: &'a Lists,
    /// What may be changed.
    pub policy: &'a WritePolicy,
    /// The workspace makes a second contact of an address it has: look before the first create.
    pub twins: bool,
}

impl Adopter<'_> {
    /// Looks for an object that a create would double or take over; `None` if there is none.
    ///
    /// # Errors
    /// If Intercom cannot be read, or the ledger refuses.
    pub async fn before_create(
        &self,
        pending: &Pending,
        intent: &mut Intent,
        before: &mut Before,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Option<Step>, EngineError> {
        if self.twins && intent.request.operation == Operation::ContactCreate {
            return self.of_address(pending, intent, before, outcomes).await;
        }
        let Some(existing) = self
            .lists
            .find(self.executor.context, self.executor.destination, &intent.request)
            .await?
        else {
            return Ok(must_be_there(&intent.request));
        };
        let sent = intent.request.clone();
        let sent = &sent;
        match sent.operation {
            Operation::TagCreate
            | Operation::CollectionCreate
            | Operation::TicketTypeCreate
            | Operation::TicketAttributeCreate => {
                self.as_it_is(intent, &existing, outcomes).map(Some)
            }
            Operation::ObjectUpsert => {
                let target = Target::of(sent, existing.id.clone());
                let back =
                    reading::read_back(self.executor.context, self.executor.destination, &target)
                        .await?;
                let mut body = self.differing(sent, &back, &["external_id"]);
                if body.is_empty() {
                    return self.as_it_is(intent, &existing, outcomes).map(Some);
                }
                body.insert("external_id".into(), existing.object["external_id"].clone());
                let mut request = Request::new(Operation::ObjectUpsert).body(Value::Object(body));
                request.path.clone_from(&sent.path);
                self.changed(pending, intent, &existing, request, before, outcomes).await.map(Some)
            }
            Operation::DataAttributeCreate | Operation::ConversationAttributeCreate => {
                if let Some(why) = unlike(sent, &existing.object) {
                    return Ok(Some(Step::Waits {
                        reason: "attribute_differs".to_owned(),
                        release: format!("the workspace has it with another {why}: rename it"),
                    }));
                }
                if existing.archived {
                    let body = json!({ "archived": false });
                    let request = Request::new(Operation::DataAttributeUpdate)
                        .with("attribute_id", &existing.id)
                        .body(body);
                    return self
                        .changed(pending, intent, &existing, request, before, outcomes)
                        .await
                        .map(Some);
                }
                self.as_it_is(intent, &existing, outcomes).map(Some)
            }
            Operation::CompanyUpsert => {
                self.company(pending, intent, &existing, before, outcomes).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    async fn company(
        &self,
        pending: &Pending,
        intent: &mut Intent,
        existing: &Existing,
        before: &mut Before,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Step, EngineError> {
        let back = self.back(ObjectKind::Company, &existing.id).await?;
        let mut body = self.differing(&intent.request, &back, &["company_id"]);
        if body.is_empty() {
            return self.as_it_is(intent, existing, outcomes);
        }
        body.insert("company_id".into(), existing.object["company_id"].clone());
        let request = Request::new(Operation::CompanyUpsert).body(Value::Object(body));
        self.changed(pending, intent, existing, request, before, outcomes).await
    }

    /// Deals with a create that was refused because there is such an object already.
    ///
    /// # Errors
    /// If Intercom cannot be read, or the ledger refuses.
    pub async fn after_conflict(
        &self,
        pending: &Pending,
        intent: &mut Intent,
        refusal: &Refusal,
        before: &mut Before,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Step, EngineError> {
        let (Some(id), Operation::ContactCreate) = (&refusal.existing, intent.request.operation)
        else {
            return Ok(refused(refusal));
        };
        if let Some(owner) = self.owner(id, pending).await? {
            return Ok(Step::Waits {
                reason: "same_contact".to_owned(),
                release: format!(
                    "{owner} became this contact already: merge the two at the source"
                ),
            });
        }
        if refusal.archived {
            return self.archived(pending, intent, id, before, outcomes).await;
        }
        self.contact(pending, intent, id, before, outcomes).await
    }

    /// Takes over the contact that has the address already, where Intercom would make a second one.
    async fn of_address(
        &self,
        pending: &Pending,
        intent: &mut Intent,
        before: &mut Before,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Option<Step>, EngineError> {
        let (context, destination) = (self.executor.context, self.executor.destination);
        let mut others = Vec::new();
        for id in existing::users_of_address(context, destination, &intent.request).await? {
            if self.owner(&id, pending).await?.is_none() {
                others.push(id);
            }
        }
        Ok(match others.as_slice() {
            [] => None,
            [id] => Some(self.contact(pending, intent, id, before, outcomes).await?),
            several => {
                let ids: Vec<&str> = several.iter().map(DestinationId::as_str).collect();
                Some(Step::Waits {
                    reason: "several_contacts".to_owned(),
                    release: format!(
                        "contacts {} have this address: merge them in Intercom",
                        ids.join(", ")
                    ),
                })
            }
        })
    }

    async fn contact(
        &self,
        pending: &Pending,
        intent: &mut Intent,
        id: &DestinationId,
        before: &mut Before,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Step, EngineError> {
        let back = self.back(ObjectKind::Contact, id).await?;
        let existing = Existing { id: id.clone(), object: back.object.clone(), archived: false };
        let theirs = back.object["external_id"].as_str().is_some_and(|key| !key.is_empty());
        // An external id that the customer's product owns is not ours to replace.
        let fixed: &[&str] = if theirs { &["external_id", "role"] } else { &["role"] };
        let body = self.differing(&intent.request, &back, fixed);
        if body.is_empty() {
            return self.as_it_is(intent, &existing, outcomes);
        }
        let request =
            Request::new(Operation::ContactUpdate).with("contact_id", id).body(Value::Object(body));
        self.changed(pending, intent, &existing, request, before, outcomes).await
    }

    /// An archived contact is brought back if it is ours and a rollback archived it.
    async fn archived(
        &self,
        pending: &Pending,
        intent: &Intent,
        id: &DestinationId,
        before: &mut Before,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Step, EngineError> {
        let undone = pending.steps.get(&intent.step).is_some_and(|state| state.undo_attempts > 0);
        let ours = pending.steps.get(&intent.step).is_some_and(|state| state.made(id));
        if !undone || !ours {
            return Ok(Step::Waits {
                reason: "archived_contact".to_owned(),
                release: format!("restore or delete the archived contact {id}, then plan again"),
            });
        }
        let request = Request::new(Operation::ContactUnarchive).with("contact_id", id);
        let mut back = Intent { request, ..intent.clone() };
        match self.executor.perform(&mut back, outcomes).await? {
            End::Done { .. } => {}
            End::Refused(refusal) => return Ok(refused(&refusal)),
            End::Ambiguous { candidates } => return Ok(ambiguous(&candidates)),
            End::Unknown => return Ok(ambiguous(&[])),
        }
        self.executor.flush(outcomes).await?;
        let target = Target::new(ObjectKind::Contact, id.clone());
        let now = self.back(ObjectKind::Contact, id).await?;
        let body = self.differing(&intent.request, &now, &["role", "external_id"]);
        if body.is_empty() {
            return Ok(Step::Done { object: Some(id.clone()), adopted: false });
        }
        let at = before.keep(&self.executor, pending, &target, &now, outcomes).await?;
        let request =
            Request::new(Operation::ContactUpdate).with("contact_id", id).body(Value::Object(body));
        let mut update = Intent { request, ..back };
        if let Some(wanted) = update.wanted() {
            wanted.before = Some(at);
        }
        Ok(match self.executor.perform(&mut update, outcomes).await? {
            End::Done { object, .. } => Step::Done { object, adopted: false },
            End::Refused(refusal) => refused(&refusal),
            End::Ambiguous { candidates } => ambiguous(&candidates),
            End::Unknown => ambiguous(&[]),
        })
    }

    /// Takes the object over without changing it.
    fn as_it_is(
        &self,
        intent: &mut Intent,
        existing: &Existing,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Step, EngineError> {
        if let Some(wanted) = intent.wanted() {
            wanted.adopting = true;
        }
        self.executor.adopt(intent, &existing.id, &existing.object, outcomes)?;
        Ok(Step::Done { object: Some(existing.id.clone()), adopted: true })
    }

    /// Takes the object over and changes what differs, its old state kept first. An object that a
    /// step of ours made and a rollback could only archive is ours again.
    async fn changed(
        &self,
        pending: &Pending,
        intent: &Intent,
        existing: &Existing,
        request: Request,
        before: &mut Before,
        outcomes: &mut PendingOutcomes,
    ) -> Result<Step, EngineError> {
        let kind = ObjectKind::of(intent.request.operation);
        let target = Target::of(&intent.request, existing.id.clone());
        let back = match kind {
            ObjectKind::DataAttribute | ObjectKind::ConversationAttribute => ReadBack {
                kind,
                id: existing.id.clone(),
                object: existing.object.clone(),
                tags: Vec::new(),
                companies: Vec::new(),
                notes: Vec::new(),
            },
            _ => {
                reading::read_back(self.executor.context, self.executor.destination, &target)
                    .await?
            }
        };
        let ours = pending.steps.get(&intent.step).is_some_and(|state| state.made(&existing.id));
        let at = before.keep(&self.executor, pending, &target, &back, outcomes).await?;
        let mut intent = Intent { request, ..intent.clone() };
        if let Some(wanted) = intent.wanted() {
            wanted.before = Some(at);
            wanted.adopting = !ours;
        }
        Ok(match self.executor.perform(&mut intent, outcomes).await? {
            End::Done { .. } => Step::Done { object: Some(existing.id.clone()), adopted: !ours },
            End::Refused(refusal) => refused(&refusal),
            End::Ambiguous { candidates } => ambiguous(&candidates),
            End::Unknown => ambiguous(&[]),
        })
    }

    /// The fields of a create that the object holds otherwise and that the policy lets us write.
    fn differing(&self, sent: &Request, back: &ReadBack, fixed: &[&str]) -> Map<String, Value> {
        let mut body = Map::new();
        let Some(fields) = sent.body.as_ref().and_then(Value::as_object) else {
            return body;
        };
        for (name, value) in fields {
            if fixed.contains(&name.as_str()) {
                continue;
            }
            if name == "custom_attributes" {
                let old = &back.object["custom_attributes"];
                let inner: Map<String, Value> = value
                    .as_object()
                    .into_iter()
                    .flatten()
                    .filter(|(name, value)| self.writes(value, &old[name.as_str()]))
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect();
                if !inner.is_empty() {
                    body.insert(name.clone(), Value::Object(inner));
                }
            } else if self.writes(value, &back.object[name.as_str()]) {
                body.insert(name.clone(), value.clone());
            }
        }
        body
    }

    fn writes(&self, sent: &Value, held: &Value) -> bool {
        let blank = held.is_null() || held.as_str() == Some("");
        match self.policy.existing {
            ExistingPolicy::Skip => false,
            ExistingPolicy::FillBlanks => blank,
            ExistingPolicy::Update => !same_value(sent, held),
        }
    }

    async fn back(&self, kind: ObjectKind, id: &DestinationId) -> Result<ReadBack, EngineError> {
        let target = Target::new(kind, id.clone());
        reading::read_back(self.executor.context, self.executor.destination, &target).await
    }

    /// Another record of ours that became this object.
    async fn owner(
        &self,
        id: &DestinationId,
        pending: &Pending,
    ) -> Result<Option<String>, EngineError> {
        let ledger = &self.executor.context.ledger;
        let (from, to) = IdMap::reverse_range(id);
        let rows = ledger.scan(IdMap::NAME, &from, Some(&to), 8).await?;
        let streams: Vec<_> = rows
            .iter()
            .filter(|(_, value)| IdMap::is_live(value))
            .filter_map(|(key, _)| IdMap::reverse_stream(key))
            .filter(|stream| *stream != pending.stream)
            .collect();
        Ok(ledger.keys(&streams).await?.first().map(ToString::to_string))
    }
}

/// A ticket type that is only named has to be there (decision C-2).
fn must_be_there(request: &Request) -> Option<Step> {
    let named = request.operation == Operation::TicketTypeCreate;
    (named && request.field("category").is_none()).then(|| Step::Waits {
        reason: "ticket_type_missing".to_owned(),
        release: format!(
            "a ticket type named {:?} in Intercom",
            request.text("name").unwrap_or_default()
        ),
    })
}

/// What makes an attribute of the same name unfit; `None` if it will do.
fn unlike(sent: &Request, object: &Value) -> Option<&'static str> {
    let same = |left: Option<String>, right: &Value| {
        left.is_none_or(|left| right.as_str().is_some_and(|right| same_type(&left, right)))
    };
    if !same(sent.text("model"), &object["model"]) && sent.field("model").is_some() {
        return Some("owner");
    }
    (!same(sent.text("data_type"), &object["data_type"])).then_some("type")
}

/// Types as they are written and as they are read (FACTS §8.11).
fn same_type(sent: &str, read: &str) -> bool {
    let plain = |word: &str| match word {
        "options" | "list" => "string".to_owned(),
        "datetime" => "date".to_owned(),
        "decimal" => "float".to_owned(),
        other => other.to_owned(),
    };
    sent == read || plain(sent) == plain(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_fit_as_they_are_read_back() {
        let sent = Request::new(Operation::DataAttributeCreate)
            .body(json!({ "name": "tier", "model": "contact", "data_type": "options" }));
        let read = |model: &str, kind: &str| json!({ "model": model, "data_type": kind });
        assert_eq!(unlike(&sent, &read("contact", "string")), None);
        assert_eq!(unlike(&sent, &read("company", "string")), Some("owner"));
        assert_eq!(unlike(&sent, &read("contact", "boolean")), Some("type"));
    }
}
