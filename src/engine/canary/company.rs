//! Probes 11, 12 and 13: companies without contacts, attached twice, deleted and made again.

use std::time::Duration;

use serde_json::json;

use super::probe::{Came, Canary, Found};
use crate::destination::contract::Read;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::request::Request;
use crate::engine::error::EngineError;
use crate::model::DestinationId;

/// When to look whether a deletion has taken effect, in milliseconds after it: it is said to
/// happen in the background (FACTS §5.3).
const LOOKS_MS: [u64; 5] = [0, 1_000, 2_000, 4_000, 8_000];

impl Canary<'_> {
    pub(super) async fn companies(&mut self, contact: &DestinationId) -> Result<(), EngineError> {
        let upsert = Request::new(Operation::CompanyUpsert)
            .body(json!({ "company_id": self.mark, "name": "Canary" }));
        let came = self.send(upsert.clone()).await?;
        self.found("company", came.word());
        let Some(company) = came.object() else { return Ok(()) };
        let read = Read::get("/companies").query("company_id", &self.mark);
        let word = match self.read(read).await? {
            Found::There(body) if body["company_id"] == self.mark => "object",
            Found::There(body) if body["data"].as_array().is_some_and(|all| !all.is_empty()) => {
                "list"
            }
            Found::There(_) => "empty_list",
            Found::Absent => "absent",
            Found::Refused(_) => "refused",
        };
        self.found("company_by_key", word);
        let attach = Request::new(Operation::ContactCompanyAttach)
            .with("contact_id", contact)
            .body(json!({ "id": company }));
        self.send(attach.clone()).await?;
        self.taken("company_again_on_contact", attach).await?;
        let detach = Request::new(Operation::ContactCompanyDetach)
            .with("contact_id", contact)
            .with("company_id", &company);
        self.send(detach).await?;
        let delete = || Request::new(Operation::CompanyDelete).with("company_id", &company);
        if !self.taken("company_delete", delete()).await? {
            self.left.push(format!("company {} (active)", self.mark));
            return Ok(());
        }
        let word = self.when_gone(&company).await?;
        self.found("company_deleted_read", word);
        let word = match self.send(upsert).await? {
            Came::Done { object: Some(again), .. } if again == company => "comes_back",
            Came::Done { .. } => "new_one",
            _ => "refused",
        };
        self.found("company_again", word);
        let away = self.send(delete()).await?.is_done();
        let word = if away { "archived" } else { "active" };
        self.left.push(format!("company {} ({word})", self.mark));
        Ok(())
    }

    /// When a deleted company can no longer be read.
    async fn when_gone(&mut self, company: &DestinationId) -> Result<String, EngineError> {
        let mut waited_ms = 0;
        for look_ms in LOOKS_MS {
            self.context.env.sleep(Duration::from_millis(look_ms)).await;
            waited_ms += look_ms;
            let read = Read::get("/companies/{company_id}").with("company_id", company);
            if !matches!(self.read(read).await?, Found::There(_)) {
                return Ok(match waited_ms {
                    0 => "gone_at_once".to_owned(),
                    _ => format!("gone_within_{waited_ms}_ms"),
                });
            }
        }
        Ok("stays_readable".to_owned())
    }
}
