//! Probe 1: who we are, and which families are open to reading.

use super::probe::{Canary, FAMILY_PROBE, Found};
use crate::destination::contract::Read;
use crate::destination::intercom::family::workspace::{AppAnswer, MeAnswer};
use crate::engine::error::EngineError;
use crate::engine::family::FAMILIES;

impl Canary<'_> {
    pub(super) async fn workspace(&mut self) -> Result<(), EngineError> {
        let me = self.read(Read::get("/me")).await?.body();
        let app = AppAnswer::of(MeAnswer::of(&me).app);
        for (probe, said) in [("region", app.region), ("time_zone", app.timezone)] {
            self.found(probe, said.unwrap_or("not_said"));
        }
        for (name, path) in FAMILIES {
            let word = match self.read(Read::get(path)).await? {
                Found::There(_) => "open".to_owned(),
                Found::Absent => "not_there".to_owned(),
                Found::Refused(code) => format!("closed_{code}"),
            };
            self.found(&format!("{FAMILY_PROBE}{name}"), word);
        }
        // These came with version 2.16; under an older one they are refused.
        let version = match self.probes.get("family_conversation_attributes").map(String::as_str) {
            Some("closed_intercom_version_invalid") => "older_than_2_16",
            _ => "2_16",
        };
        self.found("version", version);
        Ok(())
    }
}
