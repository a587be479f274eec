//! Probes 11, 12 and 13: companies without contacts, attached twice, deleted and made again.

use std::time::Duration;

use super::probe::{Came, Canary, Found};
use crate::destination::intercom::family::company::answer::CompanyAnswer;
use crate::destination::intercom::family::company::probe as company;
use crate::destination::intercom::family::company::rules::by_key;
use crate::destination::intercom::family::contact::probe as contact;
use crate::engine::error::EngineError;
use crate::model::DestinationId;

/// When to look whether a deletion has taken effect, in milliseconds after it: it is said to
/// happen in the background (FACTS §5.3).
const LOOKS_MS: [u64; 5] = [0, 1_000, 2_000, 4_000, 8_000];

impl Canary<'_> {
    pub(super) async fn companies(&mut self, on: &DestinationId) -> Result<(), EngineError> {
        let upsert = company::upsert(&self.mark, "Canary");
        let came = self.send(upsert.clone()).await?;
        self.found("company", came.word());
        let Some(company) = came.object() else { return Ok(()) };
        let word = match self.read(by_key(&self.mark)).await? {
            Found::There(body) => match CompanyAnswer::of(&body) {
                one if one.company_id == Some(self.mark.as_str()) => "object",
                list if !list.data.is_empty() => "list",
                _ => "empty_list",
            },
            Found::Absent => "absent",
            Found::Refused(_) => "refused",
        };
        self.found("company_by_key", word);
        let attach = contact::attach(on, &company);
        self.send(attach.clone()).await?;
        self.taken("company_again_on_contact", attach).await?;
        self.send(contact::detach(on, &company)).await?;
        let delete = || company::delete(&company);
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
            if !matches!(self.read(company::read(company)).await?, Found::There(_)) {
                return Ok(match waited_ms {
                    0 => "gone_at_once".to_owned(),
                    _ => format!("gone_within_{waited_ms}_ms"),
                });
            }
        }
        Ok("stays_readable".to_owned())
    }
}
