//! A record's life a bounded part at a time: its events, its parts.

use super::biography::{Chapter, chapter};
use super::error::ReportError;
use super::portion::{Portion, ROWS_MAX};
use crate::ledger::Ledger;
use crate::model::{Position, StreamId};
use crate::projection::ChildIndex;

/// Events of one portion: each may have bytes beside it.
const CHAPTERS_MAX: u32 = 50;

/// Events of a record from a position on, with payloads if asked for.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn chapters(
    ledger: &Ledger,
    stream: StreamId,
    from: Position,
    with_payloads: bool,
) -> Result<Portion<Chapter, Position>, ReportError> {
    let events = ledger.read_stream_from(stream, from, CHAPTERS_MAX + 1).await?;
    let events = Portion::cut(events, CHAPTERS_MAX as usize, |event| event.position);
    let positions: Vec<Position> = events.rows.iter().map(|event| event.position).collect();
    let payloads = match with_payloads {
        true => ledger.payloads(&positions).await?,
        false => vec![None; positions.len()],
    };
    let rows = events.rows.into_iter().zip(payloads);
    let rows = rows.map(|(event, payload)| chapter(event, payload, None)).collect();
    Ok(Portion { rows, next: events.next })
}

/// Parts of a record from one on: their numbers and keys.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn parts(
    ledger: &Ledger,
    stream: StreamId,
    from: StreamId,
) -> Result<Portion<(StreamId, String), StreamId>, ReportError> {
    let first = [ChildIndex::first(stream), ChildIndex::first(from)].concat();
    let end = ChildIndex::first(StreamId(stream.0 + 1));
    let rows = ledger.scan(ChildIndex::NAME, &first, Some(&end), ROWS_MAX + 1).await?;
    let children = rows.iter().filter_map(|(key, _)| ChildIndex::pair(key)).map(|(_, one)| one);
    let children: Portion<StreamId, StreamId> =
        Portion::cut(children.collect(), ROWS_MAX, |child| *child);
    let keys = ledger.keys(&children.rows).await?.into_iter().map(|key| key.to_string());
    Ok(Portion { rows: children.rows.into_iter().zip(keys).collect(), next: children.next })
}
