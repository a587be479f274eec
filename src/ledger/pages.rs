//! Stored events, page by page, and back into today's words.

use std::ops::Range;
use std::sync::Arc;

use futures::stream::{self, Stream, StreamExt};

use super::contract::{DecodeError, Recorded};
use super::error::LedgerError;
use crate::model::{Header, Position, upcast};
use crate::store::{EventQuery, EventRow, Store};

/// Events of one page: enough that the question costs little, about 250 KB.
pub(super) const PAGE_EVENTS: u32 = 500;
/// Pages decoded side by side.
const PAGES_AHEAD: usize = 2;

/// Events of a range, page by page, decoded on other threads.
pub(super) fn recorded_pages(
    store: Arc<dyn Store>,
    range: Range<Position>,
    types: Option<Vec<u16>>,
) -> impl Stream<Item = Result<Vec<Recorded>, LedgerError>> + Send + use<> {
    let decoded = |page: Result<Vec<EventRow>, LedgerError>| async move {
        let rows = page?;
        tokio::task::spawn_blocking(move || rows.iter().map(recorded).collect())
            .await
            .map_err(|_| LedgerError::Interrupted { doing: "reading" })?
    };
    pages(store, range, types).map(decoded).buffered(PAGES_AHEAD)
}

/// Stored events of a range, page by page.
fn pages(
    store: Arc<dyn Store>,
    range: Range<Position>,
    types: Option<Vec<u16>>,
) -> impl Stream<Item = Result<Vec<EventRow>, LedgerError>> + Send + use<> {
    let query = EventQuery { from: range.start, to: range.end, types, limit: PAGE_EVENTS };
    stream::try_unfold(Some(query), move |query| {
        let store = store.clone();
        async move {
            let Some(mut query) = query else { return Ok(None) };
            let rows = store.events(&query).await?;
            let Some(last) = rows.last() else { return Ok(None) };
            query.from = last.position.next();
            let more = rows.len() == PAGE_EVENTS as usize && query.from < query.to;
            Ok(Some((rows, more.then_some(query))))
        }
    })
}

/// An event in today's words.
pub(super) fn recorded(row: &EventRow) -> Result<Recorded, LedgerError> {
    decode(row)
        .map_err(|cause| LedgerError::Decode { position: row.position, cause: Arc::new(cause) })
}

fn decode(row: &EventRow) -> Result<Recorded, DecodeError> {
    let header = Header::decode(&row.header)?;
    Ok(Recorded {
        position: row.position,
        stream: row.stream,
        parent: row.parent,
        run: header.run,
        id: header.event,
        recorded_at_us: header.recorded_at_us,
        sequence: header.sequence,
        ordinal: header.ordinal,
        content: header.content,
        causation: header.causation,
        has_payload: row.commitment.is_some(),
        event: upcast::event(header.type_id, header.version, &row.facts)?,
    })
}
