//! All probes, one after another, and the cleaning up.

use std::collections::HashSet;

use serde::Serialize;

use super::probe::{Came, Canary, Found, Probes};
use super::thread::ODD_TEXT;
use crate::destination::contract::Destination;
use crate::destination::intercom::LOOKS;
use crate::destination::intercom::family::contact::probe as contact;
use crate::destination::intercom::family::conversation::probe as conversation;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::request::Request;
use crate::engine::context::{Context, own_key};
use crate::engine::error::EngineError;
use crate::engine::executor::{Executor, PendingOutcomes};
use crate::ledger::NewEvent;
use crate::mapping::need::Need;
use crate::model::event::WorkspaceProbed;
use crate::model::{DestinationId, NotificationClass, RunId};

/// Seconds before now at which the test conversation begins.
const BACKDATED_S: i64 = 90 * 86_400;

/// The probe that people make.
const PERSON: &str = "silence_and_workflows";

/// Who speaks, and to whom.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Admin in whose name notes and comments are made.
    pub admin: String,
    /// A mailbox that a person watches: the test contact's address.
    pub mailbox: Option<String>,
    /// Types of custom objects that the plan needs.
    pub object_types: Vec<Need>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// A word for each probe.
    pub probes: Probes,
    /// What cannot be taken away again, by name.
    pub left: Vec<String>,
    /// What a person has to look at.
    pub to_look_at: Vec<String>,
}

/// Tries the workspace and records what it did. `quota` says what the answers said of the request
/// limit.
///
/// # Errors
/// If the ledger refuses, or Intercom stops it or cannot be reached; what was made is then named in
/// the ledger under `deskledger/canary`.
pub async fn probe(
    context: &Context,
    run: RunId,
    destination: &dyn Destination,
    setup: &Setup,
    quota: &(dyn Fn() -> Option<u32> + Send + Sync),
) -> Result<Report, EngineError> {
    // Whoever asks for the canary allows what it does to its own contact.
    let loud = |one: &&Operation| one.spec().notification == NotificationClass::MayNotify;
    let waivers: HashSet<String> =
        Operation::ALL.iter().filter(loud).map(|one| one.name().to_owned()).collect();
    let mut canary = Canary {
        context,
        executor: Executor { context, destination, run, waivers: &waivers, looks: &LOOKS },
        key: own_key("canary", &run.to_string())?,
        admin: &setup.admin,
        outcomes: PendingOutcomes::default(),
        number: 0,
        probes: Probes::new(),
        mark: format!("deskledger-canary-{run}"),
        contacts: Vec::new(),
        left: Vec::new(),
    };
    canary.workspace().await?;
    let limit = quota().map_or_else(|| "not_said".to_owned(), |limit| limit.to_string());
    canary.found("rate_limit", limit);
    // Capitals show whether addresses are kept as they are.
    let email =
        setup.mailbox.clone().unwrap_or_else(|| format!("Canary.{}@example.com", canary.mark));
    let create = contact::user(&canary.mark, "Canary", &email);
    let Came::Done { object: Some(first), .. } = canary.send(create.clone()).await? else {
        canary.found("contact", "refused");
        return canary.close(run, setup).await;
    };
    canary.found("contact", "created");
    let walked = canary.walk(&create, &first, &email, &setup.object_types).await;
    // Contacts go whatever happened to the probes.
    let cleaned = canary.clean(&create, &first).await;
    walked?;
    cleaned?;
    canary.close(run, setup).await
}

impl Canary<'_> {
    async fn walk(
        &mut self,
        create: &Request,
        contact: &DestinationId,
        email: &str,
        object_types: &[Need],
    ) -> Result<(), EngineError> {
        self.conflicts(create, contact).await?;
        self.addresses(contact, email).await?;
        self.fields(contact).await?;
        self.attributes(contact).await?;
        self.companies(contact).await?;
        self.tags(contact).await?;
        let now_s = self.context.env.now().seconds();
        let begun_s = now_s - BACKDATED_S;
        match self.talk(contact, ODD_TEXT, begun_s).await? {
            Some(talk) => {
                self.found("conversation", "created");
                self.opening(&talk, begun_s).await?;
                self.dates(&talk, begun_s, now_s).await?;
                self.files(&talk, begun_s).await?;
                self.states(&talk, contact).await?;
                self.search(contact, begun_s).await?;
                self.tickets(contact).await?;
                self.taken("conversation_delete", conversation::delete(&talk)).await?;
            }
            None => self.found("conversation", "refused"),
        }
        for need in object_types {
            self.object_type(need).await?;
        }
        self.knowledge().await
    }

    /// Deletes the contacts; a conversation shows whether theirs go with them.
    async fn clean(&mut self, create: &Request, first: &DestinationId) -> Result<(), EngineError> {
        let now_s = self.context.env.now().seconds();
        let talk = self.talk(first, "canary", now_s - BACKDATED_S).await?;
        let mut gone = self.send(contact::delete(first)).await?.is_done();
        if let Some(talk) = talk.filter(|_| gone) {
            let stays = matches!(self.thread(&talk).await?, Found::There(_));
            self.found("conversations_of_deleted", if stays { "stay" } else { "go_too" });
            if stays {
                gone &= self.send(conversation::delete(&talk)).await?.is_done();
            }
        }
        let word = self.conflict(create, first).await?;
        self.found("deleted_contact_again", word);
        for other in std::mem::take(&mut self.contacts) {
            gone &= self.send(contact::delete(&other)).await?.is_done();
        }
        self.found("cleaned_up", if gone { "yes" } else { "no" });
        Ok(())
    }

    async fn close(mut self, run: RunId, setup: &Setup) -> Result<Report, EngineError> {
        self.found(PERSON, "needs_a_person");
        self.executor.flush(&mut self.outcomes).await?;
        let facts = WorkspaceProbed { probes: self.probes.clone() };
        let event = NewEvent::new(self.key.clone(), facts);
        self.context.ledger.append(run, vec![event]).await?;
        let mailbox = match &setup.mailbox {
            Some(_) => "Look into the mailbox of the test contact: nothing may have come.",
            None => {
                "Run it again with --mailbox and an address that you can look into: nothing may \
                 come to it."
            }
        };
        let workflows = "Look whether a workflow, an automatic answer or a survey began for the \
                         test conversation; pause what did before the migration.";
        let to_look_at = vec![mailbox.to_owned(), workflows.to_owned()];
        Ok(Report { probes: self.probes, left: self.left, to_look_at })
    }
}
