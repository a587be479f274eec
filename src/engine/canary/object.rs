//! Whether types of custom objects take what the plan will write: their attributes are not to be
//! read by any API (FACTS §5.9), so one instance of each is written, and deleted again.

use serde_json::{Map, Value, json};

use super::probe::{ACCEPTED, Came, Canary, Found};
use crate::destination::contract::Read;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::request::Request;
use crate::engine::error::EngineError;
use crate::mapping::need::Need;
use crate::model::DestinationId;

/// The name of the probe of an attribute.
pub(super) fn of_attribute(object_type: &str, attribute: &str) -> String {
    format!("object {object_type}.{attribute}")
}

impl Canary<'_> {
    pub(super) async fn object_type(&mut self, need: &Need) -> Result<(), EngineError> {
        let probe = format!("object {}", need.name);
        let path = "/custom_object_instances/{object_type}";
        let read = Read::get(path).with("object_type", &need.name).query("per_page", 1);
        match self.read(read).await? {
            Found::There(_) => {}
            Found::Absent => {
                self.found(&probe, "absent");
                return Ok(());
            }
            Found::Refused(code) => {
                self.found(&probe, format!("closed_{code}"));
                return Ok(());
            }
        }
        self.found(&probe, "there");
        let all: Map<String, Value> =
            need.attributes.iter().map(|(name, kind)| (name.clone(), sample(kind))).collect();
        let came = self.instance(need, Value::Object(all)).await?;
        if came.is_done() {
            for name in need.attributes.keys() {
                self.found(&of_attribute(&need.name, name), ACCEPTED);
            }
            return self.take_away(need, came.object()).await;
        }
        // One of them is refused, and the answer need not say which.
        let mut made = None;
        for (name, kind) in &need.attributes {
            let came = self.instance(need, json!({ name.as_str(): sample(kind) })).await?;
            self.found(&of_attribute(&need.name, name), came.word());
            made = came.object().or(made);
        }
        self.take_away(need, made).await
    }

    async fn instance(&mut self, need: &Need, attributes: Value) -> Result<Came, EngineError> {
        let upsert = Request::new(Operation::ObjectUpsert)
            .with("object_type", &need.name)
            .body(json!({ "external_id": self.mark, "custom_attributes": attributes }));
        self.send(upsert).await
    }

    async fn take_away(
        &mut self,
        need: &Need,
        made: Option<DestinationId>,
    ) -> Result<(), EngineError> {
        let Some(instance) = made else { return Ok(()) };
        let delete = Request::new(Operation::ObjectDelete)
            .with("object_type", &need.name)
            .with("object_id", &instance);
        if !self.send(delete).await?.is_done() {
            self.left.push(format!("custom object {} {}", need.name, self.mark));
        }
        Ok(())
    }
}

/// A value of a type.
fn sample(kind: &str) -> Value {
    match kind {
        "boolean" => json!(true),
        "integer" => json!(7),
        "decimal" => json!(7.5),
        "relationship, many" => json!([]),
        _ => json!("canary"),
    }
}
