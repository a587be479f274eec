//! Questions: what the readings noticed that a person must have seen before anything is planned,
//! and what was accepted of it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::context::{Context, own_key};
use super::error::EngineError;
use super::load;
use super::read::ASKING;
use super::whole::{is_whole, sealed};
use crate::ledger::NewEvent;
use crate::model::event::DecisionRecorded;
use crate::model::{Event, RunId};
use crate::projection::RunEntry;
use crate::source::FindingGroup;

/// The word that a person gives.
const ACCEPT: &str = "accept";

/// Who accepted what the export's own manifest says is known.
const MANIFEST: &str = "manifest.json";

/// Who accepted what the project's settings say is known.
const SETTINGS: &str = "deskledger.toml";

/// A finding of a reading, with what was said of it.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    /// What was noticed.
    #[serde(flatten)]
    pub finding: FindingGroup,
    /// The export in which it was noticed.
    pub place: String,
    /// Who accepted it.
    pub accepted_by: Option<String>,
}

impl Question {
    /// True while it keeps a plan from being made.
    pub fn is_open(&self) -> bool {
        self.finding.asks && self.accepted_by.is_none()
    }
}

/// The findings that hold: those of the last reading of everything, and of the parts read since.
#[derive(Clone, Debug, Default)]
pub struct Questions {
    /// Each finding once, gravest first within a reading, the latest reading first.
    pub all: Vec<Question>,
    /// Findings that block, of readings by the first release, which kept their number alone.
    pub unnamed: u64,
}

impl Questions {
    /// The questions of a source. `accepted`: ids that the settings say are known.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn of(
        context: &Context,
        system: &str,
        accepted: &[String],
    ) -> Result<Self, EngineError> {
        let mut found = Self::default();
        let mut places = BTreeSet::new();
        let mut ids = BTreeSet::new();
        let reads = |run: &RunEntry| matches!(run.kind.as_str(), "read" | "delta");
        let ended = |run: &RunEntry| run.finished_at_us.is_some();
        for run in context.runs().await?.into_iter().rev().filter(|run| reads(run) && ended(run)) {
            let Some(sealed) = sealed(context, system, run.run).await? else { continue };
            let whole = is_whole(&run, &sealed);
            // A place that was read again since is what it is now.
            if places.insert(sealed.place.clone()) {
                match findings(context, run.run).await? {
                    Some(groups) => {
                        for finding in groups.into_iter().filter(|one| ids.insert(one.id.clone())) {
                            let accepted_by =
                                [(&sealed.accepted[..], MANIFEST), (accepted, SETTINGS)]
                                    .into_iter()
                                    .find(|(known, _)| known.contains(&finding.id))
                                    .map(|(_, by)| by.to_owned());
                            let place = sealed.place.clone();
                            found.all.push(Question { finding, place, accepted_by });
                        }
                    }
                    None => found.unnamed += run.counts.get(ASKING).copied().unwrap_or_default(),
                }
            }
            if whole {
                break;
            }
        }
        for question in found.all.iter_mut().filter(|question| question.is_open()) {
            question.accepted_by = accepted_by(context, &question.finding.id).await?;
        }
        Ok(found)
    }

    /// Those that keep a plan from being made.
    pub fn open(&self) -> impl Iterator<Item = &Question> {
        self.all.iter().filter(|question| question.is_open())
    }
}

/// What a reading noticed; `None` if it kept nothing of it.
async fn findings(context: &Context, run: RunId) -> Result<Option<Vec<FindingGroup>>, EngineError> {
    let key = own_key("run", &run.to_string())?;
    let Some(stream) = context.ledger.streams(std::slice::from_ref(&key)).await?.pop().flatten()
    else {
        return Ok(None);
    };
    let events = context.ledger.read_stream(stream).await?;
    let ends = events.iter().rev().find(|one| matches!(one.event, Event::RunFinished(_)));
    let Some(ended) = ends else { return Ok(None) };
    let payload = context.ledger.payloads(&[ended.position]).await?.pop().flatten();
    payload.map(|bytes| load::parse("findings", &key, &bytes)).transpose()
}

/// Who accepted a finding.
async fn accepted_by(context: &Context, id: &str) -> Result<Option<String>, EngineError> {
    let key = own_key("finding", id)?;
    let Some(stream) = context.ledger.streams(&[key]).await?.pop().flatten() else {
        return Ok(None);
    };
    let events = context.ledger.read_stream(stream).await?;
    Ok(events.into_iter().rev().find_map(|recorded| match recorded.event {
        Event::DecisionRecorded(said) if said.option == ACCEPT => Some(said.by),
        _ => None,
    }))
}

/// Records that a person accepts findings, by their ids.
///
/// # Errors
/// If the ledger refuses.
pub async fn accept(context: &Context, run: RunId, ids: &[String]) -> Result<(), EngineError> {
    let mut events = Vec::with_capacity(ids.len());
    for id in ids {
        let said = DecisionRecorded {
            decision: format!("finding {id}"),
            option: ACCEPT.to_owned(),
            by: context.operator.clone(),
        };
        events.push(NewEvent::new(own_key("finding", id)?, said));
    }
    context.ledger.append(run, events).await?;
    Ok(())
}
