//! A ledger in a PostgreSQL database: one writer at a time, readers beside it.

mod budget;
mod connect;
mod events;
mod fault;
mod raw;
mod rows;
mod seals;
mod write;

pub use budget::BudgetRows;
pub use connect::PostgresStore;
