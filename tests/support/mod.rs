pub mod databases;
pub mod tally;
