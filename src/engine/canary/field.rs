//! Probe 10: telephone numbers, clearing, attributes and what their values may be.

use serde_json::Value;

use super::probe::{ACCEPTED, Came, Canary, NOT_PROBED};
use crate::destination::intercom::family::Entry;
use crate::destination::intercom::family::attribute::probe as attribute;
use crate::destination::intercom::family::contact::answer::ContactAnswer;
use crate::destination::intercom::family::contact::probe;
use crate::destination::intercom::pages::items;
use crate::destination::intercom::request::Request;
use crate::engine::error::EngineError;
use crate::model::DestinationId;

/// Attributes that the probes need; they are archived afterwards, deleting is not possible.
const TEXT: &str = "deskledger_canary_text";
const LIST: &str = "deskledger_canary_list";

/// Nobody defined this one.
const UNKNOWN: &str = "deskledger_canary_unknown";

/// Characters beyond the 255 that are said to be the most (FACTS §5.7).
const LONG_CHARS: usize = 300;

impl Canary<'_> {
    /// Telephone numbers and clearing.
    pub(super) async fn fields(&mut self, contact: &DestinationId) -> Result<(), EngineError> {
        let bad = probe::set_phone(contact, "12-not-a-phone");
        self.taken("invalid_phone", bad).await?;
        let local = probe::set_phone(contact, "030 1234567");
        self.taken("phone_without_country", local).await?;
        let spaced = "+44 20 7946 0958";
        let spaces = probe::set_phone(contact, spaced);
        if self.send(spaces).await?.is_done() {
            let back = self.contact(contact).await?;
            let kept = ContactAnswer::of(&back).phone == Some(spaced);
            self.found("phone_spaces", if kept { "kept" } else { "taken_out" });
        }
        let clear = probe::clear(contact);
        if self.taken("null_clears", clear).await? {
            let back = self.contact(contact).await?;
            let cleared = ContactAnswer::of(&back).name.is_null();
            self.found("null_clears", if cleared { "yes" } else { "no" });
        }
        Ok(())
    }

    /// What becomes of values that an attribute does not take.
    pub(super) async fn attributes(&mut self, contact: &DestinationId) -> Result<(), EngineError> {
        self.value("unknown_attribute", contact, UNKNOWN, "x").await?;
        let text = self.attribute(TEXT, attribute::text(TEXT)).await?;
        match text {
            Some(id) => {
                let long = "x".repeat(LONG_CHARS);
                self.value("long_string", contact, TEXT, &long).await?;
                self.value("attribute_value", contact, TEXT, "x").await?;
                self.send(probe::set_attribute(contact, TEXT, Value::Null)).await?;
                let back = self.contact(contact).await?;
                let cleared = ContactAnswer::of(&back).custom_attributes[TEXT].is_null();
                self.found("null_clears_attribute", if cleared { "yes" } else { "no" });
                self.put_away(TEXT, &id).await?;
            }
            None => self.found("long_string", NOT_PROBED),
        }
        match self.attribute(LIST, attribute::choice(LIST, &["one", "two"])).await? {
            Some(id) => {
                self.value("option_outside_list", contact, LIST, "three").await?;
                self.put_away(LIST, &id).await?;
            }
            None => self.found("option_outside_list", NOT_PROBED),
        }
        Ok(())
    }

    /// Writes a value and looks what became of it.
    async fn value(
        &mut self,
        word_for: &str,
        contact: &DestinationId,
        name: &str,
        value: &str,
    ) -> Result<(), EngineError> {
        let came = self.send(probe::set_attribute(contact, name, value.into())).await?;
        let word = match &came {
            Came::Done { .. } => {
                let back = self.contact(contact).await?;
                match ContactAnswer::of(&back).custom_attributes[name].as_str() {
                    Some(kept) if kept == value => ACCEPTED.to_owned(),
                    Some(cut) => format!("cut_to_{}", cut.chars().count()),
                    None => "dropped".to_owned(),
                }
            }
            other => other.word(),
        };
        self.found(word_for, word);
        Ok(())
    }

    /// An attribute for the probes: one of an earlier run, or a new one.
    async fn attribute(
        &mut self,
        name: &str,
        create: Request,
    ) -> Result<Option<DestinationId>, EngineError> {
        let all = self.read(attribute::list()).await?.body();
        let known = items(&all).iter().map(Entry::of).find(|one| one.name == Some(name));
        if let Some(id) = known.and_then(|one| one.id) {
            let back = attribute::unarchive(&id);
            return Ok(self.send(back).await?.is_done().then_some(id));
        }
        Ok(self.send(create).await?.object())
    }

    async fn put_away(&mut self, name: &str, id: &DestinationId) -> Result<(), EngineError> {
        let archive = attribute::archive(id);
        let word = if self.send(archive).await?.is_done() { "archived" } else { "active" };
        self.left.push(format!("contact attribute {name} ({word})"));
        Ok(())
    }
}
