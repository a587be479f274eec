//! What a rollback would take back, the rollbacks planned so far, and what stays of them.

use futures::TryStreamExt;

use super::super::address::Address;
use super::super::error::WebError;
use super::super::frame::Page;
use super::super::html::{Cell, Html};
use super::super::links::Links;
use super::super::opened::Opened;
use super::run::time;
use crate::engine::residue::{self, Residue};
use crate::engine::settle;
use crate::ledger::Ledger;
use crate::model::event::CATALOGUE;
use crate::model::{Event, Position, StreamId};
use crate::projection::StepStates;
use crate::report::finding_list::counted;
use crate::report::portion::{Portion, ROWS_MAX};
use crate::report::record_list;

/// Records of one page of the residue: each may leave several things behind.
const RESIDUE_RECORDS: usize = 50;

/// Planned rollbacks and certificates of one page.
const PLANS_MAX: usize = 100;

/// What a rollback of everything would take back, from a record on.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn standing(opened: &Opened, links: &Links, from: StreamId) -> Result<Page, WebError> {
    let part = record_list::standing(&opened.context.ledger, from).await?;
    let mut body = Html::default();
    body.command(
        "What a rollback of everything would take back, as the ledger has it. Objects that were \
         made come off, what was changed goes back to what stood before. ",
        "deskledger rollback plan",
        " also looks at Intercom: what people touched since is kept and named.",
    );
    body.open("p", &[]);
    body.link(links, &Address::Rollbacks(Position(0)), "Rollbacks planned so far");
    body.markup(" · ");
    body.link(links, &Address::Residue(StreamId(0)), "What stays of them");
    body.markup("</p>\n");
    let rows = part.rows.into_iter().map(|row| {
        [
            Cell::Text(if row.removes { "remove" } else { "restore" }.to_owned()),
            Cell::Link(Address::Record(row.stream), row.key),
            Cell::Text(row.phase.map_or("", |phase| phase.word()).to_owned()),
            Cell::Text(row.object.map(|object| object.to_string()).unwrap_or_default()),
            Cell::Text(counted(&row.operations)),
        ]
    });
    let headings = ["what", "record", "phase", "object", "effects that stand"];
    body.table(links, "Effects that stand, by record", headings, rows);
    let next = part.next.map(|from| ("Further records", Address::Rollback(from)));
    let title = "Rollback plan".to_owned();
    Ok(Page { title, body, next: next.into_iter().collect(), ..Page::default() })
}

/// Rollbacks planned and certified, from a position on.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn rollbacks(opened: &Opened, links: &Links, from: Position) -> Result<Page, WebError> {
    let part = planned(&opened.context.ledger, from).await?;
    let mut body = Html::default();
    let rows = part.rows.into_iter().map(|(at, [when, what, slice, counts])| {
        [
            Cell::Link(Address::Event(at), at.to_string()),
            Cell::Text(when),
            Cell::Text(what),
            Cell::Text(slice),
            Cell::Text(counts),
        ]
    });
    let headings = ["event", "when", "what", "which part", "counts"];
    body.table(links, "Rollbacks planned and certified", headings, rows);
    let next = part.next.map(|at| ("Later rollbacks", Address::Rollbacks(at)));
    let title = "Rollbacks so far".to_owned();
    Ok(Page { title, body, next: next.into_iter().collect(), ..Page::default() })
}

/// A rollback planned or certified: its event; when, what, which part, counts.
type Planned = (Position, [String; 4]);

async fn planned(ledger: &Ledger, from: Position) -> Result<Portion<Planned, Position>, WebError> {
    let names = ["RollbackPlanned", "ResidueCertified"];
    let types = CATALOGUE.iter().filter(|kind| names.contains(&kind.name));
    let types: Vec<u16> = types.map(|kind| kind.type_id).collect();
    let head = ledger.head().await?.size;
    let mut found = Vec::new();
    let mut pages = std::pin::pin!(ledger.read(from..Position(head), Some(&types)));
    while found.len() <= PLANS_MAX
        && let Some(page) = pages.try_next().await?
    {
        for one in page {
            let (what, slice, counts) = match &one.event {
                Event::RollbackPlanned(plan) => ("planned", plan.slice.clone(), &plan.counts),
                Event::ResidueCertified(left) => ("certified", String::new(), &left.counts),
                _ => continue,
            };
            let words = [time(one.recorded_at_us), what.to_owned(), slice, counted(counts)];
            found.push((one.position, words));
        }
    }
    Ok(Portion::cut(found, PLANS_MAX, |(at, _)| *at))
}

/// What stays, from a record on.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn residue(opened: &Opened, links: &Links, from: StreamId) -> Result<Page, WebError> {
    let context = &opened.context;
    let (first, end) = StepStates::undo_range();
    let first = [first, from.0.to_be_bytes().to_vec()].concat();
    let limit = RESIDUE_RECORDS + 1;
    let rows = context.ledger.scan(StepStates::NAME, &first, Some(&end), limit).await?;
    let streams = rows.iter().filter_map(|(key, _)| StepStates::stream(key)).collect();
    let part: Portion<StreamId, StreamId> = Portion::cut(streams, RESIDUE_RECORDS, |one| *one);
    let mut body = Html::default();
    body.command(
        "What stays in Intercom of all rollbacks so far, interrupted ones included: the same as ",
        "deskledger rollback status",
        " says.",
    );
    let (mut stays, mut of) = (Vec::new(), Vec::new());
    for stream in part.rows {
        let found = residue::of_record(context, stream).await?;
        of.extend(found.iter().map(|_| stream));
        stays.extend(found);
    }
    table(&mut body, links, "What stays, by record", &stays, Some(&of));
    if from.0 == 0 {
        let open = settle::open(context, None, false).await?;
        let more = open.len().saturating_sub(ROWS_MAX);
        let rows = open.into_iter().take(ROWS_MAX).map(|one| {
            let question = one.question.unwrap_or(one.why);
            [
                Cell::Text(one.key.to_string()),
                Cell::Text(one.step.to_string()),
                Cell::Text(question),
            ]
        });
        let caption = "Requests that may or may not have landed";
        body.table(links, caption, ["record", "step", "question"], rows);
        if more > 0 {
            body.command(&format!("… and {more} more: "), "deskledger resolve", "");
        }
    }
    let next = part.next.map(|from| ("Further records", Address::Residue(from)));
    let title = "Residue".to_owned();
    Ok(Page { title, body, next: next.into_iter().collect(), ..Page::default() })
}

/// What stays, as a table; with the number of each record where there are several.
pub fn table(
    body: &mut Html,
    links: &Links,
    caption: &str,
    stays: &[Residue],
    of: Option<&[StreamId]>,
) {
    let rows = stays.iter().enumerate().map(|(at, one)| {
        let record = of.and_then(|of| of.get(at)).copied();
        [
            match record {
                Some(stream) => Cell::Link(Address::Record(stream), one.key.clone()),
                None => Cell::Text(one.key.clone()),
            },
            Cell::Text(one.kind.clone()),
            Cell::Text(one.what.clone()),
            Cell::Text(one.objects.join(", ")),
        ]
    });
    body.table(links, caption, ["record", "kind", "what stays", "objects"], rows);
}
