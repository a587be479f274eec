//! What stands in the way of a migration in the workspace itself: looked at, never changed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::canary::Learned;
use super::context::Context;
use super::error::EngineError;
use super::family::FAMILIES;
use super::finding::{Finding, Weight};
use super::needs;
use super::reading::patiently;
use crate::destination::contract::{Destination, DestinationError, Read, StopScope};
use crate::destination::intercom::family::Entry;
use crate::destination::intercom::family::attribute::answer::AttributeAnswer;
use crate::destination::intercom::family::workspace::{AppAnswer, HelpCentreAnswer, MeAnswer};
use crate::destination::intercom::pages::{items, list_all};
use crate::mapping::fold::fold;
use crate::mapping::need::{Need, Needs};
use crate::mapping::rule::{Holder, Mapping};

/// What the project needs of the workspace.
#[derive(Clone, Debug, Default)]
pub struct Wanted<'a> {
    /// Address of the API in the settings.
    pub url: &'a str,
    /// Admin that stands in (decision G3).
    pub admin: Option<String>,
    /// The map, if there is one.
    pub mapping: Option<&'a Mapping>,
    /// What the plan needs and only people can make.
    pub needs: Needs,
    /// What the last canary found.
    pub learned: Learned,
}

const SCOPES: &str = "Give the token this scope, or leave out what needs it.";

struct Preflight<'a> {
    context: &'a Context,
    destination: &'a dyn Destination,
    findings: Vec<Finding>,
}

/// Looks at the workspace.
///
/// # Errors
/// If the token is not accepted or Intercom cannot be reached: nothing else can be seen then.
pub async fn preflight(
    context: &Context,
    destination: &dyn Destination,
    wanted: &Wanted<'_>,
) -> Result<Vec<Finding>, EngineError> {
    let mut flight = Preflight { context, destination, findings: Vec::new() };
    flight.token(wanted.url).await?;
    for (name, path) in FAMILIES {
        flight.family(name, path).await?;
    }
    let admins = flight.people("admins", "/admins").await?;
    let teams = flight.people("teams", "/teams").await?;
    flight.named(wanted, &admins, &teams);
    flight.attributes(wanted.mapping).await?;
    flight.centres().await?;
    flight.needs(wanted).await?;
    Ok(flight.findings)
}

