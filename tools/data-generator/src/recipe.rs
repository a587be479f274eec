//! What to write: sizes, seed, format, and the rounds of changes so far.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Error;

/// The file beside a bundle that says how it was made.
pub(crate) const FILE: &str = "generator.json";

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Flat CSV files, comma, UTF-8.
    Csv,
    /// One JSON record a line, nested as Deskero's API nests them.
    Json,
}

/// A round of changes between two full exports.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Share of the records that change, 0 to 100.
    pub percent: f64,
    /// Decides which and how.
    pub seed: u64,
}

/// A bundle to write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Tickets of the first export.
    pub tickets: u64,
    /// Customers of the first export.
    pub customers: u64,
    /// Replies per ticket on average; the first export has exactly `tickets` times as many.
    pub messages_per_ticket: u64,
    /// Articles of the knowledge base.
    pub articles: u64,
    /// Share of the tickets that carry files, 0 to 100.
    pub attachments_percent: f64,
    /// Decides everything else.
    pub seed: u64,
    /// How records are written.
    pub format: Format,
    /// Rounds of changes since the first export, oldest first.
    pub rounds: Vec<Round>,
}

/// More replies than a thread can have, so that message ids stay unique.
const MESSAGES_MAX: u64 = 10_000;

/// More records than their ids have room for.
const RECORDS_MAX: u64 = 1 << 39;

impl Recipe {
    /// Takes up the recipe of an earlier bundle.
    ///
    /// # Errors
    /// If `bundle` holds no readable `generator.json`.
    pub fn read(bundle: &Path) -> Result<Self, Error> {
        let path = bundle.join(FILE);
        let text = std::fs::read_to_string(&path)
            .map_err(|source| Error::File { path: path.clone(), source })?;
        serde_json::from_str(&text).map_err(|source| Error::Json { path, source })
    }

    /// The same desk some days later: `percent` of the records changed, others came, a few went.
    #[must_use]
    pub fn later(mut self, percent: f64, seed: u64) -> Self {
        self.rounds.push(Round { percent, seed });
        self
    }

    /// # Errors
    /// If the recipe cannot be carried out.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let percents = self.rounds.iter().map(|round| round.percent);
        let mut percents = percents.chain([self.attachments_percent]);
        if !percents.all(|percent| (0.0..=100.0).contains(&percent)) {
            return Err(Error::Recipe("a percentage lies between 0 and 100"));
        }
        if self.customers == 0 && self.tickets > 0 {
            return Err(Error::Recipe("tickets need at least one customer"));
        }
        if self.messages_per_ticket > MESSAGES_MAX {
            return Err(Error::Recipe("no more than 10,000 messages per ticket"));
        }
        if self.tickets.max(self.customers).max(self.articles) > RECORDS_MAX {
            return Err(Error::Recipe("too many records"));
        }
        Ok(())
    }

    /// Records there are before round number `round`, of a kind that had `first` at the start.
    pub(crate) fn count_before(&self, first: u64, round: usize) -> u64 {
        self.rounds.iter().take(round).fold(first, |count, round| count + newcomers(count, round))
    }

    /// Records there are after all rounds, gone ones included.
    pub(crate) fn count(&self, first: u64) -> u64 {
        self.count_before(first, self.rounds.len())
    }

    /// The round that brought record `index`; `None` if it was there at the start.
    pub(crate) fn born(&self, first: u64, index: u64) -> Option<usize> {
        (0..self.rounds.len()).rfind(|round| index >= self.count_before(first, *round))
    }
}

/// Records that a round adds: a quarter of those it changes.
fn newcomers(count: u64, round: &Round) -> u64 {
    (count as f64 * round.percent / 400.0).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe() -> Recipe {
        Recipe {
            tickets: 100,
            customers: 10,
            messages_per_ticket: 4,
            articles: 0,
            attachments_percent: 0.0,
            seed: 1,
            format: Format::Csv,
            rounds: Vec::new(),
        }
    }

    #[test]
    fn rounds_add_records_at_the_end() {
        let recipe = recipe().later(8.0, 1).later(4.0, 2);
        assert_eq!(recipe.count_before(100, 0), 100);
        assert_eq!(recipe.count_before(100, 1), 102);
        assert_eq!(recipe.count(100), 104);
        assert_eq!(recipe.born(100, 99), None);
        assert_eq!(recipe.born(100, 101), Some(0));
        assert_eq!(recipe.born(100, 102), Some(1));
    }

    #[test]
    fn impossible_recipes_are_refused() {
        assert!(recipe().check().is_ok());
        assert!(recipe().later(101.0, 1).check().is_err());
        assert!(recipe().later(f64::NAN, 1).check().is_err());
        assert!(Recipe { customers: 0, ..recipe() }.check().is_err());
        assert!(Recipe { messages_per_ticket: 10_001, ..recipe() }.check().is_err());
    }
}
