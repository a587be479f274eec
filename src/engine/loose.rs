//! Posts that do not say any more whose they are. An export from which a ticket or a customer is
//! missing cannot name it, although the post itself is the same: it stays where it was.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::context::Context;
use super::error::EngineError;
use super::load::parse;
use super::prepare::{Prepared, join_payload};
use crate::model::record::Mention;
use crate::model::{ContentHash, Event, Position, Record, RecordKind, canonical_json};

/// A reading as it is kept: the cells, and the record that they became.
#[derive(Deserialize)]
struct Kept {
    raw: Box<RawValue>,
    record: Record,
}

/// Gives posts that were read before the thread and the customer that they had then, where this
/// reading names none.
///
/// # Errors
/// If the ledger cannot be read.
pub(super) async fn tie(context: &Context, batch: &mut [Prepared]) -> Result<(), EngineError> {
    let read_at = |item: &Prepared| {
        let (_, state) = item.known.as_ref()?;
        let is_post = item.kind == Some(RecordKind::Mention) && !item.rejected;
        state.read_at.filter(|_| is_post && state.content != Some(item.content))
    };
    let changed: Vec<(usize, Position)> = batch
        .iter()
        .enumerate()
        .filter_map(|(place, item)| Some((place, read_at(item)?)))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let positions: Vec<Position> = changed.iter().map(|(_, at)| *at).collect();
    let payloads = context.ledger.payloads(&positions).await?;
    for ((place, _), before) in changed.into_iter().zip(payloads) {
        let Some(before) = before else { continue };
        let item = &mut batch[place];
        let Kept { record: Record::Mention(before), .. } = parse("record", &item.key, &before)?
        else {
            continue;
        };
        let Some(bytes) = item.event.payload.take() else { continue };
        let Kept { raw, record: Record::Mention(mut now) } = parse("record", &item.key, &bytes)?
        else {
            item.event.payload = Some(bytes);
            continue;
        };
        retain(&before, &mut now);
        let parent = now.conversation.clone();
        let canonical = canonical_json(&Record::Mention(now))?;
        item.content = ContentHash::keyed(context.ledger.project_key(), &canonical);
        item.event.content = item.content;
        item.event.parent.clone_from(&parent);
        if let Event::RecordRead(facts) = &mut item.event.event {
            facts.parent = parent;
        }
        item.event.payload = Some(join_payload(raw.get().as_bytes(), &canonical));
    }
    Ok(())
}

fn retain(before: &Mention, now: &mut Mention) {
    if now.conversation.is_none() {
        now.conversation.clone_from(&before.conversation);
    }
    if now.customer.is_none() {
        now.customer.clone_from(&before.customer);
    }
}
