//! The records that a word of a person names: a source key, an id of Intercom, an e-mail address;
//! and the way between a record and what it became.

use std::collections::BTreeSet;

use super::alias_index::AliasIndex;
use super::id_map::{IdMap, Identity};
use crate::ledger::{Ledger, LedgerError, ProjectionError};
use crate::model::{Alias, AliasKind, DestinationId, SourceKey, StreamId};

/// Records that one word may name.
const FOUND_MAX: usize = 5_000;

/// The streams of all records that `word` names, in ascending order; none if it names nothing.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn find(ledger: &Ledger, word: &str) -> Result<Vec<StreamId>, LedgerError> {
    if let Ok(key) = word.parse::<SourceKey>()
        && let Some(stream) = ledger.streams(&[key]).await?.pop().flatten()
    {
        return Ok(vec![stream]);
    }
    if word.contains('@') {
        let kinds = [AliasKind::ContactEmail, AliasKind::TeammateEmail];
        let mut found = BTreeSet::new();
        for kind in kinds {
            found.extend(of_alias(ledger, kind, word).await?);
        }
        return Ok(found.into_iter().collect());
    }
    let object = DestinationId::from(word);
    let found: BTreeSet<StreamId> =
        of_object(ledger, &object, FOUND_MAX).await?.into_iter().map(|one| one.stream).collect();
    Ok(found.into_iter().collect())
}

/// What a record became, if it became anything that stands.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn identity<E>(ledger: &Ledger, stream: StreamId) -> Result<Option<Identity>, E>
where
    E: From<LedgerError> + From<ProjectionError>,
{
    let row = ledger.rows(IdMap::NAME, &[IdMap::key(stream)]).await?.pop().flatten();
    Ok(row.map(|bytes| IdMap::decode(&bytes)).transpose()?)
}

/// The object that a record itself became, if it stands.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn object_of<E>(ledger: &Ledger, stream: StreamId) -> Result<Option<DestinationId>, E>
where
    E: From<LedgerError> + From<ProjectionError>,
{
    Ok(match identity::<E>(ledger, stream).await? {
        Some(Identity::Object(id)) => Some(id),
        Some(Identity::MergedInto(_)) | None => None,
    })
}

/// A record that became an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Became {
    /// The record.
    pub stream: StreamId,
    /// It is so still: it was not taken back.
    pub stands: bool,
}

/// The records that became an object, `most` at the most.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn of_object(
    ledger: &Ledger,
    object: &DestinationId,
    most: usize,
) -> Result<Vec<Became>, LedgerError> {
    let (from, to) = IdMap::reverse_range(object);
    let rows = ledger.scan(IdMap::NAME, &from, Some(&to), most).await?;
    let became = |(key, value): &(Vec<u8>, Vec<u8>)| {
        let stands = IdMap::is_live(value);
        IdMap::reverse_stream(key).map(|stream| Became { stream, stands })
    };
    Ok(rows.iter().filter_map(became).collect())
}

/// The streams of the records that are known under this name.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn of_alias(
    ledger: &Ledger,
    kind: AliasKind,
    name: &str,
) -> Result<Vec<StreamId>, LedgerError> {
    let alias = Alias::of(ledger.project_key(), kind, name);
    let (from, to) = (AliasIndex::first(&alias), AliasIndex::end(&alias));
    let rows = ledger.scan(AliasIndex::NAME, &from, Some(&to), FOUND_MAX).await?;
    Ok(rows.iter().filter_map(|(key, _)| AliasIndex::stream(key)).collect())
}