impl Preflight<'_> {
    fn add(&mut self, check: &str, weight: Weight, found: impl Into<String>, advice: &str) {
        self.findings.push(Finding::new(check, weight, found, advice));
    }

    async fn one(&self, read: Read) -> Result<Value, EngineError> {
        let path = read.path;
        patiently(self.context, || async { self.destination.read(&read).await.found(path) }).await
    }

    async fn all(&self, read: Read) -> Result<Vec<Value>, EngineError> {
        patiently(self.context, || list_all(self.destination, read.clone())).await
    }

    /// All of a list; none, with a finding, if the token does not reach it.
    async fn listed(&mut self, check: &str, read: Read) -> Result<Vec<Value>, EngineError> {
        match self.all(read).await {
            Err(error) => self.closed(check, error).map(|()| Vec::new()),
            found => found,
        }
    }

    /// A family that the token or the plan does not open is a finding; anything else ends it.
    fn closed(&mut self, check: &str, error: EngineError) -> Result<(), EngineError> {
        match error {
            EngineError::Destination(
                DestinationError::Stop { scope: StopScope::Phase, status, code, .. }
                | DestinationError::Refused { status, code, .. },
            ) => {
                self.add(check, Weight::Problem, format!("refused: {status} {code}"), SCOPES);
                Ok(())
            }
            EngineError::Destination(DestinationError::Absent { .. }) => {
                let advice = "The workspace does not offer it; leave out what needs it.";
                self.add(check, Weight::Note, "not there", advice);
                Ok(())
            }
            other => Err(other),
        }
    }

    async fn token(&mut self, url: &str) -> Result<(), EngineError> {
        // Whoever asks whether it works wants to know now: this one is not repeated.
        let me = self.destination.read(&Read::get("/me")).await.found("/me")?;
        let app = AppAnswer::of(MeAnswer::of(&me).app);
        let text = |told: Option<&str>| told.unwrap_or("unknown").to_owned();
        let found = format!("workspace {}, time zone {}", text(app.id_code), text(app.timezone));
        self.add("token", Weight::Good, found, "");
        let region = text(app.region).to_lowercase();
        let ours = match url {
            _ if url.contains("api.eu.") => "eu",
            _ if url.contains("api.au.") => "au",
            _ if url.contains("api.intercom.io") => "us",
            _ => return Ok(()),
        };
        if region != "unknown" && !region.starts_with(ours) {
            let advice = "Set intercom_url to the region's address: api., api.eu. or api.au.";
            self.add("region", Weight::Problem, format!("{region}, not {ours}"), advice);
        } else {
            self.add("region", Weight::Good, ours, "");
        }
        Ok(())
    }

    async fn family(&mut self, name: &str, path: &'static str) -> Result<(), EngineError> {
        match self.one(Read::get(path)).await {
            Ok(page) => {
                let total = page["total_count"].as_u64();
                let count = total.unwrap_or(items(&page).len() as u64);
                self.add(name, Weight::Good, format!("{count} there"), "");
                Ok(())
            }
            Err(error) => self.closed(name, error),
        }
    }

    /// Ids of teammates or teams.
    async fn people(
        &mut self,
        check: &str,
        path: &'static str,
    ) -> Result<Vec<String>, EngineError> {
        let found = self.listed(check, Read::get(path)).await?;
        let ids: Vec<String> = found.iter().filter_map(|one| Some(Entry::of(one).id?.0)).collect();
        let weight = if ids.is_empty() { Weight::Note } else { Weight::Good };
        self.add(check, weight, format!("{} there", ids.len()), "");
        Ok(ids)
    }

    /// Every teammate and team that the map and the decisions name has to be there.
    fn named(&mut self, wanted: &Wanted<'_>, admins: &[String], teams: &[String]) {
        match &wanted.admin {
            Some(id) if !admins.contains(id) => {
                let advice = "Set decision G3 to an admin of this workspace.";
                self.add("fallback_admin", Weight::Problem, format!("{id} is not there"), advice);
            }
            Some(id) => self.add("fallback_admin", Weight::Good, id.clone(), ""),
            None => {
                let advice = "Set decision G3: whoever is not mapped speaks through this admin.";
                self.add("fallback_admin", Weight::Problem, "not decided", advice);
            }
        }
        let Some(mapping) = wanted.mapping else {
            let advice = "Run `deskledger map propose`: attributes and teammates are checked then.";
            self.add("map", Weight::Note, "there is none yet", advice);
            return;
        };
        let mapped = mapping.teammates.iter().filter_map(|rule| rule.admin.as_ref());
        for id in mapped.filter(|id| !admins.contains(id)) {
            let advice = "Map the teammate to an admin that is there, or invite them first.";
            self.add("admin", Weight::Problem, format!("{id} is not there"), advice);
        }
        for id in mapping.teams.values().flatten().filter(|id| !teams.contains(id)) {
            let advice = "Map the team to one that is there, or make it first.";
            self.add("team", Weight::Problem, format!("{id} is not there"), advice);
        }
    }

    /// Attributes of the map's names: of what they are, of which type, archived, twice there.
    async fn attributes(&mut self, mapping: Option<&Mapping>) -> Result<(), EngineError> {
        let read = |path| Read::get(path).query("include_archived", true);
        let data = self.listed("data_attributes", read("/data_attributes")).await?;
        let path = "/conversations/attributes";
        let talk = self.listed("conversation_attributes", read(path)).await?;
        let mut active: BTreeMap<String, usize> = BTreeMap::new();
        for one in talk.iter().filter(|one| !Entry::of(one).archived) {
            *active.entry(name_of(one)).or_default() += 1;
        }
        for (name, _) in active.iter().filter(|(_, count)| **count > 1) {
            let advice = "Archive all but one: until then no conversation takes attributes.";
            self.add("attribute_twice", Weight::Problem, name.clone(), advice);
        }
        let Some(mapping) = mapping else { return Ok(()) };
        for holder in [Holder::Contact, Holder::Company, Holder::Conversation] {
            let list = if holder == Holder::Conversation { &talk } else { &data };
            for (name, attribute) in mapping.attributes(holder) {
                let same = |one: &&Value| name_of(one) == fold(name);
                let as_written = list.iter().find(|one| Entry::of(one).name == Some(name));
                let Some(there) = as_written.or_else(|| list.iter().find(same)) else { continue };
                self.attribute(holder, name, &json!(attribute.data_type), there);
            }
        }
        Ok(())
    }

    fn attribute(&mut self, holder: Holder, name: &str, wanted: &Value, there: &Value) {
        let what = format!("{} {name}", holder.word());
        let there = AttributeAnswer::of(there);
        let model = there.model;
        if model.is_some_and(|model| model != holder.word()) {
            let found = format!("{what} is taken by {}", model.unwrap_or_default());
            let advice = "Contacts and companies share their names: rename it in the map.";
            self.add("attribute_owner", Weight::Problem, found, advice);
        } else if there.archived {
            let advice = "It is brought back when it is needed, if Intercom allows it.";
            self.add("attribute_archived", Weight::Note, what, advice);
        } else {
            let found = match there.name {
                Some(spelled) if spelled != name => {
                    format!("{what} is there as {spelled:?}, {}", there.data_type)
                }
                _ => format!("{what} is there as {}", there.data_type),
            };
            let advice = format!("The map wants {wanted}; another type stops the attribute.");
            self.add("attribute_there", Weight::Note, found, &advice);
        }
    }

    /// What the plan needs and no API makes.
    async fn needs(&mut self, wanted: &Wanted<'_>) -> Result<(), EngineError> {
        let (context, destination) = (self.context, self.destination);
        for need in wanted.needs.iter() {
            let one = std::iter::once(need);
            let lacking = needs::missing(context, destination, one, &wanted.learned).await?.pop();
            match lacking {
                Some(lacking) if lacking.attributes.len() < need.attributes.len() => {
                    let names: Vec<&str> = lacking.attributes.keys().map(String::as_str).collect();
                    let found = format!("{} does not take {}", need.name, names.join(", "));
                    self.add(need.kind.word(), Weight::Problem, found, &lacking.instruction());
                }
                Some(_) => {
                    let found = format!("{} is not there", need.name);
                    self.add(need.kind.word(), Weight::Problem, found, &need.instruction());
                }
                None => self.there(need, &wanted.learned),
            }
        }
        Ok(())
    }

    fn there(&mut self, need: &Need, learned: &Learned) {
        let unseen = |name: &&String| !learned.accepts(&need.name, name);
        if need.attributes.keys().any(|name| unseen(&name)) {
            let found = format!("{} is there, its attributes cannot be seen", need.name);
            let advice = "Compare them with the sheet that `deskledger handoff` writes, or let \
                          the canary write one instance: `deskledger doctor --canary`.";
            self.add(need.kind.word(), Weight::Note, found, advice);
        } else {
            self.add(need.kind.word(), Weight::Good, need.name.clone(), "");
        }
    }

    async fn centres(&mut self) -> Result<(), EngineError> {
        let check = "help_centers";
        let centres = self.listed(check, Read::get("/help_center/help_centers")).await?;
        if centres.is_empty() {
            let advice = "Make one in Intercom if articles are to move: no API does.";
            self.add(check, Weight::Note, "none", advice);
        }
        for centre in &centres {
            let centre = HelpCentreAnswer::of(centre);
            let name = centre.identifier.unwrap_or("unnamed");
            let words: Vec<&str> = centre.locales.iter().filter_map(Value::as_str).collect();
            let live = centre.website_turned_on;
            let found = format!(
                "{name}: {}, languages {}",
                if live { "public" } else { "not public" },
                words.join(" ")
            );
            self.add(check, Weight::Good, found, "");
        }
        Ok(())
    }
}

fn name_of(attribute: &Value) -> String {
    Entry::of(attribute).name.map(fold).unwrap_or_default()
}
