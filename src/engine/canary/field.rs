//! Probe 10: telephone numbers, clearing, attributes and what their values may be.

use serde_json::{Value, json};

use super::probe::{ACCEPTED, Came, Canary, NOT_PROBED};
use crate::destination::contract::Read;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::pages::items;
use crate::destination::intercom::request::{Request, id_text};
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
        let bad = self.update_contact(contact, json!({ "phone": "12-not-a-phone" }));
        self.taken("invalid_phone", bad).await?;
        let local = self.update_contact(contact, json!({ "phone": "030 1234567" }));
        self.taken("phone_without_country", local).await?;
        let spaced = "+44 20 7946 0958";
        let spaces = self.update_contact(contact, json!({ "phone": spaced }));
        if self.send(spaces).await?.is_done() {
            let back = self.contact(contact).await?;
            let kept = back["phone"] == spaced;
            self.found("phone_spaces", if kept { "kept" } else { "taken_out" });
        }
        let clear = self.update_contact(contact, json!({ "phone": null, "name": null }));
        if self.taken("null_clears", clear).await? {
            let cleared = self.contact(contact).await?["name"].is_null();
            self.found("null_clears", if cleared { "yes" } else { "no" });
        }
        Ok(())
    }

    /// What becomes of values that an attribute does not take.
    pub(super) async fn attributes(&mut self, contact: &DestinationId) -> Result<(), EngineError> {
        self.value("unknown_attribute", contact, UNKNOWN, "x").await?;
        let text = self.attribute(TEXT, json!({ "data_type": "string" })).await?;
        match text {
            Some(id) => {
                let long = "x".repeat(LONG_CHARS);
                self.value("long_string", contact, TEXT, &long).await?;
                self.value("attribute_value", contact, TEXT, "x").await?;
                let clear = json!({ "custom_attributes": { TEXT: null } });
                self.send(self.update_contact(contact, clear)).await?;
                let cleared = self.contact(contact).await?["custom_attributes"][TEXT].is_null();
                self.found("null_clears_attribute", if cleared { "yes" } else { "no" });
                self.put_away(TEXT, &id).await?;
            }
            None => self.found("long_string", NOT_PROBED),
        }
        let options = json!([{ "value": "one" }, { "value": "two" }]);
        let list = json!({ "data_type": "options", "options": options });
        match self.attribute(LIST, list).await? {
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
        probe: &str,
        contact: &DestinationId,
        name: &str,
        value: &str,
    ) -> Result<(), EngineError> {
        let body = json!({ "custom_attributes": { name: value } });
        let came = self.send(self.update_contact(contact, body)).await?;
        let word = match &came {
            Came::Done { .. } => {
                let back = self.contact(contact).await?;
                match back["custom_attributes"][name].as_str() {
                    Some(kept) if kept == value => ACCEPTED.to_owned(),
                    Some(cut) => format!("cut_to_{}", cut.chars().count()),
                    None => "dropped".to_owned(),
                }
            }
            other => other.word(),
        };
        self.found(probe, word);
        Ok(())
    }

    /// An attribute for the probes: one of an earlier run, or a new one.
    async fn attribute(
        &mut self,
        name: &str,
        mut more: Value,
    ) -> Result<Option<String>, EngineError> {
        let all = Read::get("/data_attributes").query("include_archived", true);
        let all = self.read(all).await?.body();
        let known = items(&all).iter().find(|one| one["name"] == name);
        if let Some(id) = known.and_then(|one| id_text(&one["id"])) {
            let back = Request::new(Operation::DataAttributeUpdate)
                .with("attribute_id", &id)
                .body(json!({ "archived": false }));
            return Ok(self.send(back).await?.is_done().then_some(id));
        }
        more["name"] = json!(name);
        more["model"] = json!("contact");
        let create = Request::new(Operation::DataAttributeCreate).body(more);
        Ok(self.send(create).await?.object().map(|id| id.to_string()))
    }

    async fn put_away(&mut self, name: &str, id: &str) -> Result<(), EngineError> {
        let archive = Request::new(Operation::DataAttributeArchive)
            .with("attribute_id", id)
            .body(json!({ "archived": true }));
        let word = if self.send(archive).await?.is_done() { "archived" } else { "active" };
        self.left.push(format!("contact attribute {name} ({word})"));
        Ok(())
    }
}
