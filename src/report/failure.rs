//! What went wrong while something was written or taken back, in words.

use std::ops::Range;

use serde::Serialize;

use super::error::ReportError;
use crate::ledger::{Ledger, Recorded};
use crate::model::event::{CATALOGUE, FailureClass};
use crate::model::{Event, Position, Timestamp};

/// Events that say that something went wrong.
const NAMES: [&str; 4] = ["WriteFailed", "WriteOutcomeUnknown", "GateFailed", "UndoFailed"];

/// Events looked through at once for the last failure.
const WINDOW_EVENTS: u64 = 50_000;

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The event that says so.
    pub position: u64,
    /// When.
    pub at: String,
    /// The record, or the phase.
    pub about: String,
    /// What happened, in words.
    pub words: String,
}

/// Type numbers of the events that say that something went wrong.
pub fn types() -> Vec<u16> {
    let named = CATALOGUE.iter().filter(|kind| NAMES.contains(&kind.name));
    named.map(|kind| kind.type_id).collect()
}

/// The last failure of a range; none if there is none.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn last(ledger: &Ledger, range: Range<Position>) -> Result<Option<Failure>, ReportError> {
    let types = types();
    let mut end = range.end.0;
    while end > range.start.0 {
        let start = end.saturating_sub(WINDOW_EVENTS).max(range.start.0);
        let window = Position(start)..Position(end);
        let found = ledger.read_some(window, Some(&types), u32::MAX).await?;
        if let Some(last) = found.last() {
            return Ok(told(ledger, std::slice::from_ref(last)).await?.pop());
        }
        end = start;
    }
    Ok(None)
}

/// The first failures of a range.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn first(
    ledger: &Ledger,
    range: Range<Position>,
    limit: u32,
) -> Result<Vec<Failure>, ReportError> {
    let found = ledger.read_some(range, Some(&types()), limit).await?;
    told(ledger, &found).await
}

async fn told(ledger: &Ledger, events: &[Recorded]) -> Result<Vec<Failure>, ReportError> {
    let streams: Vec<_> = events.iter().map(|event| event.stream).collect();
    let keys = ledger.keys(&streams).await?;
    let failures = events.iter().zip(keys).filter_map(|(event, key)| {
        let (about, words) = words(&event.event, &key.to_string())?;
        let at = Timestamp(event.recorded_at_us / 1000).to_rfc3339();
        Some(Failure { position: event.position.0, at, about, words })
    });
    Ok(failures.collect())
}

/// What an event says went wrong: what it is about, and the words; none of any other event.
fn words(event: &Event, key: &str) -> Option<(String, String)> {
    let again = |class: FailureClass| match class {
        FailureClass::Temporary => "for now: it is sent again",
        FailureClass::Permanent => "for good: the record waits for a person",
    };
    let answer = |status: u16, code: &str| match status {
        0 => format!("no answer ({code})"),
        status => format!("{status} {code}"),
    };
    match event {
        Event::WriteFailed(failed) => {
            let (answer, again) = (answer(failed.status, &failed.code), again(failed.class));
            let words = format!("Intercom refused the step {}: {answer}, {again}", failed.step);
            Some((key.to_owned(), words))
        }
        Event::WriteOutcomeUnknown(unknown) => {
            let words = format!(
                "no usable answer came to the step {} ({}): it is looked up before anything is \
                 sent again",
                unknown.step, unknown.code
            );
            Some((key.to_owned(), words))
        }
        Event::GateFailed(gate) => {
            let waiting = gate.counts.get("waiting").copied().unwrap_or(0);
            let phase = gate.phase.word();
            let words =
                format!("the phase {phase} did not close: {waiting} records are not written");
            Some((phase.to_owned(), words))
        }
        Event::UndoFailed(failed) => {
            let answer = answer(failed.status, &failed.code);
            let again = match failed.class {
                FailureClass::Temporary => "for now: it is sent again",
                FailureClass::Permanent => "for good: it stays, see `deskledger rollback status`",
            };
            let words = format!("the step {} could not be undone: {answer}, {again}", failed.step);
            Some((key.to_owned(), words))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StepKey;
    use crate::model::event::{RecordQueued, WriteFailed};

    #[test]
    fn a_refusal_says_what_was_answered_and_what_comes_of_it() {
        let failed = |status, class| {
            Event::from(WriteFailed {
                step: StepKey::from("create"),
                class,
                status,
                code: "rate_limit_exceeded".into(),
            })
        };
        let said = |event: &Event| words(event, "deskero/ticket/1");
        let (about, now) = said(&failed(429, FailureClass::Temporary)).unwrap();
        assert_eq!(about, "deskero/ticket/1");
        assert!(now.contains("429 rate_limit_exceeded") && now.contains("sent again"), "{now}");
        let (_, good) = said(&failed(0, FailureClass::Permanent)).unwrap();
        assert!(good.contains("no answer") && good.contains("waits for a person"), "{good}");
        let other = RecordQueued { reason: "r".into(), release: "l".into() };
        assert_eq!(said(&other.into()), None);
        assert_eq!(types().len(), NAMES.len());
    }
}
