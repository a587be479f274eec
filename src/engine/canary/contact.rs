//! Probes 3, 11 and 15: contacts that are there already, leads, equal addresses, tags.

use serde_json::json;

use super::probe::{Came, Canary, Found};
use crate::destination::contract::Read;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::pages::items;
use crate::destination::intercom::request::{Request, id_text};
use crate::engine::error::EngineError;
use crate::model::DestinationId;

/// The tag that is made for the probes, and taken away again.
const TAG: &str = "deskledger canary";

impl Canary<'_> {
    /// What a second create says, and one of an archived contact.
    pub(super) async fn conflicts(
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
            let read = Read::get("/contacts/{contact_id}").with("contact_id", contact);
            let there = matches!(self.read(read).await?, Found::There(_));
            self.found("archived_contact_read", if there { "there" } else { "absent" });
            let back = Request::new(Operation::ContactUnarchive).with("contact_id", contact);
            self.taken("unarchive", back).await?;
        }
        let lead = Request::new(Operation::ContactCreate).body(json!({
            "role": "lead", "email": format!("lead.{}@example.com", self.mark),
        }));
        if let Some(first) = self.send(lead.clone()).await?.object() {
            self.contacts.push(first.clone());
            let word = self.conflict(&lead, &first).await?;
            self.found("same_lead_again", word);
        }
        let word = match self.send(self.update_contact(contact, json!({ "role": "lead" }))).await? {
            Came::Done { .. } => {
                self.send(self.update_contact(contact, json!({ "role": "user" }))).await?;
                "accepted"
            }
            _ => "refused",
        };
        self.found("user_becomes_lead", word);
        Ok(())
    }

    /// Equal addresses, and how an address is kept.
    pub(super) async fn addresses(
        &mut self,
        contact: &DestinationId,
        email: &str,
    ) -> Result<(), EngineError> {
        let back = self.contact(contact).await?;
        let kept = back["email"].as_str().unwrap_or_default();
        let word = match kept {
            _ if kept == email && email != email.to_lowercase() => "kept",
            _ if kept == email.to_lowercase() => "lowered",
            _ => "changed",
        };
        self.found("email_case", word);
        let create = |body| Request::new(Operation::ContactCreate).body(body);
        let other = format!("{}-other", self.mark);
        let with_id = create(json!({ "role": "user", "external_id": other, "email": email }));
        let word = self.conflict(&with_id, contact).await?;
        self.found("same_email_other_id", word);
        if word == "makes_a_second_one" {
            let without_id = create(json!({ "role": "user", "email": email }));
            // Either of the two may be named.
            let word = match self.send(without_id).await? {
                Came::Done { object: Some(third), .. } => {
                    self.contacts.push(third);
                    "makes_a_second_one"
                }
                _ => "names_it",
            };
            self.found("same_email_without_id", word);
        }
        Ok(())
    }

    /// The same tag twice. A tag of this name that was there stays.
    pub(super) async fn tags(&mut self, contact: &DestinationId) -> Result<(), EngineError> {
        let there = self.read(Read::get("/tags")).await?.body();
        let ours = !items(&there)
            .iter()
            .any(|tag| tag["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(TAG)));
        let make = Request::new(Operation::TagCreate).body(json!({ "name": TAG }));
        let Came::Done { body, .. } = self.send(make).await? else { return Ok(()) };
        let Some(tag) = id_text(&body["id"]) else { return Ok(()) };
        let attach = Request::new(Operation::ContactTag)
            .with("contact_id", contact)
            .body(json!({ "id": tag }));
        self.send(attach.clone()).await?;
        self.taken("tag_again", attach).await?;
        let detach =
            Request::new(Operation::ContactUntag).with("contact_id", contact).with("tag_id", &tag);
        self.send(detach).await?;
        if ours {
            let delete = Request::new(Operation::TagDelete).with("tag_id", &tag);
            if !self.send(delete).await?.is_done() {
                self.left.push(format!("tag {TAG}"));
            }
        }
        Ok(())
    }
}
