//! Writing a group in one transaction. Whoever appends locks the head row first: positions have
//! no gaps and there is one order.

use sqlx::postgres::PgConnection;
use sqlx::{Acquire, Postgres, Transaction};

use super::connect::PostgresStore;
use super::fault::fault;
use crate::model::Position;
use crate::model::merkle::Subtree;
use crate::store::contract::{
    Group, HeadRow, NewEventRow, PayloadRow, ProjectionId, RowChange, StreamRow,
};
use crate::store::error::StoreError;

/// Writes the group, or nothing.
pub(super) async fn commit(store: &PostgresStore, group: Group) -> Result<(), StoreError> {
    let mut writer = store.writer().await?;
    let epoch = writer.epoch;
    let connection = store.connection(&mut writer).await?;
    let erased = !group.erased.is_empty();
    let mut written = write(connection, group, epoch).await;
    if written.is_ok() && erased {
        // Frees the place of erased payloads for new ones.
        let done = sqlx::query("VACUUM payload").execute(connection).await;
        written = done.map(drop).map_err(fault("clearing the place of an erasure"));
    }
    written.inspect_err(|error| writer.give_up(error))
}

/// Writes the table of payloads anew: its old file, and that of its long values, are removed.
pub(super) async fn scrub(store: &PostgresStore) -> Result<bool, StoreError> {
    let mut writer = store.writer().await?;
    let connection = store.connection(&mut writer).await?;
    let done = sqlx::query("VACUUM FULL payload").execute(connection).await;
    let done = done.map(|_| true).map_err(fault("clearing the place of an erasure"));
    done.inspect_err(|error| writer.give_up(error))
}

/// Writes rows of one projection in a transaction of their own.
pub(super) async fn fold(
    store: &PostgresStore,
    projection: ProjectionId,
    rows: Vec<RowChange>,
    reached: u64,
) -> Result<(), StoreError> {
    let mut writer = store.writer().await?;
    let connection = store.connection(&mut writer).await?;
    let written = async {
        let mut transaction = connection.begin().await.map_err(fault("beginning to fold"))?;
        write_rows(&mut transaction, rows).await?;
        write_reached(&mut transaction, &[projection], reached).await?;
        transaction.commit().await.map_err(fault("committing"))
    };
    let written = written.await;
    written.inspect_err(|error| writer.give_up(error))
}

/// PostgreSQL has no unsigned integers; ledgers do not grow past 2^63.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

async fn write(connection: &mut PgConnection, group: Group, epoch: i64) -> Result<(), StoreError> {
    let mut transaction = connection.begin().await.map_err(fault("beginning to append"))?;
    check_head(&mut transaction, group.base, epoch).await?;
    write_streams(&mut transaction, group.streams).await?;
    write_events(&mut transaction, group.base, group.events).await?;
    write_payloads(&mut transaction, group.payloads).await?;
    erase(&mut transaction, &group.erased).await?;
    write_subtrees(&mut transaction, &group.subtrees).await?;
    write_rows(&mut transaction, group.rows).await?;
    write_reached(&mut transaction, &group.projections, group.head.size).await?;
    write_head(&mut transaction, group.head).await?;
    transaction.commit().await.map_err(fault("committing"))
}

type Open<'a> = Transaction<'a, Postgres>;

async fn check_head(open: &mut Open<'_>, base: u64, ours: i64) -> Result<(), StoreError> {
    let (size, found): (i64, i64) = sqlx::query_as("SELECT size, epoch FROM head FOR UPDATE")
        .fetch_one(&mut **open)
        .await
        .map_err(fault("reading the head"))?;
    if found != ours {
        return Err(StoreError::Fenced { ours, found });
    }
    if size != signed(base) {
        return Err(StoreError::Moved { expected: base, found: size.unsigned_abs() });
    }
    Ok(())
}

async fn write_streams(open: &mut Open<'_>, streams: Vec<StreamRow>) -> Result<(), StoreError> {
    if streams.is_empty() {
        return Ok(());
    }
    let text = |part: fn(&StreamRow) -> &str| -> Vec<String> {
        streams.iter().map(|row| part(row).to_owned()).collect()
    };
    sqlx::query(
        "INSERT INTO stream (stream_id, source_system, object_type, source_id) \
        SELECT * FROM UNNEST($1::bigint[], $2::text[], $3::text[], $4::text[])",
    )
    .bind(streams.iter().map(|row| signed(row.stream.0)).collect::<Vec<_>>())
    .bind(text(|row| row.key.system()))
    .bind(text(|row| row.key.object()))
    .bind(text(|row| row.key.id()))
    .execute(&mut **open)
    .await
    .map_err(fault("adding streams"))?;
    Ok(())
}

