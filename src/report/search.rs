//! What a word finds: by the ledger's indexes alone, so that it costs the same in a ledger of any
//! size. A key, an id at the help desk or in Intercom, an address, a company's name, a run.

use std::collections::BTreeSet;

use super::error::ReportError;
use super::portion::{Portion, ROWS_MAX};
use super::record_list::{RecordRow, key_of, rows, state};
use crate::ledger::Ledger;
use crate::model::{Alias, AliasKind, DestinationId, RunId, SourceKey, StreamId};
use crate::projection::row::stream_key;
use crate::projection::{AliasIndex, IdMap, RunLog};

/// Characters of a word that is looked for; keys and addresses are shorter.
const WORD_CHARS_MAX: usize = 1_000;

/// What a word found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Records, in order of first reading.
    pub records: Portion<RecordRow, StreamId>,
    /// The run of this id.
    pub run: Option<RunId>,
}

/// Records from `from` on, and the run, that a word names.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn search(ledger: &Ledger, word: &str, from: StreamId) -> Result<Found, ReportError> {
    let mut streams = BTreeSet::new();
    let mut run = None;
    if !word.is_empty() && word.chars().count() <= WORD_CHARS_MAX {
        streams.extend(by_key(ledger, word).await?);
        streams.extend(by_object(ledger, word, from).await?);
        streams.extend(by_alias(ledger, word, from).await?);
        run = by_run(ledger, word).await?;
    }
    let streams = streams.into_iter().filter(|stream| *stream >= from);
    let streams: Portion<StreamId, StreamId> =
        Portion::cut(streams.take(ROWS_MAX + 1).collect(), ROWS_MAX, |one| *one);
    let mut found = Vec::with_capacity(streams.rows.len());
    for stream in streams.rows {
        match state(ledger, stream).await? {
            Some(state) => found.extend(rows(ledger, &[(stream, state)]).await?),
            // A stream of the ledger's own: a run, a seal.
            None => {
                let key = key_of(ledger, stream).await?;
                let (kind, ended, object, withdrawn) = (None, None, None, false);
                found.push(RecordRow { stream, key, kind, ended, withdrawn, object });
            }
        }
    }
    let records = Portion { rows: found, next: streams.next };
    Ok(Found { records, run })
}

/// The record of this key, or of this id within each kind of key that the ledger has.
async fn by_key(ledger: &Ledger, word: &str) -> Result<Vec<StreamId>, ReportError> {
    let mut keys: Vec<SourceKey> = word.parse().into_iter().collect();
    for (system, object) in ledger.key_kinds().await? {
        keys.extend(SourceKey::new(&system, &object, word));
    }
    Ok(ledger.streams(&keys).await?.into_iter().flatten().collect())
}

/// Records that became the object of this id.
async fn by_object(
    ledger: &Ledger,
    word: &str,
    from: StreamId,
) -> Result<Vec<StreamId>, ReportError> {
    let (mut first, end) = IdMap::reverse_range(&DestinationId::from(word));
    first.extend(stream_key(from));
    let rows = ledger.scan(IdMap::NAME, &first, Some(&end), ROWS_MAX + 1).await?;
    Ok(rows.iter().filter_map(|(key, _)| IdMap::reverse_stream(key)).collect())
}

/// People of this address and companies of this name: the ledger knows both by a keyed hash.
async fn by_alias(
    ledger: &Ledger,
    word: &str,
    from: StreamId,
) -> Result<Vec<StreamId>, ReportError> {
    let mut found = Vec::new();
    for kind in [AliasKind::ContactEmail, AliasKind::TeammateEmail, AliasKind::CompanyName] {
        let alias = Alias::of(ledger.project_key(), kind, word);
        let first = [AliasIndex::first(&alias), stream_key(from)].concat();
        let end = AliasIndex::end(&alias);
        let rows = ledger.scan(AliasIndex::NAME, &first, Some(&end), ROWS_MAX + 1).await?;
        found.extend(rows.iter().filter_map(|(key, _)| AliasIndex::stream(key)));
    }
    Ok(found)
}

async fn by_run(ledger: &Ledger, word: &str) -> Result<Option<RunId>, ReportError> {
    let Ok(run) = word.parse::<RunId>() else { return Ok(None) };
    let row = ledger.rows(RunLog::NAME, &[RunLog::key(run)]).await?.pop().flatten();
    Ok(row.map(|_| run))
}
