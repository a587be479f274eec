//! What went otherwise than planned, by kind, in the order in which it was recorded: rejected rows,
//! differences, refusals. Each kind is found by its index; only what was noted of records that were
//! read well is looked for among all readings, a bounded part at a time.

use futures::TryStreamExt;

use super::error::ReportError;
use super::portion::{Portion, ROWS_MAX};
use super::record_list::state;
use crate::ledger::{Ledger, Recorded};
use crate::model::event::{CATALOGUE, Counts, FindingFact, Location};
use crate::model::{Event, Position, StreamId};
use crate::projection::Verdict;

/// Positions looked at for one part of what was noted of records that were read well.
const NOTED_AT_ONCE: u64 = 10_000;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident => $word:literal, $event:literal, $title:literal;)+) => {
        /// A kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FindingKind {
            $($(#[$doc])* $name,)+
        }

        impl FindingKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The word for it.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// What it is called on a page.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            fn event(self) -> &'static str {
                match self { $(Self::$name => $event,)+ }
            }
        }
    };
}

kinds! {
    /// Source records that could not be used.
    Rejected => "rejected", "RecordRejected", "Rejected rows";
    /// What was noted of records that were read well.
    Noted => "noted", "RecordRead", "Noted while reading";
    /// Records that a full export no longer held.
    Vanished => "vanished", "RecordVanished", "Gone from the export";
    /// Objects that were read back and differ.
    Differed => "differed", "FieldsDiffered", "Read back and different";
    /// Objects that were changed in Intercom since.
    Drift => "drift", "DriftFound", "Changed in Intercom since";
    /// Requests that Intercom refused.
    Refused => "refused", "WriteFailed", "Refused by Intercom";
    /// Requests of which no answer told whether they landed.
    Unknown => "unknown", "WriteOutcomeUnknown", "Answer lost";
    /// Phases whose counts did not close.
    Gate => "gate", "GateFailed", "Gates that failed";
    /// Effects that stay because people touched them.
    Kept => "kept", "UndoKept", "Kept at a rollback";
    /// Undos that Intercom refused.
    Stuck => "stuck", "UndoFailed", "Undos that failed";
    /// Effects that nothing can take back.
    Impossible => "impossible", "UndoImpossible", "Cannot be undone";
}

impl FindingKind {
    /// The kind of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word)
    }

    fn type_id(self) -> Option<u16> {
        CATALOGUE.iter().find(|kind| kind.name == self.event()).map(|kind| kind.type_id)
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingRow {
    /// The event that says so.
    pub position: Position,
    /// The record's number.
    pub stream: StreamId,
    /// The record's key.
    pub key: String,
    /// Where in the export, if it was found there.
    pub place: Option<String>,
    /// What was found.
    pub what: String,
    /// Whether it still is so, as far as one look at the record tells.
    pub stands: Option<bool>,
}

/// Findings of a kind from a position on. A part may show none and yet go on.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn findings(
    ledger: &Ledger,
    kind: FindingKind,
    from: Position,
) -> Result<Portion<FindingRow, Position>, ReportError> {
    let Some(type_id) = kind.type_id() else {
        return Ok(Portion { rows: Vec::new(), next: None });
    };
    let head = ledger.head().await?.size;
    let end = match kind {
        FindingKind::Noted => head.min(from.0.saturating_add(NOTED_AT_ONCE)),
        _ => head,
    };
    let mut found: Vec<Recorded> = Vec::new();
    let mut pages = std::pin::pin!(ledger.read(from..Position(end), Some(&[type_id])));
    while found.len() <= ROWS_MAX
        && let Some(page) = pages.try_next().await?
    {
        found.extend(page.into_iter().filter(|one| !told(&one.event).1.is_empty()));
    }
    let mut part = Portion::cut(found, ROWS_MAX, |one| one.position);
    if part.next.is_none() && end < head {
        part.next = Some(Position(end));
    }
    let streams: Vec<StreamId> = part.rows.iter().map(|one| one.stream).collect();
    let keys = ledger.keys(&streams).await?;
    let mut rows = Vec::with_capacity(keys.len());
    for (recorded, key) in part.rows.iter().zip(keys) {
        let (place, what) = told(&recorded.event);
        rows.push(FindingRow {
            position: recorded.position,
            stream: recorded.stream,
            key: key.to_string(),
            place: place.map(|at| format!("{}:{}", at.file, at.line)),
            what,
            stands: stands(ledger, recorded).await?,
        });
    }
    Ok(Portion { rows, next: part.next })
}

/// Where and what, for people; no words where nothing was found.
fn told(event: &Event) -> (Option<&Location>, String) {
    match event {
        Event::RecordRejected(one) => (Some(&one.at), facts(&one.findings)),
        Event::RecordRead(one) => (Some(&one.at), facts(&one.findings)),
        Event::RecordVanished(one) => (None, format!("run {} did not find it", one.run)),
        Event::FieldsDiffered(one) => (None, one.undeclared.join(", ")),
        Event::DriftFound(one) => (None, format!("{}: {}", one.object, one.fields.join(", "))),
        Event::WriteFailed(one) => {
            (None, format!("step {}: {} {}", one.step, one.status, one.code))
        }
        Event::WriteOutcomeUnknown(one) => (None, format!("step {}: {}", one.step, one.code)),
        Event::GateFailed(one) => {
            (None, format!("phase {}: {}", one.phase.word(), counted(&one.counts)))
        }
        Event::UndoKept(one) => {
            (None, format!("step {}: people touched {}", one.step, one.touched.join(", ")))
        }
        Event::UndoFailed(one) => (None, format!("step {}: {} {}", one.step, one.status, one.code)),
        Event::UndoImpossible(one) => (None, format!("step {}: {}", one.step, one.reason)),
        _ => (None, String::new()),
    }
}

fn facts(findings: &[FindingFact]) -> String {
    let one = |finding: &FindingFact| match &finding.column {
        Some(column) => format!("{} in {column}", finding.code),
        None => finding.code.clone(),
    };
    findings.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Counts as words.
pub fn counted(counts: &Counts) -> String {
    let some = counts.iter().filter(|(_, count)| **count > 0);
    some.map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

async fn stands(ledger: &Ledger, recorded: &Recorded) -> Result<Option<bool>, ReportError> {
    let asked = matches!(
        recorded.event,
        Event::RecordRejected(_) | Event::RecordVanished(_) | Event::FieldsDiffered(_)
    );
    if !asked {
        return Ok(None);
    }
    let Some(state) = state(ledger, recorded.stream).await? else { return Ok(None) };
    Ok(Some(match recorded.event {
        Event::RecordRejected(_) => state.rejected && state.rejected_at == Some(recorded.position),
        Event::RecordVanished(_) => state.vanished,
        _ => state.verdict == Verdict::Differs && state.verified_at == Some(recorded.position),
    }))
}
