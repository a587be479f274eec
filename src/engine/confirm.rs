//! Confirming a map pins its digest in the ledger; nothing moves with another one.

use std::collections::BTreeSet;

use super::context::{Context, own_key};
use super::error::EngineError;
use super::question::Questions;
use crate::ledger::NewEvent;
use crate::mapping::decision::{Circumstance, Decision, Decisions};
use crate::mapping::rule::Mapping;
use crate::model::event::{MappingConfirmed, MappingProposed};
use crate::model::{Digest, Event, RecordKind, RunId};
use crate::projection::RunEntry;

use super::load;

const MAPPING_STREAM: (&str, &str) = ("mapping", "all");

/// Records that a map was proposed.
///
/// # Errors
/// If the ledger refuses.
pub async fn proposed(
    context: &Context,
    run: RunId,
    mapping: Digest,
    text: &str,
) -> Result<(), EngineError> {
    append(context, run, mapping, MappingProposed { mapping }.into(), text).await
}

/// Records that a person confirmed a map.
///
/// # Errors
/// If the ledger refuses.
pub async fn confirm(
    context: &Context,
    run: RunId,
    mapping: Digest,
    text: &str,
) -> Result<(), EngineError> {
    let by = context.operator.clone();
    append(context, run, mapping, MappingConfirmed { mapping, by }.into(), text).await
}

async fn append(
    context: &Context,
    run: RunId,
    mapping: Digest,
    event: Event,
    text: &str,
) -> Result<(), EngineError> {
    let (object, id) = MAPPING_STREAM;
    let ordinal = history(context).await?.len();
    let event = NewEvent {
        content: mapping.into(),
        ordinal: u32::try_from(ordinal).unwrap_or(u32::MAX),
        payload: Some(text.as_bytes().to_vec()),
        ..NewEvent::new(own_key(object, id)?, event)
    };
    context.ledger.append(run, vec![event]).await?;
    Ok(())
}

async fn history(context: &Context) -> Result<Vec<crate::ledger::Recorded>, EngineError> {
    let (object, id) = MAPPING_STREAM;
    let key = own_key(object, id)?;
    match context.ledger.streams(&[key]).await?.pop().flatten() {
        Some(stream) => Ok(context.ledger.read_stream(stream).await?),
        None => Ok(Vec::new()),
    }
}

/// Digest of the map confirmed last.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn confirmed(context: &Context) -> Result<Option<Digest>, EngineError> {
    let events = history(context).await?;
    Ok(events.into_iter().rev().find_map(|recorded| match recorded.event {
        Event::MappingConfirmed(confirmed) => Some(confirmed.mapping),
        _ => None,
    }))
}

/// Refuses to go on with a map that is not the one confirmed last.
///
/// # Errors
/// [`EngineError::NotConfirmed`] or [`EngineError::MappingDrift`], or if the ledger cannot be read.
pub async fn check(context: &Context, mapping: &Mapping) -> Result<(), EngineError> {
    let pinned = confirmed(context).await?.ok_or(EngineError::NotConfirmed)?;
    if pinned == mapping.digest()? {
        return Ok(());
    }
    Err(EngineError::MappingDrift(vec!["mapping.toml was changed after it was confirmed".into()]))
}

/// The decisions taken for a source.
pub struct Decided<'a> {
    /// Word of the help desk.
    pub source: &'a str,
    /// What was taken.
    pub decisions: &'a Decisions,
    /// Ids of findings that the settings say are known.
    pub accepted: &'a [String],
}

/// Refuses to go on while a decision that blocks is open, or the export has a finding that blocks.
///
/// # Errors
/// [`EngineError::DecisionsOpen`] or [`EngineError::FindingsBlock`], or if the ledger cannot be
/// read.
pub async fn check_decisions(context: &Context, decided: Decided<'_>) -> Result<(), EngineError> {
    let questions = Questions::of(context, decided.source, decided.accepted).await?;
    let open = questions.open().count() as u64 + questions.unnamed;
    if open > 0 {
        return Err(EngineError::FindingsBlock(open));
    }
    match all_open(context, &decided).await? {
        Some(open) => Err(open),
        None => Ok(()),
    }
}

/// All decisions that block and are open, as an error; none if none is.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn all_open(
    context: &Context,
    decided: &Decided<'_>,
) -> Result<Option<EngineError>, EngineError> {
    let open = open_decisions(context, decided).await?;
    let named: Vec<String> =
        open.iter().map(|one| format!("{} {}", one.id, one.question)).collect();
    Ok((!named.is_empty()).then_some(EngineError::DecisionsOpen(named)))
}

/// The decisions that block and are open, given what the source shows.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn open_decisions(
    context: &Context,
    decided: &Decided<'_>,
) -> Result<Vec<&'static Decision>, EngineError> {
    let runs = context.runs().await?;
    let last_read = runs
        .iter()
        .rev()
        .find(|run| run.finished_at_us.is_some() && matches!(run.kind.as_str(), "read" | "delta"));
    let seen = circumstances(context, last_read).await?;
    Ok(decided.decisions.open(decided.source, &seen))
}

/// What of the source makes a decision necessary.
async fn circumstances(
    context: &Context,
    last_read: Option<&RunEntry>,
) -> Result<BTreeSet<Circumstance>, EngineError> {
    let mut seen = BTreeSet::new();
    let found = |code: &str| {
        last_read.is_some_and(|run| run.counts.contains_key(&format!("finding_{code}")))
    };
    if found("time_zone_undecided") {
        seen.insert(Circumstance::NaiveDates);
    }
    if found("date_order_undecided") {
        seen.insert(Circumstance::AmbiguousDates);
    }
    let mut from = Vec::new();
    while let Some((page, next)) = load::state_page(context, &from).await? {
        from = next;
        let unlinked = |state: &crate::projection::RecordState| {
            state.kind == Some(RecordKind::Mention) && state.parent.is_none()
        };
        if page.iter().any(|(_, state)| unlinked(state)) {
            seen.insert(Circumstance::UnlinkedMentions);
            break;
        }
    }
    Ok(seen)
}
