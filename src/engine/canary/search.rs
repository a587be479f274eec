//! Probe 7: what search finds, and when.

use std::time::Duration;

use serde_json::Value;

use super::probe::{Canary, Found};
use crate::destination::intercom::LOOKS;
use crate::destination::intercom::family::conversation::probe;
use crate::destination::intercom::pages::items;
use crate::engine::error::EngineError;
use crate::model::DestinationId;

/// The word for what search does not show before it is no longer looked for.
pub(super) const BEHIND: &str = "not_seen";

impl Canary<'_> {
    /// How late search shows a conversation that is made for it, and what it takes.
    pub(super) async fn search(
        &mut self,
        contact: &DestinationId,
        begun_s: i64,
    ) -> Result<(), EngineError> {
        let Some(talk) = self.talk(contact, "search", begun_s).await? else { return Ok(()) };
        self.look_for(contact, &talk, begun_s).await?;
        self.send(probe::delete(&talk)).await?;
        let custom = probe::with_attribute("deskledger_canary", "x");
        let word = if self.finds(&custom).await?.is_some() { "accepted" } else { "refused" };
        self.found("search_by_attribute", word);
        Ok(())
    }

    async fn look_for(
        &mut self,
        contact: &DestinationId,
        talk: &DestinationId,
        begun_s: i64,
    ) -> Result<(), EngineError> {
        let (ours, this) = (probe::of(contact), probe::is(talk));
        let both = probe::all(&[ours.clone(), this.clone()]);
        let mut waited = Duration::ZERO;
        let mut word = BEHIND.to_owned();
        for look in std::iter::once(Duration::ZERO).chain(LOOKS) {
            self.context.env.sleep(look.saturating_sub(waited)).await;
            waited = look;
            if self.finds(&both).await? == Some(true) {
                word = match look.as_secs() {
                    0 => "at_once".to_owned(),
                    seconds => format!("within_{seconds}_s"),
                };
                break;
            }
        }
        let seen = word != BEHIND;
        self.found("search_shows_new", word);
        if seen {
            // Days begin before this second, and end after it.
            let before = probe::all(&[ours, this, probe::before(begun_s + 1)]);
            let word = match self.finds(&before).await? {
                Some(true) => "seconds",
                Some(false) => "days",
                None => "refused",
            };
            self.found("search_dates", word);
        }
        Ok(())
    }

    /// Whether a search of conversations finds something; none if it is refused.
    pub(super) async fn finds(&self, query: &Value) -> Result<Option<bool>, EngineError> {
        Ok(match self.read(probe::search(query)).await? {
            Found::There(page) => Some(!items(&page).is_empty()),
            Found::Absent | Found::Refused(_) => None,
        })
    }
}
