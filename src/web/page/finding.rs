//! Findings by kind.

use super::super::address::Address;
use super::super::error::WebError;
use super::super::frame::Page;
use super::super::html::{Cell, Html};
use super::super::links::Links;
use super::super::opened::Opened;
use crate::model::{Position, StreamId};
use crate::report::finding_list::{FindingKind, findings};

/// Findings of one kind from a position on.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn page(
    opened: &Opened,
    links: &Links,
    kind: FindingKind,
    from: Position,
) -> Result<Page, WebError> {
    let part = findings(&opened.context.ledger, kind, from).await?;
    let mut body = Html::default();
    body.markup("<nav aria-label=\"Kinds of findings\"><ul>");
    for other in FindingKind::ALL {
        body.markup("<li>");
        if *other == kind {
            body.element("b", other.title());
        } else {
            body.link(links, &Address::Findings(*other, Position(0)), other.title());
        }
        body.markup("</li>\n");
    }
    body.markup("<li>");
    body.link(links, &Address::Waiting(StreamId(0)), "Waits for a person");
    body.markup("</li></ul></nav>\n");
    let rows = part.rows.into_iter().map(|row| {
        let stands = match row.stands {
            Some(true) => "yes",
            Some(false) => "no",
            None => "see the record",
        };
        [
            Cell::Link(Address::Event(row.position), row.position.to_string()),
            Cell::Link(Address::Record(row.stream), row.key),
            Cell::Text(row.place.unwrap_or_default()),
            Cell::Text(row.what),
            Cell::Text(stands.to_owned()),
        ]
    });
    body.table(links, kind.title(), ["event", "record", "where", "what", "still so"], rows);
    if kind == FindingKind::Noted && part.next.is_some() {
        body.paragraph(
            "What was noted of records that were read well is looked for some thousand events at \
             a time; a part of the log may hold none.",
        );
    }
    let next = part.next.map(|at| ("Later findings", Address::Findings(kind, at)));
    let title = format!("Findings: {}", kind.title());
    Ok(Page { title, body, next: next.into_iter().collect(), ..Page::default() })
}
