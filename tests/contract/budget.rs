//! The row of a shared request budget: many change it, one after another.

use deskledger::store::{BudgetRow, BudgetRows};

use crate::support::databases::Database;

const PROCESSES: usize = 4;
const CHANGES: i64 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn many_change_one_row_one_after_another() {
    let Some(database) = Database::postgres().await else { return };
    let address = database.address();
    // All of them find that the table is not there yet.
    let tasks: Vec<_> = (0..PROCESSES)
        .map(|_| {
            let rows = BudgetRows::new(&address).unwrap();
            tokio::spawn(async move {
                for _ in 0..CHANGES {
                    let more = |row: BudgetRow, now_ms: i64| {
                        assert!(now_ms > 1_700_000_000_000, "{now_ms}");
                        let taken = row.taken + 1;
                        (BudgetRow { taken, quota: Some(166), ..row }, ())
                    };
                    rows.change(&[7; 32], more).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let rows = BudgetRows::new(&address).unwrap();
    let look = |row: BudgetRow, _| (row.clone(), row);
    let found = rows.change(&[7; 32], look).await.unwrap();
    assert_eq!((found.taken, found.quota), (PROCESSES as i64 * CHANGES, Some(166)));
    assert_eq!(rows.change(&[8; 32], look).await.unwrap(), BudgetRow::default());
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_there_is_a_fault_and_not_a_wait() {
    let rows = BudgetRows::new("postgres://nobody@127.0.0.1:9/none").unwrap();
    assert!(rows.change(&[0; 32], |row, _| (row, ())).await.is_err());
    assert!(BudgetRows::new("ledger.db").is_err());
}
