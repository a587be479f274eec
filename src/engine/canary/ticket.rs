//! Probe 9: tickets: values of lists, attributes nobody defined, the state a ticket is in.

use serde_json::{Value, json};

use super::probe::{ACCEPTED, Came, Canary, NOT_PROBED};
use crate::destination::contract::Read;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::pages::items;
use crate::destination::intercom::request::{Request, id_text};
use crate::engine::error::EngineError;
use crate::model::DestinationId;

/// The type that is made where none has a list; it is archived afterwards.
const TYPE: &str = "deskledger canary";
const LIST: &str = "Canary list";

/// A list of a ticket type: names, and an option.
struct Chosen {
    type_id: String,
    attribute: String,
    option_id: String,
    option_label: String,
    /// The type is there for the probes alone.
    made: bool,
}

impl Canary<'_> {
    pub(super) async fn tickets(&mut self, contact: &DestinationId) -> Result<(), EngineError> {
        let Some(chosen) = self.ticket_type().await? else {
            self.found("ticket", NOT_PROBED);
            return Ok(());
        };
        let title = json!({
            "_default_title_": "Canary", chosen.attribute.as_str(): chosen.option_id,
        });
        let create = Request::new(Operation::TicketCreate).body(json!({
            "ticket_type_id": chosen.type_id, "contacts": [{ "id": contact }],
            "ticket_attributes": title, "skip_notifications": true,
        }));
        let came = self.send(create).await?;
        self.found("ticket", came.word());
        if let Some(ticket) = came.object() {
            self.ticket(&ticket, contact, &chosen).await?;
            let delete = Request::new(Operation::TicketDelete).with("ticket_id", &ticket);
            self.taken("ticket_delete", delete).await?;
        }
        if chosen.made {
            let archive = Request::new(Operation::TicketTypeArchive)
                .with("ticket_type_id", &chosen.type_id)
                .body(json!({ "archived": true }));
            let word = if self.send(archive).await?.is_done() { "archived" } else { "active" };
            self.left.push(format!("ticket type {TYPE} ({word})"));
        }
        Ok(())
    }

    async fn ticket(
        &mut self,
        ticket: &DestinationId,
        contact: &DestinationId,
        chosen: &Chosen,
    ) -> Result<(), EngineError> {
        let read = || Read::get("/tickets/{ticket_id}").with("ticket_id", ticket);
        let back = self.read(read()).await?.body();
        let value = &back["ticket_attributes"][chosen.attribute.as_str()];
        let word = match value {
            Value::String(text) if *text == chosen.option_id => "id",
            Value::String(text) if *text == chosen.option_label => "label",
            Value::Object(_) => "object",
            _ => "lost",
        };
        self.found("ticket_list_reads_as", word);
        let update = |body: Value| {
            Request::new(Operation::TicketUpdate).with("ticket_id", ticket).body(body)
        };
        if let Some(state) = id_text(&back["ticket_state"]["id"]) {
            let same = json!({ "ticket_state_id": state, "skip_notifications": true });
            self.taken("ticket_same_state", update(same)).await?;
        }
        let name = "Nobody defined this";
        let unknown = json!({ "ticket_attributes": { name: "x" }, "skip_notifications": true });
        let word = match self.send(update(unknown)).await? {
            Came::Done { .. } => {
                let back = self.read(read()).await?.body();
                let kept = back["ticket_attributes"][name] == "x";
                if kept { ACCEPTED } else { "dropped" }.to_owned()
            }
            other => other.word(),
        };
        self.found("ticket_unknown_attribute", word);
        let both = json!({ "operator": "AND", "value": [
            { "field": "contact_ids", "operator": "=", "value": contact },
            { "field": "id", "operator": "=", "value": ticket },
        ] });
        let found = self.finds(&both).await? == Some(true);
        self.found("tickets_in_conversation_search", if found { "yes" } else { "no" });
        Ok(())
    }

    /// A type with a list that has options: one that is there, or one made for it.
    async fn ticket_type(&mut self) -> Result<Option<Chosen>, EngineError> {
        let all = self.read(Read::get("/ticket_types")).await?.body();
        if let Some(chosen) = items(&all).iter().find_map(usable) {
            return Ok(Some(chosen));
        }
        let old = items(&all).iter().find(|one| one["name"] == TYPE);
        let type_id = match old.and_then(|one| id_text(&one["id"])) {
            Some(id) => {
                let back = Request::new(Operation::TicketTypeUpdate)
                    .with("ticket_type_id", &id)
                    .body(json!({ "archived": false }));
                self.send(back).await?;
                id
            }
            None => {
                let make = Request::new(Operation::TicketTypeCreate)
                    .body(json!({ "name": TYPE, "category": "Customer" }));
                let Some(id) = self.send(make).await?.object() else { return Ok(None) };
                let id = id.to_string();
                let list = Request::new(Operation::TicketAttributeCreate)
                    .with("ticket_type_id", &id)
                    .body(json!({
                        "name": LIST, "description": LIST, "data_type": "list",
                        "list_items": "one,two", "visible_to_contacts": false,
                    }));
                self.send(list).await?;
                id
            }
        };
        let path = "/ticket_types/{ticket_type_id}";
        let made = self.read(Read::get(path).with("ticket_type_id", &type_id)).await?.body();
        Ok(usable(&made).map(|chosen| Chosen { made: true, ..chosen }))
    }
}

/// A list of a type for customers that is not archived and asks for nothing else.
fn usable(found: &Value) -> Option<Chosen> {
    if found["archived"] == true || found["category"] != "Customer" {
        return None;
    }
    let list = found["ticket_type_attributes"]["data"].as_array()?;
    let asks = |one: &&Value| one["required_to_create"] == true && one["archived"] != true;
    if list.iter().any(|one| asks(&one)) {
        return None;
    }
    let choice = list.iter().find(|one| one["data_type"] == "list" && one["archived"] != true)?;
    let items = choice["input_options"]["list_options"].as_array();
    let option = items?.iter().find(|one| one["archived"] != true)?;
    Some(Chosen {
        type_id: id_text(&found["id"])?,
        attribute: choice["name"].as_str()?.to_owned(),
        option_id: id_text(&option["id"])?,
        // Which of the two names an option, the description does not say.
        option_label: ["label", "name"]
            .iter()
            .find_map(|field| option[*field].as_str())
            .unwrap_or_default()
            .to_owned(),
        made: false,
    })
}
