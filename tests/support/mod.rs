pub mod databases;
pub mod program;
pub mod tally;
