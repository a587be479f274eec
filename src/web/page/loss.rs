//! Declared losses, record by record.

use super::super::address::Address;
use super::super::error::WebError;
use super::super::frame::Page;
use super::super::html::{Cell, Html};
use super::super::links::Links;
use super::super::opened::Opened;
use crate::model::StreamId;
use crate::report::finding_list::counted;
use crate::report::record_list;

/// Records with losses, from one on.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn page(opened: &Opened, links: &Links, from: StreamId) -> Result<Page, WebError> {
    let part = record_list::losses(&opened.context.ledger, from).await?;
    let mut body = Html::default();
    body.paragraph(
        "Whatever cannot arrive as it was has a name and is counted before it is sent. Sums by \
         name stand with the reconciliation.",
    );
    let rows = part.rows.into_iter().map(|row| {
        let written = if row.written { "yes" } else { "no" };
        [
            Cell::Link(Address::Record(row.stream), row.key),
            Cell::Text(counted(&row.losses)),
            Cell::Number(u64::from(row.differed)),
            Cell::Text(written.to_owned()),
        ]
    });
    let headings = ["record", "losses declared", "seen when read back", "in Intercom"];
    body.table(links, "Losses by record", headings, rows);
    let next = part.next.map(|from| ("Further records", Address::Losses(from)));
    let title = "Losses by record".to_owned();
    Ok(Page { title, body, next: next.into_iter().collect(), ..Page::default() })
}
