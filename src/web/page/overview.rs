//! Workspace, records, head, seal, the latest runs.

use super::super::address::Address;
use super::super::error::WebError;
use super::super::frame::Page;
use super::super::html::{Cell, Html, grouped};
use super::super::links::Links;
use super::super::opened::Opened;
use super::run::table;
use crate::model::StreamId;
use crate::report::run_list;

/// Runs on the overview.
const RUNS_SHOWN: usize = 10;

/// The page.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn page(opened: &Opened, links: &Links) -> Result<Page, WebError> {
    let ledger = &opened.context.ledger;
    let standing = run_list::standing(ledger).await?;
    let mut body = Html::default();
    body.markup("<dl>");
    let workspace = match &standing.workspace {
        Some((app, region)) => format!("{app}, region {region}"),
        None => "nothing was written yet".to_owned(),
    };
    let root = standing.head.root.to_string();
    for (name, value) in [
        ("Workspace", workspace),
        ("Events", grouped(standing.head.size)),
        ("Root over them", root),
    ] {
        body.element("dt", name);
        body.element("dd", &value);
    }
    body.element("dt", "Sealed");
    body.markup("<dd>");
    match &standing.sealed {
        Some((size, _)) => {
            let left = standing.head.size.saturating_sub(*size);
            let words = format!("{} events; {} follow them", grouped(*size), grouped(left));
            body.text(&words);
        }
        None => {
            body.text("nothing yet: ");
            body.element("code", "deskledger audit checkpoint");
        }
    }
    body.markup("</dd>");
    body.element("dt", "Waits for a person");
    body.markup("<dd>");
    let waiting = match standing.waiting {
        Some(count) => format!("{} records", grouped(count)),
        None => "more than 1\u{a0}000 records".to_owned(),
    };
    body.link(links, &Address::Waiting(StreamId(0)), &waiting);
    body.markup("</dd></dl>\n");
    let met = standing.met.iter().map(|(kind, count)| {
        let kind = kind.map_or("unknown", |kind| kind.word()).to_owned();
        [Cell::Text(kind), Cell::Number(*count)]
    });
    body.table(links, "Records read, by kind", ["kind", "records"], met);
    let mut runs = run_list::runs(ledger, None).await?.rows;
    runs.truncate(RUNS_SHOWN);
    table(&mut body, links, "Latest runs", &runs);
    if let Some((_, note)) = &standing.sealed {
        body.heading("The latest checkpoint");
        body.paragraph("Keep this note elsewhere: the ledger must always continue it.");
        body.element("pre", note);
    }
    Ok(Page { title: "Overview".to_owned(), body, ..Page::default() })
}
