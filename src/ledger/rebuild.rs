//! Every projection equals its rebuild: replays the log into scratch rows and compares.

use std::collections::VecDeque;
use std::sync::Arc;

use super::catch_up::{Fold, run};
use super::error::LedgerError;
use super::fold::Active;
use super::log::Ledger;
use crate::store::{Direction, Pair, ProjectionId, RowQuery, Store, StoreError, scratch};

/// Rows compared at a time.
const PAGE_ROWS: u32 = 1_000;
/// Differences told; after so many a person knows enough.
const DIFFERENCES_MAX: usize = 1_000;
/// How often the comparison starts again because somebody appended in the meantime.
const ATTEMPTS_MAX: u32 = 5;

/// A row that is not what a replay makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The projection.
    pub projection: &'static str,
    /// Key of the row.
    pub key: Vec<u8>,
    /// What is stored.
    pub stored: Option<Vec<u8>>,
    /// What a replay gives.
    pub rebuilt: Option<Vec<u8>>,
}

impl Ledger {
    /// Rebuilds every projection from event 0 beside the ledger and compares row by row. Nothing
    /// in the ledger changes. At most 1,000 differences are told.
    ///
    /// # Errors
    /// If the store fails, a projection does not take a stored event, or the ledger keeps growing
    /// while it is compared.
    pub async fn rebuild_and_compare(&self) -> Result<Vec<Difference>, LedgerError> {
        let scratch = scratch().await?;
        let (mut rows, mut folds) = (Vec::new(), Vec::new());
        for Active { id, projection } in self.active.iter() {
            let (name, version) = (projection.name(), projection.version());
            let target = scratch.reset_projection(name, version).await?.projection;
            rows.push((*id, target, name));
            folds.push(Fold::new(Active { id: target, projection: projection.clone() }, 0));
        }
        for _ in 0..ATTEMPTS_MAX {
            let size = self.store.head().await?.size;
            let mut differences = Vec::new();
            run(&mut folds, &self.store, &*scratch, size).await?;
            for (id, target, name) in &rows {
                let stored = Walk::new(self.store.clone(), *id);
                compare(name, stored, Walk::new(scratch.clone(), *target), &mut differences)
                    .await?;
            }
            if self.store.head().await?.size == size {
                scratch.close().await;
                return Ok(differences);
            }
        }
        Err(LedgerError::Growing)
    }
}

/// Rows of one projection in order of key.
struct Walk {
    store: Arc<dyn Store>,
    projection: ProjectionId,
    page: VecDeque<Pair>,
    /// Where the next page starts; none after the last.
    from: Option<Vec<u8>>,
}

impl Walk {
    fn new(store: Arc<dyn Store>, projection: ProjectionId) -> Self {
        Self { store, projection, page: VecDeque::new(), from: Some(Vec::new()) }
    }

    /// The next row, without taking it.
    async fn peek(&mut self) -> Result<Option<&Pair>, StoreError> {
        if self.page.is_empty()
            && let Some(from) = self.from.take()
        {
            let query = RowQuery {
                projection: self.projection,
                from: &from,
                to: None,
                limit: PAGE_ROWS,
                direction: Direction::Up,
            };
            self.page = self.store.scan(&query).await?.into();
            if self.page.len() == PAGE_ROWS as usize {
                // The smallest key after the last one is that key and a zero byte.
                self.from = self.page.back().map(|(key, _)| [key, &[0][..]].concat());
            }
        }
        Ok(self.page.front())
    }

    fn take(&mut self) -> Option<Pair> {
        self.page.pop_front()
    }
}

async fn compare(
    projection: &'static str,
    mut stored: Walk,
    mut rebuilt: Walk,
    differences: &mut Vec<Difference>,
) -> Result<(), LedgerError> {
    while differences.len() < DIFFERENCES_MAX {
        let (left, right) = (stored.peek().await?, rebuilt.peek().await?);
        let order = match (left, right) {
            (None, None) => break,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(left), Some(right)) => left.0.cmp(&right.0),
        };
        let left = if order.is_le() { stored.take() } else { None };
        let right = if order.is_ge() { rebuilt.take() } else { None };
        if left != right {
            let key = left.iter().chain(&right).map(|(key, _)| key.clone()).next();
            differences.push(Difference {
                projection,
                key: key.unwrap_or_default(),
                stored: left.map(|(_, value)| value),
                rebuilt: right.map(|(_, value)| value),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::RowChange;

    /// Two full pages and a half.
    const ROWS: u32 = 2_500;

    async fn walk(rows: u32, last: &[u8]) -> Walk {
        let store = scratch().await.unwrap();
        let projection = store.reset_projection("numbers", 1).await.unwrap().projection;
        let change = |number: u32| RowChange {
            projection,
            key: number.to_be_bytes().to_vec(),
            value: Some(if number + 1 == ROWS { last.to_vec() } else { b"same".to_vec() }),
        };
        store.fold(projection, (0..rows).map(change).collect(), 0).await.unwrap();
        Walk::new(store, projection)
    }

    async fn differences(stored: Walk, rebuilt: Walk) -> Vec<Difference> {
        let mut found = Vec::new();
        compare("numbers", stored, rebuilt, &mut found).await.unwrap();
        found
    }

    #[tokio::test]
    async fn rows_beyond_the_first_page_are_compared_too() {
        let calm = differences(walk(ROWS, b"a").await, walk(ROWS, b"a").await).await;
        assert_eq!(calm, []);
        let found = differences(walk(ROWS, b"a").await, walk(ROWS, b"b").await).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].key, (ROWS - 1).to_be_bytes());
        assert_eq!(found[0].stored.as_deref(), Some(&b"a"[..]));
        assert_eq!(found[0].rebuilt.as_deref(), Some(&b"b"[..]));
    }

    #[tokio::test]
    async fn a_row_that_is_missing_at_the_end_is_named() {
        for (stored, rebuilt) in [(ROWS - 1, ROWS), (ROWS, ROWS - 1)] {
            let found = differences(walk(stored, b"a").await, walk(rebuilt, b"a").await).await;
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].key, (ROWS - 1).to_be_bytes());
        }
    }
}
