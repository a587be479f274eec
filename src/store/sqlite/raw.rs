//! Rows as they are stored, for the check. Pages come as one result row each, as in `events`;
//! lengths are those of the stored bytes, whatever type damage may have given them.

use async_trait::async_trait;
use bytes::Bytes;
use sqlx::sqlite::SqliteRow;

use super::connect::SqliteStore;
use super::events::get;
use super::fault::fault;
use crate::store::column::{self, torn};
use crate::store::error::StoreError;
use crate::store::raw::{RawEvent, RawPayload, RawRange, RawStore, RawStream, RawSubtree};

const EVENTS: &str = "SELECT \
    group_concat(concat(position, ',', stream_id, ',', parent_id, ',', idem, ',', type_id, ',', \
        leaf, ',', octet_length(header), ',', octet_length(facts), ',', \
        octet_length(commitment)), ';'), \
    CAST(group_concat(CAST(header AS TEXT), '') AS BLOB), \
    CAST(group_concat(CAST(facts AS TEXT), '') AS BLOB), \
    CAST(group_concat(CAST(commitment AS TEXT), '') AS BLOB) \
    FROM (SELECT * FROM event WHERE position >= ? AND position < ? ORDER BY position LIMIT ?)";

const PAYLOADS: &str = "SELECT \
    group_concat(concat(position, ',', codec, ',', octet_length(salt), ',', \
        octet_length(bytes)), ';'), \
    CAST(group_concat(CAST(salt AS TEXT), '') AS BLOB), \
    CAST(group_concat(CAST(bytes AS TEXT), '') AS BLOB) \
    FROM (SELECT * FROM payload WHERE position >= ? AND position < ? ORDER BY position LIMIT ?)";

const STREAMS: &str = "SELECT \
    group_concat(concat(stream_id, ',', octet_length(source_system), ',', \
        octet_length(object_type), ',', octet_length(source_id)), ';'), \
    CAST(group_concat(concat(source_system, object_type, source_id), '') AS BLOB) \
    FROM (SELECT * FROM stream WHERE stream_id >= ? AND stream_id < ? ORDER BY stream_id LIMIT ?)";

const SUBTREES: &str = "SELECT number, root FROM subtree \
    WHERE number >= ? AND number < ? ORDER BY number LIMIT ?";

#[async_trait]
impl RawStore for SqliteStore {
    async fn raw_extent(&self) -> Result<Option<(i64, i64)>, StoreError> {
        let question = sqlx::query("SELECT min(position), max(position) FROM event");
        let row = self
            .readers
            .one(question)
            .await
            .map_err(fault("looking for the first and last event"))?;
        let (first, last): (Option<i64>, Option<i64>) = (get(&row, 0)?, get(&row, 1)?);
        Ok(first.zip(last))
    }

    async fn complaints(&self) -> Result<Vec<String>, StoreError> {
        let question = sqlx::query("PRAGMA integrity_check");
        let rows = self.readers.all(question).await.map_err(fault("checking pages and indexes"))?;
        let said = rows.iter().map(|row| get::<String>(row, 0));
        Ok(said.collect::<Result<Vec<_>, _>>()?.into_iter().filter(|row| row != "ok").collect())
    }

    async fn raw_events(&self, range: RawRange) -> Result<Vec<RawEvent>, StoreError> {
        let rows = self.raw(EVENTS, range, "reading stored events").await?;
        let Some(page) = rows.first() else { return Ok(Vec::new()) };
        let [mut headers, mut facts, mut commitments] =
            [bytes(page, 1)?, bytes(page, 2)?, bytes(page, 3)?];
        let mut events = Vec::new();
        let rows: Option<String> = get(page, 0)?;
        for entry in entries(rows.as_deref()) {
            let [position, stream, parent, idem, type_id, leaf, header, fact, committed] =
                numbers(entry)?;
            events.push(RawEvent {
                position: position.ok_or_else(torn)?,
                stream: stream.ok_or_else(torn)?,
                parent,
                idem: idem.ok_or_else(torn)?,
                type_id: type_id.ok_or_else(torn)?,
                leaf: leaf.ok_or_else(torn)?,
                header: cut(&mut headers, header)?,
                facts: cut(&mut facts, fact)?,
                commitment: match committed {
                    Some(_) => Some(cut(&mut commitments, committed)?),
                    None => None,
                },
            });
        }
        used_up(&[headers, facts, commitments])?;
        Ok(events)
    }

