//! What every probe works with. Every request goes through the executor like any other.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use crate::destination::contract::{DestinationError, Read, Reason, Refusal, StopScope};
use crate::destination::intercom::family::contact::probe as contact;
use crate::destination::intercom::family::conversation::probe as conversation;
use crate::destination::intercom::request::Request;
use crate::engine::context::Context;
use crate::engine::error::EngineError;
use crate::engine::executor::{Aim, End, Executor, Intent, PendingOutcomes, Wanted};
use crate::engine::reading::patiently;
use crate::model::digest::Purpose;
use crate::model::{DestinationId, Digest, SourceKey, StepKey, canonical_json};

/// What was found, by probe.
pub type Probes = BTreeMap<String, String>;

/// Codes that close one kind of request; any other refusal of the token ends the run.
const CLOSING: [&str; 4] =
    ["token_unauthorized", "forbidden", "action_forbidden", "api_plan_restricted"];

/// How the probe of a closed operation begins …
pub(super) const CLOSED_PROBE: &str = "closed_";
/// … and that of a family.
pub(super) const FAMILY_PROBE: &str = "family_";

/// The word for what was accepted.
pub(super) const ACCEPTED: &str = "accepted";

/// The word for a probe that lacks what it needs.
pub(super) const NOT_PROBED: &str = "not_probed";

/// What came of a request.
pub(super) enum Came {
    Done {
        object: Option<DestinationId>,
        body: Value,
    },
    Refused(Refusal),
    /// The token or the plan does not allow it.
    Closed(String),
    Ambiguous,
}

impl Came {
    /// The object made or changed.
    pub(super) fn object(self) -> Option<DestinationId> {
        match self {
            Self::Done { object, .. } => object,
            _ => None,
        }
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Done { .. })
    }

    /// Whether it was taken, as a word.
    pub(super) fn word(&self) -> String {
        match self {
            Self::Done { .. } => ACCEPTED.to_owned(),
            Self::Refused(refusal) => format!("refused_{}", refusal.code),
            Self::Closed(code) => format!("closed_{code}"),
            Self::Ambiguous => "ambiguous".to_owned(),
        }
    }
}

/// What was found under an address.
pub(super) enum Found {
    There(Value),
    Absent,
    Refused(String),
}

impl Found {
    /// What is there; null if nothing is.
    pub(super) fn body(self) -> Value {
        match self {
            Self::There(body) => body,
            Self::Absent | Self::Refused(_) => Value::Null,
        }
    }
}

/// A run of probes.
pub(super) struct Canary<'a> {
    pub(super) context: &'a Context,
    pub(super) executor: Executor<'a>,
    pub(super) key: SourceKey,
    /// In whose name notes and comments are made.
    pub(super) admin: &'a str,
    pub(super) outcomes: PendingOutcomes,
    pub(super) number: u32,
    pub(super) probes: Probes,
    /// A word that nothing else in the workspace has.
    pub(super) mark: String,
    /// Contacts to be deleted at the end, besides the first.
    pub(super) contacts: Vec<DestinationId>,
    /// What cannot be taken away again.
    pub(super) left: Vec<String>,
}

impl Canary<'_> {
    pub(super) fn found(&mut self, probe: &str, word: impl Into<String>) {
        self.probes.insert(probe.to_owned(), word.into());
    }

    /// One request as a step of its own.
    pub(super) async fn send(&mut self, request: Request) -> Result<Came, EngineError> {
        self.number += 1;
        let operation = request.operation;
        // The same request is sent more than once: each is a step of its own.
        let digest = Digest::of(Purpose::Step, &canonical_json(&(self.number, &request))?);
        let mut intent = Intent {
            key: self.key.clone(),
            step: StepKey::from(format!("probe:{}", self.number).as_str()),
            aim: Aim::Do(Wanted { digest: Some(digest), ..Wanted::default() }),
            request,
            attempts: 0,
            known: HashSet::new(),
        };
        match self.executor.perform(&mut intent, &mut self.outcomes).await {
            Ok(End::Done { object, body }) => Ok(Came::Done { object, body: body.value() }),
            Ok(End::Refused(refusal)) if CLOSING.contains(&refusal.code.as_str()) => {
                self.found(&format!("{CLOSED_PROBE}{}", operation.name()), refusal.code.clone());
                Ok(Came::Closed(refusal.code))
            }
            Ok(End::Refused(refusal)) => Ok(Came::Refused(refusal)),
            Ok(End::Ambiguous { .. } | End::Unknown) => Ok(Came::Ambiguous),
            Err(EngineError::Refused { code, .. }) if CLOSING.contains(&code.as_str()) => {
                self.found(&format!("{CLOSED_PROBE}{}", operation.name()), code.clone());
                Ok(Came::Closed(code))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether a request is taken; its word is the probe's.
    pub(super) async fn taken(
        &mut self,
        probe: &str,
        request: Request,
    ) -> Result<bool, EngineError> {
        let came = self.send(request).await?;
        self.found(probe, came.word());
        Ok(came.is_done())
    }

    pub(super) async fn read(&self, read: Read) -> Result<Found, EngineError> {
        let (path, destination) = (read.path, self.executor.destination);
        let answer =
            patiently(self.context, || async { destination.read(&read).await.found(path) }).await;
        match answer {
            Ok(body) => Ok(Found::There(body)),
            Err(EngineError::Destination(
                DestinationError::Absent { .. } | DestinationError::Merged { .. },
            )) => Ok(Found::Absent),
            Err(EngineError::Destination(
                DestinationError::Stop { scope: StopScope::Phase, code, .. }
                | DestinationError::Refused { code, .. },
            )) => Ok(Found::Refused(code)),
            Err(error) => Err(error),
        }
    }

    /// What a second create says.
    pub(super) async fn conflict(
        &mut self,
        create: &Request,
        contact: &DestinationId,
    ) -> Result<&'static str, EngineError> {
        Ok(match self.send(create.clone()).await? {
            Came::Refused(refusal) if refusal.existing.as_ref() == Some(contact) => {
                if refusal.archived { "names_it_as_archived" } else { "names_it" }
            }
            Came::Refused(refusal) if refusal.reason == Reason::Exists => "refused_without_id",
            Came::Refused(_) => "refused_otherwise",
            Came::Done { object: Some(second), .. } => {
                self.contacts.push(second);
                "makes_a_second_one"
            }
            _ => "unclear",
        })
    }

    pub(super) async fn contact(&self, contact: &DestinationId) -> Result<Value, EngineError> {
        Ok(self.read(contact::read(contact)).await?.body())
    }

    /// A conversation of a contact.
    pub(super) async fn talk(
        &mut self,
        contact: &DestinationId,
        body: &str,
        at_s: i64,
    ) -> Result<Option<DestinationId>, EngineError> {
        Ok(self.send(conversation::create(contact, body, at_s)).await?.object())
    }

    pub(super) async fn thread(&self, talk: &DestinationId) -> Result<Found, EngineError> {
        self.read(conversation::read(talk)).await
    }

    pub(super) fn note(&self, talk: &DestinationId, body: &str, at_s: i64) -> Request {
        conversation::note(talk, self.admin, body, at_s)
    }

    /// A comment of the admin.
    pub(super) fn comment(&self, talk: &DestinationId, body: &str, at_s: i64) -> Request {
        conversation::comment(talk, self.admin, body, at_s)
    }
}
