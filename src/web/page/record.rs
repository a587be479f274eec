//! A record's life: what it is, both sides of each field, every event with its proof.

use super::super::address::Address;
use super::super::error::WebError;
use super::super::frame::Page;
use super::super::html::{Cell, Html, grouped};
use super::super::links::Links;
use super::super::opened::Opened;
use super::rollback;
use crate::engine::residue;
use crate::ledger::Ledger;
use crate::model::{Position, StreamId};
use crate::projection::{RecordState, Verdict};
use crate::report::Chapter;
use crate::report::life::{chapters, parts};
use crate::report::portion::Portion;
use crate::report::record_list::{ended, roots, state, withdrawn};
use crate::report::sides::{Sides, sides};

/// The record's page: its start.
///
/// # Errors
/// If there is no such record, or the ledger cannot be read.
pub async fn page(opened: &Opened, links: &Links, stream: StreamId) -> Result<Page, WebError> {
    let ledger = &opened.context.ledger;
    let key = key_of(ledger, stream).await?;
    let state = state(ledger, stream).await?;
    let mut page = Page { title: key, ..Page::default() };
    if let Some(state) = &state {
        about(&mut page.body, ledger, links, (stream, state)).await?;
        if opened.with_payloads {
            let sides = sides(ledger, stream, state).await?;
            both(&mut page.body, links, &sides);
        } else {
            page.body.paragraph("The bytes beside the events are left out: they are personal.");
        }
    }
    let stays = residue::of_record(&opened.context, stream).await?;
    let stays: Vec<_> = stays.into_iter().collect();
    if !stays.is_empty() {
        rollback::table(&mut page.body, links, "What stays after a rollback", &stays, None);
    }
    let found = parts(ledger, stream, StreamId(0)).await?;
    if !found.rows.is_empty() {
        part_table(&mut page, links, stream, found);
    }
    let life = chapters(ledger, stream, Position(0), opened.with_payloads).await?;
    life_table(&mut page, ledger, links, stream, life).await?;
    Ok(page)
}

/// More of its events.
///
/// # Errors
/// If there is no such record, or the ledger cannot be read.
pub async fn more_events(
    opened: &Opened,
    links: &Links,
    stream: StreamId,
    from: Position,
) -> Result<Page, WebError> {
    let ledger = &opened.context.ledger;
    let mut page = Page { title: key_of(ledger, stream).await?, ..Page::default() };
    back(&mut page.body, links, stream);
    let life = chapters(ledger, stream, from, opened.with_payloads).await?;
    life_table(&mut page, ledger, links, stream, life).await?;
    Ok(page)
}

/// More of its parts.
///
/// # Errors
/// If there is no such record, or the ledger cannot be read.
pub async fn more_parts(
    opened: &Opened,
    links: &Links,
    stream: StreamId,
    from: StreamId,
) -> Result<Page, WebError> {
    let ledger = &opened.context.ledger;
    let mut page = Page { title: key_of(ledger, stream).await?, ..Page::default() };
    back(&mut page.body, links, stream);
    let found = parts(ledger, stream, from).await?;
    part_table(&mut page, links, stream, found);
    Ok(page)
}

fn back(body: &mut Html, links: &Links, stream: StreamId) {
    body.open("p", &[]);
    body.link(links, &Address::Record(stream), "The record");
    body.markup("</p>\n");
}

async fn key_of(ledger: &Ledger, stream: StreamId) -> Result<String, WebError> {
    // A number that was never handed out is no record; the store calls that damaged.
    let first = ledger.read_stream_from(stream, Position(0), 1).await?;
    if first.is_empty() {
        return Err(WebError::NoPage);
    }
    let key = ledger.keys(&[stream]).await?.pop().ok_or(WebError::NoPage)?;
    Ok(key.to_string())
}

