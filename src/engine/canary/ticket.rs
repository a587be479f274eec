//! Probe 9: tickets: values of lists, attributes nobody defined, the state a ticket is in.

use serde_json::Value;

use super::probe::{ACCEPTED, Came, Canary, NOT_PROBED};
use crate::destination::intercom::family::Entry;
use crate::destination::intercom::family::conversation::probe as conversation;
use crate::destination::intercom::family::ticket::probe::{self, Choice};
use crate::destination::intercom::pages::items;
use crate::engine::error::EngineError;
use crate::model::DestinationId;

/// The type that is made where none has a list; it is archived afterwards.
const TYPE: &str = "deskledger canary";
const LIST: &str = "Canary list";

/// A list of a ticket type, and whether the type is there for the probes alone.
struct Chosen {
    choice: Choice,
    made: bool,
}

impl Canary<'_> {
    pub(super) async fn tickets(&mut self, contact: &DestinationId) -> Result<(), EngineError> {
        let Some(chosen) = self.ticket_type().await? else {
            self.found("ticket", NOT_PROBED);
            return Ok(());
        };
        let create = probe::create(contact, "Canary", &chosen.choice);
        let came = self.send(create).await?;
        self.found("ticket", came.word());
        if let Some(ticket) = came.object() {
            self.ticket(&ticket, contact, &chosen.choice).await?;
            self.taken("ticket_delete", probe::delete(&ticket)).await?;
        }
        if chosen.made {
            let archive = probe::archive_type(&chosen.choice.type_id);
            let word = if self.send(archive).await?.is_done() { "archived" } else { "active" };
            self.left.push(format!("ticket type {TYPE} ({word})"));
        }
        Ok(())
    }

    async fn ticket(
        &mut self,
        ticket: &DestinationId,
        contact: &DestinationId,
        chosen: &Choice,
    ) -> Result<(), EngineError> {
        let back = self.read(probe::read(ticket)).await?.body();
        let word = match probe::value(&back, &chosen.attribute) {
            Value::String(text) if *text == chosen.option_id.0 => "id",
            Value::String(text) if *text == chosen.option_label => "label",
            Value::Object(_) => "object",
            _ => "lost",
        };
        self.found("ticket_list_reads_as", word);
        if let Some(same) = probe::same_state(ticket, &back) {
            self.taken("ticket_same_state", same).await?;
        }
        let name = "Nobody defined this";
        let word = match self.send(probe::set_attribute(ticket, name, "x")).await? {
            Came::Done { .. } => {
                let back = self.read(probe::read(ticket)).await?.body();
                let kept = probe::value(&back, name) == "x";
                if kept { ACCEPTED } else { "dropped" }.to_owned()
            }
            other => other.word(),
        };
        self.found("ticket_unknown_attribute", word);
        let both = conversation::all(&[conversation::of(contact), conversation::is(ticket)]);
        let found = self.finds(&both).await? == Some(true);
        self.found("tickets_in_conversation_search", if found { "yes" } else { "no" });
        Ok(())
    }

    /// A type with a list that has options: one that is there, or one made for it.
    async fn ticket_type(&mut self) -> Result<Option<Chosen>, EngineError> {
        let all = self.read(probe::types()).await?.body();
        if let Some(choice) = items(&all).iter().find_map(probe::choice) {
            return Ok(Some(Chosen { choice, made: false }));
        }
        let old = items(&all).iter().map(Entry::of).find(|one| one.name == Some(TYPE));
        let type_id = match old.and_then(|one| one.id) {
            Some(id) => {
                self.send(probe::unarchive_type(&id)).await?;
                id
            }
            None => {
                let make = probe::create_type(TYPE);
                let Some(id) = self.send(make).await?.object() else { return Ok(None) };
                self.send(probe::add_list(&id, LIST, "one,two")).await?;
                id
            }
        };
        let made = self.read(probe::read_type(&type_id)).await?.body();
        Ok(probe::choice(&made).map(|choice| Chosen { choice, made: true }))
    }
}
