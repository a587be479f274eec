//! Lists of records: all, those that wait, those that a word finds.

use super::super::address::Address;
use super::super::error::WebError;
use super::super::frame::Page;
use super::super::html::{Cell, Html};
use super::super::links::Links;
use super::super::opened::Opened;
use crate::model::StreamId;
use crate::report::record_list::{self, RecordRow};
use crate::report::search::search;

/// All records, from one on.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn records(opened: &Opened, links: &Links, from: StreamId) -> Result<Page, WebError> {
    let part = record_list::records(&opened.context.ledger, from).await?;
    let mut body = Html::default();
    table(&mut body, links, "Records, in the order in which they were first read", part.rows);
    let next = part.next.map(|from| ("Further records", Address::Records(from)));
    let next = next.into_iter().collect();
    Ok(Page { title: "Records".to_owned(), body, next, ..Page::default() })
}

/// Records that wait for a person, from one on.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn waiting(opened: &Opened, links: &Links, from: StreamId) -> Result<Page, WebError> {
    let part = record_list::waiting(&opened.context.ledger, from).await?;
    let mut body = Html::default();
    let rows = part.rows.into_iter().map(|row| {
        [
            Cell::Link(Address::Record(row.stream), row.key),
            Cell::Text(row.reason),
            Cell::Text(row.release),
        ]
    });
    body.table(links, "Waits for a person", ["record", "reason", "what releases it"], rows);
    let next = part.next.map(|from| ("Further records", Address::Waiting(from)));
    let title = "Waits for a person".to_owned();
    Ok(Page { title, body, next: next.into_iter().collect(), ..Page::default() })
}

/// What a word finds.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn found(
    opened: &Opened,
    links: &Links,
    word: &str,
    from: StreamId,
) -> Result<Page, WebError> {
    let found = search(&opened.context.ledger, word, from).await?;
    let mut body = Html::default();
    body.paragraph(
        "Whole words only: a key written system/object/id, an id at the help desk or in Intercom, \
         an e-mail address, the name of a company, the id of a run.",
    );
    if let Some(run) = found.run {
        body.open("p", &[]);
        body.link(links, &Address::Run(run), &format!("Run {run}"));
        body.markup("</p>\n");
    }
    table(&mut body, links, "Records found", found.records.rows);
    let further = |from| ("Further records", Address::Search(word.to_owned(), from));
    let next = found.records.next.map(further).into_iter().collect();
    Ok(Page { title: "Search".to_owned(), body, next, ..Page::default() })
}

fn table(body: &mut Html, links: &Links, caption: &str, rows: Vec<RecordRow>) {
    let rows = rows.into_iter().map(|row| {
        let mut ended = row.ended.map_or("", |end| end.word()).replace('_', " ");
        if row.withdrawn {
            ended.push_str(", and perhaps withdrawn at the source since");
        }
        [
            Cell::Link(Address::Record(row.stream), row.key),
            Cell::Text(row.kind.map_or("", |kind| kind.word()).to_owned()),
            Cell::Text(ended),
            Cell::Text(row.object.map(|object| object.to_string()).unwrap_or_default()),
        ]
    });
    body.table(links, caption, ["record", "kind", "where it ended", "object in Intercom"], rows);
}
