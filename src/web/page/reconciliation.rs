//! Counts that close, and what they were counted from.

use super::super::address::Address;
use super::super::counted::Count;
use super::super::error::WebError;
use super::super::frame::Page;
use super::super::html::{Cell, Html, grouped};
use super::super::links::Links;
use super::super::opened::Opened;
use crate::engine::withdrawal::{Action, Withdrawal};
use crate::model::StreamId;
use crate::model::event::Counts;
use crate::projection::Disposition;
use crate::report::Reconciliation;

/// Seconds after which a browser looks again whether the records are counted.
const AGAIN_S: u32 = 3;

/// The page.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn page(opened: &Opened, links: &Links) -> Result<Page, WebError> {
    let ledger = &opened.context.ledger;
    let counted = &opened.counted;
    let count = counted.get(&opened.context, opened.withdrawn, opened.patience).await?;
    let mut page = Page { title: "Reconciliation".to_owned(), ..Page::default() };
    let Some(count) = count else {
        page.body.paragraph("The records are being counted; this page shows the counts by itself.");
        page.again_s = Some(AGAIN_S);
        return Ok(page);
    };
    let Count { size, report, withdrawn } = &*count;
    let now = ledger.head().await?.size;
    let counted = format!("Counted over the first {} events.", grouped(*size));
    page.body.paragraph(&counted);
    if now != *size {
        let words = format!(
            "The ledger has {} events by now; a later look at this page counts them too.",
            grouped(now)
        );
        page.body.paragraph(&words);
    }
    let (class, words) = match report.closes {
        true => ("good", "The counts close: each record read ended in exactly one place."),
        false => ("bad", "The counts do NOT close."),
    };
    page.body.open("p", &[("class", class)]);
    page.body.text(words);
    page.body.markup("</p>\n");
    kinds(&mut page.body, links, report);
    withdrawals(&mut page.body, links, withdrawn);
    besides(&mut page.body, links, report);
    Ok(page)
}

/// What stands in Intercom although the source has withdrawn it.
fn withdrawals(body: &mut Html, links: &Links, withdrawn: &[Withdrawal]) {
    let rows = withdrawn.iter().take(WAITING_SHOWN).map(|one| {
        let becomes = match one.action {
            Action::Keep => "kept by decision",
            Action::Remove => "taken back by the next delta",
            Action::Stays => "stays, see the residue",
            Action::Undecided => "waits for decision G14",
        };
        [
            Cell::Link(Address::Record(one.stream), one.key.to_string()),
            Cell::Text(one.why.words()),
            Cell::Text(becomes.to_owned()),
        ]
    });
    let caption = "Withdrawn at the source, and in Intercom";
    body.table(links, caption, ["record", "why", "what becomes of it"], rows);
    if withdrawn.len() > WAITING_SHOWN {
        let more = grouped((withdrawn.len() - WAITING_SHOWN) as u64);
        body.command(&format!("… and {more} more: "), "deskledger --json reconcile", "");
    }
}

/// Where the records of each kind ended.
pub fn kinds(body: &mut Html, links: &Links, report: &Reconciliation) {
    let rows = report.kinds.iter().map(|row| {
        let count = |end: Disposition| Cell::Number(row.ended.get(&end).copied().unwrap_or(0));
        [
            Cell::Text(row.kind.map_or("unknown", |kind| kind.word()).to_owned()),
            Cell::Number(row.read),
            count(Disposition::Written),
            count(Disposition::Merged),
            count(Disposition::Kept),
            count(Disposition::Excluded),
            count(Disposition::Rejected),
            count(Disposition::Waiting),
            count(Disposition::ByHand),
            count(Disposition::RolledBack),
            Cell::Text(if row.closes { "yes" } else { "NO" }.to_owned()),
        ]
    });
    let headings = [
        "kind",
        "read",
        "written",
        "merged",
        "kept",
        "excluded",
        "rejected",
        "waiting",
        "by hand",
        "rolled back",
        "closes",
    ];
    body.table(links, "Where every record ended", headings, rows);
}

/// Everything that was counted besides.
pub fn besides(body: &mut Html, links: &Links, report: &Reconciliation) {
    let derived = report.derived.iter().map(|(phase, (drafted, written))| {
        [Cell::Text(phase.clone()), Cell::Number(*drafted), Cell::Number(*written)]
    });
    let caption = "Made besides (attributes, tags …)";
    body.table(links, caption, ["phase", "drafted", "written"], derived);
    counts(body, links, "Objects by what the last look said", &report.verified);
    counts(body, links, "Declared losses", &report.losses);
    let waiting = report.waiting.iter().take(WAITING_SHOWN).map(|one| {
        [
            Cell::Text(one.key.clone()),
            Cell::Text(one.reason.clone()),
            Cell::Text(one.release.clone()),
        ]
    });
    body.table(links, "Waits", ["record", "reason", "what releases it"], waiting);
    let hidden = report.waiting_count.saturating_sub(WAITING_SHOWN as u64);
    if hidden > 0 {
        body.open("p", &[]);
        body.text(&format!("… and {} more. Those that wait for a person: ", grouped(hidden)));
        body.link(links, &Address::Waiting(StreamId(0)), "by record");
        body.markup("</p>\n");
    }
}

/// Waiting records on the page.
const WAITING_SHOWN: usize = 100;

/// Counts by name.
pub fn counts(body: &mut Html, links: &Links, caption: &str, counts: &Counts) {
    let rows = counts.iter().map(|(name, n)| [Cell::Text(name.clone()), Cell::Number(*n)]);
    body.table(links, caption, ["what", "count"], rows);
}