async fn about(
    body: &mut Html,
    ledger: &Ledger,
    links: &Links,
    (stream, state): (StreamId, &RecordState),
) -> Result<(), WebError> {
    let roots = roots(ledger, &[(stream, state.clone())]).await?;
    let root = state.parent.and_then(|parent| roots.get(&parent));
    let verdict = match state.verdict {
        _ if state.written.is_none() => "not in Intercom as a whole",
        Verdict::Unchecked => "not since it was last written",
        Verdict::Equal => "as sent, or declared",
        Verdict::Differs => "DIFFERENT, undeclared",
    };
    body.markup("<dl>");
    for (name, value) in [
        ("Kind", state.kind.map_or("unknown", |kind| kind.word()).to_owned()),
        ("Where it ended", ended(state, root).word().replace('_', " ")),
        (
            "Object in Intercom",
            state.object.as_ref().map_or("none".to_owned(), |id| id.to_string()),
        ),
        ("Read back", verdict.to_owned()),
    ] {
        body.element("dt", name);
        body.element("dd", &value);
    }
    if let Some(parent) = state.parent {
        let key = ledger.keys(&[parent]).await?.pop();
        body.element("dt", "Part of");
        body.markup("<dd>");
        let key = key.map_or_else(|| parent.to_string(), |key| key.to_string());
        body.link(links, &Address::Record(parent), &key);
        body.markup("</dd>");
    }
    body.markup("</dl>\n");
    if withdrawn(ledger, &[stream]).await?.contains(&true) {
        let before = "The source may have withdrawn it after it was moved: ";
        body.command(before, "deskledger reconcile", " says what becomes of it.");
    }
    Ok(())
}

/// Both sides of each field.
fn both(body: &mut Html, links: &Links, sides: &Sides) {
    body.heading("Both sides of each field");
    let source = sides.source.iter().map(|field| {
        let sent = match field.sent_as.is_empty() {
            true => "in no field exactly so".to_owned(),
            false => field.sent_as.join("\n"),
        };
        [Cell::Text(field.name.clone()), Cell::Text(field.value.clone()), Cell::Text(sent)]
    });
    let headings = ["column", "value", "fields sent with this value"];
    body.table(links, "What the help desk held", headings, source);
    let sent = sides.sent.iter().map(|field| {
        [
            Cell::Text(field.name.clone()),
            Cell::Text(field.value.clone()),
            Cell::Text(field.operation.clone()),
        ]
    });
    if sides.with_root {
        body.paragraph("It is written and read back with the record that it is part of.");
    }
    let headings = ["field", "value", "operation"];
    body.table(links, "What Intercom was sent and what stands", headings, sent);
    if !sides.look.is_empty() {
        body.paragraph(&sides.look);
    }
    if !sides.seen.is_empty() {
        let seen = sides.seen.iter().map(|field| {
            let values = [&field.name, &field.sent, &field.seen, &field.verdict];
            values.map(|value| Cell::Text(value.clone()))
        });
        let headings = ["field", "sent", "seen", "verdict"];
        body.table(links, "What the last look saw", headings, seen);
    }
    for (count, words) in [
        (sides.erased, "requests or readings whose bytes were erased"),
        (sides.left_out, "more fields or requests, which this page has no room for"),
    ] {
        if count > 0 {
            body.paragraph(&format!("{} {words}.", grouped(count)));
        }
    }
}

fn part_table(
    page: &mut Page,
    links: &Links,
    stream: StreamId,
    found: Portion<(StreamId, String), StreamId>,
) {
    let rows = found.rows.into_iter().map(|(part, key)| [Cell::Link(Address::Record(part), key)]);
    page.body.table(links, "Its parts", ["record"], rows);
    let further = |from| ("Further parts", Address::RecordParts(stream, from));
    page.next.extend(found.next.map(further));
}

async fn life_table(
    page: &mut Page,
    ledger: &Ledger,
    links: &Links,
    stream: StreamId,
    life: Portion<Chapter, Position>,
) -> Result<(), WebError> {
    let sealed = ledger.checkpoints().await?.pop().map_or(0, |row| row.size);
    let proof = |at: u64| match at < sealed {
        true if links.href(&Address::Proof(Position(at))).is_some() => {
            Cell::Link(Address::Proof(Position(at)), "proof".to_owned())
        }
        true => Cell::Code(format!("deskledger audit prove {at}")),
        false => Cell::Text("not sealed yet".to_owned()),
    };
    page.proofs = life.rows.iter().map(|one| Position(one.position)).collect();
    page.proofs.retain(|at| at.0 < sealed);
    let rows = life.rows.into_iter().map(|one| {
        let payload = one.payload.map(|payload| payload.to_string()).unwrap_or_default();
        [
            Cell::Link(Address::Event(Position(one.position)), one.position.to_string()),
            Cell::Text(one.at),
            Cell::Text(one.event.to_owned()),
            Cell::Code(one.facts.to_string()),
            Cell::Code(payload),
            proof(one.position),
        ]
    });
    let headings = ["event", "when", "what happened", "facts", "beside it", "proof"];
    page.body.table(links, "Everything that happened to it", headings, rows);
    let later = |from| ("Later events of this record", Address::RecordEvents(stream, from));
    page.next.extend(life.next.map(later));
    Ok(())
}
