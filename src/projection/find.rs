//! The records that a word of a person names: a source key, an id of Intercom, an e-mail address.

use std::collections::BTreeSet;

use super::alias_index::AliasIndex;
use super::id_map::IdMap;
use crate::ledger::{Ledger, LedgerError};
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
    let (from, to) = IdMap::reverse_range(&DestinationId::from(word));
    let rows = ledger.scan(IdMap::NAME, &from, Some(&to), FOUND_MAX).await?;
    let found: BTreeSet<StreamId> =
        rows.iter().filter_map(|(key, _)| IdMap::reverse_stream(key)).collect();
    Ok(found.into_iter().collect())
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
