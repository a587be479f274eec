//! A sample of a stream of unknown length in which every item has the same chance.

use crate::env::Env;
use crate::model::Timestamp;

/// So many items of all that are offered, drawn without replacement.
pub struct Reservoir<T> {
    rng: Env,
    number: u64,
    met: u64,
    chosen: Vec<T>,
}

impl<T> Reservoir<T> {
    /// For `number` items; the same start chooses the same of the same items.
    pub fn new(number: u64, rng_start: u64) -> Self {
        Self { rng: Env::fixed(Timestamp(0), rng_start), number, met: 0, chosen: Vec::new() }
    }

    /// Offers the next item.
    pub fn offer(&mut self, item: T) {
        self.met += 1;
        if (self.chosen.len() as u64) < self.number {
            self.chosen.push(item);
            return;
        }
        let place = self.rng.random_below(self.met);
        if let Some(slot) = usize::try_from(place).ok().and_then(|at| self.chosen.get_mut(at)) {
            *slot = item;
        }
    }

    /// What was drawn, in no order.
    pub fn chosen(self) -> Vec<T> {
        self.chosen
    }
}
