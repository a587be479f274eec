//! One request budget for all processes whose ledgers lie in one PostgreSQL database, or that work
//! beside one SQLite ledger.

use std::sync::Arc;

use async_trait::async_trait;

use super::error::CliError;
use crate::destination::budget::contract::{BudgetFault, SharedBudget};
use crate::destination::budget::{Ask, Book, Drawn};
use crate::env::Env;
use crate::model::digest::Purpose;
use crate::model::{Digest, Secret, canonical_json};
use crate::project::ProjectError;
use crate::store::{BudgetFile, BudgetRow, BudgetRows, Place};

/// The budget beside a ledger.
struct LedgerBudget {
    rows: Rows,
    /// A digest of address and token: Intercom grants its budget to the app of a token (FACTS §2).
    workspace: Digest,
}

enum Rows {
    Database(Box<BudgetRows>),
    /// With the clock of the machine, which all processes that reach the file share.
    File(BudgetFile, Env),
}

/// The budget to share; `None` where none can be kept, and a process goes by what it sees alone.
///
/// # Errors
/// If the ledger's address is none, or the disk fails.
pub fn of_ledger(
    ledger: &str,
    intercom_url: &str,
    token: &Secret,
    env: &Env,
) -> Result<Option<Arc<dyn SharedBudget>>, CliError> {
    let rows = match Place::of(ledger)? {
        Place::Postgres(address) => Rows::Database(Box::new(BudgetRows::new(address)?)),
        Place::File(path) => match BudgetFile::beside(path)? {
            Some(file) => Rows::File(file, env.clone()),
            None => return Ok(None),
        },
    };
    let whose = canonical_json(&(intercom_url.trim_end_matches('/'), token.reveal()))
        .map_err(ProjectError::from)?;
    let workspace = Digest::of(Purpose::Budget, &whose);
    Ok(Some(Arc::new(LedgerBudget { rows, workspace })))
}

#[async_trait]
impl SharedBudget for LedgerBudget {
    async fn draw(&self, ask: &Ask) -> Result<Drawn, BudgetFault> {
        let draw = |row: BudgetRow, now_ms: i64| {
            let mut book = book_of(&row);
            let drawn = book.draw(ask, now_ms);
            (row_of(&book), drawn)
        };
        let drawn = match &self.rows {
            Rows::Database(rows) => rows.change(&self.workspace.0, draw).await,
            Rows::File(file, env) => {
                file.change(&self.workspace, |row| draw(row, env.now().0)).await
            }
        };
        drawn.map_err(|error| BudgetFault(error.to_string()))
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
    use crate::model::Timestamp;

    fn asked() -> Ask {
        Ask {
            holder: "a".into(),
            window_end_s: Some(100),
            window_ms: 10_000,
            quota: Some(166),
            allowance: 166,
            used: 3,
            in_flight: 2,
            unused: 0,
            wish: 4,
        }
    }

    #[test]
    fn a_book_survives_its_row() {
        let mut book = Book::default();
        book.draw(&asked(), 5_000);
        assert_eq!(book_of(&row_of(&book)), book);
        assert_eq!(row_of(&book).taken, 7);
    }

    #[tokio::test]
    async fn who_works_beside_a_file_is_counted_by_all_who_do() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = format!("sqlite:{}", folder.path().join("ledger.db").display());
        let env = Env::fixed(Timestamp(1_000), 1);
        let of = |token| {
            let url = "https://api.intercom.io";
            of_ledger(&ledger, url, &Secret::new(token), &env).unwrap().unwrap()
        };
        let ask = |holder: &str| Ask { holder: holder.into(), wish: 100, ..asked() };
        assert_eq!(of("t").draw(&ask("a")).await.unwrap().granted, 100);
        assert_eq!(of("t").draw(&ask("b")).await.unwrap().granted, 60);
        assert_eq!(of("another").draw(&ask("c")).await.unwrap().granted, 100);
    }

    #[test]
    fn a_place_that_holds_no_file_shares_nothing() {
        let env = Env::fixed(Timestamp(1_000), 1);
        let token = Secret::new("t");
        let shared = |ledger| of_ledger(ledger, "https://api.intercom.io", &token, &env).unwrap();
        assert!(shared("sqlite:/no/such/folder/ledger.db").is_none());
        assert!(shared("postgres://somebody@db.test/ledgers").is_some());
    }
}