async fn write_events(
    open: &mut Open<'_>,
    base: u64,
    events: Vec<NewEventRow>,
) -> Result<(), StoreError> {
    let count = events.len();
    let positions: Vec<i64> = (base..).take(count).map(signed).collect();
    let (mut streams, mut parents) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut types, mut idems) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut leaves, mut commitments) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut headers, mut facts) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for row in events {
        streams.push(signed(row.stream.0));
        parents.push(row.parent.map(|parent| signed(parent.0)));
        types.push(i64::from(row.type_id));
        idems.push(row.idem);
        leaves.push(row.leaf);
        commitments.push(row.commitment.map(|commitment| commitment.0.to_vec()));
        headers.push(row.header);
        facts.push(row.facts);
    }
    sqlx::query(
        "INSERT INTO event \
            (position, stream_id, parent_id, type_id, idem, leaf, commitment, header, facts) \
        SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], \
            $5::bigint[], $6::bigint[], $7::bytea[], $8::bytea[], $9::bytea[])",
    )
    .bind(positions)
    .bind(streams)
    .bind(parents)
    .bind(types)
    .bind(idems)
    .bind(leaves)
    .bind(commitments)
    .bind(headers)
    .bind(facts)
    .execute(&mut **open)
    .await
    .map_err(fault("appending"))?;
    Ok(())
}

async fn write_payloads(open: &mut Open<'_>, rows: Vec<PayloadRow>) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO payload (position, salt, codec, bytes) \
        SELECT * FROM UNNEST($1::bigint[], $2::bytea[], $3::bigint[], $4::bytea[])",
    )
    .bind(rows.iter().map(|row| signed(row.position.0)).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.salt.to_vec()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| i64::from(row.codec)).collect::<Vec<_>>())
    .bind(rows.into_iter().map(|row| row.bytes).collect::<Vec<_>>())
    .execute(&mut **open)
    .await
    .map_err(fault("adding payloads"))?;
    Ok(())
}

async fn erase(open: &mut Open<'_>, erased: &[Position]) -> Result<(), StoreError> {
    if erased.is_empty() {
        return Ok(());
    }
    sqlx::query("DELETE FROM payload WHERE position = ANY($1)")
        .bind(erased.iter().map(|position| signed(position.0)).collect::<Vec<_>>())
        .execute(&mut **open)
        .await
        .map_err(fault("erasing payloads"))?;
    Ok(())
}

async fn write_subtrees(open: &mut Open<'_>, subtrees: &[Subtree]) -> Result<(), StoreError> {
    if subtrees.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO subtree (number, root) SELECT * FROM UNNEST($1::bigint[], $2::bytea[])",
    )
    .bind(subtrees.iter().map(|subtree| signed(subtree.index)).collect::<Vec<_>>())
    .bind(subtrees.iter().map(|subtree| subtree.root.0.to_vec()).collect::<Vec<_>>())
    .execute(&mut **open)
    .await
    .map_err(fault("adding subtrees"))?;
    Ok(())
}

async fn write_rows(open: &mut Open<'_>, rows: Vec<RowChange>) -> Result<(), StoreError> {
    let (mut projections, mut keys, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let (mut gone_projections, mut gone_keys) = (Vec::new(), Vec::new());
    for row in rows {
        let projection = i64::from(row.projection.0);
        match row.value {
            Some(value) => {
                projections.push(projection);
                keys.push(row.key);
                values.push(value);
            }
            None => {
                gone_projections.push(projection);
                gone_keys.push(row.key);
            }
        }
    }
    if !keys.is_empty() {
        sqlx::query(
            "INSERT INTO row (projection_id, key, value) \
            SELECT * FROM UNNEST($1::bigint[], $2::bytea[], $3::bytea[]) \
            ON CONFLICT (projection_id, key) DO UPDATE SET value = excluded.value",
        )
        .bind(projections)
        .bind(keys)
        .bind(values)
        .execute(&mut **open)
        .await
        .map_err(fault("writing rows"))?;
    }
    if !gone_keys.is_empty() {
        sqlx::query(
            "DELETE FROM row USING UNNEST($1::bigint[], $2::bytea[]) AS gone (projection, key) \
            WHERE row.projection_id = gone.projection AND row.key = gone.key",
        )
        .bind(gone_projections)
        .bind(gone_keys)
        .execute(&mut **open)
        .await
        .map_err(fault("deleting rows"))?;
    }
    Ok(())
}

async fn write_reached(
    open: &mut Open<'_>,
    projections: &[ProjectionId],
    reached: u64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE projection SET reached = $1 WHERE projection_id = ANY($2)")
        .bind(signed(reached))
        .bind(projections.iter().map(|id| i64::from(id.0)).collect::<Vec<_>>())
        .execute(&mut **open)
        .await
        .map_err(fault("moving projections on"))?;
    Ok(())
}

async fn write_head(open: &mut Open<'_>, head: HeadRow) -> Result<(), StoreError> {
    sqlx::query("UPDATE head SET size = $1, frontier = $2, next_stream = $3")
        .bind(signed(head.size))
        .bind(head.frontier)
        .bind(signed(head.next_stream))
        .execute(&mut **open)
        .await
        .map_err(fault("moving the head on"))?;
    Ok(())
}
