//! A ledger in one SQLite file: WAL, one writing connection, readers beside it.

mod backup;
mod budget;
mod connect;
mod events;
mod fault;
mod raw;
mod rows;
mod scrub;
mod seals;
mod small;
mod statement;
mod tables;
mod write;

pub use backup::backup_file;
pub use budget::BudgetFile;
pub use connect::SqliteStore;
