//! Appends that a look-up may have missed. Batches are looked up while those before them are still
//! being appended; what such a batch holds must be looked up again once that has landed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::HashSet;

use super::prepare::Prepared;

/// How many appends had landed at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Landed(u64);

/// Counts landed appends; clones count the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Counter(Arc<AtomicU64>);

impl Counter {
    /// How many have landed by now.
    pub(super) fn now(&self) -> Landed {
        Landed(self.0.load(Ordering::Acquire))
    }
}

/// The keys of the last appends, in the order in which they began and land.
#[derive(Debug, Default)]
pub(super) struct Underway {
    /// Hashes of the keys of each (two keys with one hash cost a look-up, nothing else), and how
    /// many appends began before it.
    appends: VecDeque<(u64, HashSet<u64>)>,
    begun: u64,
    landed: Counter,
}

impl Underway {
    /// Tells how many have landed, whenever it is asked.
    pub(super) fn counter(&self) -> Counter {
        self.landed.clone()
    }

    /// An append of these keys begins.
    pub(super) fn take_off(&mut self, hashes: Vec<u64>) {
        self.appends.push_back((self.begun, hashes.into_iter().collect()));
        self.begun += 1;
    }

    /// The oldest append has landed.
    pub(super) fn land(&mut self) {
        self.landed.0.fetch_add(1, Ordering::AcqRel);
    }

    /// Whether a look-up of the batch, begun when `landed` had landed, may have missed something.
    /// Batches must be asked about in the order in which their look-ups began.
    pub(super) fn has_any(&mut self, batch: &[Prepared], landed: Landed) -> bool {
        while self.appends.front().is_some_and(|(number, _)| *number < landed.0) {
            self.appends.pop_front();
        }
        let missed =
            |item: &Prepared| self.appends.iter().any(|(_, keys)| keys.contains(&item.hash));
        batch.iter().any(missed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::NewEvent;
    use crate::model::SourceKey;
    use crate::model::event::RejectionLifted;

    fn batch(ids: &[&str]) -> Vec<Prepared> {
        let item = |id: &&str| {
            let key = SourceKey::new("hesk", "ticket", id).unwrap();
            Prepared::new(key.clone(), NewEvent::new(key, RejectionLifted {}), None, false)
        };
        ids.iter().map(item).collect()
    }

    fn hashes(ids: &[&str]) -> Vec<u64> {
        batch(ids).iter().map(|item| item.hash).collect()
    }

    #[test]
    fn what_landed_before_a_look_up_began_was_not_missed() {
        let mut underway = Underway::default();
        let counter = underway.counter();
        let at_first = counter.now();
        underway.take_off(hashes(&["1", "2"]));
        underway.take_off(hashes(&["3"]));
        underway.land();
        let after_one = counter.now();
        assert!(underway.has_any(&batch(&["9", "2"]), at_first));
        assert!(!underway.has_any(&batch(&["1", "2"]), after_one));
        assert!(underway.has_any(&batch(&["3"]), after_one));
        // It has landed since, but the look-up began before.
        underway.land();
        assert!(underway.has_any(&batch(&["3"]), after_one));
        assert!(!underway.has_any(&batch(&["1", "2", "3"]), counter.now()));
    }
}
