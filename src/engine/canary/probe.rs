//! What a workspace does where its description leaves it open (FACTS §12), found out with one
//! contact of our own, which is deleted again. Every request goes through the door like any other.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use super::context::{Context, own_key};
use super::error::EngineError;
use super::reading::patiently;
use super::step::{Door, End, Intent, Tail};
use crate::destination::contract::{Destination, Read, Reason};
use crate::destination::intercom::LOOKS;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::pages::items;
use crate::destination::intercom::parts;
use crate::destination::intercom::request::Request;
use crate::ledger::NewEvent;
use crate::model::digest::Purpose;
use crate::model::event::WorkspaceProbed;
use crate::model::{
    DestinationId, Digest, NotificationClass, RunId, SourceKey, StepKey, canonical_json,
};

/// Seconds before now at which the test conversation begins.
const BACKDATED_S: i64 = 90 * 86_400;

/// Length of the long text, in characters: beyond 64 KiB.
const LONG_CHARS: usize = 70_000;

/// Characters of four bytes, markup, an entity.
const ODD_TEXT: &str = "canary 🐤 <b>bold</b> & done";

/// What was found, by probe.
pub type Probes = BTreeMap<String, String>;

struct Canary<'a> {
    context: &'a Context,
    door: Door<'a>,
    key: SourceKey,
    admin: &'a str,
    tail: Tail,
    number: u32,
    probes: Probes,
}

/// Tries the workspace and records what it did.
///
/// # Errors
/// If the ledger refuses, or Intercom stops it or cannot be reached; what was made is then named in
/// the ledger under `deskledger/canary`.
pub async fn probe(
    context: &Context,
    run: RunId,
    destination: &dyn Destination,
    admin: &str,
) -> Result<Probes, EngineError> {
    // Whoever asks for the canary allows what it does to its own contact.
    let loud = |one: &&Operation| one.spec().notification == NotificationClass::MayNotify;
    let waivers: HashSet<String> =
        Operation::ALL.iter().filter(loud).map(|one| one.name().to_owned()).collect();
    let mut canary = Canary {
        context,
        door: Door { context, destination, run, waivers: &waivers, looks: &LOOKS },
        key: own_key("canary", &run.to_string())?,
        admin,
        tail: Tail::default(),
        number: 0,
        probes: Probes::new(),
    };
    let external_id = format!("deskledger-canary-{run}");
    let create = Request::new(Operation::ContactCreate)
        .body(json!({ "role": "user", "external_id": external_id, "name": "Canary" }));
    let End::Done { object: Some(contact), .. } = canary.send(create.clone()).await? else {
        canary.found("contact", "refused");
        return canary.close(run).await;
    };
    canary.found("contact", "created");
    let probed = canary.walk(&create, &contact).await;
    // The contact goes whatever happened to the probes.
    let gone = Request::new(Operation::ContactDelete).with("contact_id", &contact);
    let gone = matches!(canary.send(gone).await?, End::Done { .. });
    canary.found("cleaned_up", if gone { "yes" } else { "no" });
    probed?;
    canary.close(run).await
}

