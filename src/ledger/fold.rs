//! Projections at work: rows fetched ahead, events applied to them, changes collected.

use std::sync::Arc;

use bytes::Bytes;
use foldhash::{HashMap, HashMapExt};

use super::cache::Cache;
use super::contract::{Projection, ProjectionError, Recorded, RowRef, Rows};
use crate::store::{ProjectionId, RowChange, RowKey, RowStore, StoreError};

/// Rows looked up in one question to the store.
const ROWS_PER_QUERY: usize = 200;

/// A projection and its number in the store.
#[derive(Clone)]
pub(super) struct Active {
    pub(super) id: ProjectionId,
    pub(super) projection: Arc<dyn Projection>,
}

/// A row in hand.
#[derive(Debug)]
struct Slot {
    value: Option<Bytes>,
    changed: bool,
}

/// What is known of rows that are written but perhaps not committed.
pub(super) type Values = HashMap<Vec<u8>, Option<Bytes>>;

/// Rows of one projection in hand.
#[derive(Debug, Default)]
pub(super) struct RowSet {
    slots: HashMap<Vec<u8>, Slot>,
    wanted: Vec<Vec<u8>>,
}

impl RowSet {
    /// Notes that a row may be read. `known` answers from memory; `absent` says that the store
    /// cannot have it.
    pub(super) fn want(
        &mut self,
        row: RowRef,
        absent: bool,
        known: impl FnOnce(&Vec<u8>) -> Option<Option<Bytes>>,
    ) {
        if self.slots.contains_key(&row.key) {
            return;
        }
        let value = known(&row.key);
        if value.is_none() && !absent {
            self.wanted.push(row.key.clone());
        }
        let value = value.flatten();
        self.slots.insert(row.key, Slot { value, changed: false });
    }

    fn fetched(&mut self, key: &[u8], value: Vec<u8>) {
        if let Some(slot) = self.slots.get_mut(key) {
            slot.value = Some(Bytes::from(value));
        }
    }

    /// Applies one event.
    pub(super) fn apply(
        &mut self,
        projection: &dyn Projection,
        event: &Recorded,
    ) -> Result<(), ProjectionError> {
        let mut hands = Hands { set: self, projection, unnamed: false };
        projection.apply(event, &mut hands)?;
        if hands.unnamed {
            let reason =
                format!("{} was applied with a row that keys() did not name", event.event.name());
            return Err(ProjectionError::Row(reason));
        }
        Ok(())
    }

    /// The changed rows in order of key, and those that may be read again for the cache and as
    /// values in flight.
    pub(super) fn finish(
        self,
        Active { id, projection }: &Active,
        cache: &mut Cache<Vec<u8>, Option<Bytes>>,
    ) -> (Vec<RowChange>, Values) {
        let mut changes = Vec::with_capacity(self.slots.len());
        let mut values = Values::new();
        for (key, Slot { value, changed }) in self.slots {
            if projection.reads(&key) {
                if changed {
                    values.insert(key.clone(), value.clone());
                }
                cache.put(key.clone(), value.clone());
            }
            if changed {
                let value = value.map(|value| value.to_vec());
                changes.push(RowChange { projection: *id, key, value });
            }
        }
        changes.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        (changes, values)
    }
}

/// Fetches what is wanted and not known, of all projections at once.
pub(super) async fn fetch(
    store: &dyn RowStore,
    sets: &mut [(ProjectionId, &mut RowSet)],
) -> Result<(), StoreError> {
    let mut wanted: Vec<RowKey> = Vec::new();
    for (projection, set) in &mut *sets {
        wanted.extend(set.wanted.drain(..).map(|key| (*projection, key)));
    }
    for keys in wanted.chunks(ROWS_PER_QUERY) {
        let values = store.rows(keys).await?;
        for ((projection, key), value) in keys.iter().zip(values) {
            let set = sets.iter_mut().find(|(of, _)| of == projection);
            if let (Some((_, set)), Some(value)) = (set, value) {
                set.fetched(key, value);
            }
        }
    }
    Ok(())
}

/// The rows as a projection sees them.
struct Hands<'a> {
    set: &'a mut RowSet,
    projection: &'a dyn Projection,
    unnamed: bool,
}

impl Hands<'_> {
    fn set(&mut self, key: &[u8], value: Option<Bytes>) {
        if let Some(slot) = self.set.slots.get_mut(key) {
            *slot = Slot { value, changed: true };
        } else {
            self.set.slots.insert(key.to_vec(), Slot { value, changed: true });
        }
    }
}

impl Rows for Hands<'_> {
    fn get(&mut self, key: &[u8]) -> Option<&[u8]> {
        match self.set.slots.get(key).filter(|_| self.projection.reads(key)) {
            Some(slot) => slot.value.as_deref(),
            None => {
                self.unnamed = true;
                None
            }
        }
    }

    fn put(&mut self, key: &[u8], value: Vec<u8>) {
        self.set(key, Some(Bytes::from(value)));
    }

    fn delete(&mut self, key: &[u8]) {
        self.set(key, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Env;
    use crate::ledger::{Ledger, LedgerError, NewEvent};
    use crate::model::event::RejectionLifted;
    use crate::model::{SourceKey, Timestamp};
    use crate::store::{MemoryStore, Mode};

    /// Says that it only ever puts a row, or that it reads none, and reads it.
    struct Forgetful {
        names: bool,
    }

    impl Projection for Forgetful {
        fn name(&self) -> &'static str {
            "forgetful"
        }

        fn version(&self) -> u32 {
            1
        }

        fn keys(&self, _: &Recorded) -> Vec<RowRef> {
            self.names.then(|| RowRef::shared(vec![1])).into_iter().collect()
        }

        fn reads(&self, _: &[u8]) -> bool {
            !self.names
        }

        fn apply(&self, _: &Recorded, rows: &mut dyn Rows) -> Result<(), ProjectionError> {
            assert_eq!(rows.get(&[1]), None);
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_row_is_read_only_if_the_projection_said_so() {
        for names in [true, false] {
            let (store, env) = (Arc::new(MemoryStore::new()), Env::fixed(Timestamp(0), 1));
            let run = env.run_id();
            let projections: Vec<Arc<dyn Projection>> = vec![Arc::new(Forgetful { names })];
            let ledger = Ledger::with_store(store, Mode::Write, projections, env).await.unwrap();
            let event = NewEvent::new(SourceKey::own("test", "1"), RejectionLifted {});
            let refused = ledger.append(run, vec![event]).await.unwrap_err();
            assert!(matches!(refused, LedgerError::Refused { .. }), "{refused:?}");
        }
    }
}