    async fn raw_payloads(&self, range: RawRange) -> Result<Vec<RawPayload>, StoreError> {
        let rows = self.raw(PAYLOADS, range, "reading stored payloads").await?;
        let Some(page) = rows.first() else { return Ok(Vec::new()) };
        let [mut salts, mut bytes] = [bytes(page, 1)?, bytes(page, 2)?];
        let mut payloads = Vec::new();
        let rows: Option<String> = get(page, 0)?;
        for entry in entries(rows.as_deref()) {
            let [position, codec, salt, len] = numbers(entry)?;
            payloads.push(RawPayload {
                position: position.ok_or_else(torn)?,
                codec: codec.ok_or_else(torn)?,
                salt: cut(&mut salts, salt)?,
                bytes: cut(&mut bytes, len)?,
            });
        }
        used_up(&[salts, bytes])?;
        Ok(payloads)
    }

    async fn raw_streams(&self, range: RawRange) -> Result<Vec<RawStream>, StoreError> {
        let rows = self.raw(STREAMS, range, "reading stored streams").await?;
        let Some(page) = rows.first() else { return Ok(Vec::new()) };
        let mut texts = bytes(page, 1)?;
        let rows: Option<String> = get(page, 0)?;
        let mut streams = Vec::new();
        for entry in entries(rows.as_deref()) {
            let [stream, system, object, id] = numbers(entry)?;
            let mut text = |len| {
                let bytes = cut(&mut texts, len)?;
                std::str::from_utf8(&bytes).map(str::to_owned).map_err(|_| torn())
            };
            streams.push(RawStream {
                stream: stream.ok_or_else(torn)?,
                system: text(system)?,
                object: text(object)?,
                id: text(id)?,
            });
        }
        used_up(&[texts])?;
        Ok(streams)
    }

    async fn raw_subtrees(&self, range: RawRange) -> Result<Vec<RawSubtree>, StoreError> {
        let rows = self.raw(SUBTREES, range, "reading stored subtrees").await?;
        let subtree = |row: &SqliteRow| {
            Ok(RawSubtree { number: get(row, 0)?, root: get::<Vec<u8>>(row, 1)?.into() })
        };
        rows.iter().map(subtree).collect()
    }
}

impl SqliteStore {
    async fn raw(
        &self,
        text: &'static str,
        range: RawRange,
        doing: &'static str,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let question =
            sqlx::query(text).bind(range.from).bind(range.to).bind(i64::from(range.limit));
        self.readers.all(question).await.map_err(fault(doing))
    }
}

/// The numbers of each row of a page.
fn entries(page: Option<&str>) -> impl Iterator<Item = &str> {
    page.into_iter().flat_map(|page| page.split(';'))
}

/// A row's numbers; none where the column is NULL.
fn numbers<const N: usize>(entry: &str) -> Result<[Option<i64>; N], StoreError> {
    let mut fields = entry.split(',');
    let mut numbers = [None; N];
    for number in &mut numbers {
        let field = fields.next().ok_or_else(torn)?;
        if !field.is_empty() {
            *number = Some(field.parse().map_err(|_| torn())?);
        }
    }
    if fields.next().is_some() { Err(torn()) } else { Ok(numbers) }
}

fn bytes(page: &SqliteRow, index: usize) -> Result<Bytes, StoreError> {
    Ok(get::<Option<Vec<u8>>>(page, index)?.unwrap_or_default().into())
}

/// A column that is there.
fn cut(bytes: &mut Bytes, len: Option<i64>) -> Result<Bytes, StoreError> {
    column::cut(bytes, len.ok_or_else(torn)?)
}

fn used_up(rest: &[Bytes]) -> Result<(), StoreError> {
    if rest.iter().all(Bytes::is_empty) { Ok(()) } else { Err(torn()) }
}