impl Canary<'_> {
    fn found(&mut self, probe: &str, word: &str) {
        self.probes.insert(probe.to_owned(), word.to_owned());
    }

    async fn close(mut self, run: RunId) -> Result<Probes, EngineError> {
        self.door.flush(&mut self.tail).await?;
        let facts = WorkspaceProbed { probes: self.probes.clone() };
        let event = NewEvent::new(self.key.clone(), facts);
        self.context.ledger.append(run, vec![event]).await?;
        Ok(self.probes)
    }

    /// One request as a step of its own.
    async fn send(&mut self, request: Request) -> Result<End, EngineError> {
        self.number += 1;
        // The same request is sent more than once: each is a step of its own.
        let digest = Digest::of(Purpose::Step, &canonical_json(&(self.number, &request))?);
        let mut intent = Intent {
            key: self.key.clone(),
            step: StepKey::from(format!("probe:{}", self.number).as_str()),
            digest,
            request,
            attempts: 0,
            known: HashSet::new(),
            adopting: false,
        };
        self.door.perform(&mut intent, &mut self.tail).await
    }

    /// Whether a request is taken, as a word.
    async fn taken(&mut self, probe: &str, request: Request) -> Result<bool, EngineError> {
        let word = match self.send(request).await? {
            End::Done { .. } => "accepted".to_owned(),
            End::Refused(refusal) => format!("refused_{}", refusal.code),
            End::Ambiguous { .. } => "ambiguous".to_owned(),
        };
        self.found(probe, &word);
        Ok(word == "accepted")
    }

    async fn read(&self, read: Read) -> Result<Value, EngineError> {
        let (path, destination) = (read.path, self.door.destination);
        patiently(self.context, || async { destination.read(&read).await.found(path) }).await
    }

    async fn walk(&mut self, create: &Request, contact: &DestinationId) -> Result<(), EngineError> {
        self.conflicts(create, contact).await?;
        self.fields(contact).await?;
        let now_s = self.context.env.now().seconds();
        let begun_s = now_s - BACKDATED_S;
        let talk = Request::new(Operation::ConversationCreate).body(json!({
            "from": { "type": "user", "id": contact }, "body": ODD_TEXT, "created_at": begun_s,
        }));
        let End::Done { object: Some(talk), .. } = self.send(talk).await? else {
            self.found("conversation", "refused");
            return Ok(());
        };
        self.found("conversation", "created");
        self.opening(&talk, begun_s).await?;
        self.dates(&talk, begun_s, now_s).await?;
        self.states(&talk, contact).await?;
        self.search(contact).await?;
        let delete = Request::new(Operation::ConversationDelete).with("conversation_id", &talk);
        self.taken("conversation_delete", delete).await?;
        Ok(())
    }

    /// What a second create says, and one of an archived contact.
    async fn conflicts(
        &mut self,
        create: &Request,
        contact: &DestinationId,
    ) -> Result<(), EngineError> {
        let word = self.conflict(create, contact).await?;
        self.found("same_contact_again", word);
        let archive = Request::new(Operation::ContactArchive).with("contact_id", contact);
        if self.taken("archive", archive).await? {
            let word = self.conflict(create, contact).await?;
            self.found("archived_contact_again", word);
            let back = Request::new(Operation::ContactUnarchive).with("contact_id", contact);
            self.taken("unarchive", back).await?;
        }
        Ok(())
    }

    async fn conflict(
        &mut self,
        create: &Request,
        contact: &DestinationId,
    ) -> Result<&'static str, EngineError> {
        Ok(match self.send(create.clone()).await? {
            End::Refused(refusal) if refusal.existing.as_ref() == Some(contact) => {
                if refusal.archived { "names_it_as_archived" } else { "names_it" }
            }
            End::Refused(refusal) if refusal.reason == Reason::Exists => "refused_without_id",
            End::Refused(_) => "refused_otherwise",
            _ => "makes_a_second_one",
        })
    }

    /// Telephone numbers and clearing.
    async fn fields(&mut self, contact: &DestinationId) -> Result<(), EngineError> {
        let update = |body: Value| {
            Request::new(Operation::ContactUpdate).with("contact_id", contact).body(body)
        };
        self.taken("invalid_phone", update(json!({ "phone": "12-not-a-phone" }))).await?;
        self.taken("phone_without_country", update(json!({ "phone": "030 1234567" }))).await?;
        if self.taken("null_clears", update(json!({ "phone": null, "name": null }))).await? {
            let path = "/contacts/{contact_id}";
            let back = self.read(Read::get(path).with("contact_id", contact)).await?;
            let cleared = back["name"].is_null();
            self.found("null_clears", if cleared { "yes" } else { "no" });
        }
        Ok(())
    }

    async fn thread(&self, talk: &DestinationId) -> Result<Value, EngineError> {
        let path = "/conversations/{conversation_id}";
        self.read(Read::get(path).with("conversation_id", talk)).await
    }

    /// How the first message and its date come back.
    async fn opening(&mut self, talk: &DestinationId, begun_s: i64) -> Result<(), EngineError> {
        let back = self.thread(talk).await?;
        let kept = back["created_at"].as_i64() == Some(begun_s);
        self.found("backdated_start", if kept { "kept" } else { "changed" });
        let body = back["source"]["body"].as_str().unwrap_or_default();
        self.found("four_byte_text", if body.contains('🐤') { "kept" } else { "lost" });
        let html = if body.contains("<b>") { "as_html" } else { "as_text" };
        self.found("markup_in_first_message", html);
        Ok(())
    }

    fn note(&self, talk: &DestinationId, body: &str, at_s: i64) -> Request {
        Request::new(Operation::ConversationNote).with("conversation_id", talk).body(json!({
            "message_type": "note", "type": "admin", "admin_id": self.admin, "body": body,
            "created_at": at_s, "skip_notifications": true,
        }))
    }

    /// Which dates a part may bear, and how long it may be.
    async fn dates(
        &mut self,
        talk: &DestinationId,
        begun_s: i64,
        now_s: i64,
    ) -> Result<(), EngineError> {
        const DAY_S: i64 = 86_400;
        for (probe, at_s) in [
            ("part_before_start", begun_s - DAY_S),
            ("part_at_start", begun_s),
            ("part_in_the_past", begun_s + DAY_S),
            ("part_in_the_future", now_s + DAY_S),
        ] {
            self.taken(probe, self.note(talk, probe, at_s)).await?;
        }
        let long = "x".repeat(LONG_CHARS);
        if self.taken("long_text", self.note(talk, &long, begun_s + 2 * DAY_S)).await? {
            let back = self.thread(talk).await?;
            let whole = parts(&back)
                .iter()
                .any(|part| part["body"].as_str().is_some_and(|body| body.len() >= LONG_CHARS));
            self.found("long_text", if whole { "kept" } else { "cut" });
        }
        Ok(())
    }

    /// What a closed conversation does when somebody says something.
    async fn states(
        &mut self,
        talk: &DestinationId,
        contact: &DestinationId,
    ) -> Result<(), EngineError> {
        let close = || {
            Request::new(Operation::ConversationClose).with("conversation_id", talk).body(json!({
                "message_type": "close", "type": "admin", "admin_id": self.admin,
            }))
        };
        let at_s = self.context.env.now().seconds() - 3_600;
        let (close_once, close_again) = (close(), close());
        let note = self.note(talk, "on closed", at_s);
        if self.taken("close", close_once).await? {
            self.taken("note_on_closed", note).await?;
            self.state(talk, "note_on_closed").await?;
        }
        let reply = Request::new(Operation::ConversationContactReply)
            .with("conversation_id", talk)
            .body(json!({
                "message_type": "comment", "type": "user", "intercom_user_id": contact,
                "body": "on closed", "created_at": at_s,
            }));
        self.taken("reply_on_closed", reply).await?;
        self.state(talk, "reply_on_closed").await?;
        self.send(close_again).await?;
        Ok(())
    }

    async fn state(&mut self, talk: &DestinationId, probe: &str) -> Result<(), EngineError> {
        let state = self.thread(talk).await?["state"].as_str().unwrap_or("unknown").to_owned();
        self.found(probe, &format!("leaves_it_{state}"));
        Ok(())
    }

    /// Whether search shows at once what was just made.
    async fn search(&mut self, contact: &DestinationId) -> Result<(), EngineError> {
        let query =
            json!({ "query": { "field": "contact_ids", "operator": "=", "value": contact } });
        let page = self.read(Read::search("/conversations/search", query)).await?;
        let word = if items(&page).is_empty() { "behind" } else { "at_once" };
        self.found("search", word);
        Ok(())
    }
}
