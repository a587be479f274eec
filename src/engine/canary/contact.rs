//! Probes 3, 11 and 15: contacts that are there already, leads, equal addresses, tags.

use super::probe::{Came, Canary, Found};
use crate::destination::intercom::family::Entry;
use crate::destination::intercom::family::contact::answer::ContactAnswer;
use crate::destination::intercom::family::contact::probe;
use crate::destination::intercom::family::tag::{probe as tag_list, rules as tag};
use crate::destination::intercom::pages::items;
use crate::destination::intercom::request::Request;
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
        let archive = probe::archive(contact);
        if self.taken("archive", archive).await? {
            let word = self.conflict(create, contact).await?;
            self.found("archived_contact_again", word);
            let there = matches!(self.read(probe::read(contact)).await?, Found::There(_));
            self.found("archived_contact_read", if there { "there" } else { "absent" });
            self.taken("unarchive", probe::unarchive(contact)).await?;
        }
        let lead = probe::lead(&format!("lead.{}@example.com", self.mark));
        if let Some(first) = self.send(lead.clone()).await?.object() {
            self.contacts.push(first.clone());
            let word = self.conflict(&lead, &first).await?;
            self.found("same_lead_again", word);
        }
        let word = match self.send(probe::set_role(contact, "lead")).await? {
            Came::Done { .. } => {
                self.send(probe::set_role(contact, "user")).await?;
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
        let kept = ContactAnswer::of(&back).email.unwrap_or_default();
        let word = match kept {
            _ if kept == email && email != email.to_lowercase() => "kept",
            _ if kept == email.to_lowercase() => "lowered",
            _ => "changed",
        };
        self.found("email_case", word);
        let other = format!("{}-other", self.mark);
        let with_id = probe::keyed(&other, email);
        let word = self.conflict(&with_id, contact).await?;
        self.found("same_email_other_id", word);
        if word == "makes_a_second_one" {
            let without_id = probe::addressed(email);
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
        let there = self.read(tag_list::list()).await?.body();
        let ours = !items(&there)
            .iter()
            .any(|tag| Entry::of(tag).name.is_some_and(|name| name.eq_ignore_ascii_case(TAG)));
        let make = tag::create(TAG);
        let Came::Done { body, .. } = self.send(make).await? else { return Ok(()) };
        let Some(id) = Entry::of(&body).id else { return Ok(()) };
        let attach = probe::tag(contact, &id);
        self.send(attach.clone()).await?;
        self.taken("tag_again", attach).await?;
        self.send(probe::untag(contact, &id)).await?;
        if ours && !self.send(tag::delete(&id)).await?.is_done() {
            self.left.push(format!("tag {TAG}"));
        }
        Ok(())
    }
}
