//! A ledger in one SQLite file: WAL, one writing connection, readers beside it.

mod budget;
mod connect;
mod events;
mod fault;
mod raw;
mod rows;
mod seals;
mod small;
mod statement;
mod tables;
mod write;

pub use budget::BudgetFile;
pub use connect::SqliteStore;
