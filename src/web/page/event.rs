//! The log itself, so many events at a time.

use futures::TryStreamExt;

use super::super::address::{Address, EVENTS_PER_PAGE};
use super::super::error::WebError;
use super::super::frame::Page;
use super::super::html::{Cell, Html, grouped};
use super::super::links::Links;
use super::super::opened::Opened;
use super::run::time;
use crate::ledger::Recorded;
use crate::model::{Position, StreamId};

/// The page of events that starts at a position.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn events(opened: &Opened, links: &Links, from: Position) -> Result<Page, WebError> {
    let ledger = &opened.context.ledger;
    let size = ledger.head().await?.size;
    let end = size.min(from.0.saturating_add(EVENTS_PER_PAGE));
    let mut events: Vec<Recorded> = Vec::new();
    let mut pages = std::pin::pin!(ledger.read(from..Position(end), None));
    while let Some(page) = pages.try_next().await? {
        events.extend(page);
    }
    let streams: Vec<StreamId> = events.iter().map(|event| event.stream).collect();
    let keys = ledger.keys(&streams).await?;
    let rows = events.iter().zip(keys).map(|(event, key)| {
        [
            Cell::Anchor(event.position.0),
            Cell::Text(time(event.recorded_at_us)),
            Cell::Text(event.event.name().to_owned()),
            Cell::Link(Address::Record(event.stream), key.to_string()),
            Cell::Code(facts(event)),
        ]
    });
    let mut body = Html::default();
    let caption = format!("Events from {} of {}", grouped(from.0), grouped(size));
    body.table(links, &caption, ["position", "when", "what", "about", "facts"], rows);
    let next = (end < size).then_some(("Later events", Address::Events(Position(end))));
    let next = next.into_iter().collect();
    Ok(Page { title: "Events".to_owned(), body, next, ..Page::default() })
}

/// Facts as they are sealed.
fn facts(event: &Recorded) -> String {
    match event.event.facts() {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => format!("unreadable: {error}"),
    }
}
