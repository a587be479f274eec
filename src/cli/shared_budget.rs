//! One request budget for all processes whose ledgers lie in one PostgreSQL database.

use std::sync::Arc;

use async_trait::async_trait;

use super::error::CliError;
use crate::destination::budget::contract::{BudgetFault, SharedBudget};
use crate::destination::budget::{Ask, Book, Drawn};
use crate::model::digest::Purpose;
use crate::model::{Digest, Secret, canonical_json};
use crate::project::ProjectError;
use crate::store::{BudgetRow, BudgetRows};

/// The budget in the database of a ledger.
struct LedgerBudget {
    rows: BudgetRows,
    /// A digest of address and token: Intercom grants its budget to the app of a token (FACTS §2).
    workspace: [u8; 32],
}

/// The budget to share, if the ledger is one that several processes can reach: a SQLite file has
/// one process that writes, and that one keeps its budget itself.
///
/// # Errors
/// If the ledger's address is none.
pub fn of_ledger(
    ledger: &str,
    intercom_url: &str,
    token: &Secret,
) -> Result<Option<Arc<dyn SharedBudget>>, CliError> {
    if !ledger.starts_with("postgres://") && !ledger.starts_with("postgresql://") {
        return Ok(None);
    }
    let whose = canonical_json(&(intercom_url.trim_end_matches('/'), token.reveal()))
        .map_err(ProjectError::from)?;
    let workspace = Digest::of(Purpose::Budget, &whose).0;
    Ok(Some(Arc::new(LedgerBudget { rows: BudgetRows::new(ledger)?, workspace })))
}

#[async_trait]
impl SharedBudget for LedgerBudget {
    async fn draw(&self, ask: &Ask) -> Result<Drawn, BudgetFault> {
        let drawn = self.rows.change(&self.workspace, |row, now_ms| {
            let mut book = book_of(&row);
            let drawn = book.draw(ask, now_ms);
            (row_of(&book), drawn)
        });
        drawn.await.map_err(|error| BudgetFault(error.to_string()))
    }
}

/// Holders that cannot be read are of no known program; their window is soon over.
fn book_of(row: &BudgetRow) -> Book {
    Book {
        window_end_s: row.window_end_s,
        began_ms: row.began_ms,
        quota: row.quota.and_then(|quota| u32::try_from(quota).ok()),
        holders: serde_json::from_str(&row.holders).unwrap_or_default(),
    }
}

fn row_of(book: &Book) -> BudgetRow {
    BudgetRow {
        window_end_s: book.window_end_s,
        began_ms: book.began_ms,
        quota: book.quota.map(i64::from),
        taken: i64::from(book.taken()),
        // Names and numbers always have a form.
        holders: serde_json::to_string(&book.holders).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_survives_its_row() {
        let mut book = Book::default();
        let ask = Ask {
            holder: "a".into(),
            window_end_s: Some(100),
            window_ms: 10_000,
            quota: Some(166),
            allowance: 166,
            used: 3,
            in_flight: 2,
            unused: 0,
            wish: 4,
        };
        book.draw(&ask, 5_000);
        assert_eq!(book_of(&row_of(&book)), book);
        assert_eq!(row_of(&book).taken, 7);
    }

    #[test]
    fn only_a_database_of_several_is_shared() {
        let token = Secret::new("t");
        let shared = |ledger| of_ledger(ledger, "https://api.intercom.io", &token).unwrap();
        assert!(shared("sqlite:ledger.db").is_none());
        assert!(shared("postgres://somebody@db.test/ledgers").is_some());
    }
}
