//! Whether types of custom objects take what the plan will write: their attributes are not to be
//! read by any API (FACTS §5.9), so one instance of each is written, and deleted again.

use serde_json::{Map, Value, json};

use super::probe::{ACCEPTED, Came, Canary, Found};
use crate::destination::intercom::family::custom_object::probe as instance;
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
        match self.read(instance::list(&need.name)).await? {
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
        self.send(instance::upsert(&need.name, &self.mark, attributes)).await
    }

    async fn take_away(
        &mut self,
        need: &Need,
        made: Option<DestinationId>,
    ) -> Result<(), EngineError> {
        let Some(made) = made else { return Ok(()) };
        if !self.send(instance::delete(&need.name, &made)).await?.is_done() {
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
