//! Takes over what was in the workspace before: compared first, kept as a pre-image, never deleted
//! by a rollback.

use serde_json::{Map, Value};

use super::before::Before;
use super::error::EngineError;
use super::executor::{End, Executor, Intent, PendingOutcomes};
use super::existing::{self, Existing, Lists};
use super::outcome::{Step, ambiguous, refused};
use super::pending::Pending;
use super::policy::{ExistingPolicy, WritePolicy};
use super::reading;
use super::settle::OWNERS_MAX;
use crate::destination::contract::Refusal;
use crate::destination::intercom::family::{self, Adoption};
use crate::destination::intercom::normalise::same_value;
use crate::destination::intercom::object::{ReadBack, Target};
use crate::destination::intercom::request::Request;
use crate::model::DestinationId;
use crate::projection::find::of_object;

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
        let adoption = family::of(intent.request.operation).adoption(intent.request.operation);
        if self.twins && adoption == Adoption::AfterRefusal {
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
        let family = family::of(sent.operation);
        let request = match family.adoption(sent.operation) {
            Adoption::Never | Adoption::AfterRefusal => return Ok(None),
            Adoption::AsItIs => None,
            Adoption::OfItsType => {
                if let Some(why) = family.unlike(sent, &existing.object) {
                    return Ok(Some(Step::Waits {
                        reason: "attribute_differs".to_owned(),
                        release: format!("the workspace has it with another {why}: rename it"),
                    }));
                }
                family.unarchive(&existing.id).filter(|_| existing.archived)
            }
            Adoption::Upsert(key) => {
                let target = Target::of(sent, existing.id.clone());
                let back =
                    reading::read_back(self.executor.context, self.executor.destination, &target)
                        .await?;
                let mut body = self.differing(sent, &back, &[key]);
                let differs = !body.is_empty();
                body.insert(key.to_owned(), existing.object[key].clone());
                let mut request = Request::new(sent.operation).body(Value::Object(body));
                request.path.clone_from(&sent.path);
                Some(request).filter(|_| differs)
            }
        };
        match request {
            Some(request) => {
                self.changed(pending, intent, &existing, request, before, outcomes).await.map(Some)
            }
            None => self.as_it_is(intent, &existing, outcomes).map(Some),
        }
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
        let family = family::of(intent.request.operation);
        let adoption = family.adoption(intent.request.operation);
        let (Some(id), Adoption::AfterRefusal) = (&refusal.existing, adoption) else {
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
        let family = family::of(intent.request.operation);
        let back = self.back(&intent.request, id).await?;
        let existing = Existing { id: id.clone(), object: back.object.clone(), archived: false };
        let fixed = family.kept_of_theirs(&back.object);
        let body = self.differing(&intent.request, &back, fixed);
        match family.update_existing(id, body.clone()).filter(|_| !body.is_empty()) {
            Some(request) => {
                self.changed(pending, intent, &existing, request, before, outcomes).await
            }
            None => self.as_it_is(intent, &existing, outcomes),
        }
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
        let family = family::of(intent.request.operation);
        let Some(request) = family.unarchive(id) else { return Ok(ambiguous(&[])) };
        let mut back = Intent { request, ..intent.clone() };
        match self.executor.perform(&mut back, outcomes).await? {
            End::Done { .. } => {}
            End::Refused(refusal) => return Ok(refused(&refusal)),
            End::Ambiguous { candidates } => return Ok(ambiguous(&candidates)),
            End::Unknown => return Ok(ambiguous(&[])),
        }
        self.executor.flush(outcomes).await?;
        let target = Target::of(&intent.request, id.clone());
        let now = self.back(&intent.request, id).await?;
        let body = self.differing(&intent.request, &now, family.fields().fixed);
        let update = family.update_existing(id, body.clone()).filter(|_| !body.is_empty());
        let Some(request) = update else {
            return Ok(Step::Done { object: Some(id.clone()), adopted: false });
        };
        let at = before.keep(&self.executor, pending, &target, &now, outcomes).await?;
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
        let operation = intent.request.operation;
        let target = Target::of(&intent.request, existing.id.clone());
        // The list that named it gave all that there is of it.
        let back = match family::of(operation).adoption(operation) {
            Adoption::OfItsType => {
                ReadBack::bare(target.kind, existing.id.clone(), existing.object.clone())
            }
            Adoption::Never | Adoption::AfterRefusal | Adoption::AsItIs | Adoption::Upsert(_) => {
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
        let attributes = family::of(sent.operation).fields().attributes;
        for (name, value) in fields {
            if fixed.contains(&name.as_str()) {
                continue;
            }
            if let Some((_, read_as)) = attributes.filter(|(sent_as, _)| name == sent_as) {
                let old = &back.object[read_as];
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

    async fn back(&self, of: &Request, id: &DestinationId) -> Result<ReadBack, EngineError> {
        let target = Target::of(of, id.clone());
        reading::read_back(self.executor.context, self.executor.destination, &target).await
    }

    /// Another record of ours that became this object.
    async fn owner(
        &self,
        id: &DestinationId,
        pending: &Pending,
    ) -> Result<Option<String>, EngineError> {
        let ledger = &self.executor.context.ledger;
        let became = of_object(ledger, id, OWNERS_MAX).await?.into_iter();
        let others = became.filter(|one| one.stands && one.stream != pending.stream);
        let streams: Vec<_> = others.map(|one| one.stream).collect();
        Ok(ledger.keys(&streams).await?.first().map(ToString::to_string))
    }
}

/// What a request only names has to be there.
fn must_be_there(request: &Request) -> Option<Step> {
    family::of(request.operation).must_be_there(request).map(|name| Step::Waits {
        reason: "ticket_type_missing".to_owned(),
        release: format!("a ticket type named {name:?} in Intercom"),
    })
}
