//! The runs, and one of them.

use super::super::address::Address;
use super::super::error::WebError;
use super::super::frame::Page;
use super::super::html::{Cell, Html};
use super::super::links::Links;
use super::super::opened::Opened;
use crate::model::{RunId, Timestamp};
use crate::projection::RunEntry;
use crate::report::finding_list::counted;
use crate::report::run_list;

/// Runs, newest first.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn runs(opened: &Opened, links: &Links, before: Option<RunId>) -> Result<Page, WebError> {
    let part = run_list::runs(&opened.context.ledger, before).await?;
    let mut body = Html::default();
    table(&mut body, links, "Runs, newest first", &part.rows);
    let next = part.next.map(|run| ("Earlier runs", Address::Runs(Some(run))));
    let next = next.into_iter().collect();
    Ok(Page { title: "Runs".to_owned(), body, next, ..Page::default() })
}

/// Runs as a table.
pub fn table(body: &mut Html, links: &Links, caption: &str, runs: &[RunEntry]) {
    let rows = runs.iter().map(|run| {
        [
            Cell::Link(Address::Run(run.run), run.run.to_string()),
            Cell::Text(run.kind.clone()),
            Cell::Text(run.operator.clone()),
            Cell::Text(time(run.started_at_us)),
            Cell::Text(ended(run)),
            Cell::Text(counted(&run.counts)),
        ]
    });
    body.table(links, caption, ["run", "what", "who", "began", "ended", "counts"], rows);
}

/// One run.
///
/// # Errors
/// If there is none of this id, or the ledger cannot be read.
pub async fn run(opened: &Opened, links: &Links, id: RunId) -> Result<Page, WebError> {
    let entry = run_list::run(&opened.context.ledger, id).await?.ok_or(WebError::NoPage)?;
    let mut body = Html::default();
    body.markup("<dl>");
    let mapping = entry.mapping.map_or("none".to_owned(), |digest| digest.to_string());
    for (name, value) in [
        ("What", entry.kind.clone()),
        ("Who", entry.operator.clone()),
        ("Program", entry.program.clone()),
        ("Began", time(entry.started_at_us)),
        ("Ended", ended(&entry)),
        ("Map in force", mapping),
    ] {
        body.element("dt", name);
        body.element("dd", &value);
    }
    body.element("dt", "First event");
    body.markup("<dd>");
    body.link(links, &Address::Event(entry.first), &entry.first.to_string());
    body.markup("</dd>");
    if let Some(last) = entry.last {
        body.element("dt", "Last event");
        body.markup("<dd>");
        body.link(links, &Address::Event(last), &last.to_string());
        body.markup("</dd>");
    }
    body.markup("</dl>\n");
    let counts = entry.counts.iter().map(|(name, n)| [Cell::Text(name.clone()), Cell::Number(*n)]);
    body.table(links, "Counts", ["what", "count"], counts);
    Ok(Page { title: format!("Run {id}"), body, ..Page::default() })
}

fn ended(run: &RunEntry) -> String {
    match (run.finished_at_us, run.interrupted) {
        (Some(at), _) => time(at),
        (None, true) => "interrupted".to_owned(),
        (None, false) => "not yet".to_owned(),
    }
}

/// A recorded time, for people.
pub fn time(us: i64) -> String {
    Timestamp(us / 1000).to_rfc3339()
}
